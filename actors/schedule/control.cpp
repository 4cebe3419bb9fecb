#include "actors/schedule/control.hpp"

#include <algorithm>
#include <utility>

#include "actors/clock.hpp"
#include "actors/roll_call.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "config/nearest.hpp"
#include "messages/caf_error.hpp"
#include "messages/store_words.hpp"
#include "store/utc_text.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// Audit entries that are kept in memory while the database cannot be written.
constexpr std::size_t longest_backlog = 10'000;

// How often it is looked whether the database is well, and what waits is written.
constexpr std::chrono::seconds time_between_looks = 5s;
// For a lock that was there when it was last tried.
constexpr std::chrono::milliseconds known_lock_patience = 50ms;

// Tells the ticks of the two loops apart.
constexpr std::uint64_t prune_time = 0;
constexpr std::uint64_t look_time = 1;

bool is_about_the_database(const failure& why) {
  return why.code == ec::store_unavailable || why.code == ec::store_defect;
}

} // namespace

void log_audit_lost(const audit_entry& x) {
  log(log_level::error, "control", "audit_lost",
      "the audit could not be written; what it lacks: at {}, by {} from {}: \"{}\", tenant \"{}\", subject "
      "\"{}\", result {}{}{}",
      to_utc_text(x.at), x.who, x.origin, x.command, x.tenant, x.subject, x.result,
      x.text.empty() ? "" : ": ", x.text);
}

void control_state::start(control_settings with) {
  settings = std::move(with);
  look();
  prune_audit();
}

void control_state::time_passed(std::uint64_t generation) {
  if (generation == look_time) return look();
  prune_audit();
}

outcome<control_store*> control_state::open() {
  // The next lock is another one, and waited for again.
  if (in_haste && !is_locked()) database.reset();
  if (database) return database.get();
  control_options options;
  options.create = !was_open;
  options.hurry = settings.end;
  in_haste = is_locked();
  if (in_haste) options.lock_patience = std::min(options.lock_patience, known_lock_patience);
  auto opened = settings.open(settings.path, options);
  if (!opened) return std::unexpected(opened.error());
  database = std::move(*opened);
  was_open = true;
  return database.get();
}

template <class Job>
auto control_state::with(Job job) -> decltype(job(std::declval<control_store&>())) {
  auto run = [&]() -> decltype(job(std::declval<control_store&>())) {
    auto opened = open();
    if (!opened) return std::unexpected(opened.error());
    auto result = job(**opened);
    if (!result && result.error().code == ec::store_defect) defect = result.error();
    if (!result && is_about_the_database(result.error())) database.reset();
    return result;
  };
  bool had_it_open = database != nullptr;
  auto result = run();
  // The file that stands in the place of the one that was open may be the right one, put back.
  if (!result && had_it_open && result.error().native_code == store_words::moved) result = run();
  return result;
}

template <class Job>
auto control_state::reading(Job job) -> decltype(job(std::declval<control_store&>())) {
  auto result = with(std::move(job));
  if (!result && is_about_the_database(result.error())) read_flags();
  return result;
}

template <class Job>
auto control_state::writing(Job job) -> decltype(job(std::declval<control_store&>())) {
  auto result = with(std::move(job));
  if (result)
    unwritten = {};
  else if (result.error().code == ec::store_unavailable)
    unwritten = result.error();
  if (result)
    tell();
  else if (is_about_the_database(result.error()))
    read_flags();
  return result;
}

bool control_state::is_locked() const {
  return away.native_code == store_words::locked || unwritten.native_code == store_words::locked;
}

/// Whether anybody asks or not, so that its return is seen as soon as its going.
void control_state::look() {
  if (defect.code != ec::none && with([](auto& db) { return db.check_whole(); })) defect = {};
  read_flags();
  if (!backlog.empty())
    static_cast<void>(write_backlog());
  else if (unwritten.code != ec::none)
    static_cast<void>(writing([](auto& db) { return db.check_writable(); }));
  delayed_send_self(self, time_between_looks, tick{look_time});
}

