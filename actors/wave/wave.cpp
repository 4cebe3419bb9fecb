#include "actors/wave/wave.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/failure_reach.hpp"
#include "config/logging.hpp"
#include "messages/ascii.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

using how = pick_up_ended::how;
using consequence = type_queue::consequence;

/// What a running batch waits for; nothing while its request is open.
std::optional<batch_wait::reason> reason_of(pick_up_phase::at what) {
  switch (what) {
  case pick_up_phase::at::budget: return batch_wait::reason::budget;
  case pick_up_phase::at::login: return batch_wait::reason::login;
  case pick_up_phase::at::slot: return batch_wait::reason::slot;
  case pick_up_phase::at::store: return batch_wait::reason::store;
  default: return std::nullopt;
  }
}

} // namespace

void wave_run::start(wave_settings with, import_actor parent) {
  settings = std::move(with);
  import = std::move(parent);
}

template <class Handle>
void wave_run::adopt(const Handle& actor, std::string record_type, std::uint64_t batch) {
  child added{std::move(record_type),
              batch,
              batch == 0,
              [this, actor](stop_branch order) { send(self, actor, order); },
              {}};
  if constexpr (std::is_same_v<Handle, batch_actor>) added.as_batch = actor;
  children.emplace(actor.address(), std::move(added));
}

template <class Message, class Then>
void wave_run::ask_store(Message message, Then then) {
  request(self, settings.store, caf::infinite, std::move(message))
      .then([then = std::move(then)](const done&) { then(); },
            [this](const caf::error& error) { store_refused(to_failure(error)); });
}

void wave_run::store_refused(const failure& what) {
  // A cancel or a new owner came first: its orders are on their way to us.
  if (what.code != ec::stale) block(what);
}

void wave_run::block(failure what) {
  if (blocked || stopping) return;
  blocked = true;
  send(self, import, import_blocked{std::move(what)});
}

// -- record types
// ------------------------------------------------------------------------------------------------

/// A record type of which something may still begin, or null.
type_queue* wave_run::find_going_on(const std::string& record_type) {
  auto found = types.find(record_type);
  return found == types.end() || found->second.ending() || stopping ? nullptr : &found->second;
}

void wave_run::begin(const begin_type& what) {
  if (stopping || types.contains(what.row.name)) return;
  auto* type = settings.types->find(what.row.name);
  if (type == nullptr) {
    auto row = what.row;
    row.state = type_state::failed;
    row.error = fmt::format("the criteria do not describe {}", row.name);
    return write_end_of(std::move(row));
  }
  auto& run = types
                  .try_emplace(what.row.name, what, *type,
                               type_queue::options{settings.retry, settings.pages, settings.max_rejected},
                               type->set ? settings.types->find(type->set->parent) : nullptr)
                  .first->second;
  if (run.row().started_at == 0) run.row().started_at = wall_now();
  tell_type(run);
  request(self, settings.store, caf::infinite, prepare_table{what.row.name})
      .then([this, name = what.row.name](const table_prepared& table) { prepared(name, table); },
            [this, name = what.row.name](const caf::error& error) { not_prepared(name, to_failure(error)); });
}

void wave_run::not_prepared(const std::string& record_type, const failure& what) {
  if (!refuses_the_type(what.code)) return store_refused(what);
  if (!stopping) finish(record_type, type_state::failed, what.message);
}

