/// Pure core of the slot policy: in which order those who wait are served.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "messages/words.hpp"

namespace tidemark {

/// Interactive before scheduled; among the same urgency the lanes (imports) in turn; within a lane first
/// come, first served.
class fair_queue {
public:
  using waiter_id = std::uint64_t;
  /// Whether a waiter may be served now; asked of the first one of each lane.
  using admission = std::function<bool(waiter_id)>;

  /// `first`: before everyone else of its lane, and its lane next.
  void push(waiter_id waiter, const std::string& lane, urgency how_urgent, bool first);

  /// Whoever is next. A lane whose first waiter may not be served keeps its place.
  std::optional<waiter_id> pop(const admission& may_go = {});

  /// Whether `pop` would find somebody.
  bool has_next(const admission& may_go) const;

  /// Forgets a waiter; unknown ones are ignored.
  void erase(waiter_id waiter);

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

  /// How many wait, by lane.
  std::map<std::string, std::size_t> waiting() const;

private:
  struct lane_entry {
    std::string name;
    std::deque<waiter_id> waiters;
  };
  using lanes = std::list<lane_entry>; ///< the front one is next; none is empty

  std::array<lanes, 2> classes_;
  std::size_t size_ = 0;
};

} // namespace tidemark
