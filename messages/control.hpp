/// Who imports how, and when: feature flags, schedules and the audit, as they pass between the control
/// database, the actors and the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/words.hpp"

namespace tidemark {

// -- feature flags
// -----------------------------------------------------------------------------------------------

/// The flag that decides between the chunked and the legacy path.
inline constexpr auto chunked_import_flag = "chunked_import";

/// A row of `feature_flags` as it stands there, which may be anything: people write it by SQL too.
struct flag_record {
  std::string name;
  std::string enabled = "0";   ///< as an SQL literal: 1, 0, 'yes', NULL
  bool has_tenant_ids = false; ///< false: NULL
  std::string tenant_ids;      ///< JSON
  std::string description;
  std::string created_at;
  std::string updated_at;
  std::string problem; ///< why the record counts as off; empty if it is right

  friend bool operator==(const flag_record&, const flag_record&) = default;
};

enum class flag_action : std::uint8_t {
  enable, ///< for the tenants in its list, for all if it has none
  disable,
  add_tenant,
  remove_tenant,
  enable_all, ///< without a list
  remove      ///< the record goes: what decides without one decides again
};

/// Answered with the record as it stands afterwards; of one that was removed, as it stood before.
struct change_flag {
  std::string name;
  flag_action action = flag_action::enable;
  std::string tenant; ///< of add_tenant and remove_tenant
  std::string requested_by;
  /// Of add_tenant: also where the flag is on for all, so that all others lose it.
  bool only = false;
  std::vector<std::string> tenants = {}; ///< all that the node has; it fills that in
};

struct flag_decision {
  std::string name;
  std::string tenant;
  bool enabled = false;
  std::string source; ///< record, environment, config or default
  std::string reason; ///< a sentence
  std::string alert;  ///< what somebody should mend; names the record. Empty if all is well
};

// -- schedules
// ---------------------------------------------------------------------------------------------------

/// What becomes of runs that were due while the node was down or the tenant suspended: all of them one run at
/// its return, or none.
enum class missed_runs : std::uint8_t { run_once, skip };
std::string_view to_string(missed_runs) noexcept;
template <>
std::optional<missed_runs> from_string(std::string_view name) noexcept;

struct schedule {
  std::string name;
  std::string tenant;
  std::string record_type;
  import_mode mode = import_mode::full;
  std::string cron;
  std::string zone = "UTC";
  std::uint32_t jitter_seconds = 0; ///< a run begins up to so much later than its time
  missed_runs missed = missed_runs::run_once;
  bool paused = false;
  std::string created_by;
  unix_ms created_at = 0;
  unix_ms handled_until = 0; ///< runs that were due up to here have been dealt with
  unix_ms waiting_since = 0; ///< a run that is due and has not begun
  std::string waiting_for;   ///< the import that it waits for
  unix_ms last_started_at = 0;
  std::string last_import;
  std::string last_error; ///< why the last run could not begin, or cannot yet, and the next one could not
                          ///< either; empty if all is well

  friend bool operator==(const schedule&, const schedule&) = default;
};

// -- audit
// -------------------------------------------------------------------------------------------------------

/// A command that changed something, or was to.
struct audit_entry {
  std::uint64_t number = 0; ///< grows with each entry; given by the database
  unix_ms at = 0;
  std::string who;
  std::string origin;  ///< where it came from: the door and the program
  std::string command; ///< in the words of the command line
  std::string tenant;  ///< whom it concerns; empty: the node
  std::string subject; ///< the import, flag or schedule
  std::string result;  ///< "done", or the error's code
  std::string text;    ///< of an error
};

} // namespace tidemark