void wave_run::prepared(const std::string& record_type, const table_prepared& table) {
  auto* type = find_going_on(record_type);
  if (type == nullptr) return;
  if (!table.changed_criteria.empty() && settings.changes.mode == import_mode::incremental)
    note(record_type, std::string{criteria_changed_note}, {},
         criteria_changed_text(record_type, table.changed_criteria));
  type->keep_in_key(table.key_columns);
  for (auto& known : table.ways) {
    // Whoever reads everything anew tries what most accounts take first: of the others something is lost.
    if (settings.changes.mode == import_mode::full && known.record_type == record_type && way_of(known))
      continue;
    type->ask_as(known);
    if (known.record_type == record_type && way_of(known))
      note(record_type, known.code, known.subject, known.text);
  }
  auto since = settings.changes.changed_since(table.mark.watermark, table.too_many_again);
  type->choose_scope(since, table.again, table.undated);
  if (type->scope().undated) {
    auto about = undated_note(record_type, type->what()->changes.column, wall_now());
    note(record_type, about.code, about.subject, about.text);
  }
  // Whoever reads the type whole sees for himself whether the column has come right.
  if (type->row().changed_since != 0)
    for (auto& known : table.left_out)
      if (type->leave_out(known.subject)) note(record_type, known.code, known.subject, known.text);
  type->remember_lacks(table.lacks);
  type->remember_past(table.skipped.has_value(), table.mark.watermark != 0);
  ask_store(save_types{settings.import_id, {type->row()}}, [] {});
  if (!type->row().planned) plan_type(*type);
  dispatch();
  finish_if_done(record_type);
}

void wave_run::run(const run_type& what) {
  auto* type = find_going_on(what.record_type);
  if (type == nullptr) return;
  // How long a type took is not how long it has waited for others.
  bool has_waited = type->row().state == type_state::waiting;
  type->release_hold();
  if (has_waited && type->is_untouched()) type->row().started_at = wall_now();
  tell_type(*type);
  ask_store(save_types{settings.import_id, {type->row()}}, [] {});
  dispatch();
  finish_if_done(what.record_type);
}

void wave_run::plan_type(type_queue& type) {
  planner_job job{settings.import_id, type.what(), settings.planning, type.planned_up_to(),
                  type.planned_weight(), settings.retry, type.scope(),
                  settings.changes.mode == import_mode::incremental,
                  // Whether columns are back is told by a page of records alone.
                  type.asked_lacks().empty(), type.sorts_by_keys(), !type.asked_lacks().empty()};
  auto actor = self->spawn<caf::linked + caf::monitored>(planner, std::move(job), settings.account,
                                                         planner_parent{wave_actor{self}});
  adopt(actor, type.row().name, 0);
}

void wave_run::planned(const ranges_planned& ranges) {
  auto* going_on = find_going_on(ranges.record_type);
  if (going_on == nullptr) return;
  auto& type = *going_on;
  if (ranges.columns_back) return columns_are_back(type);
  if (ranges.columns_unseen && ranges.whole && ranges.ranges.empty() && !type.planned_up_to())
    note_unseen_lacks(type);
  if (ranges.walked && ranges.ranges.empty() && !ranges.whole)
    note(ranges.record_type, "plan_walked", {},
         "the account does not answer boundary queries for this type; it is planned one range at a time");
  if (ranges.outside_by_keys)
    note(ranges.record_type, std::string{by_keys_note}, {}, by_keys_text(ranges.record_type));
  if (ranges.by_windows && ranges.ranges.empty() && !ranges.whole)
    note(ranges.record_type, "plan_by_windows", {},
         "numbering all rows of this type takes the account longer than a minute; they are counted, and "
         "numbered piece by piece");
  auto rows = std::make_shared<const std::vector<batch_row>>(type.plan(ranges));
  auto row = type.row();
  // The plan is in the ledger before its first fetch.
  ask_store(add_batches{settings.import_id, row, rows},
            [this, name = ranges.record_type, rows, outside = ranges.outside] {
              auto known = types.find(name);
              if (known == types.end() || stopping) return;
              known->second.enqueue(*rows);
              send(self, import, batches_planned{rows, name, outside});
              tell_type(known->second);
              dispatch();
              finish_if_done(name);
            });
}