// -- flags
// --------------------------------------------------------------------------------------------------------

void control_state::read_flags() {
  auto read = with([](auto& db) { return db.flags(); });
  away = read ? failure{} : std::move(read.error());
  tell();
  if (!read) return;
  known = std::move(*read);
  check_records();
}

void control_state::tell() {
  auto text = away.code != ec::none ? fmt::format("the control database cannot be read: {}", away.message)
              : unwritten.code != ec::none
                  ? fmt::format("the control database cannot be written: {}", unwritten.message)
              : defect.code != ec::none
                  ? fmt::format("a part of the control database cannot be used: {}", defect.message)
                  : std::string{};
  if (text == std::exchange(told, text)) return;
  if (text.empty()) return clear("control_away", {});
  raise({.id = "control_away",
         .level = alert_level::error,
         .text = std::move(text),
         .remedy = "put it back or free it; meanwhile flags stay as they were read last, schedules and the "
                   "audit wait"});
}

/// Whoever wrote a record by SQL hears of what is wrong with it.
void control_state::check_records() {
  std::map<std::string, std::string> found;
  for (auto& record : *known)
    if (auto problem = problem_of(record); !problem.empty())
      found.emplace(record.name, fmt::format("the record {} of feature_flags is wrong and counts as off: {}",
                                             record.name, problem));
  for (auto& [flag, text] : wrong)
    if (!found.contains(flag)) clear("flag_record_wrong", flag);
  for (auto& [flag, text] : found) {
    if (auto before = wrong.find(flag); before != wrong.end() && before->second == text) continue;
    raise(
        {.id = "flag_record_wrong",
         .level = alert_level::error,
         .about = {{}, {}, {}, flag},
         .text = text,
         .remedy =
             "correct it by SQL in control.db, or delete it there and make it anew with \"tidemark flags\""});
  }
  wrong = std::move(found);
}

void control_state::raise(alert what) {
  if (settings.monitor) send(self, settings.monitor, raise_alert{std::move(what)});
}

void control_state::clear(const std::string& id, const std::string& flag) {
  if (settings.monitor) send(self, settings.monitor, clear_alert{id, {{}, {}, {}, flag}});
}

/// There is the flag that this program knows, and those that somebody has written.
outcome<void> control_state::check_name(const std::string& name) const {
  std::vector<std::string_view> names{chunked_import_flag};
  if (known)
    for (auto& record : *known) names.push_back(record.name);
  if (std::ranges::find(names, name) != names.end()) return {};
  auto near = did_you_mean(nearest_names(name, names));
  return fail(ec::bad_request, fmt::format("no flag {}{} see flags list", name, near.empty() ? ";" : near),
              name);
}

outcome<flag_decision> control_state::explain(const explain_flag& wanted) {
  read_flags();
  if (auto found = check_name(wanted.name); !found) return std::unexpected(found.error());
  const flag_record* record = nullptr;
  if (known) {
    auto found = std::ranges::find(*known, wanted.name, &flag_record::name);
    if (found != known->end()) record = &*found;
  }
  auto decision = decide_flag(wanted.name, wanted.tenant, record, settings.defaults);
  if (away.code != ec::none)
    decision.reason += known ? "; the control database cannot be read now, so this is how it was read last"
                             : "; the control database cannot be read, and was not since the node started";
  return decision;
}

outcome<flag_list> control_state::list() {
  read_flags();
  if (away.code != ec::none) return std::unexpected(away);
  flag_list result{*known, describe(settings.defaults)};
  for (auto& record : result.flags) record.problem = problem_of(record);
  return result;
}

outcome<flag_record> control_state::change(const change_flag& wanted) {
  if (!check_name(wanted.name)) read_flags();
  if (auto found = check_name(wanted.name); !found) return std::unexpected(found.error());
  auto done = writing([&](auto& db) {
    if (wanted.action == flag_action::remove) return db.remove_flag(wanted.name);
    return db.change_flag(wanted.name, wall_now(),
                          [&](auto& present) { return changed(present, wanted, settings.defaults); });
  });
  if (done && wanted.action == flag_action::remove) {
    log(log_level::info, "control", "flag_removed", "the record of flag {} was removed by {}", done->name,
        wanted.requested_by);
    return done;
  }
  if (done)
    log(log_level::info, "control", "flag_changed", "flag {} changed by {}: enabled {}, tenants {}",
        done->name, wanted.requested_by, done->enabled, done->has_tenant_ids ? done->tenant_ids : "NULL");
  return done;
}

