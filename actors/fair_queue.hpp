/// Pure core of the slot policy: in which order those who wait are served.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidemark {

/// Somebody waits at the screen, or nobody does.
enum class urgency : std::uint8_t { interactive, scheduled };

/// Interactive before scheduled; among the same urgency the lanes (imports) in turn; within a lane first
/// come, first served.
class fair_queue {
public:
  using waiter_id = std::uint64_t;

  /// `first`: before everyone else of its lane, and its lane next.
  void push(waiter_id waiter, const std::string& lane, urgency how_urgent, bool first);

  /// Whoever is next.
  std::optional<waiter_id> pop();

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
