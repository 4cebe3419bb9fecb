#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "netsuite/keyset_walk.hpp"
#include "table_model.hpp"

namespace tidemark::test {

TEST_CASE("a walk ends each range at the thousandth key and the last one at the greatest") {
  keyset_walk walk{range_kind::records, {2500, 90}};
  CHECK(!walk.whole());
  CHECK(walk.total() == 2500);
  CHECK(*walk.step(-3) == planned_batch{{std::nullopt, -3}, 1000});
  CHECK(walk.after() == -3);
  CHECK(*walk.step(40) == planned_batch{{-3, 40}, 1000});
  CHECK(*walk.step(std::nullopt) == planned_batch{{40, 90}, 500});
  CHECK(walk.whole());
  CHECK(walk.total() == 2500);
  CHECK(!walk.step(std::nullopt));
}

TEST_CASE("a walk over nothing is whole at once") {
  const keyset_walk walk{range_kind::records, {0, std::nullopt}};
  CHECK(walk.whole());
  CHECK(walk.total() == 0);
}

TEST_CASE("a walk stops at the greatest key of its start, whatever appeared above it") {
  keyset_walk walk{range_kind::records, {900, 90}};
  CHECK(*walk.step(200) == planned_batch{{std::nullopt, 90}, 900});
  CHECK(walk.whole());
}

TEST_CASE("a walk over sets stops before the parent it fell on, unless there is nothing else") {
  keyset_walk walk{range_kind::sets, {4000, 90}};
  CHECK(walk.step(40)->range == key_range{std::nullopt, 39});
  CHECK(walk.step(40)->range == key_range{39, 40});
  CHECK(walk.step(90)->range == key_range{40, 89});
  CHECK(walk.step(std::nullopt)->range == key_range{89, 90});
  CHECK(walk.whole());
}

TEST_CASE("a key that does not advance the walk is refused") {
  keyset_walk walk{range_kind::records, {4000, 90}};
  REQUIRE(walk.step(40));
  const auto again = walk.step(40);
  REQUIRE(!again);
  CHECK(again.error().code == ec::server);
  CHECK(walk.after() == 40);
}

TEST_CASE("walks of random tables cover every key of their start in ranges of a thousand at most") {
  std::mt19937_64 random{20240304};
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round);
    const bool sets = round % 2 == 0;
    const auto kind = sets ? range_kind::sets : range_kind::records;
    auto table = sets ? table_model::of_sets(random, static_cast<std::size_t>(random() % 200), 2500)
                      : table_model::of_records(random, static_cast<std::size_t>(random() % 9000));
    const auto start = table.count();
    keyset_walk walk{kind, start};
    std::optional<std::int64_t> after;
    std::uint64_t weights = 0;
    int steps = 0;
    while (!walk.whole()) {
      CHECK(walk.total() >= walk.planned());
      const auto batch = walk.step(table.at(walk.after(), keyset_walk::step_offset));
      REQUIRE(batch);
      REQUIRE(batch->range.after == after);
      REQUIRE((!after || batch->range.up_to > *after));
      REQUIRE((table.count_in(batch->range) <= max_batch_records || table.parents_in(batch->range) == 1));
      after = batch->range.up_to;
      weights += batch->weight;
      REQUIRE(++steps < 1000);
      if (round % 4 >= 2) table.insert(random, 20);
    }
    CHECK(after == start.last);
    CHECK(walk.total() == weights);
    if (round % 4 == 1) CHECK(weights == start.total);
  }
}

} // namespace tidemark::test
