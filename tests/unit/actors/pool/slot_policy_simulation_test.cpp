/// The slot policy against a model of an account: the numbers that it has to reach, without waiting for them.
#include "actors/pool/slot_policy.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>
namespace slot_policy_simulation_test {

using namespace tidemark;
using namespace std::chrono_literals;

using seconds = std::chrono::duration<double>;

/// An account that answers in about 400 ms and refuses at once what is over its limit; lanes that always have
/// somebody who waits.
class model {
public:
  explicit model(std::uint32_t limit, std::vector<std::string> lanes = {"import"})
      : policy({.limit = limit, .seed = 3}), capacity(limit), lanes_(std::move(lanes)) {}

  void run(slot_policy::duration for_so_long) {
    auto until = now + for_so_long;
    grant();
    while (now < until) {
      auto next = until;
      if (!answers_.empty()) next = std::min(next, answers_.begin()->first);
      if (!refusals_.empty()) next = std::min(next, refusals_.begin()->first);
      if (auto at = policy.wake_at()) next = std::min(next, *at);
      busy += static_cast<double>(answers_.size()) * seconds{next - now}.count();
      now = next;
      close(answers_, ec::none, 400ms);
      close(refusals_, ec::refused, 5ms);
      grant();
    }
  }

  double refused_share() const {
    return static_cast<double>(refused) / static_cast<double>(refused + answered);
  }
  void forget_counts() {
    answered = refused = 0;
    busy = 0;
    by_lane.clear();
  }

  slot_policy policy;
  std::uint32_t capacity;
  slot_policy::time_point now{1h};
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;
  double busy = 0; ///< slot-seconds
  std::map<std::string, std::uint64_t> by_lane;

private:
  using ends = std::multimap<slot_policy::time_point, std::pair<transfer_id, std::string>>;

  void ask(const std::string& lane, bool first) {
    policy.enqueue({.waiter = ++last_, .lane = lane, .first = first});
    lane_of_[last_] = lane;
  }

  void grant() {
    for (auto& lane : lanes_)
      while (policy.waiting_by_lane()[lane] < 20) ask(lane, false);
    for (auto& granted : policy.advance(now)) {
      auto lane = lane_of_.extract(granted.waiter).mapped();
      auto full = answers_.size() >= capacity;
      auto after = full ? 5ms : 390ms + std::chrono::milliseconds{random_() % 20};
      (full ? refusals_ : answers_).emplace(now + after, std::pair{granted.lease, lane});
    }
  }

  void close(ends& due, ec code, std::chrono::microseconds took) {
    while (!due.empty() && due.begin()->first <= now) {
      auto [lease, lane] = due.begin()->second;
      due.erase(due.begin());
      policy.close({lease, code, took, 0s, true, {}}, now);
      if (code == ec::none) {
        ++answered;
        ++by_lane[lane];
      } else {
        ++refused;
        ask(lane, true);
      }
    }
  }

  std::vector<std::string> lanes_;
  std::mt19937_64 random_{5};
  ends answers_;
  ends refusals_;
  slot_policy::waiter_id last_ = 0;
  std::map<slot_policy::waiter_id, std::string> lane_of_;
};

TEST_CASE("an account that never refuses is used to the full") {
  model it{15};
  it.run(60s);
  CHECK(it.refused == 0);
  CHECK(it.busy > 0.999 * 15 * 60);
}

TEST_CASE(
    "a limit that falls from 15 to 4 for a minute costs few refusals, and full speed is back in seconds") {
  model it{15};
  it.run(20s);
  it.capacity = 4;
  it.run(5s);
  CHECK(it.refused < 50); // on the way down
  it.forget_counts();
  it.run(55s);
  CHECK(it.refused_share() < 0.03);
  CHECK(it.busy > 0.99 * 4 * 55);
  it.capacity = 15;
  auto since = it.now;
  while (it.policy.effective() < 15 && it.now - since < 60s) it.run(100ms);
  CHECK(it.now - since < 10s);
}

TEST_CASE("the edge of any limit is found with fewer than 3 of 100 requests refused") {
  for (std::uint32_t capacity : {1U, 2U, 5U, 9U, 14U}) {
    CAPTURE(capacity);
    model it{15};
    it.capacity = capacity;
    it.run(20s);
    it.forget_counts();
    it.run(120s);
    CHECK(it.refused_share() < 0.03);
    CHECK(it.busy > 0.98 * capacity * 120);
  }
}

TEST_CASE("another client that takes 10 of 15 slots in bursts of 30 s leaves us over 90 % of what is free") {
  model it{15};
  it.run(2s);
  it.forget_counts();
  auto free = 0.0;
  for (int burst = 0; burst < 6; ++burst) {
    it.capacity = 5;
    it.run(30s);
    it.capacity = 15;
    it.run(30s);
    free += (5 + 15) * 30;
  }
  MESSAGE("throughput " << it.busy / free * 100 << " % of the free slots");
  CHECK(it.busy > 0.92 * free);
}

TEST_CASE("three imports that always have work get a third each, and every slot is busy") {
  model it{5, {"a", "b", "c"}};
  it.run(120s);
  for (auto& [lane, count] : it.by_lane)
    CHECK(static_cast<double>(count) == doctest::Approx(static_cast<double>(it.answered) / 3).epsilon(0.02));
  CHECK(it.busy > 0.999 * 5 * 120);
}

TEST_CASE("three imports get equal shares of an account whose edge has to be found, too") {
  model it{15, {"a", "b", "c"}};
  it.capacity = 4;
  it.run(120s);
  for (auto& [lane, count] : it.by_lane)
    CHECK(static_cast<double>(count) == doctest::Approx(static_cast<double>(it.answered) / 3).epsilon(0.1));
}

} // namespace slot_policy_simulation_test
