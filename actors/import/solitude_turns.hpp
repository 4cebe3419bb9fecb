/// Pure core of an import: lets one batch at a time run with no other batch of the import beside it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "messages/inside/wave.hpp"

namespace tidemark {

/// Waves ask for a turn, are told to begin nothing, say when nothing of theirs runs any more, and then one of
/// them has its turn. Each function returns what is to be told to whom. A wave answers every `hold` with one
/// `quiet`, at the latest when it may resume: words that cross each other on the way are not mixed up.
class solitude_turns {
public:
  struct order {
    std::uint32_t wave = 0;
    solitude_order::step what = solitude_order::step::resume;
    friend bool operator==(const order&, const order&) = default;
  };
  using orders = std::vector<order>;

  /// A new wave.
  orders joined(std::uint32_t wave);

  /// A step that a wave has told of.
  orders told(const solitude& word);

  /// A wave that has ended runs nothing and wants nothing.
  orders gone(std::uint32_t wave);

private:
  orders wanted(std::uint32_t wave);
  orders over(std::uint32_t wave);
  orders begin_if_quiet();
  order hold(std::uint32_t wave);

  std::set<std::uint32_t> waves_;
  std::map<std::uint32_t, std::uint32_t> unanswered_; ///< holds without their `quiet` yet, by wave
  std::deque<std::uint32_t> waiting_;
  std::optional<std::uint32_t> turn_;
  bool begun_ = false;
};

} // namespace tidemark