// -- schedules
// ----------------------------------------------------------------------------------------------------

outcome<schedule_rows> control_state::schedules() {
  auto rows = reading([](auto& db) { return db.schedules(); });
  if (!rows) return std::unexpected(rows.error());
  return schedule_rows{std::move(*rows)};
}

outcome<void> control_state::write(const store_schedule& wanted) {
  return writing([&](auto& db) {
    switch (wanted.done) {
    case store_schedule::how::add: return db.add_schedule(wanted.what);
    case store_schedule::how::remove: return db.remove_schedule(wanted.what.name);
    case store_schedule::how::save: break;
    }
    return db.save_schedule(wanted.what);
  });
}

// -- audit
// --------------------------------------------------------------------------------------------------------

void control_state::record(const audit_entry& entry) {
  backlog.push_back(entry);
  // Where the last write had no success, the next look tries again: nobody waits behind one try for each.
  auto written = unwritten.code == ec::none ? write_backlog() : std::unexpected(unwritten);
  if (!written && backlog.size() == 1)
    log(log_level::error, "control", "audit_waits", "the audit is kept in memory: {}",
        render(written.error()));
  if (backlog.size() <= longest_backlog) return;
  log_audit_lost(backlog.front());
  backlog.pop_front();
}

outcome<void> control_state::write_backlog() {
  while (!backlog.empty()) {
    auto done = writing([&](auto& db) { return db.add_audit(backlog.front()); });
    if (!done) return done;
    backlog.pop_front();
  }
  return {};
}

/// What could not be written so far is written now or told: nothing of the audit goes without a word.
control_state::~control_state() {
  settings.monitor = nullptr; // nothing may be sent any more
  if (backlog.empty() || write_backlog()) return;
  for (auto& entry : backlog) log_audit_lost(entry);
}

/// At the start and once a day the old entries go.
void control_state::prune_audit() {
  auto age = std::chrono::duration_cast<std::chrono::milliseconds>(settings.audit_retention).count();
  auto pruned = writing([&](auto& db) { return db.prune_audit(wall_now() - age); });
  if (!pruned)
    log(log_level::warning, "control", "audit_not_pruned",
        "old entries of the audit could not be removed: {}", render(pruned.error()));
  delayed_send_self(self, 24h, tick{prune_time});
}

outcome<audit_list> control_state::audit(const list_audit& wanted) {
  static_cast<void>(write_backlog()); // what cannot be written yet is not listed yet
  auto page = reading([&](auto& db) { return db.audit(wanted.tenant, wanted.after, wanted.limit); });
  if (!page) return std::unexpected(page.error());
  return audit_list{std::move(page->rows), page->next};
}

control_actor::behavior_type control(control_actor::stateful_pointer<control_state> self,
                                     control_settings settings) {
  name_exceptions(self);
  auto* state = &state_of(self);
  enter_roll(self, "the control database");
  state->start(std::move(settings));
  return {
      [state](const explain_flag& wanted) { return to_result(state->explain(wanted)); },
      [state](const list_flags&) { return to_result(state->list()); },
      [state](const change_flag& wanted) { return to_result(state->change(wanted)); },
      [state](const load_schedules&) { return to_result(state->schedules()); },
      [state](const store_schedule& wanted) -> caf::result<done> {
        auto written = state->write(wanted);
        if (!written) return to_caf_error(written.error());
        return done{};
      },
      [state](const audit_entry& entry) {
        state->record(entry);
        return done{};
      },
      [state](const list_audit& wanted) { return to_result(state->audit(wanted)); },
      [state](const tick& due) { state->time_passed(due.generation); },
  };
}

} // namespace tidemark
