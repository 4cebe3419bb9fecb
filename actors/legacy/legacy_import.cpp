#include "actors/legacy/legacy_import.hpp"

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/failure_reach.hpp"
#include "actors/import/blockers.hpp"
#include "actors/import/import_facts.hpp"
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

void legacy_run::take_batches(const std::vector<batch_row>& rows) {
  for (auto& row : rows) batches.insert_or_assign(row.record_type, row);
}

void legacy_run::ask_server_time() {
  queries().ask(
      make_server_time_request(settings.account.base_url),
      [this](const http_response& response) -> outcome<void> {
        auto time = server_time_of({response, {}}, wall_now());
        if (!time) return fail(ec::server, "the account does not tell its time");
        server_time_known(*time);
        return {};
      },
      [this](const call_result& failed) {
        if (auto time = server_time_in_spite_of(failed, wall_now())) return server_time_known(*time);
        stop_for(ending::fail, failed.what);
      });
}

void legacy_run::run_path() {
  for (auto& row : progress->rows()) {
    type_is_in(row);
    if (!is_in(row)) continue;
    // A death may have come between its end and its indexes.
    if (why_broken(row.name) == nullptr) to_index.push_back(row.name);
  }
  claim_types();
  go_on();
}

/// Made when the first question is asked, which is after the settings are known.
legacy_run::query_type& legacy_run::queries() {
  if (!query) query.emplace(self, settings.account, id, settings.retry.max_attempts);
  return *query;
}

// -- one thing after the other
// ----------------------------------------------------------------------------------------

void legacy_run::go_on() {
  type.reset();
  batch = nullptr;
  claiming = false;
  if (why != ending::none) return end_if_at_rest();
  if (!to_index.empty()) return make_indexes(take_last(to_index));
  for (auto& due : steps->take_to_verify()) to_verify.push_back(due);
  if (!to_verify.empty()) return verify(take_last(to_verify));
  type = next_type();
  if (type) {
    if (auto* changed = why_broken(type->name)) return end_type(type_state::failed, *changed);
    return take_turn();
  }
  if (auto types = steps->take_deletions(); !types.empty()) return read_deletions(types);
  // Without deletions to be read, more may be to be verified now.
  to_verify = steps->take_to_verify();
  if (!to_verify.empty()) return verify(take_last(to_verify));
  finish_as_it_went();
}

/// In the order of the graph: whatever a record type needs has ended before it. One that cannot be read any
/// more comes first, since its end is the import's.
std::optional<type_row> legacy_run::next_type() const {
  const type_row* first = nullptr;
  for (auto& wave : graph->waves())
    for (auto& record_type : wave) {
      auto* row = progress->find(record_type);
      if (row == nullptr || is_final(row->state)) continue;
      if (why_broken(record_type) != nullptr) return *row;
      if (first == nullptr) first = row;
    }
  return first == nullptr ? std::nullopt : std::optional{*first};
}

void legacy_run::claimed(const claim_decided& what) {
  auto* known = progress->find(what.record_type);
  if (over || known == nullptr || is_final(known->state)) return;
  decided.insert_or_assign(what.record_type, what);
  if (known->taken_from != what.other) {
    auto row = *known;
    row.taken_from = what.other;
    fold(row);
  }
  if (claiming && type && type->name == what.record_type) go_on();
}

/// The next record type is run here, or taken from the import that has run it.
void legacy_run::take_turn() {
  auto known = decided.find(type->name);
  if (known == decided.end() || known->second.decided == claim_decided::how::waiting) {
    claiming = true;
    return;
  }
  if (known->second.decided == claim_decided::how::granted) return begin_type();
  *type = taken_as(*type, known->second, wall_now());
  // A batch of its own, of a run that was cut off, is not needed any more.
  ask_store(finish_type{id, *type}, [this](const type_finished& written) {
    take_notes(written.notes);
    type_ended_as(*type);
  });
}

void legacy_run::make_indexes(const std::string& record_type) {
  prepare(
      record_type,
      [this, record_type](const table_prepared&) {
        if (why != ending::none) return end_if_at_rest();
        ask_store(make_index{record_type}, [this, record_type](const indexes_left& left) {
          if (left.count > 0) to_index.push_back(record_type);
          go_on();
        });
      },
      [this, record_type](const failure& unfit) {
        not_indexed(record_type, unfit);
        go_on();
      });
}

