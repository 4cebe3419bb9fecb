// Who imports how, and when: flags, schedules and the audit.
#include "tools/tidemark/ask.hpp"
#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace tidemark::cli {

namespace {

constexpr const char* about_name = "the flag; chunked_import unless said";

/// The path of each tenant's next import.
using paths = std::map<std::string, bool>;

attempt<paths> paths_of_all(const surroundings& with) {
  paths result;
  auto tenants = with.link.ask(list_tenants{});
  if (!tenants) return std::unexpected(std::move(tenants.error()));
  for (auto& tenant : tenants->tenants) {
    auto decision = with.link.ask(explain_flag{chunked_import_flag, tenant.id});
    if (!decision) return std::unexpected(std::move(decision.error()));
    result.emplace(tenant.id, decision->enabled);
  }
  return result;
}

/// Who takes which path from now on, and for whom that is another one than before.
void tell_of_paths(const paths& before, const paths& after, const surroundings& with) {
  auto those = [&](bool chunked, bool moved) {
    std::vector<std::string> ids;
    for (auto& [id, path] : after) {
      auto was = before.find(id);
      bool has_moved = was != before.end() && was->second != path;
      if (path == chunked && (!moved || has_moved)) ids.push_back(id);
    }
    return ids.empty() ? std::string{"none"} : fmt::format("{}", fmt::join(ids, ", "));
  };
  std::vector<fact> facts{{"chunked path", {those(true, false)}}, {"legacy path", {those(false, false)}}};
  auto to_chunked = those(true, true);
  auto to_legacy = those(false, true);
  if (to_chunked != "none") facts.push_back({"now chunked", {to_chunked, tone::good}});
  if (to_legacy != "none") facts.push_back({"now legacy", {to_legacy, tone::warning}});
  if (to_chunked == "none" && to_legacy == "none") facts.push_back({"moved", {"nobody"}});
  with.to.print(layout_facts(facts, with.to.width()));
}

/// A change of a flag, told with what it means, and for whom.
exit_code change_told(const change_flag& wanted, const surroundings& with) {
  bool tells = !with.to.json && wanted.name == chunked_import_flag;
  auto before = tells ? paths_of_all(with) : paths{};
  auto record = with.link.ask(wanted);
  if (!record) return complain(with.to, record.error());
  if (wanted.action == flag_action::remove && !with.to.json) {
    with.to.say({{"the record of "}, {record->name, tone::strong}, {" is removed", tone::good}});
  } else if (auto code = tell(with.to, record); code != exit_code::done) {
    return code;
  }
  if (!tells || !before) return exit_code::done;
  if (auto after = paths_of_all(with)) tell_of_paths(*before, *after, with);
  return exit_code::done;
}

auto change(flag_action action) {
  return [action](const change_flag& what, const surroundings& with) {
    auto wanted = signed_by(what, with);
    wanted.action = action;
    return change_told(wanted, with);
  };
}

auto change(schedule_action action) {
  return [action](const change_schedule& what, const surroundings& with) {
    auto wanted = signed_by(what, with);
    wanted.action = action;
    auto status = with.link.ask(wanted);
    if (!status || with.to.json || action != schedule_action::remove) return tell(with.to, status);
    with.to.say({{"schedule "}, {status->what.name, tone::strong}, {" is removed", tone::good}});
    if (!status->what.waiting_for.empty() || status->what.waiting_since != 0)
      with.to.say({{"a run of it that was due is not begun", tone::dim}});
    return exit_code::done;
  };
}

struct flag_words : change_flag {
  flag_words() { name = chunked_import_flag; }
};

struct enable_words : flag_words {
  bool all = false;
};

exit_code enable(const enable_words& what, const surroundings& with) {
  change_flag wanted = signed_by<change_flag>(what, with);
  wanted.action = what.all ? flag_action::enable_all : flag_action::enable;
  return change_told(wanted, with);
}

/// What a shell or a space has made of an expression that was not quoted.
struct schedule_words : schedule {
  std::vector<std::string> times;
};

constexpr std::size_t cron_fields = 5;

std::string cron_complaint(const schedule_words& x) {
  if (x.times.size() == 1 || x.times.size() == cron_fields) return {};
  return fmt::format("CRON is one word or five, and these are {} ({}); put it in quotes, as in "
                     "\"30 2 * * *\": a shell puts file names in the place of a *",
                     x.times.size(), fmt::join(x.times, " "));
}

struct explain_words : explain_flag {
  explain_words() { name = chunked_import_flag; }
};

exit_code explain(const explain_words& what, const surroundings& with) {
  return tell(with.to, with.link.ask(explain_flag{what}));
}

exit_code add(const schedule_words& what, const surroundings& with) {
  schedule wanted = what;
  wanted.cron = fmt::format("{}", fmt::join(what.times, " "));
  return tell(with.to, with.link.ask(signed_by(add_schedule{wanted, {}}, with)));
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
  to.add<enable_words>("flags enable", "turn a flag on", enable)
      .about(
          "For the tenants in its list, or for all if it has none. Counts from the next start of an import "
          "on; an import that runs keeps its path.")
      .argument("NAME", &enable_words::name, about_name, word_kind::flag)
      .optional()
      .flag("--all", &enable_words::all, "for all tenants: its list goes");
  to.add<flag_words>("flags disable", "turn a flag off for all tenants", change(flag_action::disable))
      .about("New imports take the legacy path; an import that runs keeps its own.")
      .argument("NAME", &flag_words::name, about_name, word_kind::flag)
      .optional();
  to.add<flag_words>("flags add-tenant", "add a tenant to a flag's list", change(flag_action::add_tenant))
      .about(
          "Makes the record if there is none: of what has decided so far, and this tenant. Where the flag "
          "is on for all it is refused, since all others would take the legacy path; --only says that this "
          "is meant.")
      .tenant(&flag_words::tenant)
      .argument("NAME", &flag_words::name, about_name, word_kind::flag)
      .optional()
      .flag("--only", "for this tenant and no other", [](flag_words& x) { x.only = true; });
  to.add<flag_words>("flags remove-tenant", "take a tenant from a flag's list",
                     change(flag_action::remove_tenant))
      .about("The last one is not taken: an empty list means all tenants.")
      .tenant(&flag_words::tenant)
      .argument("NAME", &flag_words::name, about_name, word_kind::flag)
      .optional();
  to.add<flag_words>("flags remove", "forget a flag's record", change(flag_action::remove))
      .about(
          "What decides without one, the environment, the configuration file or the default, decides again.")
      .argument("NAME", &flag_words::name, about_name, word_kind::flag)
      .optional();
  to.add<explain_words>("flags explain", "which path a tenant's next import takes, and why", explain)
      .tenant(&explain_words::tenant)
      .argument("NAME", &explain_words::name, about_name, word_kind::flag)
      .optional();
}

void add_schedule_commands(grammar& to) {
  ask<list_schedules>(to, "schedules list", "the schedules and their next runs")
      .option("--tenant", "TENANT", &list_schedules::tenant, "only those of this tenant", word_kind::tenant);
  to.add<schedule_words>("schedules add", "import a record type again and again", add)
      .about("CRON has five fields (minute, hour, day of month, month, day of week), or is one of @hourly, "
             "@daily, @weekly, @monthly and @yearly. A shell takes it in quotes only. A run that is due "
             "while the one before "
             "goes on waits for its end; one at most waits.")
      .argument("NAME", &schedule_words::name, "a name for the schedule: A-Z a-z 0-9 _ -")
      .tenant(&schedule_words::tenant)
      .record_type(&schedule_words::record_type)
      .words("CRON", &schedule_words::times, "when, as in \"30 2 * * mon-fri\"")
      .option("--zone", "ZONE", &schedule_words::zone,
              "the time zone of CRON, as in Europe/Berlin; UTC unless said", word_kind::zone)
      .option("--jitter", "SECONDS", &schedule_words::jitter_seconds,
              "begin up to so much later, to spread runs of many tenants", 0U, 86'400U)
      .flag("--incremental", "only what has changed since the last run",
            [](schedule_words& x) { x.mode = import_mode::incremental; })
      .flag("--skip-missed",
            "leave out runs that were due while the node was down or the tenant suspended; otherwise they "
            "are one run",
            [](schedule_words& x) { x.missed = missed_runs::skip; })
      .check([](const schedule_words& x) { return cron_complaint(x); });
  auto add_change = [&to](const char* words, const char* brief, schedule_action action) {
    return to.add<change_schedule>(words, brief, change(action))
        .argument("NAME", &change_schedule::name, "the schedule", word_kind::schedule);
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
