/// Pure core of the pool: who gets one of an account's slots, and when.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "actors/pool/adaptive_limit.hpp"
#include "actors/pool/credential_breaker.hpp"
#include "actors/pool/fair_queue.hpp"
#include "actors/pool/outage_breaker.hpp"
#include "messages/error.hpp"
#include "messages/http.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Whether a transfer that ended so tells of an account that is to be left alone for long: it counts as
/// unavailable.
constexpr bool wants_rest(ec code, std::chrono::seconds retry_after) noexcept {
  return code == ec::refused && retry_after > std::chrono::minutes{5};
}

struct slot_policy_options {
  /// Concurrent requests that the account allows. At least 1.
  std::uint32_t limit = 5;
  /// Of these, left to other integrations. At least one slot stays ours.
  std::uint32_t reserve = 0;
  /// Transport, time-out or server failures in a row after which the account counts as down. A lower number
  /// reacts sooner, and takes single mishaps for an outage.
  std::uint32_t outage_after = 5;
  /// How long an account may be down before its imports are paused.
  std::chrono::milliseconds outage_pause{60'000};
  /// First and longest wait between two probes of an account that is down.
  std::chrono::milliseconds first_probe_delay{1'000};
  std::chrono::milliseconds longest_probe_delay{15'000};
  /// Seed of the jitter and of the first epoch.
  std::uint64_t seed = 0;
};

/// Grants slots, never more than the limit at once, and never lets one idle while somebody waits who may go.
/// Tenants take turns, and the imports of each, interactive ones before scheduled ones (`fair_queue`). What
/// keeps a waiter from a free slot:
/// - A refusal (429 and its disguises) lowers the limit to what is accepted beside it (`adaptive_limit`) and
/// pauses grants for a jittered
///   moment that grows with each burst of refusals, or for as long as Retry-After says.
/// - A cancelled transfer keeps its slot for about one response time: NetSuite may still be working on it.
/// - A login that may be bad lets one lone request through (`credential_breaker`); meanwhile other logins
///   have half of the limit, so that the account's load does not decide what that request is told.
/// - An account that is down gets one probe at a time (`outage_breaker`).
class slot_policy {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;
  using waiter_id = std::uint64_t;

  using purpose = slot_purpose;

  struct ask {
    waiter_id waiter = 0;
    std::string lane = {}; ///< an import's id: the lanes of a tenant take turns
    urgency how_urgent = urgency::interactive;
    bool first = false;          ///< was refused a moment ago: to the head of the queue
    std::string credential = {}; ///< the tenant: whose login the request is signed with, and who takes turns
    std::uint64_t login = 0;     ///< the generation of that login; zero if unsigned
    purpose what = purpose::work;
  };

  /// What becomes of a waiter.
  struct decision {
    enum class outcome : std::uint8_t {
      granted,
      sign_anew, ///< its login was refused since: sign again, then ask again
      refused    ///< its login is no good
    };
    waiter_id waiter = 0;
    outcome what = outcome::granted;
    transfer_id lease = 0;
    bool probe = false;            ///< granted during an outage, to find out whether it is over
    std::uint64_t stale_login = 0; ///< for sign_anew: the generation that was refused
  };

  struct closed_transfer {
    transfer_id lease = 0;
    ec code = ec::none;
    std::chrono::microseconds took{0};
    std::chrono::seconds retry_after{0};
    bool opened = true; ///< false: the lease ended without a request
    std::string text;
  };

  /// What a closed transfer changed beyond slots.
  struct news {
    bool known = false; ///< the lease was open
    outage_breaker::news account = outage_breaker::news::none;
    credential_breaker::news login = credential_breaker::news::none;
    std::string credential; ///< of `login`
  };

  explicit slot_policy(slot_policy_options options);

  void enqueue(const ask& wanted);

  /// The waiter has gone before it got a slot. Unknown waiters are ignored.
  void forget(waiter_id waiter);

  /// The decisions that are possible now. Call after each change and at `wake_at`.
  std::vector<decision> advance(time_point now);

  /// The transfer of a lease has closed. A lease that is not open (a late or doubled report, one of an
  /// earlier epoch) changes nothing.
  news close(const closed_transfer& what, time_point now);

  /// Whether the failure of this lease belongs to an outage and is nobody's attempt; nothing while that
  /// cannot be told yet: ask again after each `close` and `advance`.
  std::optional<bool> is_excused(transfer_id lease) const { return outage_.verdict(lease); }

  /// Whether somebody has to ask the account now: a failure waits for its verdict, and the requests that are
  /// open have not told for twice as long as answers take. Once for each doubt; to be called after `advance`.
  bool take_question() { return std::exchange(question_, false); }

  /// The news that an account is suspect reached nobody who could ask it.
  void nobody_asks() { outage_.nobody_asks(); }

  /// When `advance` has to be called again although nothing happened; nothing if only an event can change
  /// anything.
  std::optional<time_point> wake_at() const;

  /// Another limit of the account. What was learnt above it is forgotten.
  void set_limit(std::uint32_t limit);
  /// Another number of requests that are left to other integrations.
  void set_reserve(std::uint32_t reserve);
  /// Forgets what was learnt about the limit and how long the account asked to wait, and these leases, whose
  /// transfers nobody knows of any more.
  /// From now on leases carry a new epoch.
  void reset(const std::vector<transfer_id>& stale);
  /// Opens a refused login for one more try.
  void retry_login(const std::string& credential);

  std::uint32_t limit() const noexcept { return options_.limit; }
  /// What is granted at most, whatever was learnt.
  std::uint32_t most() const noexcept { return limit_.most(); }
  /// What is granted at most right now.
  std::uint32_t effective() const noexcept { return limit_.now(); }
  std::uint32_t in_use() const noexcept {
    return static_cast<std::uint32_t>(open_.size() + lingering_.size());
  }
  std::uint32_t lingering() const noexcept { return static_cast<std::uint32_t>(lingering_.size()); }
  std::uint32_t waiting() const noexcept { return static_cast<std::uint32_t>(waiters_.size()); }
  /// How many wait, by lane.
  std::map<std::string, std::size_t> waiting_by_lane() const;
  std::uint64_t granted() const noexcept { return granted_; }
  std::uint64_t refused() const noexcept { return refused_; }
  /// Of the refusals, those that came as a 401.
  std::uint64_t disguised() const noexcept { return disguised_; }
  /// Bursts of refusals since the last good answer.
  std::uint32_t refused_in_a_row() const noexcept { return refusal_bursts_; }
  bool outage() const noexcept { return outage_.is_open(); }
  bool is_unavailable() const noexcept { return outage_.is_unavailable(); }
  const std::string& outage_reason() const noexcept { return outage_.reason(); }
  /// The state of a login; unproven for one that was never heard of.
  credential_breaker::state login_state(const std::string& credential) const;
  /// Leases that are open for longer than `age`.
  std::vector<transfer_id> open_leases(duration age, time_point now) const;

private:
  struct waiter_entry {
    std::string lane;
    std::string credential;
    std::uint64_t login = 0;
    purpose what = purpose::work;
  };

  struct open_lease {
    std::string credential;
    std::uint64_t login = 0;
    purpose what = purpose::work;
    time_point since;
    std::uint32_t level = 0;  ///< the limit whose last slot it took; zero if others were free
    std::uint32_t beside = 0; ///< others that had a slot when it was granted, and were not refused since
    bool alone = false;       ///< the only one of a login that has to be proven
    bool probe = false;       ///< of an account that is down
  };

  std::uint32_t allowed() const;
  bool may_grant(time_point now) const;
  bool has_open_probe() const;
  bool is_probing() const;
  duration doubt() const;
  bool may_go(waiter_id waiter) const;
  std::optional<waiter_id> next_waiter();
  bool has_next() const;
  std::optional<time_point> next_grant() const;
  void turn_away(std::vector<decision>& result);
  std::uint32_t taken_beside(transfer_id refused, const open_lease& lease);
  void refusals(const std::vector<std::uint32_t>& taken, std::chrono::seconds retry_after, time_point now);
  void take_login_news(news& result, const open_lease& lease, const closed_transfer& what, time_point now);
  duration jittered(duration base);

  slot_policy_options options_;
  std::mt19937_64 random_;
  adaptive_limit limit_;
  fair_queue queue_;
  std::deque<waiter_id> ahead_; ///< probes and logins
  std::map<waiter_id, waiter_entry> waiters_;
  std::map<transfer_id, open_lease> open_;
  std::multimap<time_point, transfer_id> lingering_; ///< until when
  std::map<std::string, credential_breaker> logins_;
  std::map<std::string, std::vector<std::uint32_t>> beside_401s_; ///< what was open beside each, by login
  outage_breaker outage_;
  transfer_id next_lease_;
  time_point no_grant_before_{};
  std::uint32_t refusal_bursts_ = 0;                 ///< in a row
  duration response_time_ = std::chrono::seconds{1}; ///< smoothed over successes
  bool question_ = false;                            ///< that nobody has taken yet
  std::uint64_t granted_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t disguised_ = 0;
};

} // namespace tidemark
