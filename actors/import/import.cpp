#include "actors/import/import.hpp"

#include <algorithm>

#include "actors/clock.hpp"
#include "actors/failure_reach.hpp"
#include "actors/import/import_facts.hpp"
#include "actors/import/plan_review.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "config/type_description.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"
#include "netsuite/requests.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// Numbers of batches are unique in their import: the record type's place in it, then a count. A million
// batches of one type are a thousand million records.
constexpr std::uint64_t numbers_per_type = 1'000'000;

// More than a pool needs to find that an account is down: an outage is waited for, not a failure.
constexpr int server_time_attempts = 10;

} // namespace

// -- beginning
// -----------------------------------------------------------------------------------------------------

void import_run::start(const import_row& row, import_settings with, import_parent parent) {
  id = row.id;
  progress.emplace(row);
  settings = std::move(with);
  tenant = std::move(parent);
  call.emplace(settings.account, id);
  request(self, settings.store, caf::infinite, load_import{id})
      .then([this](const ledger_snapshot& snapshot) { loaded(snapshot); },
            [this](const caf::error& error) { store_failed(to_failure(error)); });
}

void import_run::loaded(const ledger_snapshot& snapshot) {
  loaded_from_ledger = true;
  progress->apply(snapshot.import);
  for (auto& row : snapshot.types) progress->apply(row);
  for (auto& batch : snapshot.batches) {
    progress->apply(batch);
    ledger_batches[batch.record_type].push_back(batch);
  }
  for (auto& note : snapshot.notes) {
    progress->apply(note);
    noted.emplace(note.record_type + "/" + note.code, note.subject);
    if (leaves_column_out(note)) dropped_columns[note.record_type].push_back(note.subject);
  }
  waiters.answer(waiters.status, progress->status(wall_now()));
  steps.emplace(snapshot.import.mode, snapshot.import.options, *settings.types);
  if (why != ending::none) return branch_is_down(); // stopped while we were reading
  if (snapshot.import.state == import_state::cancelling) {
    why = ending::cancel;
    return finish_cancelled();
  }
  if (is_final(snapshot.import.state)) {
    over = true; // whoever ran it died just after its end was written
    return ended();
  }
  tell("import_state");
  resolve_graph();
}

void import_run::resolve_graph() {
  auto& main = progress->import().record_type;
  if (auto planned = planned_types(*progress); !planned.empty()) {
    // It lives by what it planned, whatever the criteria say now.
    if (!planned.contains(main)) return stop_branch_for(ending::fail, lost_main_type(main));
    graph = resolve_planned(*settings.types, main, planned);
    return go_on();
  }
  auto resolved = progress->import().mode == import_mode::verify ? resolve_alone(*settings.types, main)
                                                                 : resolve(*settings.types, main);
  if (!resolved) return stop_branch_for(ending::fail, resolved.error());
  graph = std::move(*resolved);
  change_state(import_state::planning, "", [this] { ask_server_time(0); });
}

/// The first request of an import goes alone: it proves the credentials before many requests can fail on
/// them, and tells the time that watermarks move to.
void import_run::ask_server_time(int attempts, bool refused) {
  if (why != ending::none) return;
  call->start(self, make_server_time_request(settings.account.base_url), refused,
              [this, attempts](call_result result) {
                if (why != ending::none) return branch_is_down();
                switch (result.what.code) {
                case ec::none: {
                  auto time = parse_server_time(result.response);
                  return server_time_known(time ? *time : result.response.server_date);
                }
                case ec::refused: return ask_server_time(attempts, true);
                case ec::authentication: return stop_branch_for(ending::fail, std::move(result.what));
                case ec::rejected:
                case ec::permission:
                  // Accounts before release 2025.2 have no such service. The Date header of any answer does
                  // as well.
                  return server_time_known(result.response.server_date);
                default: break;
                }
                if (!result.excused && attempts + 1 >= server_time_attempts)
                  return stop_branch_for(ending::fail, std::move(result.what));
                // The pool paces these: after a few failures in a row the account counts as down and is
                // probed.
                ask_server_time(result.excused ? attempts : attempts + 1);
              });
}

