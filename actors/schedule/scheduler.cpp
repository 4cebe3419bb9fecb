#include "actors/schedule/scheduler.hpp"

#include <algorithm>

#include "actors/node/audited.hpp"
#include "actors/schedule/control.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "config/nearest.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// The wall clock may be set, and a machine may sleep: no timer is trusted for longer.
constexpr std::chrono::milliseconds longest_look = 30s;
// How often a waiting run looks whether it may begin, and a control database that is away is tried.
constexpr std::chrono::milliseconds waiting_look = 5s;
// After this no answer comes any more: whoever was to give it hangs. It is asked again.
constexpr std::chrono::milliseconds answer_patience = 60s;

std::string requester(const schedule& row) { return "schedule:" + row.name; }

start_import start_of(const schedule& row) {
  start_import wanted;
  wanted.tenant = row.tenant;
  wanted.record_type = row.record_type;
  wanted.mode = row.mode;
  wanted.requested_by = requester(row);
  wanted.how_urgent = urgency::scheduled;
  wanted.options.verify = row.mode == import_mode::full;
  return wanted;
}

void apply(schedule_action action, schedule_plan& to, unix_ms now) {
  switch (action) {
  case schedule_action::remove: return;
  case schedule_action::pause: return to.pause();
  case schedule_action::resume: return to.resume(now);
  case schedule_action::run_now: return to.run_now(now);
  }
}

obstacle obstacle_of(const failure& why) {
  switch (why.code) {
  case ec::suspended: return obstacle::suspended;
  case ec::store_unavailable:
  case ec::stopping:
  case ec::conflict:  // another import of the type has just begun: this one waits for its end
  case ec::timeout:   // it did not answer
  case ec::transport: // it ended before it answered
  case ec::internal: return obstacle::passing;
  default: return obstacle::refusal;
  }
}

alert_subject subject_of(const schedule& row) { return {row.tenant, {}, {}, row.name}; }

} // namespace

void scheduler_state::start(scheduler_settings with) {
  settings = std::move(with);
  load();
}

void scheduler_state::load() {
  request(self, settings.control, answer_patience, load_schedules{})
      .then(
          [this](const schedule_rows& rows) {
            loaded = true;
            for (auto& row : rows.rows) {
              auto plan = schedule_plan::make(row);
              if (!plan) {
                log(log_level::error, "scheduler", "schedule_wrong", "schedule {} is left out: {}", row.name,
                    render(plan.error()));
                raise(row, fmt::format("schedule {} is left out: {}", row.name, plan.error().message));
                continue;
              }
              plan->catch_up(settings.now());
              tell(plans.insert_or_assign(row.name, std::move(*plan)).first->second);
            }
            look(timer_generation);
          },
          [this](const caf::error& error) {
            log(log_level::error, "scheduler", "schedules_unreadable", "schedules wait: {}",
                render(to_failure(error)));
            look_again();
          });
}

void scheduler_state::look_again() {
  auto now = settings.now();
  auto delay = loaded && unsaved.empty() ? longest_look : waiting_look;
  for (auto& [key, plan] : plans) {
    if (plan.waits() || plan.is_stuck()) delay = std::min(delay, waiting_look);
    if (auto due = plan.next_due()) delay = std::min(delay, std::chrono::milliseconds{*due - now});
  }
  delayed_send_self(self, std::max(delay, 0ms), tick{++timer_generation});
}

void scheduler_state::look(std::uint64_t generation) {
  if (generation != timer_generation) return;
  if (!loaded) return load();
  for (auto& schedule_name : std::set{unsaved})
    if (auto* plan = find(schedule_name)) save(plan->row());
  for (auto& [key, plan] : plans) look_at(plan);
  look_again();
}

void scheduler_state::look_at(schedule_plan& plan) {
  if (plan.become_due(settings.now())) changed(plan);
  if (plan.waits()) return try_waiting(plan);
  if (plan.is_stuck()) check(plan);
}

schedule_plan* scheduler_state::find(const std::string& schedule_name) {
  auto found = plans.find(schedule_name);
  return found == plans.end() ? nullptr : &found->second;
}

/// An import of the same main type and mode may be under way, and a paused one must stay paused: the run
/// waits for its end.
void scheduler_state::try_waiting(const schedule_plan& plan) {
  auto schedule_name = plan.row().name;
  if (!asking.insert(schedule_name).second) return;
  request(self, settings.starter, answer_patience, find_unfinished{plan.row().tenant})
      .then([this, schedule_name](const import_rows& rows) { unfinished_known(schedule_name, rows); },
            [this, schedule_name](const caf::error& error) { not_begun(schedule_name, to_failure(error)); });
}

