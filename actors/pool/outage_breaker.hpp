/// Pure core of the slot policy: whether an account is down, and whose fault a failure was.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "messages/error.hpp"
#include "messages/http.hpp"

namespace tidemark {

/// Several failures in a row without an answer in between (transport, time-out, 5xx), or one text that tells
/// of maintenance, say that the account is down. Then one request at a time goes out as a probe, the first at
/// once, the others in growing and jittered distances, and the first answer ends it.
///
/// A failure is the request's own if the account answers anything after it, and part of an outage if a probe
/// fails too. That probe should be nobody's work: requests that each fail by themselves must not pass for an
/// outage. Where no other request is open that could tell, or those that are have not told for a moment, the
/// news `suspect` asks for a probe.
class outage_breaker {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  struct options {
    std::uint32_t after = 5;
    std::chrono::milliseconds pause{60'000};
    std::chrono::milliseconds first_probe_delay{1'000};
    std::chrono::milliseconds longest_probe_delay{15'000};
    std::uint64_t seed = 0;
    std::chrono::milliseconds rest_probe_delay{300'000}; ///< of an account that asks for no requests
  };

  /// An unavailable account is told of again with each probe that fails, for those who came meanwhile.
  enum class news : std::uint8_t { none, suspect, down, unavailable, up };

  /// A failure that neither an answer nor an outage has explained after so long is the request's own.
  static constexpr auto judgement = std::chrono::seconds{5};

  explicit outage_breaker(const options& with) : options_(with), random_(with.seed) {}

  static bool is_failure(ec code) noexcept;

  /// A request failed. `probe`: it was the one of an outage. `others_open`: how many may still tell.
  news failed(transfer_id lease, const std::string& text, ec code, bool probe, std::size_t others_open,
              time_point now);

  /// What only asks how the account is got no answer: failures that are not decided wait for the next one.
  void unanswered(time_point now);

  /// A request was answered, whatever the answer.
  news answered();

  /// Nobody can ask the account: what is not decided is the requests' own.
  void nobody_asks() { decide(false); }

  /// The account asks for no requests for long: it is unavailable, and asked now and then whether that still
  /// holds.
  news wants_rest(const std::string& text, time_point now);

  /// The next probe may go at once.
  void try_now() noexcept;

  /// A probe ended without telling anything.
  void inconclusive(time_point now);

  /// Time has passed. While a probe is under way no failure is judged by its age; where there is none, one is
  /// asked for if a failure has stood undecided for `doubt`, and judged by its age in the end.
  news advance(bool probing, duration doubt, time_point now);

  bool is_open() const noexcept { return outage_.has_value(); }
  /// It was told that the account is unavailable, and nothing else since.
  bool is_unavailable() const noexcept { return outage_ && outage_->reported; }
  /// During an outage that no probe has confirmed: only requests that are nobody's work may go.
  bool only_probes() const noexcept { return outage_ && !outage_->sure && !outage_->unasked; }
  const std::string& reason() const noexcept { return reason_; }
  /// During an outage: when the next probe may go.
  time_point next_probe() const noexcept { return outage_->next_probe; }
  /// When `advance` asks for a probe or judges a failure by its age, if nothing else happens and no probe is
  /// under way.
  std::optional<time_point> next_step(duration doubt) const;

  /// Whether the failure of this lease was part of an outage; nothing while that is open. A failure that
  /// nobody knows of was not.
  std::optional<bool> verdict(transfer_id lease) const;

private:
  struct state {
    time_point next_probe;
    duration probe_delay;
    bool sure = false;     ///< a probe has failed, or the account has said so
    bool unasked = false;  ///< nobody has sent a probe for long
    bool reported = false; ///< as unavailable
  };

  void decide(bool excused);
  std::optional<time_point> unasked_since() const;
  duration jittered(duration base);

  options options_;
  std::mt19937_64 random_;
  std::uint32_t failures_in_a_row_ = 0;
  time_point failing_since_{};
  std::optional<state> outage_;
  std::string reason_;
  std::deque<std::pair<transfer_id, time_point>> undecided_; ///< oldest first
  std::optional<time_point> asked_at_;                       ///< for a probe that shall decide these
  std::map<transfer_id, bool> decided_;                      ///< excused?
};

} // namespace tidemark
