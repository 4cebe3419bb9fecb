#include "actors/roll_call.hpp"

#include <map>
#include <mutex>

namespace tidemark {

namespace {

struct roll {
  std::mutex access;
  std::map<std::string, std::size_t> present; ///< how many of each name
};

/// Lives for ever: an actor may end after `main` has returned.
roll& whole_roll() {
  static auto* all = new roll;
  return *all;
}

} // namespace

roll_entry::roll_entry(const std::string& who) : who_(who) {
  auto& all = whole_roll();
  std::lock_guard only{all.access};
  ++all.present[who_];
}

void roll_entry::leave() const {
  auto& all = whole_roll();
  std::lock_guard only{all.access};
  auto found = all.present.find(who_);
  if (found != all.present.end() && --found->second == 0) all.present.erase(found);
}

std::vector<std::string> still_here() {
  auto& all = whole_roll();
  std::lock_guard only{all.access};
  std::vector<std::string> names;
  for (auto& [who, count] : all.present) names.push_back(who);
  return names;
}

} // namespace tidemark
