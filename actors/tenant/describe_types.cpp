#include "actors/tenant/describe_types.hpp"

#include <fmt/format.h>

#include "config/dependency_graph.hpp"

namespace tidemark {

namespace {

record_type_info describe(const record_type& type, const criteria& types) {
  record_type_info info;
  info.name = type.name;
  info.table = type.table;
  info.filter = type.filter;
  info.key = type.wide_key.empty() ? type.key : fmt::format("{}", fmt::join(type.wide_key, ", "));
  info.set_of = type.set ? type.set->parent : "";
  info.change_column = type.change_column;
  if (type.deleted_as)
    info.deleted_as = fmt::format("{} {}", type.deleted_as->column, type.deleted_as->value);
  info.fields = static_cast<std::uint32_t>(type.fields.size());
  info.depends_on = type.depends_on;
  if (auto graph = resolve(types, type.name))
    info.wave = static_cast<std::uint32_t>(graph->waves().size() - 1);
  return info;
}

} // namespace

record_type_list describe_types(const criteria& types) {
  record_type_list result;
  for (auto& type : types.record_types()) result.record_types.push_back(describe(type, types));
  return result;
}

} // namespace tidemark