void wave_run::planning_ended(const planning_failed& failed) {
  auto* type = find_going_on(failed.record_type);
  if (type == nullptr) return;
  auto code = failed.what.code;
  if (code == ec::unknown_column && type->is_bound_to(lower_case(failed.what.subject)))
    return skip_without(*type, lower_case(failed.what.subject), failed.what);
  if (is_about_the_query(code) && type->widen()) return read_whole(*type, failed.what);
  if (code == ec::unknown_column && plan_without(*type, failed.what)) return;
  switch (failed.what.code) {
  case ec::missing_table:
  case ec::permission: return skip_type(failed.record_type, failed.what);
  case ec::authentication: return block(failed.what);
  default: return finish(failed.record_type, type_state::failed, failed.what.message);
  }
}

/// Without its key a type is skipped, since other types are not worse for it.
void wave_run::skip_without(const type_queue& type, const std::string& column, const failure& what) {
  auto name = type.row().name;
  note(name, std::string{key_unknown_note}, column, type.text_without(column, what.message));
  finish(name, type_state::skipped, what.message);
}

/// Ranges are asked for by the key alone. Fields of a wide one that the account lacks are left out.
bool wave_run::plan_without(type_queue& type, const failure& what) {
  auto column = lower_case(what.subject);
  auto name = type.row().name;
  auto meant = columns_meant(*type.what(), column);
  std::erase_if(meant, [&](auto& each) { return !type.leave_out(each); });
  for (auto& each : meant) note_dropped(name, each, what);
  if (!meant.empty()) plan_type(type);
  return !meant.empty();
}

void wave_run::note_dropped(const std::string& record_type, const std::string& column, const failure& what) {
  note(record_type, "column_dropped", column,
       way_text(column_way::left_out, record_type, column, what.message));
}

/// Nothing has changed, so no batch finds out what the account lacks still.
void wave_run::note_unseen_lacks(type_queue& type) {
  for (auto& known : type.asked_lacks()) {
    type.leave_out(known.subject);
    note(known.record_type, known.code, known.subject, known.text);
    // The import writes it too, but maybe after the type's end, which settles what is not noted.
    ask_store(
        add_note{settings.import_id, {known.record_type, known.code, known.subject, known.text, wall_now()}},
        [] {});
  }
}

/// The rows that were not read lack the values of a column that the account has again.
void wave_run::columns_are_back(type_queue& type) {
  note_columns_back(type);
  if (type.widen()) {
    ask_store(save_types{settings.import_id, {type.row()}}, [] {});
    plan_type(type);
  }
}

void wave_run::note_columns_back(const type_queue& type) {
  for (auto& known : type.asked_lacks())
    note(known.record_type, "column_back", known.subject,
         fmt::format(
             "the account has column {} of {} again: what has not been read since lacks its values until "
             "the type is read whole, now or by the next import",
             known.subject, known.record_type));
}

/// The account does not tell what has changed in this type.
void wave_run::read_whole(type_queue& type, const failure& why) {
  note(type.row().name, "read_whole", {},
       fmt::format("the account refuses to select the changes of {}; it is read whole: {}", type.row().name,
                   why.message));
  plan_type(type);
}

/// What the account has lacked before is no news.
void wave_run::skip_type(const std::string& record_type, const failure& what) {
  auto known = types.find(record_type);
  if (known != types.end() && known->second.is_skip_news())
    note(record_type, std::string{newly_skipped_note}, {}, newly_skipped_text(record_type));
  note(record_type, "type_skipped", record_type, what.message);
  finish(record_type, type_state::skipped, what.message);
}

void wave_run::finish_if_done(const std::string& record_type) {
  auto found = types.find(record_type);
  if (found == types.end() || !found->second.finished() || (stopping && !found->second.ending())) return;
  auto row = found->second.row();
  row.state = found->second.verdict();
  if (!found->second.ending()) note_columns_back(found->second);
  bool has_reason = found->second.ending() || row.state == type_state::failed;
  row.error = has_reason ? found->second.error() : std::string{};
  types.erase(found);
  write_end_of(std::move(row));
}

