#include "actors/pool/fair_queue.hpp"

#include <algorithm>

namespace tidemark {

void fair_queue::push(waiter_id waiter, const std::string& lane, urgency how_urgent, bool first) {
  auto& all = classes_[static_cast<std::size_t>(how_urgent)];
  auto found = std::ranges::find(all, lane, &lane_entry::name);
  if (found == all.end())
    found = all.insert(first ? all.begin() : all.end(), lane_entry{lane, {}});
  else if (first)
    all.splice(all.begin(), all, found);
  if (first)
    found->waiters.push_front(waiter);
  else
    found->waiters.push_back(waiter);
  ++size_;
}

std::optional<fair_queue::waiter_id> fair_queue::pop(const admission& may_go) {
  for (auto& all : classes_) {
    for (auto lane = all.begin(); lane != all.end(); ++lane) {
      auto waiter = lane->waiters.front();
      if (may_go && !may_go(waiter)) continue;
      lane->waiters.pop_front();
      if (lane->waiters.empty())
        all.erase(lane);
      else
        all.splice(all.end(), all, lane);
      --size_;
      return waiter;
    }
  }
  return std::nullopt;
}

bool fair_queue::has_next(const admission& may_go) const {
  return std::ranges::any_of(classes_, [&](auto& all) {
    return std::ranges::any_of(all, [&](auto& lane) { return may_go(lane.waiters.front()); });
  });
}

void fair_queue::erase(waiter_id waiter) {
  for (auto& all : classes_) {
    for (auto lane = all.begin(); lane != all.end();) {
      size_ -= std::erase(lane->waiters, waiter);
      lane = lane->waiters.empty() ? all.erase(lane) : std::next(lane);
    }
  }
}

std::map<std::string, std::size_t> fair_queue::waiting() const {
  std::map<std::string, std::size_t> result;
  for (auto& all : classes_)
    for (auto& lane : all) result[lane.name] += lane.waiters.size();
  return result;
}

} // namespace tidemark