void import_run::server_time_known(unix_ms server_time) {
  std::vector<type_row> all;
  for (std::uint32_t wave = 0; wave < graph->waves().size(); ++wave) {
    for (auto& type : graph->waves()[wave]) {
      type_row row;
      row.name = type;
      row.wave = wave;
      row.server_time = server_time;
      if (auto* described = settings.types->find(type))
        row.description = describe(*described, *settings.types);
      all.push_back(std::move(row));
    }
  }
  ask_store(save_types{id, all}, [this, all](const done&) {
    for (auto& row : all) progress->apply(row);
    go_on();
  });
}

void import_run::go_on() {
  ask_store(reset_running{id, std::nullopt, settings.after_death}, [this](const done&) {
    bool cut_off = std::ranges::any_of(ledger_batches, [](auto& entry) {
      return std::ranges::find(entry.second, batch_state::running, &batch_row::state) != entry.second.end();
    });
    if (!cut_off) return run();
    ask_store(load_import{id}, [this](const ledger_snapshot& snapshot) {
      ledger_batches.clear();
      for (auto& row : snapshot.batches) {
        progress->apply(row);
        ledger_batches[row.record_type].push_back(row);
      }
      run();
    });
  });
}

void import_run::run() {
  if (why != ending::none) return;
  change_state(import_state::running, "", [this] { learn_slots(); });
}

/// The account's limit as it is now: it may have been read, or set by an operator.
void import_run::learn_slots() {
  request(self, settings.account.pool, caf::infinite, query_pool{})
      .then(
          [this](const pool_status& pool) {
            settings.slots = pool.limit;
            begin_types();
          },
          [this](const caf::error&) { begin_types(); });
}

void import_run::begin_types() {
  if (why != ending::none || over) return;
  progress->sample(wall_now());
  review_plan();
  if (end_broken_types()) return;
  std::set<std::uint32_t> indexes;
  for (auto& row : progress->rows()) indexes.insert(row.wave);
  for (auto index : indexes) spawn_wave(index);
  for (auto& row : progress->rows()) {
    if (!is_final(row.state)) continue;
    if (row.state == type_state::failed) return type_failed(row);
    started.insert(row.name);
    if (lets_others_begin(row.state)) completed.insert(row.name);
    if (row.state != type_state::skipped && row.taken_from.empty()) finish_indexes(row.name);
    type_is_in(row);
  }
  // What the main type needs is claimed, and planned, at once: planning needs nothing of other types. The
  // main type, as a rule the largest, is planned when its turn comes, so that its plan is fresh.
  for (auto& types : graph->waves())
    for (auto& type : types)
      if (!started.contains(type) && type != graph->main()) claim(type);
  claim_main_type();
  finish_if_all_over();
}

/// What a reload, or a start with other files, has made of the record types that are planned.
void import_run::review_plan() {
  auto found = review_all(
      *progress, [this](auto& record_type) { return ledger_batches.contains(record_type); }, *settings.types,
      wall_now());
  broken = std::move(found.broken);
  for (auto& row : found.changed) progress->apply(row);
  for (auto& note : found.left_out) note_event({note});
  if (!found.changed.empty()) ask_store(save_types{id, std::move(found.changed)}, [](const done&) {});
}

/// Those that it still needs, and that are not described any more as they were begun, have failed.
bool import_run::end_broken_types() {
  bool any = false;
  for (auto& row : progress->rows()) {
    auto found = broken.find(row.name);
    if (found == broken.end() || is_final(row.state)) continue;
    any = true;
    auto ended = row;
    ended.state = type_state::failed;
    ended.error = found->second;
    ended.finished_at = wall_now();
    ask_store(finish_type{id, std::move(ended)},
              [this](const type_finished& written) { type_over(written.type); });
  }
  return any;
}

// -- running
// -------------------------------------------------------------------------------------------------------