void legacy_run::verify(const std::string& record_type) {
  auto* row = progress->find(record_type);
  if (row == nullptr) return go_on();
  type = *row;
  if (auto* changed = why_broken(record_type)) return verified(lost_verification(record_type, *changed));
  if (auto held = why_not_compared(*type)) return verified(*held);
  prepare(
      record_type, [this](const table_prepared&) { start_verifier(); },
      [this](const failure& unfit) { verified(lost_verification(type->name, unfit.message)); });
}

void legacy_run::start_verifier() {
  if (why != ending::none) return end_if_at_rest();
  auto* known = settings.types->find(type->name);
  if (known == nullptr) return verified(lost_verification(type->name, "the criteria do not describe it"));
  child_reported = false;
  child = spawn_verifier(*known);
}

void legacy_run::verified(const type_verified& found) {
  child_reported = true;
  if (over || !type) return;
  if (why != ending::none) return end_if_at_rest();
  if (stands_in_the_way(found.what.code)) return blocked(found.what);
  if (compares_without(found)) return start_verifier();
  *type = with_result(*type, found);
  write_verification(*type, found, [this] {
    fold(*type);
    send(self, tenant, type_ended{id, *type});
    go_on();
  });
}

void legacy_run::read_deletions(const std::vector<std::string>& record_types) {
  child_reported = false;
  child = spawn_deletion_run(record_types);
}

void legacy_run::deletions_over(const deletions_done& found) {
  child_reported = true;
  if (over) return;
  if (why != ending::none) return end_if_at_rest();
  if (stands_in_the_way(found.what.code)) return blocked(found.what);
  write_deletions(found);
}

void legacy_run::child_down(const caf::down_msg& down) {
  if (!child || down.source != child.address()) return;
  child = nullptr;
  if (why != ending::none) return end_if_at_rest();
  if (child_reported || over) return;
  auto text = fmt::format("its actor died: {}", death_text(down.reason));
  log(log_level::error, "import", "finisher_died", "import {}: {}", id, text);
  if (type) return verified(lost_verification(type->name, text));
  deletions_over({{ec::internal, text}, {}, {}});
}

child_list legacy_run::list_children() const {
  child_list result;
  if (child)
    result.children.push_back(
        {type ? "verifier " + type->name : "deletions", caf::actor_cast<caf::strong_actor_ptr>(child)});
  return result;
}

// -- what others see
// -----------------------------------------------------------------------------------------------

/// Each record type waits for the one at work, and that one for its request.
caf::result<blocker_list> legacy_run::blockers() {
  waiting_facts facts;
  facts.now = wall_now();
  facts.status = progress->status(facts.now);
  if (type) {
    for (auto& record_type : planned_types(*progress))
      if (record_type != type->name) facts.depends_on[record_type] = {type->name};
    if (batch != nullptr && queries().phase() == call_phase::waiting)
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

// -- stopping
// ------------------------------------------------------------------------------------------------------

/// There is no grace: the record type at work begins anew in any case.
void legacy_run::stop_work(std::chrono::milliseconds) {
  if (child) send(self, child, stop_branch{});
}

bool legacy_run::come_to_rest() {
  return !child && asking_store == 0 && queries().stop([this] { end_if_at_rest(); });
}

void legacy_run::put_away(std::function<void()> then) {
  if (batch == nullptr) return then();
  batch->state = batch_state::pending;
  batch->stored = batch->rejected = batch->unchanged = batch->deleted = 0;
  ++batch->counters.interrupted;
  progress->apply(*batch);
  ask_store(end_pick_up{id, *batch, false, wall_now(), {}},
            [then = std::move(then)](const done&) { then(); });
}

import_actor::behavior_type legacy_import(import_actor::stateful_pointer<legacy_run> self, import_row row,
                                          import_settings settings, import_parent parent) {
  return import_behavior<legacy_run>(self, row, std::move(settings), std::move(parent));
}

} // namespace tidemark
