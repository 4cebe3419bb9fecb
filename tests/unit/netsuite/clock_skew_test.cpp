#include <doctest/doctest.h>

#include "netsuite/clock_skew.hpp"

using namespace std::chrono_literals;

namespace tidemark::test {

TEST_CASE("without an answer the local time is right") {
  const clock_skew skew;
  CHECK(skew.correct(1'000'000) == 1'000'000);
}

TEST_CASE("an answer without a date changes nothing") {
  clock_skew skew;
  skew.observe(0, 1'000'000);
  CHECK(skew.offset() == 0ms);
}

TEST_CASE("an answer that was let in moves the time by a quarter of the difference") {
  clock_skew skew;
  skew.observe(1'000'000, 1'000'500);
  CHECK(skew.offset() == 0ms);
  skew.observe(1'008'000, 1'000'500);
  CHECK(skew.offset() == 2000ms);
}

TEST_CASE(
    "one odd answer moves the time by two minutes at most, and all of them never out of what was proven") {
  clock_skew skew;
  skew.observe(9'000'000'000'000, 1'000'500);
  CHECK(skew.offset() == 2min);
  for (int i = 0; i < 100; ++i) skew.observe(9'000'000'000'000, 1'000'500);
  CHECK(skew.offset() == 4min);
  skew.observe(1, 9'000'000'000'000);
  CHECK(skew.offset() == 2min);
}

TEST_CASE("a refusal has the time learned anew") {
  clock_skew skew;
  skew.observe_refusal(1'000'000 + 3'600'000, 1'000'500);
  CHECK(skew.offset() == 1h);
  skew.observe_refusal(0, 1'000'500);
  CHECK(skew.offset() == 1h);
  skew.observe(1'000'000, 1'000'500);
  CHECK(skew.offset() == 58min);
  skew.observe_refusal(1'008'000, 1'000'500);
  CHECK(skew.offset() == 8s);
}

TEST_CASE("a steady difference within what was proven is learned") {
  clock_skew skew;
  for (unix_ms now = 0; now < 100'000; now += 1000) skew.observe(1'500'000 + now, 1'300'000 + now);
  CHECK(skew.offset() > 199s);
  CHECK(skew.offset() < 201s);
}

} // namespace tidemark::test
