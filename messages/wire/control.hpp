/// What crosses processes about flags, schedules and the audit: questions, commands and answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/control.hpp"

namespace tidemark {

TIDEMARK_INSPECT(flag_record, x.name, x.enabled, x.has_tenant_ids, x.tenant_ids, x.description, x.created_at,
                 x.updated_at, x.problem)
TIDEMARK_INSPECT(change_flag, x.name, x.action, x.tenant, x.requested_by, x.only, x.tenants)
TIDEMARK_INSPECT(flag_decision, x.name, x.tenant, x.enabled, x.source, x.reason, x.alert)
TIDEMARK_INSPECT(schedule, x.name, x.tenant, x.record_type, x.mode, x.cron, x.zone, x.jitter_seconds,
                 x.missed, x.paused, x.created_by, x.created_at, x.handled_until, x.waiting_since,
                 x.waiting_for, x.last_started_at, x.last_import, x.last_error)
TIDEMARK_INSPECT(audit_entry, x.number, x.at, x.who, x.origin, x.command, x.tenant, x.subject, x.result,
                 x.text)

struct list_flags {
  std::uint32_t unused = 0; ///< an empty struct has no wire form
};
TIDEMARK_INSPECT(list_flags, x.unused)

struct flag_list {
  std::vector<flag_record> flags; ///< by name
  std::string otherwise;          ///< what decides about chunked_import where it has no record
};
TIDEMARK_INSPECT(flag_list, x.flags, x.otherwise)

/// Asks which path a tenant's next import takes, and why.
struct explain_flag {
  std::string name;
  std::string tenant;
};
TIDEMARK_INSPECT(explain_flag, x.name, x.tenant)

struct schedule_status {
  schedule what;
  std::vector<unix_ms> next_runs; ///< the next five, jitter included; none while it is paused
};
TIDEMARK_INSPECT(schedule_status, x.what, x.next_runs)

struct list_schedules {
  std::string tenant; ///< empty: all tenants
};
TIDEMARK_INSPECT(list_schedules, x.tenant)

struct schedule_list {
  std::vector<schedule_status> schedules; ///< by name
};
TIDEMARK_INSPECT(schedule_list, x.schedules)

/// Answered with its status; only what a person says of a schedule is taken from `what`.
struct add_schedule {
  schedule what;
  std::string requested_by;
};
TIDEMARK_INSPECT(add_schedule, x.what, x.requested_by)

enum class schedule_action : std::uint8_t { remove, pause, resume, run_now };

/// Answered with the schedule's status afterwards; of a removed one, before.
struct change_schedule {
  std::string name;
  schedule_action action = schedule_action::pause;
  std::string requested_by;
};
TIDEMARK_INSPECT(change_schedule, x.name, x.action, x.requested_by)

/// The answer is a page: as many entries as `limit` says, or less if they are large.
struct list_audit {
  std::string tenant; ///< empty: everything
  std::uint32_t limit = 50;
  std::uint64_t after = 0; ///< `next` of the page before; zero: from the newest
};
TIDEMARK_INSPECT(list_audit, x.tenant, x.limit, x.after)

struct audit_list {
  std::vector<audit_entry> entries; ///< newest first
  std::uint64_t next = 0;           ///< where another page goes on; zero: there are no more
};
TIDEMARK_INSPECT(audit_list, x.entries, x.next)

} // namespace tidemark
