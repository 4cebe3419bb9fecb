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

/// Interactive before scheduled; among the same urgency the tenants in turn; of a tenant its lanes (imports)
/// in turn, so that many imports of one tenant take nothing from another; within a lane first come, first
/// served.
class fair_queue {
public:
  using waiter_id = std::uint64_t;
  /// Whether a waiter may be served now; asked of the first one of each lane.
  using admission = std::function<bool(waiter_id)>;

  struct place {
    std::string tenant;
    std::string lane;
  };

  /// `first`: before everyone else of its lane, and its lane and its tenant next.
  void push(waiter_id waiter, const place& where, urgency how_urgent, bool first);

  /// Whoever is next; stays in the queue.
  std::optional<waiter_id> next(const admission& may_go = {}) const;

  /// Takes whoever is next. A lane whose first waiter may not be served keeps its place.
  std::optional<waiter_id> pop(const admission& may_go = {});

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
  struct tenant_entry {
    std::string name;
    std::list<lane_entry> lanes;
  };
  using tenants = std::list<tenant_entry>; ///< the front one is next, of its lanes as well; none is empty

  /// Whether somebody was found who may go; `use` is told where, and ends the search.
  template <class Classes, class Use>
  static bool find_next(Classes& classes, const admission& may_go, Use use);

  std::array<tenants, 2> classes_;
  std::size_t size_ = 0;
};

} // namespace tidemark
