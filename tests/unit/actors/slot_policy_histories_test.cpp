/// Random histories of one account, held against a small model of who waits and who holds what.
#include "actors/slot_policy.hpp"

#include <algorithm>
#include <array>

#include <doctest/doctest.h>

using namespace tidemark;
using namespace std::chrono_literals;

namespace {

constexpr std::array codes{ec::none,      ec::none,     ec::none,          ec::refused,
                           ec::transport, ec::timeout,  ec::server,        ec::maintenance,
                           ec::cancelled, ec::rejected, ec::authentication};

/// The same events for the policy and for a model; complains where they differ.
class history {
public:
  history(std::uint64_t seed, std::uint32_t limit)
      : random_(seed),
        policy_({.limit = limit,
                 .outage_after = 1 + static_cast<std::uint32_t>(seed % 5),
                 .outage_pause = 20s,
                 .first_probe_delay = 1s,
                 .longest_probe_delay = 8s,
                 .seed = seed}) {}

  void step() {
    switch (pick(8)) {
    case 0:
    case 1:
    case 2: ask(); break;
    case 3: leave(); break;
    case 4:
    case 5: close(random_code()); break;
    case 6: now_ += std::chrono::milliseconds{pick(3000)}; break;
    default:
      if (auto at = policy_.wake_at()) now_ = std::max(now_, *at);
    }
    advance();
    check();
  }

  /// Everything is answered well from here on; true if everyone was served in a sensible number of steps.
  bool drain() {
    for (int steps = 0; steps < 1000 && policy_.waiting() > 0; ++steps) {
      while (!open_.empty()) close(ec::none);
      advance();
      check();
      if (policy_.waiting() == 0) break;
      if (open_.empty()) {
        auto at = policy_.wake_at();
        if (!at) return false;
        now_ = std::max(now_, *at);
        advance();
      }
    }
    return policy_.waiting() == 0 && queue_.empty();
  }

private:
  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_); }
  ec random_code() { return codes[pick(codes.size())]; }

  void ask() {
    auto first = pick(4) == 0;
    policy_.enqueue(++last_waiter_, first);
    queue_.insert(first ? queue_.begin() : queue_.end(), last_waiter_);
  }

  void leave() {
    if (queue_.empty()) return;
    auto who = queue_.begin() + static_cast<std::ptrdiff_t>(pick(queue_.size()));
    policy_.forget(*who);
    queue_.erase(who);
  }

  void close(ec code) {
    if (open_.empty()) return;
    auto which = open_.begin() + static_cast<std::ptrdiff_t>(pick(open_.size()));
    auto lease = *which;
    open_.erase(which);
    std::erase(probes_, lease);
    auto opened = pick(10) != 0;
    auto retry_after = std::chrono::seconds{pick(5) == 0 ? pick(4) : 0};
    auto took = std::chrono::milliseconds{pick(2000)};
    policy_.close({lease, code, took, retry_after, opened, "text"}, now_);
    if (pick(4) == 0) policy_.close({lease, ec::refused, took, 0s, true, "again"}, now_);
  }

  void advance() {
    auto was_down = policy_.outage();
    for (auto& granted : policy_.advance(now_)) {
      if (queue_.empty() || queue_.front() != granted.waiter) FAIL("granted out of order");
      queue_.pop_front();
      open_.push_back(granted.lease);
      if (granted.probe != was_down) FAIL("a probe that is none, or the reverse");
      if (granted.probe) probes_.push_back(granted.lease);
    }
  }

  void check() {
    if (policy_.in_use() > policy_.limit()) FAIL("more leases than the limit");
    if (policy_.waiting() != queue_.size()) FAIL("somebody was lost");
    if (policy_.open_leases().size() != open_.size()) FAIL("a lease was lost");
    if (policy_.effective() < 1 || policy_.effective() > policy_.limit()) FAIL("no sensible limit");
    if (probes_.size() > 1) FAIL("two probes");
    if (queue_.empty()) return;
    auto at = policy_.wake_at();
    if (at && *at <= now_) FAIL("a grant was possible and not made");
    if (open_.empty() && !at) FAIL("nobody would ever ask again");
    if (!policy_.outage() && policy_.in_use() < policy_.effective() && !at)
      FAIL("an idle slot for no reason");
  }

  std::mt19937_64 random_;
  slot_policy policy_;
  slot_policy::time_point now_{1h};
  slot_policy::waiter_id last_waiter_ = 0;
  std::deque<slot_policy::waiter_id> queue_;
  std::vector<transfer_id> open_;
  std::vector<transfer_id> probes_;
};

} // namespace

TEST_CASE("in any history slots stay within the limit, none idles for no reason and everyone is served") {
  for (std::uint64_t seed = 0; seed < 30'000; ++seed) {
    CAPTURE(seed);
    history it{seed, 1 + static_cast<std::uint32_t>(seed % 7)};
    for (int i = 0; i < 60; ++i) it.step();
    REQUIRE(it.drain());
  }
}
