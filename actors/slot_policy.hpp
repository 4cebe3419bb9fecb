/// Pure core of the pool: who gets one of an account's slots, and when.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "messages/error.hpp"
#include "messages/http.hpp"

namespace tidemark {

struct slot_policy_options {
  /// Concurrent requests that the account allows us. At least 1.
  std::uint32_t limit = 5;
  /// Transport, time-out or server failures in a row after which the account counts as down. A lower number
  /// reacts sooner, and takes single mishaps for an outage.
  std::uint32_t outage_after = 5;
  /// How long an account may be down before its imports are paused.
  std::chrono::milliseconds outage_pause{60'000};
  /// First and longest wait between two probes of an account that is down.
  std::chrono::milliseconds first_probe_delay{1'000};
  std::chrono::milliseconds longest_probe_delay{15'000};
  /// Seed of the jitter.
  std::uint64_t seed = 0;
};

/// Grants slots first come, first served, never more than the limit at once, and never lets one idle while
/// somebody waits, but for these reasons:
/// - A refusal (429 and its disguises) cuts the effective limit at most once per response time and lets it
///   grow again by one per round of successes while it is fully used: additive increase, multiplicative
///   decrease (Chiu and Jain, 1989), as in TCP Reno (RFC 5681). Grants pause for a jittered moment that grows
///   with each burst of refusals, or as long as Retry-After says.
/// - A cancelled transfer keeps its slot for about one response time: NetSuite may still be working on it.
/// - After several failures in a row the account counts as down: one probe at a time, in growing distances.
class slot_policy {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;
  using waiter_id = std::uint64_t;

  struct grant {
    waiter_id waiter = 0;
    transfer_id lease = 0;
    bool probe = false;
  };

  struct closed_transfer {
    transfer_id lease = 0;
    ec code = ec::none;
    std::chrono::microseconds took{0};
    std::chrono::seconds retry_after{0};
    bool opened = true; ///< false: the lease ended without a request
    std::string text;
  };

  /// What a closed transfer changed beyond slots. An unavailable account is told of again with each probe
  /// that fails, for those who came meanwhile.
  enum class news : std::uint8_t { none, account_unavailable, account_available };

  explicit slot_policy(slot_policy_options options);

  /// `first`: to the head of the queue, for a request that was refused a moment ago.
  void enqueue(waiter_id waiter, bool first);

  /// The waiter has gone before it got a slot. Unknown waiters are ignored.
  void forget(waiter_id waiter);

  /// The grants that are possible now. Call after each change and at `wake_at`.
  std::vector<grant> advance(time_point now);

  /// The transfer of a lease has closed. A lease that is not open (a late or doubled report) changes nothing.
  news close(const closed_transfer& what, time_point now);

  /// When `advance` has to be called again although nothing happened; nothing if only an event can change
  /// anything.
  std::optional<time_point> wake_at() const;

  std::uint32_t limit() const noexcept { return options_.limit; }
  std::uint32_t effective() const noexcept;
  std::uint32_t in_use() const noexcept {
    return static_cast<std::uint32_t>(open_.size() + lingering_.size());
  }
  std::uint32_t lingering() const noexcept { return static_cast<std::uint32_t>(lingering_.size()); }
  std::uint32_t waiting() const noexcept { return static_cast<std::uint32_t>(queue_.size()); }
  std::uint64_t granted() const noexcept { return granted_; }
  std::uint64_t refused() const noexcept { return refused_; }
  bool outage() const noexcept { return outage_.has_value(); }
  const std::string& outage_reason() const noexcept { return outage_reason_; }
  std::vector<transfer_id> open_leases() const;

private:
  struct open_lease {
    bool probe = false;
    bool at_the_limit = false; ///< every effective slot was in use when it was granted
  };

  struct outage_state {
    time_point next_probe;
    duration probe_delay;
    bool reported = false; ///< as account_unavailable
  };

  bool may_grant(time_point now) const;
  bool probing() const;
  void cut(const closed_transfer& what, time_point now);
  void grow(const open_lease& lease);
  news account_failed(const closed_transfer& what, bool probe, time_point now);
  news account_answered();
  duration jittered(duration base);

  slot_policy_options options_;
  std::mt19937_64 random_;
  std::deque<waiter_id> queue_;
  std::map<transfer_id, open_lease> open_;
  std::multimap<time_point, transfer_id> lingering_; ///< until when
  transfer_id next_lease_;
  double ceiling_;             ///< the effective limit, with its fraction
  time_point no_cut_before_{}; ///< at most one cut per response time
  time_point no_grant_before_{};
  std::uint32_t refusal_bursts_ = 0; ///< in a row
  std::uint32_t failures_in_a_row_ = 0;
  time_point failing_since_{};
  std::optional<outage_state> outage_;
  std::string outage_reason_;
  duration response_time_ = std::chrono::seconds{1}; ///< smoothed over successes
  std::uint64_t granted_ = 0;
  std::uint64_t refused_ = 0;
};

} // namespace tidemark