void import_run::spawn_wave(std::uint32_t wave_index) {
  wave_settings with{id,
                     wave_index,
                     settings.types,
                     settings.account,
                     settings.store,
                     settings.budget,
                     settings.slots,
                     settings.retry,
                     settings.patience,
                     settings.planning,
                     {progress->import().mode, progress->import().options.since, settings.look_back},
                     settings.pages,
                     settings.max_rejected};
  waves[wave_index] = self->spawn<caf::linked + caf::monitored>(wave, std::move(with), import_actor{self});
  pass_on(turns.joined(wave_index));
}

void import_run::solitude_told(const solitude& step) { pass_on(turns.told(step)); }

void import_run::pass_on(const solitude_turns::orders& orders) {
  for (auto& order : orders)
    if (auto to = waves.find(order.wave); to != waves.end())
      send(self, to->second, solitude_order{order.what});
}

bool import_run::is_ready(const std::string& record_type) const {
  return std::ranges::all_of(graph->dependencies_of(record_type),
                             [&](auto& dependency) { return completed.contains(dependency); });
}

void import_run::claim(const std::string& record_type) {
  auto& import_row = progress->import();
  send(self, tenant, claim_type{id, record_type, import_row.mode, import_row.options});
}

void import_run::claim_main_type() {
  auto& type = graph->main();
  if (main_claimed || started.contains(type) || !is_ready(type)) return;
  main_claimed = true;
  claim(type);
}

void import_run::run_ready_types() {
  if (why != ending::none) return;
  claim_main_type();
  for (auto& type : ready_types(*graph, completed, started)) {
    if (!granted.contains(type)) continue; // another import runs it; its result is on the way
    started.insert(type);
    auto* row = progress->find(type);
    if (row == nullptr) continue;
    if (auto to = waves.find(row->wave); to != waves.end()) send(self, to->second, run_type{type});
  }
  finish_if_all_over();
}

void import_run::claimed(const claim_decided& decided) {
  if (why != ending::none || over) return;
  auto* known = progress->find(decided.record_type);
  if (known == nullptr || is_final(known->state)) return;
  auto row = *known;
  switch (decided.decided) {
  case claim_decided::how::granted:
    row.taken_from.clear();
    progress->apply(row);
    granted.insert(decided.record_type);
    if (is_ready(decided.record_type)) started.insert(decided.record_type);
    return begin_type_in_wave(decided.record_type);
  case claim_decided::how::waiting:
    row.taken_from = decided.other;
    fold(row);
    return;
  case claim_decided::how::taken: {
    // It ran there as other criteria described it.
    if (!reads_alike(row, decided.result)) return claim(decided.record_type);
    auto taken = row;
    taken.state = decided.result.state;
    taken.taken_from = decided.other;
    taken.planned = true;
    taken.changed_since = decided.result.changed_since;
    taken.verified = decided.result.verified;
    taken.finished_at = wall_now();
    // Batches of its own, of a run that was cut off, are not needed any more.
    ask_store(finish_type{id, taken}, [this, taken](const type_finished&) { type_over(taken); });
    return;
  }
  }
}

void import_run::begin_type_in_wave(const std::string& record_type) {
  if (progress->import().mode == import_mode::verify) return verify_alone(record_type);
  auto* row = progress->find(record_type);
  if (row == nullptr) return;
  auto to = waves.find(row->wave);
  if (to == waves.end()) return; // it died; rebuilding it begins its types
  begin_type begin;
  begin.row = *row;
  if (auto known = ledger_batches.extract(record_type)) begin.batches = std::move(known.mapped());
  if (auto known = dropped_columns.find(record_type); known != dropped_columns.end())
    begin.dropped_columns = known->second;
  begin.hold = !started.contains(record_type);
  begin.first_number = first_number_of(record_type);
  begin.remaining_path = static_cast<std::uint32_t>(graph->remaining_path(record_type));
  send(self, to->second, std::move(begin));
}

/// By its place among the planned types, which never changes.
std::uint64_t import_run::first_number_of(const std::string& record_type) const {
  std::uint64_t ordinal = 1;
  for (auto& row : progress->rows()) ordinal += row.name < record_type ? 1 : 0;
  return ordinal * numbers_per_type + 1;
}