/// A record type ends after the ends of its batches: until these are accounted for, it is kept with its
/// verdict.
void wave_run::finish(const std::string& record_type, type_state state, std::string error) {
  auto found = types.find(record_type);
  if (found == types.end()) return;
  found->second.end_as(state, std::move(error));
  for (auto& [address, running_child] : children)
    if (running_child.record_type == record_type) running_child.stop({});
  finish_if_done(record_type);
}

void wave_run::write_end_of(type_row row) {
  row.finished_at = wall_now();
  ++ends_to_write;
  request(self, settings.store, caf::infinite, finish_type{settings.import_id, std::move(row)})
      .then(
          [this](const type_finished& ended) {
            --ends_to_write;
            send(self, import, type_changed{ended.type});
            end_if_stopped();
          },
          [this](const caf::error& refusal) {
            --ends_to_write;
            store_refused(to_failure(refusal));
            end_if_stopped();
          });
}

void wave_run::tell_type(const type_queue& type) { send(self, import, type_changed{type.row()}); }

void wave_run::note(const std::string& record_type, std::string code, std::string subject, std::string text) {
  send(self, import,
       note_added{{record_type, std::move(code), std::move(subject), std::move(text), wall_now()}});
}

// -- batches
// -------------------------------------------------------------------------------------------------------

type_queue* wave_run::next_type() {
  type_queue* best = nullptr;
  for (auto& [key, type] : types) {
    if (!type.has_due(steady_now(self))) continue;
    if (best == nullptr || type.remaining_path() > best->remaining_path()) best = &type;
  }
  return best;
}

/// Batch actors alive at once: as many as have a slot wait for one.
std::uint32_t wave_run::window() const { return 2 * settings.slots; }

void wave_run::dispatch() {
  if (stopping || blocked) return;
  while (!held && running < window()) {
    auto* type = next_type();
    if (type == nullptr) break;
    spawn_batch(*type, type->pick_up());
  }
  seek_solitude();
  schedule();
}

void wave_run::spawn_batch(type_queue& type, batch_row row) {
  send(self, import, batch_changed{row});
  auto number = row.number;
  batch_job job{settings.import_id,          std::move(row),    type.what(),
                type.expected_bytes(),       settings.patience, type.scope(),
                type.take_first_page(number)};
  job.wanted = type.purpose_of(number);
  job.why = type.why(number);
  job.page_rows = type.page_rows();
  job.most_bytes = settings.pages.max_body;
  job.at_least = type.believed_from(number);
  auto actor = self->spawn<caf::linked + caf::monitored>(
      batch, std::move(job),
      batch_links{settings.account, settings.store, settings.budget, wave_actor{self}});
  ++running;
  adopt(actor, type.row().name, number);
}

// -- a batch that has to be alone
// ---------------------------------------------------------------------------------

type_queue* wave_run::lonely_type() {
  auto found =
      std::ranges::find_if(types, [&](auto& x) { return x.second.wants_solitude(steady_now(self)); });
  return found == types.end() ? nullptr : &found->second;
}

void wave_run::seek_solitude() {
  if (solitude_wanted || lonely_type() == nullptr) return;
  solitude_wanted = true;
  send(self, import, solitude{settings.wave, solitude::step::wanted});
}

void wave_run::be_alone(const solitude_order& order) {
  if (stopping) return;
  switch (order.what) {
  case solitude_order::step::hold:
    held = true;
    owes_quiet = true;
    if (running == 0) be_quiet();
    return;
  case solitude_order::step::alone: {
    auto* type = blocked ? nullptr : lonely_type();
    solitude_wanted = false;
    if (type == nullptr) return void(send(self, import, solitude{settings.wave, solitude::step::over}));
    auto row = type->pick_up_alone();
    alone = row.number;
    log(log_level::warning, "wave", "batch_alone",
        "import {} batch {} of {} was running at {} deaths: it runs alone now", settings.import_id, alone,
        row.record_type, row.deaths);
    return spawn_batch(*type, std::move(row));
  }
  case solitude_order::step::resume:
    held = false;
    be_quiet();
    return dispatch();
  }
}

