#include "config/feature_flags.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

using nlohmann::json;

constexpr auto switch_variable = "FEATURE_CHUNKED_IMPORT";
constexpr auto tenants_variable = "FEATURE_CHUNKED_IMPORT_TENANTS";

std::string trimmed_lower(std::string_view text) {
  auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
  while (!text.empty() && is_space(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && is_space(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  std::string result{text};
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::optional<bool> boolean(std::string_view text) {
  auto word = trimmed_lower(text);
  for (auto yes : {"true", "1", "yes", "on"})
    if (word == yes) return true;
  for (auto no : {"false", "0", "no", "off"})
    if (word == no) return false;
  return std::nullopt;
}

std::vector<std::string> split_ids(std::string_view text) {
  std::vector<std::string> ids;
  while (!text.empty()) {
    auto comma = text.find(',');
    auto id = text.substr(0, comma);
    while (id.starts_with(' ')) id.remove_prefix(1);
    while (id.ends_with(' ')) id.remove_suffix(1);
    if (!id.empty()) ids.emplace_back(id);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return ids;
}

/// The tenants of a record, which may be none; `ec::bad_request` with what is wrong about them.
outcome<std::vector<std::string>> tenants_of(const flag_record& record) {
  std::vector<std::string> ids;
  if (!record.has_tenant_ids) return ids;
  auto list = json::parse(record.tenant_ids, nullptr, false);
  if (list.is_discarded()) return fail(ec::bad_request, "tenant_ids is no valid JSON");
  if (!list.is_array())
    return fail(ec::bad_request,
                fmt::format("tenant_ids is a JSON {} instead of an array", list.type_name()));
  for (auto& id : list) {
    if (id.is_string())
      ids.push_back(id.get<std::string>());
    else if (id.is_number_integer())
      ids.push_back(id.dump());
    else
      return fail(ec::bad_request,
                  fmt::format("tenant_ids holds {}, which is neither a whole number nor a text", id.dump()));
  }
  return ids;
}

std::string in_words(const flag_setting& setting) {
  if (!setting.enabled) return "off for all tenants";
  if (setting.tenants.empty()) return "on for all tenants";
  return fmt::format("on for {} tenant{}", setting.tenants.size(), setting.tenants.size() == 1 ? "" : "s");
}

/// Fills in what a rule says about the decision's tenant.
flag_decision by_rule(flag_decision decision, const flag_setting& rule, std::string source,
                      std::string_view who) {
  decision.source = std::move(source);
  bool listed = std::ranges::find(rule.tenants, decision.tenant) != rule.tenants.end();
  decision.enabled = rule.enabled && (rule.tenants.empty() || listed);
  if (!rule.enabled || rule.tenants.empty())
    decision.reason = fmt::format("{} turns it {}", who, in_words(rule));
  else if (decision.tenant.empty())
    decision.reason = fmt::format("{} turns it {}, and no tenant was named", who, in_words(rule));
  else
    decision.reason = fmt::format("{} turns it {}, and {} is {}one of them", who, in_words(rule),
                                  decision.tenant, listed ? "" : "not ");
  return decision;
}

std::string record_title(std::string_view name) {
  return fmt::format("the record {} of feature_flags", name);
}

void set_tenants(flag_record& record, const std::vector<std::string>& ids) {
  auto list = json::array();
  for (auto& id : ids) {
    // As the reference's SQL writes them: numbers stay numbers.
    bool number = !id.empty() && id.size() <= 18 && id.front() != '0'
                  && std::ranges::all_of(id, [](unsigned char c) { return std::isdigit(c) != 0; });
    if (number)
      list.push_back(std::stoll(id));
    else
      list.push_back(id);
  }
  record.has_tenant_ids = true;
  record.tenant_ids = list.dump();
}

} // namespace

outcome<std::optional<flag_setting>>
flag_from_environment(const std::function<std::optional<std::string>(const std::string&)>& env) {
  auto text = env(switch_variable);
  if (!text || text->empty()) return std::nullopt;
  auto value = boolean(*text);
  if (!value)
    return fail(
        ec::bad_config,
        fmt::format("the environment variable {} is neither true nor false; set it to one of them, or "
                    "unset it",
                    switch_variable),
        switch_variable);
  return flag_setting{*value, split_ids(env(tenants_variable).value_or(""))};
}

std::string problem_of(const flag_record& record) {
  if (record.enabled != "0" && record.enabled != "1")
    return fmt::format("enabled is {} instead of true or false", record.enabled);
  auto tenants = tenants_of(record);
  return tenants ? "" : tenants.error().message;
}

flag_decision decide_flag(std::string_view name, std::string_view tenant, const flag_record* record,
                          const flag_defaults& defaults) {
  flag_decision decision;
  decision.name = name;
  decision.tenant = tenant;
  if (record != nullptr) {
    auto title = record_title(name);
    if (auto problem = problem_of(*record); !problem.empty()) {
      decision.source = "record";
      decision.reason = fmt::format("{} is wrong and counts as off: {}", title, problem);
      decision.alert = decision.reason;
      return decision;
    }
    return by_rule(std::move(decision), {record->enabled == "1", *tenants_of(*record)}, "record", title);
  }
  if (name == chunked_import_flag) {
    if (defaults.environment)
      return by_rule(std::move(decision), *defaults.environment, "environment",
                     fmt::format("there is no record; the environment ({})", switch_variable));
    if (defaults.config)
      return by_rule(std::move(decision), *defaults.config, "config",
                     "there is no record; the configuration file ([features])");
  }
  decision.source = "default";
  decision.reason = name == chunked_import_flag
                        ? "neither a record, the environment nor the configuration file turns it on"
                        : "there is no record that turns it on";
  return decision;
}

std::string describe(const flag_defaults& defaults) {
  if (defaults.environment) return "environment: " + in_words(*defaults.environment);
  if (defaults.config) return "configuration file: " + in_words(*defaults.config);
  return "default: off for all tenants";
}

namespace {

/// What decides about the flag without a record, as one.
flag_record record_of(std::string_view name, const flag_defaults& defaults) {
  flag_record result;
  auto& rule = defaults.environment ? defaults.environment : defaults.config;
  if (name != chunked_import_flag || !rule || !rule->enabled) return result;
  result.enabled = "1";
  if (!rule->tenants.empty()) set_tenants(result, rule->tenants);
  return result;
}

/// Why a list of one is refused where the flag is on for all.
failure takes_it_from_others(const change_flag& wanted) {
  auto others = wanted.tenants;
  std::erase(others, wanted.tenant);
  auto whom = others.empty() ? std::string{"every other tenant"} : fmt::format("{}", fmt::join(others, ", "));
  return {ec::conflict,
          fmt::format("{} is on for all tenants, {} included: a list of {} alone would move {} to the legacy "
                      "path; say --only if that is meant",
                      wanted.name, wanted.tenant, wanted.tenant, whom),
          wanted.name};
}

outcome<flag_record> with_tenant(flag_record record, std::vector<std::string> ids,
                                 const change_flag& wanted) {
  bool for_all = record.enabled == "1" && ids.empty();
  bool listed = std::ranges::find(ids, wanted.tenant) != ids.end();
  if (for_all && !wanted.only) return std::unexpected(takes_it_from_others(wanted));
  if (wanted.only) ids.clear();
  if (wanted.only || !listed) ids.push_back(wanted.tenant);
  set_tenants(record, ids);
  return record;
}

outcome<flag_record> without_tenant(flag_record record, std::vector<std::string> ids,
                                    const change_flag& wanted) {
  if (std::ranges::find(ids, wanted.tenant) == ids.end())
    return fail(ec::conflict,
                ids.empty() ? fmt::format("{} has no list of tenants: it is {} for all; disable it, or write "
                                          "a list with add-tenant",
                                          wanted.name, record.enabled == "1" ? "on" : "off")
                            : fmt::format("{} is not in the list of {}", wanted.tenant, wanted.name),
                wanted.tenant);
  if (std::ranges::all_of(ids, [&](auto& id) { return id == wanted.tenant; }))
    return fail(ec::conflict,
                fmt::format("{} is the only tenant in the list of {}, and an empty list means all tenants; "
                            "disable the flag instead",
                            wanted.tenant, wanted.name),
                wanted.tenant);
  std::erase(ids, wanted.tenant);
  set_tenants(record, ids);
  return record;
}

} // namespace

outcome<flag_record> changed(const std::optional<flag_record>& record, const change_flag& wanted,
                             const flag_defaults& defaults) {
  auto result = record ? *record : record_of(wanted.name, defaults);
  result.name = wanted.name;
  switch (wanted.action) {
  case flag_action::disable: result.enabled = "0"; break;
  case flag_action::enable: result.enabled = "1"; break;
  case flag_action::enable_all:
    result.enabled = "1";
    result.has_tenant_ids = false;
    result.tenant_ids.clear();
    break;
  case flag_action::remove: break;
  case flag_action::add_tenant:
  case flag_action::remove_tenant: {
    bool adds = wanted.action == flag_action::add_tenant;
    auto tenants = tenants_of(result);
    if (!tenants)
      return fail(ec::conflict,
                  fmt::format("{} is wrong: {}; mend it in control.db by SQL first",
                              record_title(wanted.name), tenants.error().message),
                  wanted.name);
    if (!record && !adds && tenants->empty())
      return fail(
          ec::conflict,
          fmt::format("there is no record of {}, so no list to take {} from", wanted.name, wanted.tenant),
          wanted.name);
    // A new record that was off for all is for this tenant.
    bool is_new = !record && result.enabled != "1";
    auto next = adds ? with_tenant(std::move(result), std::move(*tenants), wanted)
                     : without_tenant(std::move(result), std::move(*tenants), wanted);
    if (!next) return next;
    result = std::move(*next);
    if (is_new || wanted.only) result.enabled = "1";
  }
  }
  result.problem = problem_of(result);
  return result;
}

} // namespace tidemark
