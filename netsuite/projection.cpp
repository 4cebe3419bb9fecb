#include "netsuite/projection.hpp"

#include <algorithm>

namespace tidemark {

namespace {

bool is_needed(const record_type& type, const field& what) noexcept {
  return what.name == type.key || (type.set && what.name == type.set->column);
}

} // namespace

std::vector<std::string> projection::names() const {
  std::vector<std::string> out;
  out.reserve(fields.size());
  for (const auto& x : fields) out.push_back(x.name);
  return out;
}

bool can_drop(const record_type& type, std::string_view column) noexcept {
  const auto found = std::ranges::find(type.fields, column, &field::column);
  return found != type.fields.end() && !is_needed(type, *found);
}

projection project(const record_type& type, const column_names& dropped) {
  projection out;
  out.record_type = type.name;
  out.table = type.table;
  out.filter = type.filter;
  for (const auto& x : type.fields) {
    if (!is_needed(type, x) && dropped.contains(x.column)) continue;
    if (x.name == type.key) out.key = out.fields.size();
    if (type.set && x.name == type.set->column) out.parent = out.fields.size();
    if (x.column == type.change_column) out.change_column = type.change_column;
    out.fields.push_back(x);
  }
  return out;
}

} // namespace tidemark
