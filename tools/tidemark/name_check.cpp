#include "tools/tidemark/name_check.hpp"

#include "config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace tidemark::cli {

attempt<void> check_record_type(const std::string& name, const std::string& tenant, node_link& link) {
  if (name.empty()) return {};
  auto list = link.ask(list_record_types{tenant});
  if (!list) return std::unexpected(std::move(list.error()));
  if (std::ranges::find(list->record_types, name, &record_type_info::name) != list->record_types.end())
    return {};
  std::vector<std::string_view> known;
  for (auto& x : list->record_types) known.push_back(x.name);
  auto near = did_you_mean(nearest_names(name, known));
  return std::unexpected(trouble{exit_code::refused, fmt::format("no record type {}{} see record-types", name,
                                                                 near.empty() ? ";" : near)});
}

} // namespace tidemark::cli
