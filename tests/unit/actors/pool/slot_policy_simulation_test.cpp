/// The slot policy against a model of an account: the numbers that it has to reach, without waiting for them.
#include "actors/pool/slot_policy.hpp"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace slot_policy_simulation_test {

using namespace tidemark;
using namespace std::chrono_literals;

using seconds = std::chrono::duration<double>;

/// How long an account takes to answer, evenly distributed, and to refuse.
struct answer_times {
  std::chrono::milliseconds shortest{390};
  std::chrono::milliseconds longest{410};
  std::chrono::milliseconds refusal{5};
};

constexpr answer_times varying{400ms, 1500ms, 5ms};
/// Also with refusals that take their time on the way.
constexpr std::array all_times{answer_times{}, varying, answer_times{400ms, 1500ms, 150ms}};

/// An account that refuses what is over its limit sooner than it answers; lanes that always have somebody who
/// waits.
class model {
public:
  explicit model(std::uint32_t limit, std::vector<std::string> lanes = {"import"}, answer_times times = {},
                 std::uint64_t seed = 3)
      : policy({.limit = limit, .seed = seed}),
        capacity(limit),
        lanes_(std::move(lanes)),
        times_(times),
        random_(seed + 2) {}

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
      close(answers_, ec::none);
      close(refusals_, ec::refused);
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
  struct transfer {
    transfer_id lease;
    std::string lane;
    std::chrono::milliseconds took;
  };
  using ends = std::multimap<slot_policy::time_point, transfer>;

  std::chrono::milliseconds answer_time() {
    auto spread = static_cast<std::uint64_t>((times_.longest - times_.shortest).count());
    return times_.shortest + std::chrono::milliseconds{random_() % (spread + 1)};
  }

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
      auto took = full ? times_.refusal : answer_time();
      (full ? refusals_ : answers_).emplace(now + took, transfer{granted.lease, lane, took});
    }
  }

  void close(ends& due, ec code) {
    while (!due.empty() && due.begin()->first <= now) {
      auto [lease, lane, took] = due.begin()->second;
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
  answer_times times_;
  std::mt19937_64 random_;
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
    "a limit that falls from 15 to 4 costs few refusals, within two response times, and few from then on") {
  for (auto& times : all_times) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      CAPTURE(times.longest.count());
      CAPTURE(times.refusal.count());
      CAPTURE(seed);
      model it{15, {"import"}, times, seed};
      it.run(20s);
      it.capacity = 4;
      it.forget_counts();
      it.run(2 * times.longest);
      CHECK(it.refused <= 20);
      CHECK(it.policy.effective() <= 5);
      // The first seconds, and a minute: as few as ever at the edge, and the four slots stay used.
      for (auto length : {10s, 50s}) {
        it.forget_counts();
        it.run(length);
        CHECK(it.refused <= 1 + it.answered / 40);
        CHECK(it.busy > 0.99 * 4 * seconds{length}.count());
      }
      it.capacity = 15;
      auto since = it.now;
      while (it.policy.effective() < 15 && it.now - since < 60s) it.run(100ms);
      CHECK(it.now - since < 40 * times.longest / 4 + 5 * times.longest);
    }
  }
}

TEST_CASE("fifteen requests to an account that takes four: eleven are refused, and the edge is known") {
  for (auto& times : all_times) {
    model it{15, {"import"}, times};
    it.capacity = 4;
    it.run(times.refusal);
    CHECK(it.refused == 11);
    CHECK(it.policy.effective() == 4);
    it.run(10s);
    CHECK(it.refused <= 12 + it.answered / 40);
  }
}

TEST_CASE("a moment in which others have every slot does not hold down who comes after it") {
  model it{15, {"import"}, varying};
  it.capacity = 0;
  it.run(2s);
  it.capacity = 15;
  auto since = it.now;
  while (it.policy.effective() < 15 && it.now - since < 60s) it.run(100ms);
  CHECK(it.now - since < 12s);
}

TEST_CASE("the edge of any limit is found with fewer than 3 of 100 requests refused") {
  for (auto& times : all_times) {
    for (std::uint32_t capacity : {1U, 2U, 5U, 9U, 14U}) {
      CAPTURE(capacity);
      model it{15, {"import"}, times};
      it.capacity = capacity;
      it.run(20s);
      it.forget_counts();
      it.run(120s);
      CHECK(it.refused_share() < 0.03);
      CHECK(it.busy > 0.98 * capacity * 120);
    }
  }
}

/// The share of what another client leaves free, which takes 10 of 15 slots in bursts of 30 s.
double used_beside_bursts(answer_times times, std::uint64_t seed) {
  model it{15, {"import"}, times, seed};
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
  return it.busy / free;
}

TEST_CASE("another client that takes 10 of 15 slots in bursts of 30 s leaves us over 90 % of what is free") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    auto constant = used_beside_bursts({}, seed);
    auto of_any_length = used_beside_bursts(varying, seed);
    MESSAGE("throughput " << constant * 100 << " % of the free slots, " << of_any_length * 100
                          << " % with answers of varying length");
    CHECK(constant > 0.96);
    CHECK(of_any_length > 0.92);
  }
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
