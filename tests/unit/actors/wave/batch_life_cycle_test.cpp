#include "actors/wave/batch_life_cycle.hpp"

#include <random>

#include <doctest/doctest.h>
namespace batch_life_cycle_test {

using namespace tidemark;
using namespace std::chrono_literals;

using time_point = batch_life_cycle::time_point;

constexpr time_point start{1h};

batch_life_cycle pending_batch(retry_options options = {}) {
  batch_row row;
  row.number = 7;
  row.record_type = "customer";
  row.weight = 1000;
  return {row, options};
}

batch_life_cycle running_batch(retry_options options = {}) {
  auto batch = pending_batch(options);
  REQUIRE(batch.pick_up());
  return batch;
}

const failure passing{ec::server, "it failed on its side"};

TEST_CASE("a batch is due at once and runs when it is picked up") {
  auto batch = pending_batch();
  CHECK(batch.due(start));
  CHECK(batch.pick_up());
  CHECK(batch.row().state == batch_state::running);
  CHECK(batch.row().counters.picked_up == 1);
  CHECK_FALSE(batch.due(start));
}

TEST_CASE("a stored batch is completed, with what was stored and without older errors") {
  auto batch = running_batch();
  batch.fail_attempt(passing, "op-1", 0, start, 0);
  batch.pick_up();
  CHECK(batch.complete({998, 2}, 3));
  CHECK(batch.row().state == batch_state::completed);
  CHECK(batch.row().stored == 998);
  CHECK(batch.row().rejected == 2);
  CHECK(batch.row().counters.refusals == 3);
  CHECK(batch.row().error_code.empty());
  CHECK(batch.row().error_text.empty());
  CHECK(batch.row().operation_id.empty());
}

TEST_CASE("waiting in vain is not an attempt") {
  auto batch = running_batch();
  CHECK(batch.release(4));
  CHECK(batch.due(start));
  CHECK(batch.row().counters.released == 1);
  CHECK(batch.row().counters.refusals == 4);
  CHECK(batch.row().counters.failed_attempts == 0);
}

TEST_CASE("an interruption is not an attempt") {
  auto batch = running_batch();
  CHECK(batch.interrupt(1));
  CHECK(batch.due(start));
  CHECK(batch.row().counters.interrupted == 1);
  CHECK(batch.row().counters.failed_attempts == 0);
}

TEST_CASE("a failure that may pass is an attempt and comes back after a delay") {
  auto batch = running_batch();
  CHECK(batch.fail_attempt(passing, "op-1", 2, start, 0.5));
  CHECK(batch.row().state == batch_state::pending);
  CHECK(batch.row().counters.failed_attempts == 1);
  CHECK(batch.row().counters.refusals == 2);
  CHECK(batch.row().error_code == "server");
  CHECK(batch.row().error_text == "it failed on its side");
  CHECK(batch.row().operation_id == "op-1");
  CHECK_FALSE(batch.due(start));
  CHECK(batch.not_before() == start + 750ms);
  CHECK(batch.due(start + 750ms));
}

TEST_CASE("a failure that cannot pass ends the batch at once") {
  for (auto code : {ec::rejected, ec::unknown_column, ec::permission, ec::body_too_large, ec::bad_config}) {
    CAPTURE(to_string(code));
    auto batch = running_batch();
    CHECK(batch.fail_attempt({code, "no"}, "", 0, start, 0));
    CHECK(batch.row().state == batch_state::failed);
    CHECK(batch.row().error_code == to_string(code));
  }
}

TEST_CASE("after the last attempt a batch has failed for good") {
  auto batch = pending_batch({.max_attempts = 3});
  for (int attempt = 1; attempt <= 3; ++attempt) {
    REQUIRE(batch.row().state == batch_state::pending);
    batch.pick_up();
    batch.fail_attempt(passing, "", 0, start, 0);
  }
  CHECK(batch.row().state == batch_state::failed);
  CHECK(batch.row().counters.failed_attempts == 3);
}

TEST_CASE("delays double with each attempt up to the longest, and are spread over their upper half") {
  for (double jitter : {0.0, 0.25, 0.999}) {
    auto batch = pending_batch({.max_attempts = 50, .first_delay = 1s, .longest_delay = 20s});
    auto expected = 1'000ms;
    for (int attempt = 1; attempt < 40; ++attempt) {
      batch.pick_up();
      batch.fail_attempt(passing, "", 0, start, jitter);
      auto delay = batch.not_before() - start;
      CHECK(delay >= expected / 2);
      CHECK(delay <= expected);
      if (jitter > 0.9) CHECK(delay > expected * 99 / 100);
      expected = std::min(expected * 2, 20'000ms);
    }
  }
}

TEST_CASE("only a pending batch can be cancelled") {
  auto batch = running_batch();
  CHECK_FALSE(batch.cancel());
  batch.interrupt(0);
  CHECK(batch.cancel());
  CHECK(batch.row().state == batch_state::cancelled);
}

TEST_CASE("a call in the wrong state changes nothing") {
  auto batch = pending_batch();
  CHECK_FALSE(batch.complete({1, 0}, 9));
  CHECK_FALSE(batch.release(9));
  CHECK_FALSE(batch.interrupt(9));
  CHECK_FALSE(batch.fail_attempt(passing, "", 9, start, 0));
  CHECK(batch.row().counters == batch_counters{});
  CHECK(batch.row().error_code.empty());
  batch.pick_up();
  CHECK_FALSE(batch.pick_up());
  batch.complete({1, 0}, 0);
  CHECK_FALSE(batch.pick_up());
  CHECK_FALSE(batch.cancel());
  CHECK(batch.row().counters.picked_up == 1);
}

TEST_CASE("a row whose counters do not add up is found out") {
  auto batch = running_batch();
  CHECK(conserved(batch.row()));
  auto row = batch.row();
  row.state = batch_state::pending;
  CHECK_FALSE(conserved(row));
}

TEST_CASE("in any history every pick-up ends in exactly one way") {
  std::mt19937_64 random{2026};
  auto pick = [&](int n) { return std::uniform_int_distribution<int>{0, n - 1}(random); };
  for (int round = 0; round < 20'000; ++round) {
    auto batch = pending_batch({.max_attempts = 4});
    for (int i = 0; i < 25; ++i) {
      auto refusals = static_cast<std::uint32_t>(pick(3));
      switch (pick(7)) {
      case 0:
      case 1: batch.pick_up(); break;
      case 2: batch.release(refusals); break;
      case 3: batch.interrupt(refusals); break;
      case 4:
        batch.fail_attempt({pick(8) ? ec::timeout : ec::rejected, "x"}, "", refusals, start, 0.1);
        break;
      case 5:
        if (pick(8) == 0) batch.complete({10, 0}, refusals);
        break;
      default:
        if (pick(20) == 0) batch.cancel();
      }
      REQUIRE(conserved(batch.row()));
      REQUIRE(batch.row().counters.failed_attempts <= 4);
    }
  }
}

} // namespace batch_life_cycle_test
