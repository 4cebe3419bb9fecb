#include "tools/netsuite_sim/schema.hpp"

#include <algorithm>

namespace tidemark::netsuite_sim {

namespace {

bool has_feature(const knobs& k, std::string_view feature) {
  if (feature.empty()) return true;
  auto table = knob_table();
  auto found = std::ranges::find(table, feature, &knob::name);
  if (found == table.end()) return true;
  const auto* member = std::get_if<bool knobs::*>(&found->member);
  return member == nullptr || k.**member;
}

std::string qualified(const table& t, std::string_view name) { return t.name + "." + std::string(name); }

} // namespace

schema::schema(const world& w, const knobs& k)
    : unusable_(k.columns_unusable.begin(), k.columns_unusable.end()),
      broken_(k.columns_broken.begin(), k.columns_broken.end()),
      broken_records_(k.records_broken.begin(), k.records_broken.end()) {
  for (const auto& t : w.tables()) {
    visible_table view{&t, has_feature(k, t.feature) && !std::ranges::count(k.tables_off, t.name), {}};
    for (std::size_t i = 0; i < t.columns.size(); ++i) {
      const auto& c = t.columns[i];
      if (has_feature(k, c.feature) && !std::ranges::count(k.columns_off, qualified(t, c.name)))
        view.columns.push_back(i);
    }
    tables_.emplace(t.name, std::move(view));
  }
}

const visible_table* schema::find(std::string_view name) const {
  auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : &found->second;
}

const column* schema::find_column(const table& t, std::string_view name) const {
  const auto& view = tables_.find(t.name)->second;
  for (auto index : view.columns)
    if (t.columns[index].name == name) return &t.columns[index];
  return nullptr;
}

bool schema::is_unusable(const table& t, std::string_view column_name) const {
  return !unusable_.empty() && unusable_.contains(qualified(t, column_name));
}

bool schema::is_broken(const table& t, std::string_view column_name) const {
  return !broken_.empty() && broken_.contains(qualified(t, column_name));
}

bool schema::is_broken_record(const table& t, std::int64_t id) const {
  return !broken_records_.empty() && broken_records_.contains(qualified(t, std::to_string(id)));
}

} // namespace tidemark::netsuite_sim