/// Answers a `hold`, once.
void wave_run::be_quiet() {
  if (std::exchange(owes_quiet, false)) send(self, import, solitude{settings.wave, solitude::step::quiet});
}

/// A batch has ended.
void wave_run::one_less(std::uint64_t batch_number) {
  --running;
  if (batch_number == alone) {
    alone = 0;
    send(self, import, solitude{settings.wave, solitude::step::over});
  } else if (running == 0 && !stopping) {
    be_quiet();
  }
}

caf::result<wave_waits> wave_run::waits() {
  wave_waits known;
  for (auto& [key, type] : types) {
    auto some = type.waits(steady_now(self));
    known.waits.insert(known.waits.end(), some.begin(), some.end());
  }
  std::vector<std::pair<std::string, batch_actor>> batches;
  for (auto& [address, running_child] : children)
    if (running_child.batch != 0) batches.emplace_back(running_child.record_type, running_child.as_batch);
  if (batches.empty()) return known;
  auto promise = make_promise<wave_waits>(self);
  auto result = std::make_shared<wave_waits>(std::move(known));
  auto left = std::make_shared<std::size_t>(batches.size());
  auto one_answered = [promise, result, left]() mutable {
    if (--*left == 0) promise.deliver(std::move(*result));
  };
  for (auto& [record_type, actor] : batches)
    request(self, actor, caf::infinite, query_pick_up{})
        .then(
            [result, one_answered, name = record_type](const pick_up_phase& phase) mutable {
              if (auto why = reason_of(phase.what)) result->waits.push_back({name, phase.batch, 1, *why});
              one_answered();
            },
            [one_answered](const caf::error&) mutable { one_answered(); });
  return promise;
}

