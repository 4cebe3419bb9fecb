#include "actors/import/import.hpp"

#include <algorithm>
#include <set>

#include "actors/clock.hpp"
#include "actors/import/import_facts.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "netsuite/requests.hpp"

namespace tidemark {

namespace {

// Numbers of batches are unique in their import: the record type's place in it, then a count. A million
// batches of one type are a thousand million records.
constexpr std::uint64_t numbers_per_type = 1'000'000;

// More than a pool needs to find that an account is down: an outage is waited for, not a failure.
constexpr int server_time_attempts = 10;

// After so many the question itself may be what the account cannot answer.
constexpr int patient_attempts = 2;

} // namespace

// -- beginning
// -----------------------------------------------------------------------------------------------------

void import_run::take_batches(const std::vector<batch_row>& rows) {
  ledger_batches.clear();
  for (auto& row : rows) ledger_batches[row.record_type].push_back(row);
}

void import_run::ask_server_time() {
  call.emplace(settings.account, id);
  ask_server_time(0, false);
}

/// The first request of an import goes alone: it proves the credentials before many requests can fail on
/// them, and tells the time that watermarks move to.
void import_run::ask_server_time(int attempts, bool refused) {
  call->start(self, make_server_time_request(settings.account.base_url), refused,
              [this, attempts](call_result result) {
                if (why != ending::none) return end_if_at_rest();
                auto time = attempts < patient_attempts ? server_time_of(result, wall_now())
                                                        : server_time_in_spite_of(result, wall_now());
                if (time) return server_time_known(*time);
                if (result.what.code == ec::refused) return ask_server_time(attempts, true);
                if (result.what.code == ec::authentication
                    || (!result.excused && attempts + 1 >= server_time_attempts))
                  return stop_for(ending::fail, std::move(result.what));
                // The pool paces these: after a few failures in a row the account counts as down and is
                // probed.
                ask_server_time(result.excused ? attempts : attempts + 1, false);
              });
}

/// Waves go by the account's limit as it is now: it may have been read, or set by an operator.
void import_run::run_path() {
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
  start_verifiers();
  claim_types();
  go_on();
}

/// Those that it still needs, and that are not described any more as they were begun, have failed.
bool import_run::end_broken_types() {
  bool any = false;
  for (auto& row : progress->rows()) {
    auto* changed = why_broken(row.name);
    if (changed == nullptr || is_final(row.state)) continue;
    any = true;
    auto ended = row;
    ended.state = type_state::failed;
    ended.error = *changed;
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

void import_run::run_ready_types() {
  if (why != ending::none) return;
  for (auto& type : ready_types(*graph, completed, started)) {
    if (!granted.contains(type)) continue; // another import runs it; its result is on the way
    if (type == graph->main()) {
      begin_granted(type);
      continue;
    }
    started.insert(type);
    auto* row = progress->find(type);
    if (row == nullptr) continue;
    if (auto to = waves.find(row->wave); to != waves.end()) send(self, to->second, run_type{type});
  }
  go_on();
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
    return begin_granted(decided.record_type);
  case claim_decided::how::waiting:
    row.taken_from = decided.other;
    fold(row);
    return;
  case claim_decided::how::taken: {
    auto taken = taken_as(row, decided, wall_now());
    // Batches of its own, of a run that was cut off, are not needed any more.
    ask_store(finish_type{id, taken}, [this, taken](const type_finished& written) {
      take_notes(written.notes);
      type_over(taken);
    });
    return;
  }
  }
}

/// Planned at once, since planning needs nothing of other types; but the main type, as a rule the largest,
/// when its turn comes, so that its plan is fresh.
void import_run::begin_granted(const std::string& record_type) {
  if (is_ready(record_type))
    started.insert(record_type);
  else if (record_type == graph->main())
    return;
  begin_type_in_wave(record_type);
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
  if (auto known = ways.find(record_type); known != ways.end())
    for (auto& [column, way] : known->second)
      begin.ways.push_back({record_type, std::string{note_code(way)}, column, {}});
  begin.hold = !started.contains(record_type);
  begin.first_number = ordinal_of(record_type) * numbers_per_type + 1;
  begin.is_needed = !graph->dependents_of(record_type).empty();
  begin.remaining_path = static_cast<std::uint32_t>(graph->remaining_path(record_type));
  send(self, to->second, std::move(begin));
}

/// People hear of it with its type.
void import_run::plan_event(const batches_planned& planned) {
  for (auto& row : *planned.rows) progress->apply(row);
  if (planned.outside) outside[planned.record_type] = planned.outside;
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

void import_run::type_event(const type_changed& changed) {
  if (is_final(changed.row.state)) return type_over(changed.row);
  fold(changed.row);
}

void import_run::type_over(const type_row& row) {
  if (!end_of_type(row)) return;
  start_verifiers();
  started.insert(row.name);
  if (lets_others_begin(row.state)) completed.insert(row.name);
  if (row.taken_from.empty() && row.planned) index_table(row.name);
  run_ready_types();
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
    end_if_at_rest();
    return;
  }
  if (!over) wave_died(index, down.reason);
}

void import_run::wave_died(std::uint32_t index, const caf::error& reason) {
  auto text = death_text(reason);
  log(log_level::error, "import", "wave_died", "import {}: wave {} died: {}", id, index, text);
  if (!restarts[index].allow(steady_now(self)))
    return stop_for(ending::fail,
                    {ec::internal, fmt::format("wave {} died more than 3 times in 60 s: {}", index, text)});
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
    ask_store(load_import{id}, [this, index, types](const ledger_snapshot& snapshot) {
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
          begin_granted(type);
      }
    });
  });
}

// -- stopping
// ------------------------------------------------------------------------------------------------------

void import_run::stop_work(std::chrono::milliseconds grace) {
  if (grace.count() > 0) delayed_send_self(self, grace, tick{});
  if (call && call->phase() == call_phase::transferring) call->cancel(self);
  stop_children(grace.count() > 0);
}

void import_run::stop_children(bool drain) {
  for (auto& [index, actor] : waves) send(self, actor, stop_branch{drain});
  for (auto& [address, running] : finishers) send(self, running.actor, stop_branch{drain});
}

/// The grace of a halt is over.
void import_run::time_passed(std::uint64_t) {
  if (!over && why != ending::none) stop_children(false);
}

void import_run::stopped(const branch_stopped& branch) {
  waves.erase(branch.wave);
  end_if_at_rest();
}

bool import_run::come_to_rest() {
  return waves.empty() && finishers.empty() && !(call && call->phase() == call_phase::transferring);
}

import_actor::behavior_type import(import_actor::stateful_pointer<import_run> self, import_row row,
                                   import_settings settings, import_parent parent) {
  return import_behavior<import_run>(self, row, std::move(settings), std::move(parent));
}

} // namespace tidemark
