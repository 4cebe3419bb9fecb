/// How a legacy import stops before its end, and what it tells the ledger and the journal.
#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/failure_reach.hpp"
#include "actors/import/import_facts.hpp"
#include "actors/legacy/legacy_import.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

// -- ending
// --------------------------------------------------------------------------------------------------------

caf::result<cancel_receipt> legacy_run::cancel(const cancel_import& order) {
  auto promise = make_promise<cancel_receipt>(self);
  waiters.cancel.push_back(promise);
  if (waiters.cancel.size() > 1 || over) return promise;
  // `cancelling` is committed first: from then on the ledger takes nothing more of this import.
  request(self, settings.store, caf::infinite, begin_cancel{id, order.requested_by, wall_now()})
      .then(
          [this](const cancel_receipt&) {
            progress->apply(
                entering(progress->import(), import_state::cancelling, "", pause_cause::none, wall_now()));
            tell("import_state");
            stop_for(ending::cancel, {});
          },
          [this](const caf::error& error) { waiters.answer(waiters.cancel, error); });
  return promise;
}

/// There is no grace: the record type at work begins anew in any case.
caf::result<done> legacy_run::halt(const halt_import& order) {
  auto promise = make_promise<done>(self);
  waiters.halt.push_back(promise);
  if (why == ending::none) paused_by = order.cause;
  // Nothing is lost with an import whose first request was not let in.
  bool never_let_in = order.cause == pause_cause::credentials && is_loaded && progress->rows().empty();
  stop_for(order.cause == pause_cause::none ? ending::node_stops
           : never_let_in                   ? ending::fail
                                            : ending::pause,
           {ec::none, order.reason});
  return promise;
}

/// Credentials that stop working and a database that cannot be written may come back.
void legacy_run::blocked(const failure& what_blocks) {
  auto cure = cured_by_waiting(what_blocks.code);
  if (why == ending::none) paused_by = cure;
  stop_for(cure == pause_cause::none ? ending::fail : ending::pause, what_blocks);
}

void legacy_run::stop_for(ending reason, failure what_happened) {
  // A cancel overrules whatever ending is under way; nothing overrules a cancel.
  if (over || (why != ending::none && reason != ending::cancel)) return;
  why = reason;
  why_ended = std::move(what_happened);
  if (reason != ending::cancel)
    log(log_level::warning, "import", "stopping", "import {}: {}", id, why_ended.message);
  if (child) send(self, child, stop_branch{});
  at_rest();
}

/// Called whenever a step has ended after `why` was set. Nothing may be open any more; otherwise the end of
/// that calls again.
void legacy_run::at_rest() {
  if (over || child || !is_loaded || asking_store > 0) return;
  if (!query->stop([this] { at_rest(); })) return;
  over = true;
  if (why == ending::cancel) return finish_cancelled();
  interrupt_batch([this] { end(); });
}

void legacy_run::interrupt_batch(std::function<void()> then) {
  if (batch == nullptr) return then();
  batch->state = batch_state::pending;
  batch->stored = batch->rejected = batch->unchanged = batch->deleted = 0;
  ++batch->counters.interrupted;
  progress->apply(*batch);
  ask_store(end_pick_up{id, *batch, false, wall_now(), {}},
            [then = std::move(then)](const done&) { then(); });
}

void legacy_run::end() {
  switch (why) {
  case ending::pause: return finish(import_state::paused, why_ended.message);
  case ending::fail: return finish(import_state::failed, why_ended.message);
  default: return ended();
  }
}

void legacy_run::finish_cancelled() {
  ask_store(finish_cancel{id, wall_now()}, [this](const cancel_receipt& receipt) {
    progress->apply(
        entering(progress->import(), import_state::cancelled, "", pause_cause::none, receipt.finished_at));
    cancel_open_types(*progress);
    log(log_level::info, "import", "cancelled", "import {} cancelled by {}", id, receipt.requested_by);
    waiters.answer(waiters.cancel, receipt);
    ended();
  });
}

void legacy_run::finish(import_state state, const std::string& error) {
  over = true;
  change_state(state, error, [this, state] {
    if (state != import_state::paused) cancel_open_types(*progress);
    ended();
  });
}

void legacy_run::ended() {
  tell("import_state");
  send(self, tenant, import_ended{progress->status(wall_now())});
  waiters.ended(id);
  self->quit();
}

// -- the ledger and the journal
// ------------------------------------------------------------------------------------

void legacy_run::change_state(import_state state, const std::string& error, std::function<void()> then) {
  auto row = entering(progress->import(), state, error, paused_by, wall_now());
  ask_store(to_save(row), [this, row, then = std::move(then)](const done&) {
    progress->apply(row);
    log(log_level::info, "import", "state", "import {} of {} is {}{}{}", id, row.record_type,
        to_string(row.state), row.error.empty() ? "" : ": ", row.error);
    tell("import_state");
    if (why != ending::none && !over) return at_rest();
    then();
  });
}

void legacy_run::store_failed(const failure& reason) {
  // A cancel that was committed while this request waited makes it stale. It overrules what was under way.
  if (reason.code == ec::stale && !waiters.cancel.empty()) {
    over = false;
    if (why == ending::cancel) return at_rest();
    return stop_for(ending::cancel, {});
  }
  log(log_level::error, "import", "store_failed", "import {}: {}", id, render(reason));
  waiters.fail(to_caf_error(reason));
  // Without its ledger an import can do nothing. The tenant tries again from what the ledger holds.
  self->quit(to_caf_error(reason));
}

void legacy_run::note_on_type(std::string code, std::string subject, std::string text) {
  note({type->name, std::move(code), std::move(subject), std::move(text), wall_now()});
}

void legacy_run::note(const import_note& added) {
  if (!noted.insert(fmt::format("{}/{}/{}", added.code, added.record_type, added.subject)).second) return;
  progress->apply(added);
  ask_store(add_note{id, added}, [this](const done&) {
    if (why != ending::none) at_rest();
  });
  log(log_level::warning, "import", "note", "import {}: {}", id, added.text);
  tell("note", added.record_type, &added);
}

void legacy_run::fold(const type_row& row) {
  progress->apply(row);
  tell("type_state", row.name);
}

void legacy_run::tell(std::string kind, const std::string& record_type, const import_note* added) {
  send(self, settings.journal, event_of(*progress, std::move(kind), record_type, added, wall_now()));
}

} // namespace tidemark