/// People hear of it with its type.
void import_run::plan_event(const batches_planned& planned) {
  for (auto& row : *planned.rows) progress->apply(row);
}

void import_run::batch_event(const batch_changed& changed) {
  progress->apply(changed.row);
  if (changed.failed_attempt) tell_monitor(changed.row);
  auto now = wall_now();
  if (is_final(changed.row.state)) progress->sample(now);
  // The parts of a batch that was split are told with it.
  if (changed.row.state == batch_state::pending && changed.row.counters.picked_up == 0) return;
  tell("batch_" + std::string{to_string(changed.row.state)}, changed.row.number, changed.row.record_type);
}

void import_run::tell_monitor(const batch_row& row) {
  if (settings.monitor) send(self, settings.monitor, error_of(progress->import(), row, wall_now()));
}

void import_run::fold(const type_row& row) {
  progress->apply(row);
  tell("type_state", 0, row.name);
}

void import_run::type_event(const type_changed& changed) {
  if (is_final(changed.row.state)) return type_over(changed.row);
  fold(changed.row);
}

void import_run::type_over(const type_row& row) {
  fold(row);
  log(log_level::info, "import", "type_ended", "import {}: {} {}{}{}", id, row.name, to_string(row.state),
      row.error.empty() ? "" : ": ", row.error);
  type_is_in(row);
  if (why != ending::none || !steps->is_open(row.name)) send(self, tenant, type_ended{id, row});
  if (why != ending::none) return;
  if (row.state == type_state::failed) return type_failed(row);
  started.insert(row.name);
  if (lets_others_begin(row.state)) completed.insert(row.name);
  if (row.taken_from.empty() && row.planned) index_table(row.name);
  run_ready_types();
}

void import_run::type_failed(const type_row& row) {
  stop_branch_for(ending::fail,
                  {ec::internal, fmt::format("record type {} failed: {}", row.name, row.error), row.name});
}

void import_run::note_event(const note_added& added) {
  auto& note = added.note;
  if (!noted.emplace(note.record_type + "/" + note.code, note.subject).second) return;
  if (leaves_column_out(note)) dropped_columns[note.record_type].push_back(note.subject);
  progress->apply(note);
  ask_store(add_note{id, note}, [](const done&) {});
  log(log_level::warning, "import", "note", "import {}: {}", id, note.text);
  tell("note", 0, note.record_type, &note);
}

void import_run::blocked(const import_blocked& what) {
  // Credentials that stop working and a database that cannot be written may come back: everything so far is
  // kept.
  auto cure = cured_by_waiting(what.what.code);
  if (why == ending::none) paused_by = cure;
  stop_branch_for(cure == pause_cause::none ? ending::fail : ending::pause, what.what);
}

void import_run::child_down(const caf::down_msg& down) {
  if (auto ended = finishers.extract(down.source))
    return finisher_down(std::move(ended.mapped()), down.reason);
  auto found =
      std::ranges::find_if(waves, [&](auto& entry) { return entry.second.address() == down.source; });
  if (found == waves.end()) return;
  auto index = found->first;
  waves.erase(found);
  pass_on(turns.gone(index));
  if (why != ending::none) {
    if (is_childless()) branch_is_down();
    return;
  }
  if (!over) wave_died(index, down.reason);
}

void import_run::wave_died(std::uint32_t index, const caf::error& reason) {
  auto text = death_text(reason);
  log(log_level::error, "import", "wave_died", "import {}: wave {} died: {}", id, index, text);
  if (!restarts[index].allow(steady_now(self)))
    return stop_branch_for(
        ending::fail, {ec::internal, fmt::format("wave {} died more than 3 times in 60 s: {}", index, text)});
  rebuild_wave(index);
}

child_list import_run::list_children() const {
  child_list result;
  for (auto& [index, actor] : waves)
    result.children.push_back({fmt::format("wave {}", index), caf::actor_cast<caf::strong_actor_ptr>(actor)});
  for (auto& [address, running] : finishers)
    result.children.push_back({running.record_type.empty() ? "deletions" : "verifier " + running.record_type,
                               caf::actor_cast<caf::strong_actor_ptr>(running.actor)});
  return result;
}

