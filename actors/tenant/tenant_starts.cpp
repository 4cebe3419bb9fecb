/// How a tenant begins imports: one for everybody who starts the same, one after the other where modes
/// differ.
#include <algorithm>

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/tenant/tenant.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

/// Options that mean nothing in their mode are refused rather than passed over.
outcome<void> check_options(const start_import& wanted) {
  bool incremental = wanted.mode == import_mode::incremental;
  if (!incremental && wanted.options.since != 0)
    return fail(ec::bad_request, "a time to begin with needs an incremental import", "since");
  if (!incremental && wanted.options.reconcile)
    return fail(ec::bad_request,
                "only an incremental import needs to reconcile: a full one finds all that is gone",
                "reconcile");
  if (wanted.options.since < 0 || wanted.options.since > wall_now())
    return fail(ec::bad_request, "the time to begin with must have passed", "since");
  return {};
}

} // namespace

caf::result<import_status> tenant_state::start_import(const struct start_import& wanted) {
  if (stopping) return to_caf_error({ec::stopping, "the node is stopping and takes no new imports"});
  if (suspended.active()) return to_caf_error(refusal());
  if (auto graph = resolve(*settings.types, wanted.record_type); !graph) return to_caf_error(graph.error());
  if (auto sound = check_options(wanted); !sound) return to_caf_error(sound.error());
  auto promise = make_promise<import_status>(self);
  auto [waiting, first] = starting.try_emplace(wanted.record_type);
  waiting->second.push_back(promise);
  if (!first) return promise; // somebody starts the same at this moment: one import for both
  for (auto& [id, import] : live) {
    if (import.row.record_type != wanted.record_type) continue;
    if (import.row.mode != wanted.mode) {
      begin_after(wanted, import.row);
      return promise;
    }
    request(self, import.actor, caf::infinite, query_status{})
        .then([this, type = wanted.record_type](const import_status& status) { answer_start(type, status); },
              // It ended in this very moment, or waits for the database.
              [this, wanted, import_id = id](const caf::error&) {
                if (to_restart.contains(import_id))
                  fail_start(wanted.record_type, live.at(import_id).waits_for);
                else
                  begin_new(wanted);
              });
    return promise;
  }
  begin_new(wanted);
  return promise;
}

void tenant_state::begin_new(const struct start_import& wanted) {
  read_limit();
  request(self, store, caf::infinite, load_imports{0, true})
      .then(
          [this, wanted](const import_rows& unfinished) {
            if (stopping)
              return fail_start(wanted.record_type,
                                {ec::stopping, "the node is stopping and takes no new imports"});
            auto paused = std::ranges::find_if(unfinished.rows, [&](auto& row) {
              return row.record_type == wanted.record_type && row.state == import_state::paused;
            });
            if (paused != unfinished.rows.end() && paused->mode != wanted.mode)
              return begin_after(wanted, *paused);
            if (paused != unfinished.rows.end()) {
              go_on_from(*paused);
              return answer_start(wanted.record_type, import_progress{*paused}.status(wall_now()));
            }
            create(wanted, false);
          },
          [this, wanted](const caf::error& error) { fail_start(wanted.record_type, to_failure(error)); });
}

/// Another import of the main type is under way in another mode.
void tenant_state::begin_after(const struct start_import& wanted, const import_row& other) {
  if (wanted.queue) return create(wanted, true);
  fail_start(
      wanted.record_type,
      {ec::conflict,
       fmt::format("import {} of {} is under way in mode {}: wait for its end, cancel it, or start this "
                   "one with --queue",
                   other.id, other.record_type, to_string(other.mode)),
       other.id});
}

/// The oldest import that waits behind others of this main type, once none of them is unfinished.
void tenant_state::spawn_next(const std::string& record_type) {
  auto next = std::ranges::find_if(behind, [&](auto& x) { return x.second.record_type == record_type; });
  if (next == behind.end() || stopping || suspended.active()) return;
  request(self, store, caf::infinite, load_imports{0, true})
      .then(
          [this, id = next->first](const import_rows& unfinished) {
            auto waiting = behind.find(id);
            if (waiting == behind.end() || stopping || suspended.active()) return;
            bool others = std::ranges::any_of(unfinished.rows, [&](auto& row) {
              return row.record_type == waiting->second.record_type && row.id < id;
            });
            bool there = std::ranges::find(unfinished.rows, id, &import_row::id) != unfinished.rows.end();
            if (others) return;
            auto row = behind.extract(waiting).mapped();
            if (there && !live.contains(id)) spawn_import(row);
          },
          [](const caf::error&) {}); // tried again at the next end of an import, or at the next start
}

void tenant_state::answer_start(const std::string& record_type, const import_status& status) {
  if (auto waiting = starting.extract(record_type))
    for (auto& promise : waiting.mapped()) promise.deliver(status);
}

void tenant_state::fail_start(const std::string& record_type, const failure& what) {
  if (auto waiting = starting.extract(record_type))
    for (auto& promise : waiting.mapped()) promise.deliver(to_caf_error(what));
}

} // namespace tidemark
