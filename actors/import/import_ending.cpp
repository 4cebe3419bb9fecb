/// How an import stops before its end, by command or because it has to, and what it writes down about that.
#include <algorithm>

#include "actors/clock.hpp"
#include "actors/import/import.hpp"
#include "actors/import/import_facts.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

// -- ending
// --------------------------------------------------------------------------------------------------------

caf::result<cancel_receipt> import_run::cancel(const cancel_import& wanted) {
  auto promise = make_promise<cancel_receipt>(self);
  waiters.cancel.push_back(promise);
  if (waiters.cancel.size() > 1 || over) return promise;
  // `cancelling` is committed first: from then on the ledger takes nothing more of this import.
  request(self, settings.store, caf::infinite, begin_cancel{id, wanted.requested_by, wall_now()})
      .then(
          [this](const cancel_receipt&) {
            progress->apply(
                entering(progress->import(), import_state::cancelling, "", pause_cause::none, wall_now()));
            tell("import_state");
            stop_branch_for(ending::cancel, {});
          },
          [this](const caf::error& error) { waiters.answer(waiters.cancel, error); });
  return promise;
}

caf::result<done> import_run::halt(const halt_import& wanted) {
  auto promise = make_promise<done>(self);
  waiters.halt.push_back(promise);
  bool drain = wanted.grace.count() > 0;
  if (drain && why == ending::none) delayed_send_self(self, wanted.grace, tick{});
  if (why == ending::none) paused_by = wanted.cause;
  // Nothing is lost with an import whose first request was not let in.
  bool never_let_in =
      wanted.cause == pause_cause::credentials && loaded_from_ledger && progress->rows().empty();
  stop_branch_for(wanted.cause == pause_cause::none ? ending::node_stops
                  : never_let_in                    ? ending::fail
                                                    : ending::pause,
                  {ec::none, wanted.reason}, drain);
  return promise;
}

void import_run::grace_over() {
  if (!over && why != ending::none) stop_children(false);
}

void import_run::stop_branch_for(ending reason, failure what, bool drain) {
  if (over) return;
  // A cancel overrules whatever ending is under way; nothing overrules a cancel.
  if (why != ending::none) {
    if (reason != ending::cancel) return;
    why = reason;
    stop_children(false);
    if (is_childless()) branch_is_down();
    return;
  }
  why = reason;
  why_ended = std::move(what);
  if (reason != ending::cancel)
    log(log_level::warning, "import", "stopping", "import {}: {}", id, why_ended.message);
  if (call->phase() == call_phase::transferring) call->cancel(self);
  stop_children(drain);
  if (is_childless()) branch_is_down();
}

void import_run::stop_children(bool drain) {
  for (auto& [index, actor] : waves) send(self, actor, stop_branch{drain});
  for (auto& [address, running] : finishers) send(self, running.actor, stop_branch{drain});
}

void import_run::stopped(const branch_stopped& branch) {
  waves.erase(branch.wave);
  if (is_childless()) branch_is_down();
}

void import_run::branch_is_down() {
  if (over || !loaded_from_ledger || why == ending::none || call->phase() == call_phase::transferring) return;
  switch (why) {
  case ending::cancel: return finish_cancelled();
  case ending::pause: return finish(import_state::paused, why_ended.message);
  case ending::node_stops: over = true; return ended();
  case ending::fail: return finish(import_state::failed, why_ended.message);
  case ending::none: return;
  }
}

void import_run::finish_cancelled() {
  over = true;
  ask_store(finish_cancel{id, wall_now()}, [this](const cancel_receipt& receipt) {
    cancel_open_types(*progress);
    progress->apply(
        entering(progress->import(), import_state::cancelled, "", pause_cause::none, receipt.finished_at));
    log(log_level::info, "import", "cancelled",
        "import {} cancelled by {}: {} batches done, {} interrupted, {} never started", id,
        receipt.requested_by, receipt.batches_completed, receipt.batches_interrupted,
        receipt.batches_never_started);
    waiters.answer(waiters.cancel, receipt);
    ended();
  });
}

void import_run::finish(import_state state, const std::string& error) {
  if (over) return;
  over = true;
  change_state(state, error, [this, state] {
    if (state != import_state::paused) cancel_open_types(*progress);
    ended();
  });
}

void import_run::ended() {
  tell("import_state");
  send(self, tenant, import_ended{progress->status(wall_now())});
  waiters.ended(id);
  self->quit();
}

// -- the ledger and the journal
// --------------------------------------------------------------------------------------

void import_run::change_state(import_state state, const std::string& error, std::function<void()> then) {
  auto row = entering(progress->import(), state, error, paused_by, wall_now());
  ask_store(to_save(row), [this, row, then](const done&) {
    progress->apply(row);
    log(log_level::info, "import", "state", "import {} of {} is {}{}{}", id, row.record_type,
        to_string(row.state), row.error.empty() ? "" : ": ", row.error);
    tell("import_state");
    then();
  });
}

void import_run::store_failed(const failure& what) {
  // A cancel that was committed while this request waited makes it stale. It overrules what was under way.
  if (what.code == ec::stale && !waiters.cancel.empty()) {
    over = false;
    return stop_branch_for(ending::cancel, {});
  }
  log(log_level::error, "import", "store_failed", "import {}: {}", id, render(what));
  waiters.fail(to_caf_error(what));
  // Without its ledger an import can do nothing. The tenant tries again from what the ledger holds.
  self->quit(to_caf_error(what));
}

} // namespace tidemark
