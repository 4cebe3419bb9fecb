#include "netsuite/projection.hpp"

#include <algorithm>

namespace tidemark {

namespace {

bool is_needed(const record_type& type, const field& what) noexcept {
  return what.name == type.key || (type.set && what.name == type.set->column);
}

/// Of a set the key of changes is the parent's.
change_source changes_of(const record_type& type, const std::string& key) {
  change_source out;
  out.table = type.table;
  const auto* holder = type.find_field(key);
  if (holder != nullptr) out.key = holder->column;
  const auto found = std::ranges::find(type.fields, type.change_column, &field::column);
  if (type.change_column.empty() || found == type.fields.end()) return out;
  out.column = type.change_column;
  out.by_day = found->type == field_type::date;
  return out;
}

} // namespace

std::vector<std::string> projection::names() const {
  std::vector<std::string> out;
  out.reserve(fields.size());
  for (const auto& x : fields) out.push_back(x.name);
  return out;
}

bool can_lack(const projection& what, std::size_t index) noexcept {
  return index != what.key && index != what.parent && what.fields[index].column != what.changes.column;
}

bool can_drop(const record_type& type, std::string_view column) noexcept {
  const auto found = std::ranges::find(type.fields, column, &field::column);
  return found != type.fields.end() && !is_needed(type, *found);
}

projection project(const record_type& type, const column_names& dropped, const record_type* parent) {
  projection out;
  out.record_type = type.name;
  out.table = type.table;
  out.filter = type.filter;
  out.strict = type.strict;
  for (const auto& x : type.fields) {
    if (!is_needed(type, x) && dropped.contains(x.column)) continue;
    if (x.name == type.key) out.key = out.fields.size();
    if (type.set && x.name == type.set->column) out.parent = out.fields.size();
    out.fields.push_back(x);
  }
  out.changes = changes_of(type, type.set ? type.set->column : type.key);
  if (dropped.contains(out.changes.column)) out.changes.column.clear();
  if (type.set && parent != nullptr && !parent->change_column.empty())
    out.parent_changes = changes_of(*parent, parent->key);
  return out;
}

} // namespace tidemark