void scheduler_state::unfinished_known(const std::string& schedule_name, const import_rows& unfinished) {
  auto* plan = find(schedule_name);
  if (plan == nullptr || !plan->waits()) return void(asking.erase(schedule_name));
  auto& row = plan->row();
  auto other =
      std::ranges::find_if(unfinished.rows, [&](auto& x) { return x.record_type == row.record_type; });
  if (other == unfinished.rows.end()) return begin(row);
  asking.erase(schedule_name);
  // The node may have died between the start and its being written down.
  if (other->requested_by == requester(row) && other->requested_at >= row.waiting_since) {
    plan->started(other->id, other->requested_at);
    return changed(*plan);
  }
  auto before = row;
  bool news = plan->wait_for(other->id);
  if (row != before) changed(*plan);
  if (!news) return;
  log(log_level::info, "scheduler", "schedule_waits", "a run of schedule {} waits for import {}, which is {}",
      row.name, other->id, to_string(other->state));
}

void scheduler_state::begin(const schedule& row) {
  request(self, settings.starter, answer_patience, start_of(row))
      .then([this, schedule_name = row.name](const import_status& status) { begun(schedule_name, status); },
            [this, schedule_name = row.name](const caf::error& error) {
              not_begun(schedule_name, to_failure(error));
            });
}

void scheduler_state::begun(const std::string& schedule_name, const import_status& status) {
  asking.erase(schedule_name);
  auto* plan = find(schedule_name);
  if (plan == nullptr) return;
  plan->started(status.id, settings.now());
  log(log_level::info, "scheduler", "schedule_run", "schedule {} has started import {}", schedule_name,
      status.id);
  changed(*plan);
  audit(plan->row(), status.id, {});
}

void scheduler_state::not_begun(const std::string& schedule_name, const failure& why) {
  asking.erase(schedule_name);
  auto* plan = find(schedule_name);
  if (plan == nullptr || !plan->waits()) return;
  auto before = plan->row();
  plan->hindered(obstacle_of(why), why.message, settings.now());
  if (plan->row() == before) return; // nothing new of a run that is tried again
  log(log_level::error, "scheduler", "schedule_failed", "a run of schedule {} {}: {}", schedule_name,
      plan->waits() ? "cannot begin yet" : "could not begin", render(why));
  changed(*plan);
  if (!plan->waits()) audit(plan->row(), {}, why);
}

/// What kept a run from beginning may have been mended since: a record type is back, a suspension has ended.
void scheduler_state::check(const schedule_plan& plan) {
  auto schedule_name = plan.row().name;
  if (!asking.insert(schedule_name).second) return;
  request(self, settings.starter, answer_patience, check_start{start_of(plan.row())})
      .then([this, schedule_name](const done&) { checked(schedule_name, {}); },
            [this, schedule_name](const caf::error& error) { checked(schedule_name, to_failure(error)); });
}

void scheduler_state::checked(const std::string& schedule_name, const failure& why) {
  asking.erase(schedule_name);
  auto* plan = find(schedule_name);
  if (plan == nullptr) return;
  auto before = plan->row();
  if (why.code == ec::none)
    plan->could_begin();
  else
    plan->could_not_begin(obstacle_of(why), why.message);
  if (plan->row() == before) return;
  log(log_level::info, "scheduler", "schedule_checked", "the next run of schedule {} {}", schedule_name,
      why.code == ec::none ? "can begin" : "could not begin either: " + render(why));
  changed(*plan);
}

void scheduler_state::audit(const schedule& row, const std::string& import_id, const failure& what) {
  auto entry = audit_of(start_of(row));
  entry.at = settings.now();
  entry.origin = "scheduler";
  entry.subject = import_id.empty() ? row.name : import_id;
  entry.result = what.code == ec::none ? "done" : std::string{to_string(what.code)};
  entry.text = what.message;
  add_to_audit(self, settings.control, entry, [] {});
}

void scheduler_state::changed(const schedule_plan& plan) {
  save(plan.row());
  tell(plan);
}

void scheduler_state::save(const schedule& row) {
  request(self, settings.control, answer_patience, store_schedule{row, store_schedule::how::save})
      .then([this, schedule_name = row.name](const done&) { unsaved.erase(schedule_name); },
            [this, schedule_name = row.name](const caf::error& error) {
              if (!unsaved.insert(schedule_name).second) return;
              log(log_level::error, "scheduler", "schedule_not_saved",
                  "schedule {} could not be written down yet: {}", schedule_name, render(to_failure(error)));
            });
}

// -- alerts
// -------------------------------------------------------------------------------------------------------

/// An alert is up as long as what kept the schedule's last run from beginning is there, over restarts, too.
void scheduler_state::tell(const schedule_plan& plan) {
  auto& row = plan.row();
  bool rests = row.paused && !plan.waits();
  if (row.last_error.empty() || rests) return clear(row);
  raise(row, fmt::format("schedule {} cannot start its import of {} for tenant {}: {}", row.name,
                         row.record_type, row.tenant, row.last_error));
}

