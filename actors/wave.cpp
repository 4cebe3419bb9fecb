#include "actors/wave.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"

namespace tidemark {

namespace {

using how = pick_up_ended::how;
using consequence = type_run::consequence;

} // namespace

void wave_run::start(wave_settings with, import_actor parent) {
  settings = std::move(with);
  import = std::move(parent);
}

template <class Handle>
void wave_run::adopt(const Handle& actor, std::string record_type, std::uint64_t batch) {
  children.emplace(actor.address(), child{std::move(record_type), batch, batch == 0,
                                          [this, actor](stop_branch order) { send(self, actor, order); }});
}

template <class Message, class Then>
void wave_run::ask_store(Message message, Then then) {
  request(self, settings.store, caf::infinite, std::move(message))
      .then([then = std::move(then)](const done&) { then(); },
            [this](const caf::error& error) {
              auto what = to_failure(error);
              // A cancel or a new owner came first: its orders are on their way to us.
              if (what.code != ec::stale) block(std::move(what));
            });
}

void wave_run::block(failure what) {
  if (blocked || stopping) return;
  blocked = true;
  send(self, import, import_blocked{std::move(what)});
}

// -- record types
// ------------------------------------------------------------------------------------------------

void wave_run::begin(const begin_type& what) {
  if (stopping) return;
  auto* type = settings.types->find(what.row.name);
  auto [entry, added] = types.try_emplace(what.row.name, what, *type, settings.retry);
  if (!added) return;
  auto& run = entry->second;
  if (run.row().started_at == 0) run.row().started_at = wall_now();
  tell_type(run);
  ask_store(prepare_table{what.row.name}, [this, name = what.row.name] {
    auto found = types.find(name);
    if (found == types.end() || stopping) return;
    ask_store(save_types{settings.import_id, {found->second.row()}}, [] {});
    if (!found->second.row().planned) plan_type(found->second);
    dispatch();
    finish_if_done(name);
  });
}

void wave_run::run(const run_type& what) {
  auto found = types.find(what.record_type);
  if (found == types.end() || stopping) return;
  found->second.release_hold();
  tell_type(found->second);
  ask_store(save_types{settings.import_id, {found->second.row()}}, [] {});
  dispatch();
  finish_if_done(what.record_type);
}

void wave_run::plan_type(type_run& type) {
  planner_job job{settings.import_id,   type.what(),           settings.planning,
                  type.planned_up_to(), type.planned_weight(), settings.retry.max_attempts};
  auto actor = self->spawn<caf::linked + caf::monitored>(planner, std::move(job), settings.account,
                                                         planner_parent{wave_actor{self}});
  adopt(actor, type.row().name, 0);
}

void wave_run::planned(const ranges_planned& ranges) {
  auto found = types.find(ranges.record_type);
  if (found == types.end() || stopping) return;
  auto& type = found->second;
  if (ranges.walked && ranges.ranges.empty() && !ranges.whole)
    note(ranges.record_type, "plan_walked", {},
         "the account does not answer boundary queries for this type; it is planned one range at a time");
  auto rows = type.plan(ranges);
  auto row = type.row();
  // The plan is in the ledger before its first fetch.
  ask_store(add_batches{settings.import_id, row, rows}, [this, name = ranges.record_type, rows] {
    auto known = types.find(name);
    if (known == types.end() || stopping) return;
    known->second.enqueue(rows);
    for (auto& planned_row : rows) send(self, import, batch_changed{planned_row});
    tell_type(known->second);
    dispatch();
    finish_if_done(name);
  });
}

void wave_run::planning_ended(const planning_failed& failed) {
  if (!types.contains(failed.record_type) || stopping) return;
  switch (failed.what.code) {
  case ec::missing_table:
  case ec::permission: return skip_type(failed.record_type, failed.what);
  case ec::authentication: return act_on(failed.record_type, consequence::import_blocked, failed.what);
  default: return finish(failed.record_type, type_state::failed, failed.what.message);
  }
}

void wave_run::skip_type(const std::string& record_type, const failure& what) {
  note(record_type, "type_skipped", record_type, what.message);
  finish(record_type, type_state::skipped, what.message);
}

void wave_run::finish_if_done(const std::string& record_type) {
  auto found = types.find(record_type);
  if (found == types.end() || stopping || !found->second.finished()) return;
  auto state = found->second.verdict();
  finish(record_type, state, state == type_state::failed ? found->second.last_error() : "");
}

void wave_run::finish(const std::string& record_type, type_state state, std::string error) {
  auto found = types.find(record_type);
  if (found == types.end()) return;
  auto row = found->second.row();
  row.state = state;
  row.error = std::move(error);
  row.finished_at = wall_now();
  types.erase(found);
  for (auto& [address, running_child] : children)
    if (running_child.record_type == record_type) running_child.stop({});
  ask_store(finish_type{settings.import_id, row}, [this, row] { send(self, import, type_changed{row}); });
}

void wave_run::tell_type(const type_run& type) { send(self, import, type_changed{type.row()}); }

void wave_run::note(const std::string& record_type, std::string code, std::string subject, std::string text) {
  send(self, import,
       note_added{{record_type, std::move(code), std::move(subject), std::move(text), wall_now()}});
}

// -- batches
// -------------------------------------------------------------------------------------------------------

type_run* wave_run::next_type() {
  type_run* best = nullptr;
  for (auto& [key, type] : types) {
    if (!type.has_due(steady_now(self))) continue;
    if (best == nullptr || type.remaining_path() > best->remaining_path()) best = &type;
  }
  return best;
}

void wave_run::dispatch() {
  if (stopping || blocked) return;
  while (running < settings.window) {
    auto* type = next_type();
    if (type == nullptr) break;
    spawn_batch(*type);
  }
  schedule();
}

void wave_run::spawn_batch(type_run& type) {
  auto row = type.pick_up();
  send(self, import, batch_changed{row});
  auto number = row.number;
  batch_job job{settings.import_id, std::move(row), type.what(), type.expected_bytes(), settings.patience};
  auto actor = self->spawn<caf::linked + caf::monitored>(
      batch, std::move(job),
      batch_links{settings.account, settings.store, settings.budget, wave_actor{self}});
  ++running;
  adopt(actor, type.row().name, number);
}

void wave_run::schedule() {
  std::optional<type_run::time_point> next;
  for (auto& [key, type] : types)
    if (auto due = type.next_due(); due && (!next || *due < *next)) next = due;
  auto now = steady_now(self);
  if (!next || (timer_at && *timer_at <= *next && *timer_at > now)) return;
  timer_at = next;
  delayed_send_self(self, std::max(*next - now, type_run::time_point::duration::zero()),
                    tick{++timer_generation});
}

void wave_run::delay_over(std::uint64_t generation) {
  if (generation != timer_generation) return;
  timer_at.reset();
  dispatch();
}

void wave_run::pick_up_over(const pick_up_ended& ended) {
  auto address = self->current_sender()->address();
  auto child_entry = children.find(address);
  if (child_entry == children.end() || child_entry->second.batch != ended.batch) return;
  auto record_type = child_entry->second.record_type;
  child_entry->second.batch = 0; // its end is accounted for; what is left is to see it go
  --running;
  account_for(record_type, ended);
  dispatch();
}

void wave_run::account_for(const std::string& record_type, const pick_up_ended& ended) {
  auto found = types.find(record_type);
  if (found == types.end()) return;
  auto effect = found->second.end(ended, steady_now(self));
  if (!effect) return;
  if (ended.ended != how::completed)
    ask_store(end_pick_up{settings.import_id, effect->row, effect->failed_attempt, wall_now()}, [] {});
  send(self, import, batch_changed{effect->row});
  if (effect->failed_attempt)
    log(log_level::warning, "wave", "attempt_failed", "import {} batch {} of {}: {}", settings.import_id,
        ended.batch, record_type, render(ended.what));
  if (!stopping) act_on(record_type, effect->then, ended.what);
  finish_if_done(record_type);
}

void wave_run::act_on(const std::string& record_type, consequence then, const failure& what) {
  switch (then) {
  case consequence::none: return;
  case consequence::column_dropped:
    return note(record_type, "column_dropped", what.subject,
                fmt::format("the account has no column {} in {}; it is left out: {}", what.subject,
                            record_type, what.message));
  case consequence::type_skipped: return skip_type(record_type, what);
  case consequence::import_blocked: return block(what);
  }
}

// -- children
// ------------------------------------------------------------------------------------------------------

void wave_run::child_down(const caf::down_msg& down) {
  auto found = children.find(down.source);
  if (found == children.end()) return;
  auto gone = std::move(found->second);
  children.erase(found);
  bool died = down.reason && down.reason != caf::exit_reason::normal;
  if (gone.batch != 0) {
    --running;
    batch_died(gone.record_type, gone.batch, down.reason);
  } else if (gone.plans && died && !stopping) {
    // A planner that died goes on where its last ranges ended.
    if (auto type = types.find(gone.record_type); type != types.end() && !type->second.row().planned)
      plan_type(type->second);
  }
  end_if_stopped();
  dispatch();
}

/// It reported nothing, but its records may be stored: its last write is in the store's queue before this
/// question. What it had open at NetSuite is cancelled by the pool.
void wave_run::batch_died(const std::string& record_type, std::uint64_t batch_number,
                          const caf::error& reason) {
  pick_up_ended lost{
      batch_number, how::failed, {ec::internal, "the batch's actor died: " + caf::to_string(reason)},
      {},           0,           {}};
  if (stopping) {
    lost.ended = how::interrupted;
    return account_for(record_type, lost);
  }
  request(self, settings.store, caf::infinite, load_import{settings.import_id})
      .then(
          [this, record_type, lost](const ledger_snapshot& ledger) mutable {
            auto row = std::ranges::find(ledger.batches, lost.batch, &batch_row::number);
            if (row != ledger.batches.end() && row->state == batch_state::completed) {
              lost.ended = how::completed;
              lost.stored = {row->stored, row->rejected};
            }
            account_for(record_type, lost);
            dispatch();
          },
          [this](const caf::error& error) { block(to_failure(error)); });
}

child_list wave_run::list() const {
  child_list result;
  for (auto& [address, known] : children) {
    if (known.batch == 0 && !known.plans) continue;
    auto actor = caf::actor_cast<caf::strong_actor_ptr>(address);
    if (!actor) continue;
    auto called = known.plans ? "planner " + known.record_type : fmt::format("batch {}", known.batch);
    result.children.push_back({std::move(called), std::move(actor)});
  }
  return result;
}

void wave_run::stop(stop_branch order) {
  stopping = true;
  for (auto& [address, running_child] : children) running_child.stop(order);
  end_if_stopped();
}

void wave_run::end_if_stopped() {
  if (!stopping || !children.empty()) return;
  send(self, import, branch_stopped{settings.wave});
  self->quit();
}

wave_actor::behavior_type wave(wave_actor::stateful_pointer<wave_run> self, wave_settings settings,
                               import_actor parent) {
  auto parent_address = parent.address();
  state_of(self).start(std::move(settings), std::move(parent));
  self->set_down_handler([self](const caf::down_msg& down) { state_of(self).child_down(down); });
  survive_children(self, parent_address);
  return {
      [self](const begin_type& what) { state_of(self).begin(what); },
      [self](const run_type& what) { state_of(self).run(what); },
      [self](const stop_branch& order) { state_of(self).stop(order); },
      [self](const pick_up_ended& ended) { state_of(self).pick_up_over(ended); },
      [self](const ranges_planned& ranges) { state_of(self).planned(ranges); },
      [self](const planning_failed& failed) { state_of(self).planning_ended(failed); },
      [self](const list_children&) { return state_of(self).list(); },
      [self](const tick& due) { state_of(self).delay_over(due.generation); },
  };
}

} // namespace tidemark