/// A wave that died is rebuilt from the ledger; late writes of its old branch are refused there by their
/// pick-up.
void import_run::rebuild_wave(std::uint32_t index) {
  std::vector<std::string> types;
  for (auto& row : progress->rows())
    if (row.wave == index && !is_final(row.state)) types.push_back(row.name);
  ask_store(reset_running{id, types, true}, [this, index, types](const done&) {
    request(self, settings.store, caf::infinite, load_import{id})
        .then(
            [this, index, types](const ledger_snapshot& snapshot) {
              if (why != ending::none) return;
              // A batch of the old branch may have been picked up behind our reset: it dies with its branch.
              bool runs = std::ranges::any_of(snapshot.batches, [&](auto& batch) {
                return batch.state == batch_state::running
                       && std::ranges::find(types, batch.record_type) != types.end();
              });
              if (runs) return rebuild_wave(index);
              for (auto& type : types) ledger_batches.erase(type);
              for (auto& row : snapshot.types)
                if (std::ranges::find(types, row.name) != types.end()) progress->apply(row);
              for (auto& batch : snapshot.batches) {
                if (std::ranges::find(types, batch.record_type) == types.end()) continue;
                progress->correct(batch);
                ledger_batches[batch.record_type].push_back(batch);
              }
              spawn_wave(index);
              for (auto& type : types) {
                auto* row = progress->find(type);
                if (row != nullptr && is_final(row->state))
                  type_over(type_row{*row}); // it ended just before its wave did
                else if (granted.contains(type))
                  begin_type_in_wave(type);
              }
            },
            [this](const caf::error& error) { store_failed(to_failure(error)); });
  });
}

// -- what others see
// -------------------------------------------------------------------------------------------------------

caf::result<import_status> import_run::status() {
  if (loaded_from_ledger) return progress->status(wall_now());
  waiters.status.push_back(make_promise<import_status>(self));
  return waiters.status.back();
}

void import_run::tell(std::string kind, std::uint64_t batch_number, const std::string& record_type,
                      const import_note* note) {
  auto event = event_of(*progress, std::move(kind), record_type, note, wall_now());
  event.batch = batch_number;
  send(self, settings.journal, std::move(event));
}

import_actor::behavior_type import(import_actor::stateful_pointer<import_run> self, import_row row,
                                   import_settings settings, import_parent parent) {
  name_exceptions(self, [self](const caf::error& reason) { state_of(self).fail_waiting(reason); });
  auto parent_address = parent.address();
  state_of(self).start(row, std::move(settings), std::move(parent));
  self->set_down_handler([self](const caf::down_msg& down) { state_of(self).child_down(down); });
  survive_children(self, parent_address);
  return {
      [self](const query_status&) { return state_of(self).status(); },
      [self](const cancel_import& wanted) { return state_of(self).cancel(wanted); },
      [self](const halt_import& wanted) { return state_of(self).halt(wanted); },
      [self](const claim_decided& decided) { state_of(self).claimed(decided); },
      [self](const struct list_children&) { return state_of(self).list_children(); },
      [self](const batches_planned& planned) { state_of(self).plan_event(planned); },
      [self](const batch_changed& changed) { state_of(self).batch_event(changed); },
      [self](const type_changed& changed) { state_of(self).type_event(changed); },
      [self](const note_added& added) { state_of(self).note_event(added); },
      [self](const import_blocked& what) { state_of(self).blocked(what); },
      [self](const branch_stopped& branch) { state_of(self).stopped(branch); },
      [self](const type_verified& found) { state_of(self).verified(found); },
      [self](const deletions_done& found) { state_of(self).deletions_over(found); },
      [self](const solitude& step) { state_of(self).solitude_told(step); },
      [self](const query_blockers&) { return state_of(self).blockers(); },
      [self](const tick&) { state_of(self).grace_over(); },
  };
}

} // namespace tidemark
