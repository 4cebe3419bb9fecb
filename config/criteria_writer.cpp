#include "config/criteria_writer.hpp"

#include "config/criteria_document.hpp"
#include "config/criteria_draft.hpp"
#include "config/problems.hpp"
#include "config/sql_names.hpp"

#include <algorithm>
#include <charconv>

namespace tidemark {

namespace {

using document_json = nlohmann::ordered_json;

document_json to_json(const field& x) {
  document_json out{{"name", x.name}, {"type", to_string(x.type)}};
  if (x.references.size() == 1) out["to"] = x.references.front();
  if (x.references.size() > 1) out["to"] = x.references;
  if (x.weak) out["weak"] = true;
  if (x.external) out["external"] = true;
  if (!x.column.empty() && x.column != x.name) out["column"] = x.column;
  return out;
}

document_json to_json(const deleted_record_name& x) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(x.value.data(), x.value.data() + x.value.size(), number);
  if (x.column == "recordtypeid" && error == std::errc{}) return {{x.column, number}};
  return {{x.column, x.value}};
}

/// The ones that follow from nothing else.
std::vector<std::string> listed_dependencies(const record_type& x) {
  auto bare = x;
  bare.depends_on.clear();
  const auto implied = dependencies(bare);
  std::vector<std::string> out;
  std::ranges::copy_if(x.depends_on, std::back_inserter(out),
                       [&](const auto& name) { return std::ranges::find(implied, name) == implied.end(); });
  return out;
}

document_json to_json(const record_type& x) {
  document_json out{{"name", x.name}};
  if (x.is_group) {
    out["group"] = x.depends_on;
    return out;
  }
  if (!x.table.empty() && x.table != x.name) out["table"] = x.table;
  if (!x.filter.empty()) out["filter"] = x.filter;
  if (!x.key.empty()) out["key"] = x.key;
  if (x.wide_key.size() == 1) out["key"] = x.wide_key.front();
  if (x.wide_key.size() > 1) out["key"] = x.wide_key;
  if (x.set) out["set_of"] = {{"parent", x.set->parent}, {"column", x.set->column}};
  if (!x.change_column.empty()) out["change_column"] = x.change_column;
  if (x.deleted_as) out["deleted_as"] = to_json(*x.deleted_as);
  if (x.deletion_guard != record_type{}.deletion_guard) out["deletion_guard"] = x.deletion_guard;
  if (x.strict) out["strict"] = true;
  if (const auto listed = listed_dependencies(x); !listed.empty()) out["depends_on"] = listed;
  if (!x.fields.empty()) {
    out["fields"] = document_json::array();
    for (const auto& each : x.fields) {
      // A display name is a member of the field that it shows, which stands before it.
      if (each.display_of.empty())
        out["fields"].push_back(to_json(each));
      else
        out["fields"].back()["display"] = true;
    }
  }
  return out;
}

std::string document(const document_json& types) {
  const document_json root{{"version", 1}, {"record_types", types}};
  return root.dump(2, ' ', false, document_json::error_handler_t::replace) + "\n";
}

std::string entry_name(const document_json& object) {
  if (!object.is_object()) return {};
  const auto name = object.find("name");
  return name != object.end() && name->is_string() ? name->get<std::string>() : std::string{};
}

/// The `record_types` of an overlay.
outcome<document_json> types_in(std::string_view text, std::string_view file_name) {
  // Once for what is wrong with it, and once for the order of its members.
  problem_list problems{std::string{file_name}};
  if (!read_json(text, problems) || !problems.empty()) return std::unexpected(problems.to_failure());
  auto root = document_json::parse(text, nullptr, false);
  if (!root.is_object() || !root.contains("record_types") || !root["record_types"].is_array())
    problems.at_path("$.record_types", "is missing; this is no overlay");
  if (!problems.empty()) return std::unexpected(problems.to_failure());
  return root["record_types"];
}

document_json* find_named(document_json& list, const std::string& name) {
  const auto found =
      std::ranges::find_if(list, [&](const document_json& x) { return entry_name(x) == name; });
  return found == list.end() ? nullptr : &*found;
}

void add_missing(document_json& type, const document_json& additions) {
  for (const auto& [name, value] : additions.items()) {
    if (!type.contains(name)) {
      type[name] = value;
    } else if (name == "fields" && value.is_array() && type[name].is_array()) {
      for (const auto& each : value)
        if (find_named(type[name], entry_name(each)) == nullptr) type[name].push_back(each);
    }
  }
}

/// References to types that the overlay did not describe before, and does now, are not external any more.
void bring_home(document_json& types) {
  const auto is_described = [&](const document_json& name) {
    return name.is_string() && find_named(types, name.get<std::string>()) != nullptr;
  };
  for (auto& type : types) {
    if (!type.is_object() || !type.contains("fields") || !type["fields"].is_array()) continue;
    for (auto& each : type["fields"]) {
      if (!each.is_object() || !each.contains("to") || !each.contains("external") || each["external"] != true)
        continue;
      const auto& to = each["to"];
      const bool all = to.is_array() ? std::ranges::all_of(to, is_described) : is_described(to);
      if (!all) continue;
      each.erase("external");
      each["weak"] = true;
    }
  }
}

} // namespace

std::string write_criteria(const std::vector<record_type>& types) {
  auto list = document_json::array();
  for (const auto& each : types) list.push_back(to_json(each));
  return document(list);
}

outcome<std::string> merge_overlays(std::string_view overlay, std::string_view overlay_name,
                                    std::string_view additions) {
  auto types = types_in(overlay, overlay_name);
  if (!types) return std::unexpected(std::move(types.error()));
  const auto more = types_in(additions, "what was discovered");
  if (!more) return std::unexpected(more.error());
  for (const auto& each : *more) {
    if (!each.is_object()) continue;
    if (auto* known = find_named(*types, entry_name(each)))
      add_missing(*known, each);
    else
      types->push_back(each);
  }
  bring_home(*types);
  return document(*types);
}

bool may_be_field(std::string_view name) { return !fault_of_column_name(name); }
bool may_be_table(std::string_view name) { return !fault_of_table_name(name); }

} // namespace tidemark
