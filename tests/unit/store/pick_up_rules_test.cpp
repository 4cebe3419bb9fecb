#include "store/pick_up_rules.hpp"

#include <doctest/doctest.h>
namespace pick_up_rules_test {

using namespace tidemark;

batch_row running_batch() {
  batch_row x;
  x.number = 3;
  x.range = {std::nullopt, 100};
  x.weight = 10;
  x.state = batch_state::running;
  x.counters = {.picked_up = 3, .failed_attempts = 1, .released = 1, .refusals = 5};
  return x;
}

/// The running batch, ended by one more of this counter.
pick_up_end ended(std::uint32_t batch_counters::* by, batch_state state) {
  pick_up_end end;
  end.batch = running_batch();
  end.batch.state = state;
  ++(end.batch.counters.*by);
  if (by == &batch_counters::failed_attempts) end.attempt.emplace();
  return end;
}

pick_up_end split_in(std::vector<batch_row> parts) {
  auto end = ended(&batch_counters::split, batch_state::split);
  end.children = std::move(parts);
  return end;
}

batch_row part(key_range range, std::uint64_t weight) {
  batch_row x;
  x.range = range;
  x.weight = weight;
  return x;
}

bool fits(const pick_up_end& end) { return check_end(running_batch(), end).has_value(); }

TEST_CASE("the counters of a running batch add up with the pick-up that runs") {
  CHECK(adds_up(running_batch()));
  auto pending = running_batch();
  pending.state = batch_state::pending;
  CHECK_FALSE(adds_up(pending));
}

TEST_CASE("each way of ending leads to its own states") {
  using enum batch_state;
  CHECK(fits(ended(&batch_counters::failed_attempts, pending)));
  CHECK(fits(ended(&batch_counters::failed_attempts, failed)));
  CHECK_FALSE(fits(ended(&batch_counters::failed_attempts, cancelled)));
  CHECK(fits(ended(&batch_counters::released, pending)));
  CHECK_FALSE(fits(ended(&batch_counters::released, failed)));
  CHECK(fits(ended(&batch_counters::interrupted, pending)));
  CHECK(fits(ended(&batch_counters::interrupted, cancelled)));
  CHECK_FALSE(fits(ended(&batch_counters::interrupted, running)));
  CHECK_FALSE(fits(ended(&batch_counters::completed, completed)));
}

TEST_CASE("an end that counts nothing, twice or backwards does not fit") {
  auto end = ended(&batch_counters::interrupted, batch_state::pending);
  --end.batch.counters.interrupted;
  CHECK_FALSE(fits(end));
  end.batch.counters.interrupted += 2;
  CHECK_FALSE(fits(end));
  --end.batch.counters.interrupted;
  --end.batch.counters.released;
  CHECK_FALSE(fits(end));
}

TEST_CASE("refusals may grow while a batch runs, and never shrink") {
  auto end = ended(&batch_counters::interrupted, batch_state::pending);
  end.batch.counters.refusals += 7;
  CHECK(fits(end));
  end.batch.counters.refusals = 0;
  CHECK_FALSE(fits(end));
}

TEST_CASE("a failed attempt has to be described") {
  auto end = ended(&batch_counters::failed_attempts, batch_state::pending);
  end.attempt.reset();
  CHECK_FALSE(fits(end));
}

TEST_CASE("the parts of a split cover its range and weigh what it weighs") {
  CHECK(fits(split_in({part({std::nullopt, 40}, 4), part({40, 100}, 6)})));
  CHECK(fits(split_in({part({std::nullopt, 40}, 4), part({40, 41}, 0), part({41, 100}, 6)})));
  CHECK_FALSE(fits(split_in({})));
  CHECK_FALSE(fits(split_in({part({std::nullopt, 100}, 10)})));
  CHECK_FALSE(fits(split_in({part({std::nullopt, 40}, 4), part({50, 100}, 6)})));
  CHECK_FALSE(fits(split_in({part({std::nullopt, 40}, 4), part({30, 100}, 6)})));
  CHECK_FALSE(fits(split_in({part({0, 40}, 4), part({40, 100}, 6)})));
  CHECK_FALSE(fits(split_in({part({std::nullopt, 40}, 4), part({40, 99}, 6)})));
  CHECK_FALSE(fits(split_in({part({std::nullopt, 40}, 4), part({40, 40}, 0), part({40, 100}, 6)})));
  CHECK_FALSE(fits(split_in({part({std::nullopt, 40}, 4), part({40, 100}, 5)})));
}

TEST_CASE("only a split has parts") {
  auto end = ended(&batch_counters::interrupted, batch_state::pending);
  end.children = {part({std::nullopt, 40}, 4), part({40, 100}, 6)};
  CHECK_FALSE(fits(end));
}

TEST_CASE("an end that does not fit says why") {
  auto end = ended(&batch_counters::released, batch_state::failed);
  CHECK(check_end(running_batch(), end).error().message
        == "pick-up 3 of batch 3 cannot end this way: its state failed does not follow from its counters");
}

} // namespace pick_up_rules_test