void scheduler_state::raise(const schedule& row, const std::string& text) {
  if (!settings.monitor) return;
  alerts.insert(row.name);
  send(self, settings.monitor,
       raise_alert{{.id = "schedule_failed",
                    .level = alert_level::error,
                    .about = subject_of(row),
                    .text = text,
                    .remedy = fmt::format("mend what the text names; a run that waits then begins by itself, "
                                          "\"tidemark schedules run-now {}\" makes up for another",
                                          row.name)}});
}

void scheduler_state::clear(const schedule& row) {
  if (alerts.erase(row.name) > 0)
    send(self, settings.monitor, clear_alert{"schedule_failed", subject_of(row)});
}

// -- commands
// -----------------------------------------------------------------------------------------------------

schedule_status scheduler_state::status_of(const schedule_plan& plan) const {
  return {plan.row(), plan.next_runs(settings.now(), 5)};
}

caf::result<schedule_list> scheduler_state::list(const list_schedules& wanted) const {
  if (!loaded)
    return to_caf_error({ec::store_unavailable, "the control database cannot be read; the log says why"});
  schedule_list result;
  for (auto& [key, plan] : plans)
    if (wanted.tenant.empty() || plan.row().tenant == wanted.tenant)
      result.schedules.push_back(status_of(plan));
  return result;
}

caf::result<schedule_status> scheduler_state::add(const add_schedule& wanted) {
  if (!loaded)
    return to_caf_error({ec::store_unavailable, "the control database cannot be read; the log says why"});
  schedule row;
  row.name = wanted.what.name;
  row.tenant = wanted.what.tenant;
  row.record_type = wanted.what.record_type;
  row.mode = wanted.what.mode;
  row.cron = wanted.what.cron;
  row.zone = wanted.what.zone;
  row.jitter_seconds = wanted.what.jitter_seconds;
  row.missed = wanted.what.missed;
  row.created_by = wanted.requested_by;
  row.created_at = row.handled_until = settings.now();
  auto plan = schedule_plan::make(row);
  if (!plan) return to_caf_error(plan.error());
  auto promise = make_promise<schedule_status>(self);
  request(self, settings.control, answer_patience, store_schedule{row, store_schedule::how::add})
      .then(
          [this, promise, plan = std::move(*plan)](const done&) mutable {
            promise.deliver(status_of(plan));
            auto schedule_name = plan.row().name;
            plans.insert_or_assign(schedule_name, std::move(plan));
            look_again();
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

/// "; did you mean 'nightly'?", or ";".
std::string scheduler_state::nearest_schedule(const std::string& name) const {
  std::vector<std::string_view> known;
  for (auto& [id, plan] : plans) known.push_back(id);
  auto near = did_you_mean(nearest_names(name, known));
  return near.empty() ? ";" : near;
}

caf::result<schedule_status> scheduler_state::change(const change_schedule& wanted) {
  if (!loaded)
    return to_caf_error({ec::store_unavailable, "the control database cannot be read; the log says why"});
  auto* plan = find(wanted.name);
  if (plan == nullptr)
    return to_caf_error({ec::bad_request,
                         fmt::format("there is no schedule {}{} see schedules list", wanted.name,
                                     nearest_schedule(wanted.name)),
                         wanted.name});
  auto changed = *plan;
  auto now = settings.now();
  apply(wanted.action, changed, now);
  auto removed = wanted.action == schedule_action::remove;
  auto promise = make_promise<schedule_status>(self);
  request(self, settings.control, answer_patience,
          store_schedule{changed.row(), removed ? store_schedule::how::remove : store_schedule::how::save})
      .then(
          [this, promise, changed, wanted, removed, now](const done&) mutable {
            promise.deliver(status_of(changed));
            auto* present = find(wanted.name);
            if (removed) {
              clear(changed.row());
              unsaved.erase(wanted.name);
              plans.erase(wanted.name);
            }
            if (removed || present == nullptr) return;
            // A run may have begun while this was written down.
            apply(wanted.action, *present, now);
            if (present->row() != changed.row()) save(present->row());
            tell(*present);
            look(timer_generation);
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

scheduler_actor::behavior_type scheduler(scheduler_actor::stateful_pointer<scheduler_state> self,
                                         scheduler_settings settings) {
  name_exceptions(self);
  auto* state = &state_of(self);
  state->start(std::move(settings));
  return {
      [state](const list_schedules& wanted) { return state->list(wanted); },
      [state](const add_schedule& wanted) { return state->add(wanted); },
      [state](const change_schedule& wanted) { return state->change(wanted); },
      [state](const tick& due) { state->look(due.generation); },
  };
}

} // namespace tidemark
