/// Random histories of one batch, held against a count of what has happened to it.
#include "actors/wave/batch_life_cycle.hpp"

#include <array>
#include <random>
#include <string>

#include <doctest/doctest.h>
namespace batch_life_cycle_histories_test {

using namespace tidemark;
using namespace std::chrono_literals;

using time_point = batch_life_cycle::time_point;

constexpr std::array codes{ec::server,   ec::timeout, ec::transport,  ec::maintenance,
                           ec::internal, ec::server,  ec::timeout,    ec::store_unavailable,
                           ec::rejected, ec::server,  ec::bad_config, ec::unknown_column};

/// The same events for the life cycle and for a model of it. `wrong` says what the two do not agree on.
class history {
public:
  explicit history(std::uint64_t seed)
      : random_(static_cast<std::uint32_t>(seed)),
        options_{.max_attempts = 1 + pick(5)},
        batch_(first_row(), options_) {}

  std::string wrong;

  void step() {
    auto was = batch_.row().state;
    auto before = batch_.row().counters;
    auto refusals = pick(3);
    bool running = was == batch_state::running;
    bool legal = running;
    bool done = false;
    now_ += std::chrono::milliseconds{pick(90'000)};
    switch (pick(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      refusals = 0;
      legal = was == batch_state::pending;
      done = batch_.pick_up();
      if (done) ++expected_.picked_up;
      expect(done, batch_state::running);
      break;
    case 4:
      done = batch_.release(refusals);
      if (done) ++expected_.released;
      expect(done, batch_state::pending);
      break;
    case 5:
      done = batch_.interrupt(refusals, now_ + 1s);
      if (done) ++expected_.interrupted;
      expect(done, batch_state::pending);
      break;
    case 6:
    case 7:
    case 8: done = fail(refusals); break;
    case 9:
      done = batch_.split({ec::server, "500"}, {}, refusals);
      if (done) ++expected_.split;
      expect(done, batch_state::split);
      break;
    case 10:
      if (pick(3) != 0) return;
      done = batch_.complete({9, 1}, refusals);
      if (done) ++expected_.completed;
      expect(done, batch_state::completed);
      break;
    default:
      refusals = 0;
      if (pick(3) == 0) return live_on();
      if (pick(4) != 0) return;
      legal = was == batch_state::pending;
      done = batch_.cancel();
      expect(done, batch_state::cancelled);
    }
    if (done) expected_.refusals += refusals;
    if (done != legal) wrong = "a step was taken or refused against its state";
    if (!done && (batch_.row().state != was || batch_.row().counters != before))
      wrong = "a step that was refused has changed something";
    check();
  }

private:
  static batch_row first_row() {
    batch_row row;
    row.number = 7;
    return row;
  }

  std::uint32_t pick(std::uint32_t n) { return static_cast<std::uint32_t>(random_()) % n; }

  void expect(bool done, batch_state state) {
    if (done && batch_.row().state != state) wrong = "not the state that the step leads to";
  }

  bool fail(std::uint32_t refusals) {
    auto code = codes[pick(codes.size())];
    auto then = static_cast<fate>(pick(3));
    bool more = batch_.may_try_again(code);
    bool done = batch_.fail_attempt({code, {}}, {}, refusals, now_, 0.5, then);
    if (!done) return false;
    ++expected_.failed_attempts;
    bool ends = then == fate::for_good || (then == fate::by_attempts && !more);
    expect(true, ends ? batch_state::failed : batch_state::pending);
    if (then == fate::by_attempts && !ends && batch_.attempts() >= options_.max_attempts)
      wrong = "tried more often than allowed";
    return true;
  }

  /// A death of the process, or a retry by command: what the ledger holds afterwards begins anew.
  void live_on() {
    auto row = batch_.row();
    if (row.state == batch_state::running) {
      row.state = batch_state::pending;
      ++row.counters.interrupted;
      ++row.deaths;
      ++expected_.interrupted;
    } else if (row.state == batch_state::failed) {
      row.state = batch_state::pending;
      row.forgiven = row.counters.failed_attempts;
    }
    batch_ = {row, options_};
    if (row.forgiven == row.counters.failed_attempts && row.state == batch_state::pending
        && (batch_.attempts() != 0 || batch_.may_try_again(ec::server) != (options_.max_attempts > 1)))
      wrong = "a retried batch has not got its attempts back";
    check();
  }

  void check() {
    if (!wrong.empty()) return;
    auto& row = batch_.row();
    if (!conserved(row)) wrong = "a pick-up has not ended in exactly one way";
    if (row.counters != expected_) wrong = "not what was counted";
    if (row.counters.failed_attempts < row.forgiven) wrong = "more forgiven than has failed";
    if (batch_.due(now_) && row.state != batch_state::pending) wrong = "due although it is not pending";
    if (batch_.not_before() > now_ + options_.longest_delay)
      wrong = "put off for longer than the longest delay";
    if (row.counters.completed + row.counters.split > 1) wrong = "ended twice";
  }

  std::minstd_rand random_;
  retry_options options_;
  batch_life_cycle batch_;
  batch_counters expected_;
  time_point now_{1h};
};

TEST_CASE("in a hundred thousand random histories the life cycle of a batch keeps its law at each step") {
  for (std::uint64_t seed = 1; seed <= 100'000; ++seed) {
    history batch{seed};
    for (int i = 0; i < 25 && batch.wrong.empty(); ++i) batch.step();
    if (!batch.wrong.empty()) {
      CAPTURE(seed);
      REQUIRE(batch.wrong == "");
    }
  }
}

} // namespace batch_life_cycle_histories_test
