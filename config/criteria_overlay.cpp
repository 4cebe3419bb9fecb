#include "config/criteria_overlay.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tidemark {

using nlohmann::json;

namespace {

std::string name_in(const json& object) {
  if (!object.is_object()) return {};
  const auto name = object.find("name");
  return name != object.end() && name->is_string() ? name->get<std::string>() : std::string{};
}

/// Members of `list` that have the name of one of `additions` are replaced, the others stay; new ones follow.
void add_by_name(json& list, const json& additions) {
  for (const auto& added : additions) {
    const auto name = name_in(added);
    const auto known =
        std::ranges::find_if(list, [&](auto& x) { return !name.empty() && name_in(x) == name; });
    if (known == list.end())
      list.push_back(added);
    else
      *known = added;
  }
}

/// Of a group.
void add_names(json& list, const json& additions) {
  for (const auto& added : additions)
    if (std::ranges::find(list, added) == list.end()) list.push_back(added);
}

void change(json& type, const json& by) {
  for (const auto& [member, value] : by.items()) {
    auto known = type.find(member);
    const bool both_lists = value.is_array() && known != type.end() && known->is_array();
    if (member == "fields" && both_lists)
      add_by_name(*known, value);
    else if (member == "group" && both_lists)
      add_names(*known, value);
    else
      type[member] = value;
  }
}

} // namespace

bool lay_over(json& base, const json& overlay, problem_list& problems) {
  const auto types = overlay.is_object() ? overlay.find("record_types") : overlay.end();
  if (!overlay.is_object() || types == overlay.end() || !types->is_array()) {
    problems.at_path("$.record_types", "is missing; list the record types that are added or changed");
    return false;
  }
  if (overlay.find("version") == overlay.end() || overlay["version"] != 1) {
    problems.at_path("$.version", "must be 1, the only version of the format that this program reads");
    return false;
  }
  for (const auto& [member, value] : overlay.items())
    if (member != "version" && member != "record_types") {
      problems.at_path(
          "$", fmt::format("has an unknown member \"{}\"; known here: record_types, version", member));
      return false;
    }
  if (!base.is_object() || !base["record_types"].is_array()) return true; // told with the base itself
  auto& known = base["record_types"];
  std::set<std::string> seen;
  for (std::size_t i = 0; i < types->size(); ++i) {
    const auto& type = (*types)[i];
    const auto name = name_in(type);
    if (name.empty() || !seen.insert(name).second) {
      problems.at_path(fmt::format("$.record_types[{}].name", i),
                       name.empty() ? "is missing; name the record type that is added or changed"
                                    : "stands here twice; remove one");
      return false;
    }
    const auto found = std::ranges::find_if(known, [&](auto& x) { return name_in(x) == name; });
    if (found == known.end())
      known.push_back(type);
    else
      change(*found, type);
  }
  return true;
}

} // namespace tidemark
