#include "netsuite/metadata_catalogue.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/ascii.hpp"
#include "netsuite/excerpt.hpp"

namespace tidemark {

namespace {

using json = nlohmann::json;

constexpr std::string_view catalogue_path = "/services/rest/record/v1/metadata-catalog";
constexpr auto catalogue_patience = std::chrono::minutes{5};

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string text_in(const json& object, const char* name) {
  const auto* found = member(object, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string{};
}

/// "type" may be a text, or a list with "null" in it.
std::string type_in(const json& object) {
  const auto* found = member(object, "type");
  if (found == nullptr || !found->is_array()) return text_in(object, "type");
  for (const auto& each : *found)
    if (each.is_string() && each != "null") return each.get<std::string>();
  return {};
}

/// The record type at the end of "/services/rest/record/v1/metadata-catalog/currency"; nothing for a schema
/// that is none.
std::string target_in(const json& object) {
  auto ref = text_in(object, "$ref");
  const auto at = ref.find("metadata-catalog/");
  if (at == std::string::npos) return {};
  ref = lower_case(ref.substr(at + std::string_view{"metadata-catalog/"}.size()));
  return ref == "nslink" || ref == "nsresource" ? std::string{} : ref;
}

/// A list of a few words: its id is one of them and no number.
bool has_worded_id(const json& properties) {
  const auto* id = member(properties, "id");
  const auto* words = id == nullptr ? nullptr : member(*id, "enum");
  if (words == nullptr || !words->is_array()) return false;
  return std::ranges::any_of(*words, [](const json& word) {
    const auto text = word.is_string() ? word.get<std::string>() : std::string{};
    return !text.empty() && !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  });
}

/// The schema of the elements of a collection: {"properties": {"items": {"type": "array", "items": ...}}}.
const json* elements_of(const json& object) {
  const auto* list = type_in(object) == "array" ? &object : nullptr;
  if (list == nullptr)
    if (const auto* properties = member(object, "properties")) list = member(*properties, "items");
  return list == nullptr ? nullptr : member(*list, "items");
}

catalogue_field field_of(const std::string& name, const json& schema) {
  catalogue_field out;
  out.name = lower_case(name);
  const auto* custom = member(schema, "x-ns-custom-field");
  out.is_custom =
      (custom != nullptr && custom->is_boolean() && custom->get<bool>()) || is_custom_name(out.name);
  out.target = target_in(schema);
  const auto type = type_in(schema);
  const auto format = text_in(schema, "format");
  const auto* properties = member(schema, "properties");
  if (!out.target.empty()) {
    out.type = field_type::reference;
  } else if (const auto* elements = elements_of(schema)) {
    out.type = field_type::multi_select;
    out.target = target_in(*elements);
  } else if (properties != nullptr) {
    out.type = has_worded_id(*properties) ? field_type::text : field_type::reference;
  } else if (type == "boolean") {
    out.type = field_type::boolean;
  } else if (type == "integer") {
    out.type = field_type::integer;
  } else if (type == "number") {
    out.type = field_type::decimal;
  } else if (format == "date") {
    out.type = field_type::date;
  } else if (format == "date-time") {
    out.type = field_type::datetime;
  }
  return out;
}

/// Sublists that SuiteQL keeps in transactionline.
bool is_sublist_of_lines(const std::string& name) {
  constexpr std::array<std::string_view, 3> lists{"item", "line", "expense"};
  return std::ranges::find(lists, name) != lists.end();
}

} // namespace

bool is_custom_name(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 9> starts{"custentity",   "custbody",   "custcol",
                                                   "custitem",     "custevent",  "custrecord",
                                                   "customrecord", "customlist", "cseg"};
  return std::ranges::any_of(starts, [&](auto start) { return name.starts_with(start); });
}

http_request make_catalogue_request(std::string_view base_url) {
  http_request request;
  request.url = fmt::format("{}{}", base_url, catalogue_path);
  request.headers = {"Accept: application/json"};
  request.total_timeout = catalogue_patience;
  return request;
}

http_request make_schema_request(std::string_view base_url, std::string_view record_type) {
  http_request request;
  request.url = fmt::format("{}{}/{}", base_url, catalogue_path, record_type);
  request.headers = {"Accept: application/schema+json"};
  request.total_timeout = catalogue_patience;
  return request;
}

outcome<std::vector<std::string>> parse_catalogue(std::string_view body) {
  const auto list = json::parse(body, nullptr, false);
  const auto* items = member(list, "items");
  if (items == nullptr || !items->is_array())
    return fail(ec::server, fmt::format("the metadata catalogue is not a list: {}", excerpt(body)));
  std::set<std::string> names;
  for (const auto& item : *items)
    if (auto name = text_in(item, "name"); !name.empty()) names.insert(lower_case(name));
  return std::vector<std::string>{names.begin(), names.end()};
}

outcome<std::vector<catalogue_field>> parse_schema(std::string_view body) {
  const auto schema = json::parse(body, nullptr, false);
  const auto* properties = member(schema, "properties");
  if (properties == nullptr || !properties->is_object())
    return fail(ec::server, fmt::format("the answer is not a record type's schema: {}", excerpt(body)));
  std::vector<catalogue_field> out;
  for (const auto& [name, value] : properties->items()) {
    auto found = field_of(name, value);
    const auto* elements = elements_of(value);
    if (elements != nullptr && is_sublist_of_lines(found.name)) {
      if (const auto* columns = member(*elements, "properties"); columns != nullptr && columns->is_object())
        for (const auto& [column, what] : columns->items())
          if (auto line = field_of(column, what); line.is_custom) {
            line.of_lines = true;
            out.push_back(std::move(line));
          }
      continue;
    }
    // What other records say of this one ("recmachcustrecord_x") is no field of it.
    if (found.name == "links" || found.name == "refname" || found.name.starts_with("recmach")) continue;
    out.push_back(std::move(found));
  }
  return out;
}

} // namespace tidemark
