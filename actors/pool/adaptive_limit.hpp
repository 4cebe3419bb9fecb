/// Pure core of the slot policy: how many requests an account takes at once right now.
#pragma once

#include <cstdint>

namespace tidemark {

/// Finds the number of requests that an account accepts at once, which may lie below the configured limit:
/// other integrations share it. As TCP finds its window, a refusal takes it down and answers let it grow; but
/// NetSuite refuses at once, so that a refusal tells more than a lost packet does.
///
/// - With so many other requests accepted and open when one is refused, the account takes so many. While
///   requests from before are open, it may be fewer: further refusals tell, each one exactly.
/// - At the edge the limit grows by one (additive increase), and only after `patience` successes while it was
///   fully used: the edge is hit with one request in forty at most.
/// - A step that is accepted says that the edge has moved: from there on the limit doubles with each round
///   (slow start, RFC 5681) towards the configured one, until it is refused.
/// - A refusal while slots lay idle, or nothing of ours was accepted, is no edge: others have what is
/// missing.
///   From there the limit doubles as well, once it is fully used and accepted.
class adaptive_limit {
public:
  /// Successes at the edge before the next careful step.
  static constexpr std::uint32_t patience = 40;

  /// What a refusal led to.
  enum class reaction : std::uint8_t {
    none,    ///< no news: the limit is as low already
    stepped, ///< back from a step; the level before it is still accepted
    cut
  };

  explicit adaptive_limit(std::uint32_t most) : most_(most < 1 ? 1 : most), now_(most_) {}

  std::uint32_t most() const noexcept { return most_; }
  std::uint32_t now() const noexcept { return now_; }

  /// A request was refused while `taken` others were accepted and open, as far as known.
  reaction refused(std::uint32_t taken);

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
    stepping, ///< one above it, to see; or at a level that was not used when it was found
    doubling  ///< the edge has moved
  };

  void go_to(std::uint32_t level, phase next);

  std::uint32_t most_;
  std::uint32_t now_;
  std::uint32_t accepted_level_ = 0; ///< the level before the last step up; zero if none was tried
  std::uint32_t successes_ = 0;      ///< at this level, fully used
  phase phase_ = phase::open;
};

} // namespace tidemark
