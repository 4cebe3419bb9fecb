#include "actors/node/audited.hpp"

#include <fmt/format.h>

#include "messages/import_id.hpp"
#include "store/utc_text.hpp"

namespace tidemark {

namespace {

audit_entry entry_of(const std::string& who, std::string command, std::string tenant, std::string subject) {
  audit_entry entry;
  entry.who = who;
  entry.command = std::move(command);
  entry.tenant = std::move(tenant);
  entry.subject = std::move(subject);
  return entry;
}

audit_entry of_import(const std::string& who, const char* command, const std::string& id) {
  return entry_of(who, command, std::string{tenant_of(id).value_or("")}, id);
}

const char* word_for(flag_action action) {
  switch (action) {
  case flag_action::enable: return "flags enable";
  case flag_action::disable: return "flags disable";
  case flag_action::add_tenant: return "flags add-tenant";
  case flag_action::remove_tenant: return "flags remove-tenant";
  case flag_action::enable_all: return "flags enable --all";
  case flag_action::remove: return "flags remove";
  }
  return "flags";
}

const char* word_for(schedule_action action) {
  switch (action) {
  case schedule_action::remove: return "schedules remove";
  case schedule_action::pause: return "schedules pause";
  case schedule_action::resume: return "schedules resume";
  case schedule_action::run_now: return "schedules run-now";
  }
  return "schedules";
}

/// What a full import does unless told otherwise, an incremental one does when told to.
const char* word_for_verify(const start_import& x) {
  if (x.mode == import_mode::full) return x.options.verify ? "" : " --no-verify";
  return x.mode == import_mode::incremental && x.options.verify ? " --verify" : "";
}

std::string options_of(const start_import& x) {
  std::string words;
  if (x.mode == import_mode::incremental) words += " --incremental";
  if (x.options.since != 0) words += " --since " + to_utc_seconds(x.options.since);
  if (x.options.reconcile) words += " --reconcile";
  words += word_for_verify(x);
  if (x.options.deep != 0) words += fmt::format(" --ranges {}", x.options.deep);
  if (x.queue) words += " --queue";
  return words;
}

std::string options_of(const schedule& x) {
  std::string words;
  if (x.zone != schedule{}.zone) words += " --zone " + x.zone;
  if (x.jitter_seconds != 0) words += fmt::format(" --jitter {}", x.jitter_seconds);
  if (x.mode == import_mode::incremental) words += " --incremental";
  if (x.missed == missed_runs::skip) words += " --skip-missed";
  return words;
}

} // namespace

audit_entry audit_of(const start_import& x) {
  auto command = x.mode == import_mode::verify ? "verify" : "import start";
  return entry_of(x.requested_by, fmt::format("{} {} {}{}", command, x.tenant, x.record_type, options_of(x)),
                  x.tenant, x.record_type);
}

audit_entry audit_of(const cancel_import& x) { return of_import(x.requested_by, "import cancel", x.id); }
audit_entry audit_of(const pause_import& x) { return of_import(x.requested_by, "import pause", x.id); }
audit_entry audit_of(const resume_import& x) { return of_import(x.requested_by, "import resume", x.id); }

audit_entry audit_of(const retry_import& x) {
  auto entry = of_import(x.requested_by, "import retry", x.id);
  if (x.batch != 0) entry.command += fmt::format(" --batch {}", x.batch);
  return entry;
}

audit_entry audit_of(const accept_deletions& x) {
  auto entry = of_import(x.requested_by, "import accept-deletions", x.id);
  if (!x.record_type.empty()) entry.command += fmt::format(" --type {}", x.record_type);
  return entry;
}

audit_entry audit_of(const tune_concurrency& x) {
  std::string command = "concurrency";
  if (x.reset) command += " --reset";
  if (x.limit != 0) command += fmt::format(" --limit {}", x.limit);
  return entry_of(x.requested_by, std::move(command), x.tenant, x.tenant);
}

audit_entry audit_of(const suspend_tenant& x) {
  return entry_of(x.requested_by, "tenant suspend", x.tenant, x.tenant);
}

audit_entry audit_of(const stop_node& x) { return entry_of(x.requested_by, "node stop", {}, {}); }
audit_entry audit_of(const reload_node& x) { return entry_of(x.requested_by, "reload", {}, {}); }

audit_entry audit_of(const resume_tenant& x) {
  return entry_of(x.requested_by, "tenant resume", x.tenant, x.tenant);
}

audit_entry audit_of(const change_flag& x) {
  return entry_of(x.requested_by, std::string{word_for(x.action)} + (x.only ? " --only" : ""), x.tenant,
                  x.name);
}

audit_entry audit_of(const add_schedule& x) {
  return entry_of(x.requested_by,
                  fmt::format("schedules add {} {} {} \"{}\"{}", x.what.name, x.what.tenant,
                              x.what.record_type, x.what.cron, options_of(x.what)),
                  x.what.tenant, x.what.name);
}

audit_entry audit_of(const change_schedule& x) {
  return entry_of(x.requested_by, word_for(x.action), {}, x.name);
}

} // namespace tidemark