void wave_run::schedule() {
  std::optional<type_queue::time_point> next;
  for (auto& [key, type] : types)
    if (auto due = type.next_due(); due && (!next || *due < *next)) next = due;
  auto now = steady_now(self);
  if (!next || (timer_at && *timer_at <= *next && *timer_at > now)) return;
  timer_at = next;
  delayed_send_self(self, std::max(*next - now, type_queue::time_point::duration::zero()),
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
  if (ended.slots != 0) settings.slots = ended.slots;
  child_entry->second.batch = 0; // its end is accounted for; what is left is to see it go
  account_for(record_type, ended);
  one_less(ended.batch);
  dispatch();
}

void wave_run::account_for(const std::string& record_type, const pick_up_ended& ended) {
  auto found = types.find(record_type);
  if (found == types.end()) return;
  auto effect = found->second.end(ended, steady_now(self));
  if (!effect) return;
  if (ended.ended != how::completed) write_end(record_type, *effect);
  send(self, import, batch_changed{effect->row, effect->failed_attempt});
  if (effect->failed_attempt)
    log(log_level::warning, "wave", "attempt_failed", "import {} batch {} of {}: {}", settings.import_id,
        ended.batch, record_type, render(ended.what));
  // What the first failure has decided is not decided again; credentials and the database concern all.
  bool decided = found->second.ending() && effect->then != consequence::import_blocked;
  if (!stopping && !decided) act_on(record_type, *effect, ended.what);
  finish_if_done(record_type);
}

/// The parts of a split batch are in the ledger before they run.
void wave_run::write_end(const std::string& record_type, const type_queue::ended_pick_up& effect) {
  auto& parts = effect.parts;
  if (!parts.empty())
    log(log_level::info, "wave", "batch_split", "import {} batch {} of {} is split into {} and {}: {}",
        settings.import_id, effect.row.number, record_type, parts.front().number, parts.back().number,
        effect.row.error_text);
  ask_store(end_pick_up{settings.import_id, effect.row, effect.failed_attempt, wall_now(), parts},
            [this, record_type, parts] {
              auto known = types.find(record_type);
              if (parts.empty() || known == types.end() || stopping) return;
              known->second.enqueue(parts);
              for (auto& part : parts) send(self, import, batch_changed{part});
              dispatch();
              finish_if_done(record_type);
            });
}

void wave_run::act_on(const std::string& record_type, const type_queue::ended_pick_up& effect,
                      const failure& what) {
  for (auto& column : effect.dropped) note_dropped(record_type, column, what);
  for (auto& [column, way] : effect.otherwise)
    note(record_type, std::string{note_code(way)}, column, way_text(way, record_type, column, what.message));
  for (auto& odd : effect.misfits)
    note(record_type, std::string{misfit_note}, odd.column, misfit_text(record_type, odd));
  switch (effect.then) {
  case consequence::none:
  case consequence::columns_changed: return;
  case consequence::type_skipped:
    if (auto* type = find_going_on(record_type); type != nullptr && !effect.key_column.empty())
      return skip_without(*type, effect.key_column, what);
    return skip_type(record_type, what);
  case consequence::type_failed: return finish(record_type, type_state::failed, effect.why.message);
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
    one_less(gone.batch);
    batch_died(gone.record_type, gone.batch, down.reason);
  } else if (gone.plans && died && !stopping) {
    planner_died(gone.record_type, death_text(down.reason));
  }
  end_if_stopped();
  dispatch();
}

/// Another one goes on where its last ranges ended.
void wave_run::planner_died(const std::string& record_type, const std::string& why) {
  auto* type = find_going_on(record_type);
  if (type == nullptr || type->row().planned) return;
  log(log_level::error, "wave", "planner_died", "import {}: the planner of {} died: {}", settings.import_id,
      record_type, why);
  if (planner_restarts[record_type].allow(steady_now(self))) return plan_type(*type);
  finish(record_type, type_state::failed, fmt::format("its planner died more than 3 times in 60 s: {}", why));
}

/// It reported nothing, but its records may be stored: its last write is in the store's queue before this
/// question. What it had open at NetSuite is cancelled by the pool.
void wave_run::batch_died(const std::string& record_type, std::uint64_t batch_number,
                          const caf::error& reason) {
  pick_up_ended lost;
  lost.batch = batch_number;
  lost.ended = how::failed;
  lost.what = {ec::internal, "the batch's actor died: " + death_text(reason)};
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
              lost.stored = {row->stored, row->rejected, row->unchanged};
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
  if (!stopping || !children.empty() || ends_to_write > 0) return;
  send(self, import, branch_stopped{settings.wave});
  self->quit();
}

wave_actor::behavior_type wave(wave_actor::stateful_pointer<wave_run> self, wave_settings settings,
                               import_actor parent) {
  name_exceptions(self);
  auto parent_address = parent.address();
  state_of(self).start(std::move(settings), std::move(parent));
  self->set_down_handler([self](const caf::down_msg& down) { state_of(self).child_down(down); });
  survive_children(self, parent_address);
  return {
      [self](const begin_type& what) { state_of(self).begin(what); },
      [self](const run_type& what) { state_of(self).run(what); },
      [self](const stop_branch& order) { state_of(self).stop(order); },
      [self](const solitude_order& order) { state_of(self).be_alone(order); },
      [self](const query_waits&) { return state_of(self).waits(); },
      [self](const pick_up_ended& ended) { state_of(self).pick_up_over(ended); },
      [self](const ranges_planned& ranges) { state_of(self).planned(ranges); },
      [self](const planning_failed& failed) { state_of(self).planning_ended(failed); },
      [self](const list_children&) { return state_of(self).list(); },
      [self](const tick& due) { state_of(self).delay_over(due.generation); },
  };
}

} // namespace tidemark
