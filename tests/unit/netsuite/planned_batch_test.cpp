#include <doctest/doctest.h>

#include <cstdint>

#include "netsuite/planned_batch.hpp"

namespace tidemark::test {

TEST_CASE("the halves of a range cover it and share its weight") {
  const auto halves = halve({{0, 10}, 7});
  REQUIRE(halves);
  CHECK(halves->first == planned_batch{{0, 5}, 3});
  CHECK(halves->second == planned_batch{{5, 10}, 4});
}

TEST_CASE("a range of one key cannot be halved") {
  CHECK(!halve({{4, 5}, 900}));
  CHECK(!halve({{-5, -4}, 900}));
  CHECK(halve({{3, 5}, 900}));
}

TEST_CASE("a range from the start is halved as if it began at zero, or else by doubling") {
  CHECK(halve({{std::nullopt, 10}, 2})->first.range == key_range{std::nullopt, 5});
  CHECK(halve({{std::nullopt, 1}, 2})->first.range == key_range{std::nullopt, 0});
  CHECK(halve({{std::nullopt, 0}, 2})->first.range == key_range{std::nullopt, -1});
  CHECK(halve({{std::nullopt, -4}, 2})->first.range == key_range{std::nullopt, -9});
}

TEST_CASE("halving comes to an end at the ends of the numbers too") {
  for (planned_batch whole :
       {planned_batch{{std::nullopt, INT64_MAX}, 1000}, planned_batch{{INT64_MIN, INT64_MAX}, 1000},
        planned_batch{{std::nullopt, -1}, 1000}}) {
    int steps = 0;
    while (const auto halves = halve(whole)) {
      CHECK(halves->first.range.up_to == halves->second.range.after);
      whole = steps % 2 == 0 ? halves->first : halves->second;
      REQUIRE(++steps < 200);
    }
  }
}

} // namespace tidemark::test
