#include "actors/tenant/describe_types.hpp"

#include <fmt/format.h>

#include "config/dependency_graph.hpp"
#include "config/type_description.hpp"

namespace tidemark {

namespace {

record_type_info info_of(const record_type& type, const criteria& types) {
  record_type_info info;
  info.name = type.name;
  info.table = type.table;
  info.filter = type.filter;
  info.key = key_text(type);
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
  for (auto& type : types.record_types()) result.record_types.push_back(info_of(type, types));
  return result;
}

} // namespace tidemark
