#include "actors/monitor/alert_board.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark {

namespace {

constexpr std::size_t cleared_kept = 100;

bool is_bad(const alert_rule& rule, double value) {
  return rule.side == alert_rule::bad::above ? value >= rule.raise_at : value <= rule.raise_at;
}

bool is_well(const alert_rule& rule, double value) {
  // Where both thresholds are one, what is not bad is well.
  if (rule.raise_at == rule.clear_at) return !is_bad(rule, value);
  return rule.side == alert_rule::bad::above ? value <= rule.clear_at : value >= rule.clear_at;
}

/// A rule's remedy with its commands spelled out.
std::string remedy_for(const alert_rule& rule, const alert_subject& about) {
  auto or_word = [](const std::string& value, const char* word) { return value.empty() ? word : value; };
  return fmt::format(fmt::runtime(rule.remedy), fmt::arg("tenant", or_word(about.tenant, "TENANT")),
                     fmt::arg("import", or_word(about.import_id, "ID")));
}

} // namespace

alert_board::alert_board(const std::vector<alert_rule>& rules) {
  for (auto& rule : rules) rules_.emplace(rule.id, rule);
}

void alert_board::measure(std::string_view id, const alert_subject& about, double value, std::string text,
                          moment now, std::string remedy) {
  auto found = rules_.find(id);
  if (found == rules_.end() || !found->second.on) return;
  auto& rule = found->second;
  address where{id, about};
  auto place_entry = places_.find(where);
  bool up = place_entry != places_.end() && place_entry->second.up;
  bool turning = up ? is_well(rule, value) : is_bad(rule, value);
  if (place_entry == places_.end()) {
    if (!turning) return;
    place_entry = places_.emplace(where, place{}).first;
  }
  auto& at = place_entry->second;
  if (up) {
    at.up->value = value;
    if (!turning && is_bad(rule, value)) {
      at.up->text = std::move(text);
      at.up->remedy = remedy.empty() ? remedy_for(rule, about) : std::move(remedy);
    }
  }
  if (!turning) {
    at.turned.reset();
    if (!up) places_.erase(place_entry);
    return;
  }
  if (!at.turned) at.turned = now.steady;
  auto wanted = up ? rule.clear_after : rule.raise_after;
  if (now.steady - *at.turned < wanted) return;
  if (up) {
    take_down(at, now);
    places_.erase(place_entry);
    return;
  }
  alert raised;
  raised.id = id;
  raised.about = about;
  raised.value = value;
  raised.threshold = rule.raise_at;
  raised.unit = rule.unit;
  raised.text = std::move(text);
  raised.remedy = std::move(remedy);
  put_up(at, std::move(raised), now);
}

void alert_board::raise(alert what, const alert_subject& key, moment now) {
  auto rule = rules_.find(what.id);
  if (rule != rules_.end() && !rule->second.on) return;
  auto& at = places_[{what.id, key}];
  if (at.up) {
    at.up->about = std::move(what.about);
    at.up->text = std::move(what.text);
    if (!what.remedy.empty())
      at.up->remedy = std::move(what.remedy);
    else if (rule != rules_.end())
      at.up->remedy = remedy_for(rule->second, at.up->about);
    at.turned.reset();
    return;
  }
  put_up(at, std::move(what), now);
}

void alert_board::put_up(place& at, alert what, moment now) {
  if (auto rule = rules_.find(what.id); rule != rules_.end()) {
    what.level = rule->second.level;
    if (what.remedy.empty()) what.remedy = remedy_for(rule->second, what.about);
  }
  what.since = now.wall;
  what.cleared_at = 0;
  at.turned.reset();
  changes_.push_back({true, what});
  at.up = std::move(what);
}

void alert_board::take_down(place& at, moment now) {
  at.up->cleared_at = now.wall;
  changes_.push_back({false, *at.up});
  cleared_.push_front(std::move(*at.up));
  if (cleared_.size() > cleared_kept) cleared_.pop_back();
}

void alert_board::clear(std::string_view id, const alert_subject& about, moment now) {
  auto found = places_.find({std::string{id}, about});
  if (found == places_.end()) return;
  if (found->second.up) take_down(found->second, now);
  places_.erase(found);
}

void alert_board::clear_all(const std::function<bool(const alert_subject&)>& concerned, moment now) {
  auto is_about = [&](const auto& entry) { return concerned(entry.first.second); };
  for (auto& entry : places_)
    if (is_about(entry) && entry.second.up) take_down(entry.second, now);
  std::erase_if(places_, is_about);
}

std::vector<alert> alert_board::up() const {
  std::vector<alert> result;
  for (auto& [where, at] : places_)
    if (at.up) result.push_back(*at.up);
  std::ranges::sort(result, [](const alert& a, const alert& b) {
    return a.level != b.level ? a.level > b.level : a.since < b.since;
  });
  return result;
}

bool alert_board::is_up(std::string_view id, const alert_subject& about) const {
  auto found = places_.find({std::string{id}, about});
  return found != places_.end() && found->second.up.has_value();
}

} // namespace tidemark
