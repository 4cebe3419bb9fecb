/// Pure core of the slot policy: how many requests an account takes at once right now.
#pragma once

#include <chrono>
#include <cstdint>

namespace tidemark {

/// Finds the number of requests that an account accepts at once, which may lie below the configured limit:
/// other integrations share it. Loss-based, as TCP finds its window: a refusal is the loss.
///
/// - The first refusals cut by a factor, at most once per response time (multiplicative decrease: Chiu and
///   Jain, 1989; the factor 0.7 is CUBIC's, RFC 9438).
/// - At the edge the limit grows by one (additive increase), and only after `patience` successes while it was
///   fully used: the edge is hit with one request in forty at most.
/// - A step that is accepted says that the edge has moved: from there on the limit doubles with each round
///   (slow start, RFC 5681) towards the configured one, until a refusal takes it back to the last level that
///   was accepted.
class adaptive_limit {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// Successes at the edge before the next careful step.
  static constexpr std::uint32_t patience = 40;

  /// What a refusal led to.
  enum class reaction : std::uint8_t {
    none,    ///< it belongs to a cut of a moment ago
    stepped, ///< back from a step to the level that was accepted before it
    cut
  };

  explicit adaptive_limit(std::uint32_t most) : most_(most < 1 ? 1 : most), now_(most_) {}

  std::uint32_t most() const noexcept { return most_; }
  std::uint32_t now() const noexcept { return now_; }

  /// A request was refused. Refusals within one response time of a cut belong to it and change nothing.
  reaction refused(time_point now, duration response_time);

  /// A request was answered that took the last slot of this level when it was granted. One that was granted
  /// at another level says nothing about the present one.
  void accepted(std::uint32_t level);

  /// Another configured limit; what was learnt above it is forgotten.
  void set_most(std::uint32_t most);

  /// Forgets what was learnt.
  void reset() { *this = adaptive_limit{most_}; }

private:
  enum class phase : std::uint8_t {
    open,     ///< at the configured limit
    careful,  ///< at the edge, as far as known
    stepping, ///< one above it, to see
    doubling  ///< the edge has moved
  };

  void go_to(std::uint32_t level, phase next);

  std::uint32_t most_;
  std::uint32_t now_;
  std::uint32_t accepted_level_ = 0; ///< the level before the last step up
  std::uint32_t successes_ = 0;      ///< at this level, fully used
  phase phase_ = phase::open;
  time_point no_cut_before_{};
};

} // namespace tidemark
