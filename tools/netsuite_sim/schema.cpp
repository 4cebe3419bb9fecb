#include "tools/netsuite_sim/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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
      refused_(k.columns_refused.begin(), k.columns_refused.end()),
      broken_(k.columns_broken.begin(), k.columns_broken.end()),
      unzoned_(k.columns_unzoned.begin(), k.columns_unzoned.end()),
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

bool schema::is_refused(const table& t, std::string_view column_name) const {
  return !refused_.empty() && refused_.contains(qualified(t, column_name));
}

bool schema::is_broken(const table& t, std::string_view column_name) const {
  return !broken_.empty() && broken_.contains(qualified(t, column_name));
}

bool schema::is_unzoned(const table& t, std::string_view column_name) const {
  return !unzoned_.empty() && unzoned_.contains(qualified(t, column_name));
}

bool schema::is_broken_record(const table& t, std::int64_t id) const {
  return !broken_records_.empty() && broken_records_.contains(qualified(t, std::to_string(id)));
}

outcome<void> check_names(const knobs& k, const world& w) {
  auto refuse = [](std::string_view knob_name, const std::string& value, std::string_view expected) {
    return fail(ec::bad_request, fmt::format("knob '{}': '{}' is not {}", knob_name, value, expected), value);
  };
  for (const auto& name : k.tables_off)
    if (w.find_table(name) == nullptr) return refuse("tables_off", name, "a table");
  const std::array columns{
      std::pair{"columns_off", &k.columns_off},         std::pair{"columns_unusable", &k.columns_unusable},
      std::pair{"columns_refused", &k.columns_refused}, std::pair{"columns_broken", &k.columns_broken},
      std::pair{"columns_unzoned", &k.columns_unzoned}, std::pair{"columns_as_text", &k.columns_as_text},
      std::pair{"columns_null", &k.columns_null}};
  for (const auto& [knob_name, list] : columns)
    for (const auto& name : *list) {
      auto dot = std::min(name.find('.'), name.size());
      const auto* t = w.find_table(std::string_view(name).substr(0, dot));
      if (t == nullptr || dot == name.size() || t->column_index(std::string_view(name).substr(dot + 1)) < 0)
        return refuse(knob_name, name, "a table.column");
    }
  for (const auto& name : k.records_broken)
    if (w.find_table(std::string_view(name).substr(0, name.find('.'))) == nullptr)
      return refuse("records_broken", name, "a table.id");
  for (const auto& name : k.deleted_type_ids)
    if (w.find_table(std::string_view(name).substr(0, name.find('='))) == nullptr || !logged_number(name))
      return refuse("deleted_type_ids", name, "a table=number");
  if (!k.fault_table.empty() && w.find_table(k.fault_table) == nullptr)
    return refuse("fault_table", k.fault_table, "a table");
  if (!k.visible_table.empty() && w.find_table(k.visible_table) == nullptr)
    return refuse("visible_table", k.visible_table, "a table");
  if (w.find_table(k.mutation_table) == nullptr) return refuse("mutation_table", k.mutation_table, "a table");
  return {};
}

} // namespace tidemark::netsuite_sim
