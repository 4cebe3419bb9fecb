#include "tools/netsuite_sim/catalogue.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace tidemark::netsuite_sim {

namespace {

using ordered = nlohmann::ordered_json;

constexpr std::string_view catalog_path = "/services/rest/record/v1/metadata-catalog/";

/// Tables that the record service has as several record types, or not at all.
const std::map<std::string, std::vector<std::string>, std::less<>> kinds{
    {"transaction", {"salesorder", "invoice", "vendorbill"}},
    {"item", {"inventoryitem", "servicesaleitem"}},
    {"transactionline", {}},
    {"deletedrecord", {}},
    {"customfield", {}},
    {"customrecordtype", {}},
    {"customlist", {}},
    {"customersubsidiaryrelationship", {}},
    {"vendorsubsidiaryrelationship", {}}};

std::vector<std::string> names_of(const std::string& table) {
  auto found = kinds.find(table);
  return found == kinds.end() ? std::vector{table} : found->second;
}

bool is_custom(std::string_view column) { return column.starts_with("cust") || column.starts_with("cseg"); }

ordered links() {
  return {{"title", "Links"},
          {"type", "array"},
          {"readOnly", true},
          {"items", {{"$ref", std::string{catalog_path} + "nsLink"}}}};
}

ordered reference_schema(const column& c, bool tells_target) {
  if (tells_target && !c.references.empty()) return {{"$ref", std::string{catalog_path} + c.references}};
  return {{"type", "object"},
          {"properties",
           {{"id", {{"title", "Internal identifier"}, {"type", "string"}}},
            {"refName", {{"title", "Reference Name"}, {"type", "string"}}},
            {"externalId", {{"title", "External identifier"}, {"type", "string"}}},
            {"links", links()}}}};
}

/// {"items": [...]} with a word or two beside it.
ordered collection(ordered element) {
  return {{"type", "object"},
          {"properties",
           {{"totalResults", {{"type", "integer"}, {"format", "int64"}}},
            {"links", links()},
            {"items", {{"type", "array"}, {"items", std::move(element)}}}}}};
}

ordered property(const column& c, bool tells_target) {
  ordered out;
  switch (c.kind) {
  case column_kind::integer: out = {{"type", "integer"}, {"format", "int64"}}; break;
  case column_kind::decimal: out = {{"type", "number"}, {"format", "double"}}; break;
  case column_kind::boolean: out = {{"type", "boolean"}}; break;
  case column_kind::date: out = {{"type", "string"}, {"format", "date"}}; break;
  case column_kind::datetime: out = {{"type", "string"}, {"format", "date-time"}}; break;
  case column_kind::text: out = {{"type", "string"}}; break;
  case column_kind::reference: out = reference_schema(c, tells_target); break;
  case column_kind::multi_select: out = collection(reference_schema(c, tells_target)); break;
  }
  out["title"] = c.name;
  out["nullable"] = true;
  if (is_custom(c.name)) out["x-ns-custom-field"] = true;
  return out;
}

ordered properties_of(const visible_table& table, bool tells_targets, bool custom_only) {
  auto out = ordered::object();
  for (auto index : table.columns) {
    const auto& c = table.source->columns[index];
    if (!custom_only || is_custom(c.name)) out[c.name] = property(c, tells_targets);
  }
  return out;
}

} // namespace

std::string catalogue_list(const schema& shown, std::string_view base_url) {
  auto items = ordered::array();
  for (const auto& [table, view] : shown.tables()) {
    if (!view.available) continue;
    for (const auto& name : names_of(table)) {
      auto href = fmt::format("{}{}{}", base_url, catalog_path, name);
      auto entry = ordered::array();
      entry.push_back({{"rel", "canonical"}, {"href", href}, {"mediaType", "application/ordered"}});
      for (auto type : {"application/swagger+ordered", "application/schema+ordered"})
        entry.push_back({{"rel", "alternate"}, {"href", href}, {"mediaType", type}});
      entry.push_back(
          {{"rel", "describes"}, {"href", fmt::format("{}/services/rest/record/v1/{}", base_url, name)}});
      items.push_back({{"name", name}, {"links", std::move(entry)}});
    }
  }
  return ordered{{"items", std::move(items)}}.dump();
}

std::optional<std::string> catalogue_schema(const schema& shown, std::string_view name, bool tells_targets) {
  for (const auto& [table, view] : shown.tables()) {
    auto names = names_of(table);
    if (!view.available || std::ranges::find(names, name) == names.end()) continue;
    auto properties = properties_of(view, tells_targets, false);
    if (table == "transaction")
      if (const auto* lines = shown.find("transactionline"); lines != nullptr && lines->available)
        properties["item"] =
            collection({{"type", "object"}, {"properties", properties_of(*lines, tells_targets, true)}});
    properties["links"] = links();
    return ordered{{"$schema", "http://ordered-schema.org/draft-06/hyper-schema#"},
                   {"type", "object"},
                   {"properties", std::move(properties)},
                   {"x-ns-filterable", ordered::array({"id", "externalId"})}}
        .dump();
  }
  return std::nullopt;
}

} // namespace tidemark::netsuite_sim
