#include "actors/pool/fair_queue.hpp"

#include <algorithm>
#include <iterator>

namespace tidemark {

namespace {

/// The entry of that name; a new one takes its turn last. `first`: it is next, new or not.
template <class Entries>
auto& entry_of(Entries& entries, const std::string& name, bool first) {
  auto found = std::ranges::find(entries, name, &Entries::value_type::name);
  if (found == entries.end())
    found = entries.insert(first ? entries.begin() : entries.end(), {name, {}});
  else if (first)
    entries.splice(entries.begin(), entries, found);
  return *found;
}

/// It has had its turn.
template <class Entries, class Inner>
void end_turn(Entries& entries, typename Entries::iterator entry, const Inner& inside) {
  if (inside.empty())
    entries.erase(entry);
  else
    entries.splice(entries.end(), entries, entry);
}

} // namespace

void fair_queue::push(waiter_id waiter, const place& where, urgency how_urgent, bool first) {
  auto& all = classes_[static_cast<std::size_t>(how_urgent)];
  auto& lane = entry_of(entry_of(all, where.tenant, first).lanes, where.lane, first);
  if (first)
    lane.waiters.push_front(waiter);
  else
    lane.waiters.push_back(waiter);
  ++size_;
}

template <class Classes, class Use>
bool fair_queue::find_next(Classes& classes, const admission& may_go, Use use) {
  for (auto& all : classes) {
    for (auto tenant = all.begin(); tenant != all.end(); ++tenant) {
      for (auto lane = tenant->lanes.begin(); lane != tenant->lanes.end(); ++lane) {
        if (may_go && !may_go(lane->waiters.front())) continue;
        use(all, tenant, lane);
        return true;
      }
    }
  }
  return false;
}

std::optional<fair_queue::waiter_id> fair_queue::next(const admission& may_go) const {
  std::optional<waiter_id> result;
  find_next(classes_, may_go, [&](auto&, auto, auto lane) { result = lane->waiters.front(); });
  return result;
}

std::optional<fair_queue::waiter_id> fair_queue::pop(const admission& may_go) {
  std::optional<waiter_id> result;
  find_next(classes_, may_go, [&](auto& all, auto tenant, auto lane) {
    result = lane->waiters.front();
    lane->waiters.pop_front();
    --size_;
    end_turn(tenant->lanes, lane, lane->waiters);
    end_turn(all, tenant, tenant->lanes);
  });
  return result;
}

void fair_queue::erase(waiter_id waiter) {
  for (auto& all : classes_) {
    for (auto& tenant : all) {
      for (auto& lane : tenant.lanes) size_ -= std::erase(lane.waiters, waiter);
      std::erase_if(tenant.lanes, [](auto& lane) { return lane.waiters.empty(); });
    }
    std::erase_if(all, [](auto& tenant) { return tenant.lanes.empty(); });
  }
}

std::map<std::string, std::size_t> fair_queue::waiting() const {
  std::map<std::string, std::size_t> result;
  for (auto& all : classes_)
    for (auto& tenant : all)
      for (auto& lane : tenant.lanes) result[lane.name] += lane.waiters.size();
  return result;
}

} // namespace tidemark
