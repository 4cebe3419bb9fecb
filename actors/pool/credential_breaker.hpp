/// Pure core of the slot policy: whether requests with one tenant's login may go out.
#pragma once

#include <chrono>
#include <cstdint>

#include "messages/error.hpp"

namespace tidemark {

/// NetSuite locks a user for half an hour after five failed logins, and answers 401 for over-concurrency as
/// well. So any 401 stops the login until one lone request, signed anew, has told which of the two it was.
///
/// - A login that has had no good answer for a while is `unproven`: one request at a time, until one passes.
/// - After a 401 it is `suspected`: one request at a time, and only when the others have ended.
/// - A lone request that passes makes it `proven` again: what came before were refusals in disguise.
/// - A second bad login in a row (a burst of requests that were open together counts as one) makes it
///   `refused`: nothing goes out until somebody calls `retry`.
class credential_breaker {
public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class state : std::uint8_t { unproven, proven, suspected, refused };

  /// How an answer changed things.
  enum class news : std::uint8_t {
    none,
    suspected, ///< a 401: everything waits for the lone request
    disguised, ///< the lone request passed: the 401s since were refusals for concurrency
    refused    ///< the login is no good
  };

  /// What a request is for. One that fetches a token can show that a login is bad, never that requests pass.
  enum class purpose : std::uint8_t { request, login };

  /// How long the last good answer is trusted while nothing is open.
  static constexpr auto trust = std::chrono::seconds{60};
  /// Bad logins in a row after which only `retry` opens it again.
  static constexpr std::uint32_t most_bad_logins = 2;

  /// `signs`: false for a tenant whose requests carry no login. There is nothing to prove then.
  explicit credential_breaker(bool signs = true)
      : signs_(signs), state_(signs ? state::unproven : state::proven) {}

  /// Whether one more request may go out now.
  bool may_send() const noexcept;

  /// A request with this login has its lease. `generation` is the login's as it was signed, zero if unsigned.
  void sent(time_point now) noexcept;

  /// It has ended. `opened` false: it was never sent.
  news closed(ec code, std::uint64_t generation, purpose what, bool lone, bool opened, time_point now);

  /// Whether a request signed in this generation would fail for sure: a 401 came for it since.
  bool is_stale(std::uint64_t generation) const noexcept {
    return generation != 0 && generation <= refused_generation_;
  }

  /// Opens a refused login for one more try (an operator resumed, or the keys were replaced). One that was
  /// not used yet has one try, too: it was refused before the node was started.
  void retry() noexcept;

  state now() const noexcept { return state_; }
  /// Whether the request that was sent last is the only one: to be remembered with its lease.
  bool goes_alone() const noexcept { return state_ != state::proven; }
  std::uint32_t open() const noexcept { return open_; }
  /// The 401s of the last suspicion, once it has ended as `disguised`.
  std::uint32_t disguised() const noexcept { return bad_answers_; }
  std::uint64_t refused_generation() const noexcept { return refused_generation_; }

private:
  news bad(bool lone);

  bool signs_;
  state state_;
  std::uint32_t open_ = 0;
  std::uint32_t bad_in_a_row_ = 0;
  std::uint32_t bad_answers_ = 0;
  std::uint64_t refused_generation_ = 0;
  time_point last_good_{};
};

} // namespace tidemark
