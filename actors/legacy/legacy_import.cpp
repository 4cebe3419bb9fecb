#include "actors/legacy/legacy_import.hpp"

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/failure_reach.hpp"
#include "actors/import/blockers.hpp"
#include "actors/import/deletion_run.hpp"
#include "actors/import/import_facts.hpp"
#include "actors/import/verifier.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "messages/promise.hpp"
#include "netsuite/requests.hpp"

namespace tidemark {

namespace {

std::string take_last(std::vector<std::string>& names) {
  auto last = std::move(names.back());
  names.pop_back();
  return last;
}

} // namespace

// -- beginning
// -----------------------------------------------------------------------------------------------------

void legacy_run::start(const import_row& row, import_settings with, import_parent parent) {
  id = row.id;
  progress.emplace(row);
  settings = std::move(with);
  tenant = std::move(parent);
  query.emplace(self, settings.account, id, settings.retry.max_attempts);
  ask_store(load_import{id}, [this](const ledger_snapshot& snapshot) { loaded(snapshot); });
}

void legacy_run::loaded(const ledger_snapshot& snapshot) {
  is_loaded = true;
  progress->apply(snapshot.import);
  for (auto& row : snapshot.types) {
    rows.emplace(row.name, row);
    progress->apply(row);
  }
  for (auto& row : snapshot.batches) {
    batches.insert_or_assign(row.record_type, row);
    progress->apply(row);
  }
  for (auto& known : snapshot.notes) {
    progress->apply(known);
    noted.insert(fmt::format("{}/{}/{}", known.code, known.record_type, known.subject));
    if (leaves_column_out(known)) dropped[known.record_type].insert(known.subject);
  }
  waiters.answer(waiters.status, progress->status(wall_now()));
  steps.emplace(snapshot.import.mode, snapshot.import.options, *settings.types);
  for (auto& [record_type, row] : rows) {
    if (!is_in(row)) continue;
    steps->ended(row);
    to_index.push_back(record_type); // a death may have come between its end and its indexes
  }
  if (snapshot.import.state == import_state::cancelling) {
    why = ending::cancel;
    return at_rest();
  }
  if (is_final(snapshot.import.state)) {
    over = true; // whoever ran it died just after its end was written
    return ended();
  }
  if (why != ending::none) return at_rest();
  tell("import_state");
  ask_store(reset_running{id, {}, settings.after_death}, [this](const done&) { resolve_graph(); });
}

void legacy_run::resolve_graph() {
  for (auto& [record_type, row] : batches) {
    if (row.state != batch_state::running) continue;
    row.state = batch_state::pending;
    ++row.counters.interrupted;
    row.deaths += settings.after_death ? 1 : 0;
    progress->apply(row);
  }
  if (why != ending::none) return at_rest();
  auto resolved = resolve(*settings.types, progress->import().record_type);
  if (!resolved) return stop_for(ending::fail, resolved.error());
  graph = std::move(*resolved);
  if (rows.empty()) return change_state(import_state::planning, "", [this] { ask_server_time(); });
  change_state(import_state::running, "", [this] { next_step(); });
}

/// Proves the credentials, and tells the time that watermarks move to.
void legacy_run::ask_server_time() {
  query->ask(
      make_server_time_request(settings.account.base_url),
      [this](const http_response& response) -> outcome<void> {
        auto time = parse_server_time(response);
        server_time_known(time ? *time : response.server_date);
        return {};
      },
      [this](const call_result& failed) {
        auto code = failed.what.code;
        // Accounts before release 2025.2 have no such service. The Date header of any answer does as well.
        if (code == ec::rejected || code == ec::permission)
          return server_time_known(failed.response.server_date);
        stop_for(ending::fail, failed.what);
      });
}

void legacy_run::server_time_known(unix_ms server_time) {
  save_types all{id, {}};
  for (std::uint32_t wave = 0; wave < graph->waves().size(); ++wave)
    for (auto& record_type : graph->waves()[wave]) {
      type_row row;
      row.name = record_type;
      row.wave = wave;
      row.server_time = server_time;
      rows.emplace(record_type, row);
      progress->apply(row);
      all.types.push_back(std::move(row));
    }
  ask_store(std::move(all),
            [this](const done&) { change_state(import_state::running, "", [this] { next_step(); }); });
}

// -- one thing after the other
// ----------------------------------------------------------------------------------------

void legacy_run::next_step() {
  type = nullptr;
  batch = nullptr;
  if (why != ending::none) return at_rest();
  if (!to_index.empty()) return make_indexes(take_last(to_index));
  for (auto& due : steps->take_to_verify()) to_verify.push_back(due);
  if (!to_verify.empty()) return verify(take_last(to_verify));
  type = next_type();
  if (type != nullptr) {
    claiming = true;
    auto& import_row = progress->import();
    return send(self, tenant, claim_type{id, type->name, import_row.mode, import_row.options});
  }
  if (auto covered = steps->take_deletions(); !covered.empty()) return read_deletions(covered);
  // Without deletions to be read, more may be to be verified now.
  to_verify = steps->take_to_verify();
  if (!to_verify.empty()) return verify(take_last(to_verify));
  finish(progress->verdict(), "");
}

/// In the order of the graph: whatever a record type needs has ended before it.
type_row* legacy_run::next_type() {
  for (auto& wave : graph->waves())
    for (auto& record_type : wave)
      if (auto found = rows.find(record_type); found != rows.end() && !is_final(found->second.state))
        return &found->second;
  return nullptr;
}

void legacy_run::claimed(const claim_decided& decided) {
  if (over || type == nullptr || decided.record_type != type->name || !claiming) return;
  if (decided.decided == claim_decided::how::waiting) {
    type->taken_from = decided.other;
    return fold(*type);
  }
  claiming = false;
  if (why != ending::none) return at_rest();
  if (decided.decided == claim_decided::how::granted) {
    type->taken_from.clear();
    return begin_type();
  }
  type->state = decided.result.state;
  type->taken_from = decided.other;
  type->planned = true;
  type->changed_since = decided.result.changed_since;
  type->verified = decided.result.verified;
  type->finished_at = wall_now();
  // A batch of its own, of a run that was cut off, is not needed any more.
  ask_store(finish_type{id, *type}, [this](const type_finished&) { type_ended_as(*type); });
}

/// A record type whose table the database refuses fails, also one that was in already: the table may have
/// been replaced since.
void legacy_run::prepare(const std::string& record_type, std::function<void(const table_prepared&)> then) {
  ask_store(prepare_table{record_type}, std::function{std::move(then)},
            [this, record_type](const failure& reason) {
              if (!refuses_the_type(reason.code)) return store_failed(reason);
              if (why != ending::none) return at_rest();
              type = &rows.at(record_type);
              end_type(type_state::failed, reason.message);
            });
}

void legacy_run::make_indexes(const std::string& record_type) {
  prepare(record_type, [this, record_type](const table_prepared&) {
    if (why != ending::none) return at_rest();
    ask_store(make_index{record_type}, [this, record_type](const indexes_left& left) {
      if (left.count > 0) to_index.push_back(record_type);
      next_step();
    });
  });
}

void legacy_run::verify(const std::string& record_type) {
  type = &rows.at(record_type);
  prepare(record_type, [this](const table_prepared&) {
    if (why != ending::none) return at_rest();
    auto whole =
        std::make_shared<const projection>(project(*settings.types->find(type->name), dropped[type->name]));
    child_reported = false;
    child = self->spawn<caf::linked + caf::monitored>(
        verifier, verifier_job{id, std::move(whole), settings.retry.max_attempts},
        verifier_links{settings.account, settings.store, settings.budget,
                       finishing_parent{import_actor{self}}});
  });
}

void legacy_run::verified(const type_verified& found) {
  child_reported = true;
  if (over || type == nullptr) return;
  if (why != ending::none) return at_rest();
  if (stands_in_the_way(found.what.code)) return blocked(found.what);
  *type = with_result(*type, found);
  if (auto added = note_on(found, wall_now())) note(*added);
  ask_store(save_types{id, {*type}}, [this](const done&) {
    steps->verified(type->name);
    fold(*type);
    send(self, tenant, type_ended{id, *type});
    next_step();
  });
}

void legacy_run::read_deletions(const std::vector<std::string>& record_types) {
  deletion_job job;
  job.import_id = id;
  job.types = settings.types;
  job.record_types = record_types;
  job.since = progress->import().options.since;
  job.look_back = settings.look_back;
  job.up_to = rows.at(record_types.front()).server_time;
  job.max_attempts = settings.retry.max_attempts;
  child_reported = false;
  child = self->spawn<caf::linked + caf::monitored>(deletion_run, std::move(job), settings.account,
                                                    settings.store, finishing_parent{import_actor{self}});
}

void legacy_run::deletions_over(const deletions_done& found) {
  child_reported = true;
  if (over) return;
  if (why != ending::none) return at_rest();
  auto code = found.what.code;
  if (stands_in_the_way(code)) return blocked(found.what);
  if (code != ec::none) note(note_on_unread_deletions(found.what, wall_now()));
  save_types changed{id, {}};
  for (auto& [record_type, count] : found.deleted) {
    auto& row = rows.at(record_type);
    row.deleted += count;
    changed.types.push_back(row);
  }
  ask_store(changed, [this, changed, readable = code == ec::none](const done&) {
    for (auto& row : changed.types) fold(row);
    steps->deletions_over(readable);
    next_step();
  });
}

void legacy_run::child_down(const caf::down_msg& down) {
  if (!child || down.source != child.address()) return;
  child = nullptr;
  if (why != ending::none) return at_rest();
  if (child_reported || over) return;
  auto text = fmt::format("its actor died: {}", death_text(down.reason));
  log(log_level::error, "import", "finisher_died", "import {}: {}", id, text);
  if (type != nullptr) return verified(lost_verification(type->name, text));
  deletions_over({{ec::internal, text}, {}});
}

child_list legacy_run::list_children() const {
  child_list result;
  if (child)
    result.children.push_back({type == nullptr ? "deletions" : "verifier " + type->name,
                               caf::actor_cast<caf::strong_actor_ptr>(child)});
  return result;
}

// -- what others see
// -----------------------------------------------------------------------------------------------

caf::result<import_status> legacy_run::status() {
  if (is_loaded) return progress->status(wall_now());
  waiters.status.push_back(make_promise<import_status>(self));
  return waiters.status.back();
}

/// Each record type waits for the one at work, and that one for its request.
caf::result<blocker_list> legacy_run::blockers() {
  waiting_facts facts;
  facts.now = wall_now();
  facts.status = progress->status(facts.now);
  if (type != nullptr) {
    for (auto& [record_type, row] : rows)
      if (record_type != type->name) facts.depends_on[record_type] = {type->name};
    if (batch != nullptr && query->phase() == call_phase::waiting)
      facts.waits.push_back({type->name, batch->number, 1, batch_wait::reason::slot});
  }
  auto promise = make_promise<blocker_list>(self);
  request(self, settings.account.pool, caf::infinite, query_pool{})
      .then(
          [promise, facts](const pool_status& pool) mutable {
            facts.pool = pool;
            promise.deliver(blockers_of(facts));
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

import_actor::behavior_type legacy_import(import_actor::stateful_pointer<legacy_run> self, import_row row,
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
      [self](const note_added& added) { state_of(self).note(added.note); },
      [self](const query_blockers&) { return state_of(self).blockers(); },
      [self](const type_verified& found) { state_of(self).verified(found); },
      [self](const deletions_done& found) { state_of(self).deletions_over(found); },
      [self](const tick& due) { state_of(self).delay_over(due.generation); },
      // It has no waves.
      [](const batches_planned&) {},
      [](const batch_changed&) {},
      [](const type_changed&) {},
      [](const import_blocked&) {},
      [](const branch_stopped&) {},
      [](const solitude&) {},
  };
}

} // namespace tidemark
