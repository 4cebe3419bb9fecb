/// The rules of a feature flag: which path a tenant's next import takes, and why.
///
/// What decides, in this order: the flag's record in the control database; the environment
/// (`FEATURE_CHUNKED_IMPORT`, `FEATURE_CHUNKED_IMPORT_TENANTS`); `[features]` of the configuration file; off.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/control.hpp"
#include "messages/error.hpp"

namespace tidemark {

/// A flag as the environment or the configuration file sets it.
struct flag_setting {
  bool enabled = false;
  std::vector<std::string> tenants; ///< none: all

  friend bool operator==(const flag_setting&, const flag_setting&) = default;
};

/// What decides where a flag has no record.
struct flag_defaults {
  std::optional<flag_setting> environment;
  std::optional<flag_setting> config;

  friend bool operator==(const flag_defaults&, const flag_defaults&) = default;
};

/// Reads the two variables of the environment; nothing if `FEATURE_CHUNKED_IMPORT` is not set or empty.
/// `ec::bad_config` for a value that is neither true nor false.
outcome<std::optional<flag_setting>>
flag_from_environment(const std::function<std::optional<std::string>(const std::string&)>& env);

/// Why a record counts as off although it may say otherwise: its enabled is no boolean, or its tenant_ids no
/// JSON array of numbers and texts. Empty for a record that is right.
std::string problem_of(const flag_record& record);

/// Whether the flag is on for a tenant. Ids compare by value: 4515181 is "4515181". A record with NULL or an
/// empty list is for all tenants. `record` is null if there is none. Whoever has no tenant gets what holds
/// for all.
flag_decision decide_flag(std::string_view name, std::string_view tenant, const flag_record* record,
                          const flag_defaults& defaults);

/// In words, for a flag without a record: "config file: on for 2 tenants".
std::string describe(const flag_defaults& defaults);

/// The record after a change, which is not `remove`. One that does not exist yet begins as what decides
/// without it. `ec::conflict` where the rules would turn the change into its opposite: a list that loses its
/// last tenant would be for all, and a flag that is on for all would lose the others by gaining one, unless
/// `only` is said; and where the list cannot be read.
outcome<flag_record> changed(const std::optional<flag_record>& record, const change_flag& wanted,
                             const flag_defaults& defaults = {});

} // namespace tidemark
