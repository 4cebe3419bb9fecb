// Who imports how, and when: flags, schedules and the audit.
#include "tools/tidemark/ask.hpp"
#include "tools/tidemark/commands.hpp"

namespace tidemark::cli {

namespace {

constexpr const char* about_name = "the flag; chunked_import unless said";

/// A change of a flag, told with what it means.
auto change(flag_action action) {
  return [action](const change_flag& what, const surroundings& with) {
    auto wanted = signed_by(what, with);
    wanted.action = action;
    return tell(with.to, with.link.ask(wanted));
  };
}

auto change(schedule_action action) {
  return [action](const change_schedule& what, const surroundings& with) {
    auto wanted = signed_by(what, with);
    wanted.action = action;
    return tell(with.to, with.link.ask(wanted));
  };
}

struct flag_words : change_flag {
  flag_words() { name = chunked_import_flag; }
};

struct explain_words : explain_flag {
  explain_words() { name = chunked_import_flag; }
};

exit_code explain(const explain_words& what, const surroundings& with) {
  return tell(with.to, with.link.ask(explain_flag{what}));
}

exit_code add(const schedule& what, const surroundings& with) {
  return tell(with.to, with.link.ask(signed_by(add_schedule{what, {}}, with)));
}

exit_code compare(const check_parity& what, const surroundings& with) {
  auto answer = with.link.ask(signed_by(what, with));
  auto code = tell(with.to, answer);
  if (!answer) return code;
  if (answer->types.empty()) return exit_code::failed;
  for (auto& type : answer->types)
    if (type.differences > 0) return exit_code::completed_with_errors;
  return exit_code::done;
}

void add_flag_commands(grammar& to) {
  ask<list_flags>(to, "flags list", "the records of the feature flags");
  to.add<flag_words>("flags enable", "turn a flag on", change(flag_action::enable))
      .about(
          "For the tenants in its list, or for all if it has none. Counts from the next start of an import "
          "on; an import that runs keeps its path.")
      .argument("NAME", &flag_words::name, about_name)
      .optional();
  to.add<flag_words>("flags disable", "turn a flag off for all tenants", change(flag_action::disable))
      .about("New imports take the legacy path; an import that runs keeps its own.")
      .argument("NAME", &flag_words::name, about_name)
      .optional();
  to.add<flag_words>("flags add-tenant", "add a tenant to a flag's list", change(flag_action::add_tenant))
      .about("Makes the record, turned on for this tenant alone, if there is none.")
      .tenant(&flag_words::tenant)
      .argument("NAME", &flag_words::name, about_name)
      .optional();
  to.add<flag_words>("flags remove-tenant", "take a tenant from a flag's list",
                     change(flag_action::remove_tenant))
      .about("The last one is not taken: an empty list means all tenants.")
      .tenant(&flag_words::tenant)
      .argument("NAME", &flag_words::name, about_name)
      .optional();
  to.add<explain_words>("flags explain", "which path a tenant's next import takes, and why", explain)
      .tenant(&explain_words::tenant)
      .argument("NAME", &explain_words::name, about_name)
      .optional();
}

void add_schedule_commands(grammar& to) {
  ask<list_schedules>(to, "schedules list", "the schedules and their next runs")
      .option("--tenant", "TENANT", &list_schedules::tenant, "only those of this tenant", word_kind::tenant);
  to.add<schedule>("schedules add", "import a record type again and again", add)
      .about(
          "CRON has five fields (minute, hour, day of month, month, day of week), or is one of @hourly, "
          "@daily, @weekly, @monthly and @yearly; put it in quotes. A run that is due while the one before "
          "goes on waits for its end; one at most waits.")
      .argument("NAME", &schedule::name, "a name for the schedule: A-Z a-z 0-9 _ -")
      .tenant(&schedule::tenant)
      .record_type(&schedule::record_type)
      .argument("CRON", &schedule::cron, "when, as in \"30 2 * * mon-fri\"")
      .option("--zone", "ZONE", &schedule::zone,
              "the time zone of CRON, as in Europe/Berlin; UTC unless said")
      .option("--jitter", "SECONDS", &schedule::jitter_seconds,
              "begin up to so much later, to spread runs of many tenants", 0U, 86'400U)
      .flag("--incremental", "only what has changed since the last run",
            [](schedule& x) { x.mode = import_mode::incremental; })
      .flag("--skip-missed",
            "leave out runs that were due while the node was down or the tenant suspended; otherwise they "
            "are one run",
            [](schedule& x) { x.missed = missed_runs::skip; });
  auto add_change = [&to](const char* words, const char* brief, schedule_action action) {
    return to.add<change_schedule>(words, brief, change(action))
        .argument("NAME", &change_schedule::name, "the schedule");
  };
  add_change("schedules remove", "forget a schedule", schedule_action::remove)
      .about("An import that it has started goes on.");
  add_change("schedules pause", "let a schedule rest", schedule_action::pause);
  add_change("schedules resume", "let a paused schedule go on", schedule_action::resume)
      .about("What was due meanwhile is left out.");
  add_change("schedules run-now", "run a schedule's import at once", schedule_action::run_now)
      .about("Or as soon as the one that is under way has ended. Its times stay as they are.");
}

} // namespace

void add_control_commands(grammar& to) {
  to.begin_group("rollout and schedules");
  add_flag_commands(to);
  to.add<check_parity>("parity", "import by both paths into databases of their own and compare these",
                       compare)
      .about("Takes as long as two full imports. The tenant's own database is not touched. Ends with 3 if "
             "rows differ.")
      .tenant(&check_parity::tenant)
      .record_type(&check_parity::record_type);
  add_schedule_commands(to);
  ask<list_audit>(to, "audit", "who has changed what, newest first")
      .option("--tenant", "TENANT", &list_audit::tenant, "only what concerns this tenant", word_kind::tenant)
      .option("--limit", "N", &list_audit::limit, "at most so many; 50 unless said", 1U, 10'000U);
}

} // namespace tidemark::cli
