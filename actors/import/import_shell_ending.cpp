/// How an import stops before its end, by command or because it has to, and what it writes down about that.
#include "actors/clock.hpp"
#include "actors/import/import_shell.hpp"
#include "config/logging.hpp"
#include "messages/promise.hpp"

namespace tidemark {

caf::result<cancel_receipt> import_shell::cancel(const cancel_import& wanted) {
  auto promise = make_promise<cancel_receipt>(self);
  waiters.cancel.push_back(promise);
  if (waiters.cancel.size() > 1 || over) return promise;
  // `cancelling` is committed first: from then on the ledger takes nothing more of this import.
  ask_store(
      begin_cancel{id, wanted.requested_by, wall_now()},
      [this](const cancel_receipt&) {
        progress->apply(
            entering(progress->import(), import_state::cancelling, "", pause_cause::none, wall_now()));
        tell("import_state");
        stop_for(ending::cancel, {});
      },
      [this](const failure& refusal) {
        // It does nothing more until the cancel is in the ledger.
        if (stands_in_the_way(refusal.code)) return store_failed(refusal);
        waiters.answer(waiters.cancel, to_caf_error(refusal));
        end_if_at_rest();
      });
  return promise;
}

caf::result<done> import_shell::halt(const halt_import& wanted) {
  auto promise = make_promise<done>(self);
  waiters.halt.push_back(promise);
  if (why == ending::none) paused_by = wanted.cause;
  // Nothing is lost with an import whose first request was not let in.
  bool never_let_in =
      wanted.cause == pause_cause::credentials && loaded_from_ledger && progress->rows().empty();
  stop_for(wanted.cause == pause_cause::none ? ending::node_stops
           : never_let_in                    ? ending::fail
                                             : ending::pause,
           {ec::none, wanted.reason}, wanted.grace);
  return promise;
}

void import_shell::blocked(const failure& what) {
  auto cure = cured_by_waiting(what.code);
  if (why == ending::none) paused_by = cure;
  stop_for(cure == pause_cause::none ? ending::fail : ending::pause, what);
}

void import_shell::stop_for(ending reason, failure what, std::chrono::milliseconds grace) {
  // A cancel overrules whatever ending is under way; nothing overrules a cancel.
  if (over || (why != ending::none && reason != ending::cancel)) return;
  why = reason;
  why_ended = std::move(what);
  if (reason != ending::cancel)
    log(log_level::warning, "import", "stopping", "import {}: {}", id, why_ended.message);
  stop_work(grace);
  end_if_at_rest();
}

/// Called whenever a step has ended that may have been the last.
void import_shell::end_if_at_rest() {
  if (over || !loaded_from_ledger || why == ending::none || !come_to_rest()) return;
  over = true;
  if (why == ending::cancel) return finish_cancelled();
  put_away([this] {
    if (why == ending::node_stops) return ended();
    finish(why == ending::pause ? import_state::paused : import_state::failed, why_ended.message);
  });
}

void import_shell::finish_cancelled() {
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

void import_shell::finish(import_state state, const std::string& error) {
  over = true;
  change_state(state, error, [this, state] {
    if (state != import_state::paused) cancel_open_types(*progress);
    ended();
  });
}

void import_shell::ended() {
  tell("import_state");
  send(self, tenant, import_ended{progress->status(wall_now())});
  waiters.ended(id);
  self->quit();
}

// -- the ledger
// ----------------------------------------------------------------------------------------------------

void import_shell::change_state(import_state state, const std::string& error, std::function<void()> then) {
  auto row = entering(progress->import(), state, error, paused_by, wall_now());
  ask_store(to_save(row), [this, row, then = std::move(then)](const done&) {
    progress->apply(row);
    log(log_level::info, "import", "state", "import {} of {} is {}{}{}", id, row.record_type,
        to_string(row.state), row.error.empty() ? "" : ": ", row.error);
    tell("import_state");
    if (why != ending::none && !over) return end_if_at_rest();
    then();
  });
}

void import_shell::store_failed(const failure& what) {
  // A cancel that was committed while this request waited makes it stale. It overrules what was under way.
  if (what.code == ec::stale && !waiters.cancel.empty()) {
    over = false;
    if (why == ending::cancel) return end_if_at_rest();
    return stop_for(ending::cancel, {});
  }
  log(what.code == ec::store_unavailable ? log_level::warning : log_level::error, "import", "store_failed",
      "import {}: {}", id, render(what));
  fail_waiting(to_caf_error(what));
  // Without its ledger an import can do nothing. The tenant tries again from what the ledger holds.
  self->quit(to_caf_error(what));
}

} // namespace tidemark
