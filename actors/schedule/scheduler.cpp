#include "actors/schedule/scheduler.hpp"

#include <algorithm>

#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// The wall clock may be set, and a machine may sleep: no timer is trusted for longer.
constexpr std::chrono::milliseconds longest_look = 30s;
// How often a waiting run looks whether it may begin, and an unreadable control database is tried.
constexpr std::chrono::milliseconds waiting_look = 5s;

std::string requester(const schedule& row) { return "schedule:" + row.name; }

void apply(schedule_action action, schedule_plan& to, unix_ms now) {
  switch (action) {
  case schedule_action::remove: return;
  case schedule_action::pause: return to.pause();
  case schedule_action::resume: return to.resume(now);
  case schedule_action::run_now: return to.run_now(now);
  }
}

/// What may pass by itself.
bool passes(ec code) { return code == ec::store_unavailable || code == ec::stopping || code == ec::internal; }

} // namespace

void scheduler_state::start(scheduler_settings with) {
  settings = std::move(with);
  load();
}

void scheduler_state::load() {
  request(self, settings.control, caf::infinite, load_schedules{})
      .then(
          [this](const schedule_rows& rows) {
            loaded = true;
            for (auto& row : rows.rows) {
              auto plan = schedule_plan::make(row);
              if (!plan) {
                log(log_level::error, "scheduler", "schedule_wrong", "schedule {} is left out: {}", row.name,
                    render(plan.error()));
                continue;
              }
              plan->catch_up(settings.now());
              plans.insert_or_assign(row.name, std::move(*plan));
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
  auto delay = loaded ? longest_look : waiting_look;
  for (auto& [key, plan] : plans) {
    if (plan.waits()) delay = std::min(delay, waiting_look);
    if (auto due = plan.next_due()) delay = std::min(delay, std::chrono::milliseconds{*due - now});
  }
  delayed_send_self(self, std::max(delay, 0ms), tick{++timer_generation});
}

void scheduler_state::look(std::uint64_t generation) {
  if (generation != timer_generation) return;
  if (!loaded) return load();
  for (auto& [key, plan] : plans) look_at(plan);
  look_again();
}

void scheduler_state::look_at(schedule_plan& plan) {
  if (plan.become_due(settings.now())) save(plan.row());
  if (plan.waits()) try_waiting(plan.row().name);
}

schedule_plan* scheduler_state::find(const std::string& schedule_name) {
  auto found = plans.find(schedule_name);
  return found == plans.end() ? nullptr : &found->second;
}

/// An import of the same main type and mode may be under way, and a paused one must stay paused: the run
/// waits for its end.
void scheduler_state::try_waiting(const std::string& schedule_name) {
  if (!asking.insert(schedule_name).second) return;
  request(self, settings.starter, caf::infinite, find_unfinished{find(schedule_name)->row().tenant})
      .then([this, schedule_name](const import_rows& rows) { unfinished_known(schedule_name, rows); },
            [this, schedule_name](const caf::error& error) { not_begun(schedule_name, to_failure(error)); });
}

void scheduler_state::unfinished_known(const std::string& schedule_name, const import_rows& unfinished) {
  auto* plan = find(schedule_name);
  if (plan == nullptr || !plan->waits()) return void(asking.erase(schedule_name));
  auto& row = plan->row();
  auto other =
      std::ranges::find_if(unfinished.rows, [&](auto& x) { return x.record_type == row.record_type; });
  if (other == unfinished.rows.end()) return begin(schedule_name);
  asking.erase(schedule_name);
  // The node may have died between the start and its being written down.
  if (other->requested_by == requester(row) && other->requested_at >= row.waiting_since) {
    plan->started(other->id, other->requested_at);
    return save(plan->row());
  }
  if (!plan->wait_for(other->id)) return;
  log(log_level::info, "scheduler", "schedule_waits", "a run of schedule {} waits for import {}, which is {}",
      row.name, other->id, to_string(other->state));
  save(plan->row());
}

void scheduler_state::begin(const std::string& schedule_name) {
  auto& row = find(schedule_name)->row();
  start_import wanted;
  wanted.tenant = row.tenant;
  wanted.record_type = row.record_type;
  wanted.mode = row.mode;
  wanted.requested_by = requester(row);
  wanted.how_urgent = urgency::scheduled;
  wanted.options.verify = row.mode == import_mode::full;
  request(self, settings.starter, caf::infinite, wanted)
      .then([this, schedule_name](const import_status& status) { begun(schedule_name, status); },
            [this, schedule_name](const caf::error& error) { not_begun(schedule_name, to_failure(error)); });
}

void scheduler_state::begun(const std::string& schedule_name, const import_status& status) {
  asking.erase(schedule_name);
  auto* plan = find(schedule_name);
  if (plan == nullptr) return;
  plan->started(status.id, settings.now());
  log(log_level::info, "scheduler", "schedule_run", "schedule {} has started import {}", schedule_name,
      status.id);
  save(plan->row());
  audit(plan->row(), status.id, {});
}

void scheduler_state::not_begun(const std::string& schedule_name, const failure& why) {
  asking.erase(schedule_name);
  auto* plan = find(schedule_name);
  if (plan == nullptr || !plan->waits()) return;
  if (passes(why.code)) return; // still waits, and is tried again
  log(log_level::error, "scheduler", "schedule_failed", "a run of schedule {} could not begin: {}",
      schedule_name, render(why));
  plan->failed(why.message);
  save(plan->row());
  audit(plan->row(), {}, why);
}

void scheduler_state::audit(const schedule& row, const std::string& import_id, const failure& what) {
  audit_entry entry;
  entry.at = settings.now();
  entry.who = requester(row);
  entry.origin = "scheduler";
  entry.command = fmt::format("import start {} {}", row.tenant, row.record_type);
  entry.tenant = row.tenant;
  entry.subject = import_id.empty() ? row.name : import_id;
  entry.result = what.code == ec::none ? "done" : std::string{to_string(what.code)};
  entry.text = what.message;
  send(self, settings.control, std::move(entry));
}

void scheduler_state::save(const schedule& row) {
  request(self, settings.control, caf::infinite, store_schedule{row, store_schedule::how::save})
      .then([](const done&) {},
            [schedule_name = row.name](const caf::error& error) {
              log(log_level::error, "scheduler", "schedule_not_saved",
                  "schedule {} could not be written down: {}", schedule_name, render(to_failure(error)));
            });
}

// -- commands
// -----------------------------------------------------------------------------------------------------

schedule_status scheduler_state::status_of(const schedule_plan& plan) const {
  return {plan.row(), plan.next_runs(settings.now(), 5)};
}

schedule_list scheduler_state::list(const list_schedules& wanted) const {
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
  request(self, settings.control, caf::infinite, store_schedule{row, store_schedule::how::add})
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

caf::result<schedule_status> scheduler_state::change(const change_schedule& wanted) {
  auto* plan = find(wanted.name);
  if (plan == nullptr)
    return to_caf_error({ec::bad_request,
                         fmt::format("there is no schedule {}; see schedules list", wanted.name),
                         wanted.name});
  auto changed = *plan;
  auto now = settings.now();
  apply(wanted.action, changed, now);
  auto removed = wanted.action == schedule_action::remove;
  auto promise = make_promise<schedule_status>(self);
  request(self, settings.control, caf::infinite,
          store_schedule{changed.row(), removed ? store_schedule::how::remove : store_schedule::how::save})
      .then(
          [this, promise, changed, wanted, removed, now](const done&) mutable {
            promise.deliver(status_of(changed));
            auto* present = find(wanted.name);
            if (removed) plans.erase(wanted.name);
            if (removed || present == nullptr) return;
            // A run may have begun while this was written down.
            apply(wanted.action, *present, now);
            if (present->row() != changed.row()) save(present->row());
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
