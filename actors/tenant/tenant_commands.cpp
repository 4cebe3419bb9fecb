/// Looking at imports, pausing, resuming and cancelling them, whether an actor runs them or the ledger alone
/// knows them.
#include <algorithm>

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

caf::result<import_status> tenant_state::query(const query_import& wanted) {
  auto promise = make_promise<import_status>(self);
  auto found = live.find(wanted.id);
  if (found == live.end()) {
    query_ledger(wanted.id, promise);
    return promise;
  }
  request(self, found->second.actor, caf::infinite, query_status{})
      .then([promise](const import_status& status) mutable { promise.deliver(status); },
            // It ended or died in this very moment.
            [this, id = wanted.id, promise](const caf::error&) { query_ledger(id, promise); });
  return promise;
}

void tenant_state::query_ledger(const std::string& import_id, status_promise promise) {
  ask_reader(query_import{import_id}, promise, [this, promise](const ledger_snapshot& snapshot) {
    promise.deliver(seen(status_of(snapshot)));
  });
}

/// An import that waits for its database cannot write down that it is paused; it is all the same.
import_status tenant_state::seen(import_status status) const {
  auto found = live.find(status.id);
  if (found == live.end() || found->second.waits_for.code == ec::none) return status;
  status.state = import_state::paused;
  status.paused_by = pause_cause::database;
  status.error = found->second.waits_for.message;
  return status;
}

caf::result<import_status> tenant_state::pause(const pause_import& wanted) {
  auto promise = make_promise<import_status>(self);
  auto found = live.find(wanted.id);
  paused_by_outage.erase(wanted.id);
  if (found == live.end() || to_restart.contains(wanted.id)) {
    pause_in_ledger(wanted, promise);
    return promise;
  }
  halt_import order{fmt::format("paused by {}", wanted.requested_by), pause_cause::command,
                    settings.stop_grace};
  // Whether it paused, ended or died in this moment: the ledger knows.
  auto mark = mark_command(wanted.id);
  request(self, found->second.actor, caf::infinite, std::move(order))
      .then([this, wanted, promise](const done&) { pause_in_ledger(wanted, promise); },
            [this, wanted, promise, mark](const caf::error&) { pause_in_ledger(wanted, promise, mark); });
  return promise;
}

tenant_state::command_mark tenant_state::mark_command(const std::string& import_id) {
  std::erase_if(commands, [](auto& known) { return known.expired(); });
  auto mark = std::make_shared<const std::string>(import_id);
  commands.push_back(mark);
  return mark;
}

bool tenant_state::is_commanded(const std::string& import_id) const {
  return std::ranges::any_of(commands, [&](auto& known) {
    auto mark = known.lock();
    return mark && *mark == import_id;
  });
}

/// Of an import that no actor runs; also one that something else paused rests from now on.
void tenant_state::pause_in_ledger(const pause_import& wanted, status_promise promise, command_mark mark) {
  auto fail_with = [this, promise, mark](const caf::error& error) mutable {
    promise.deliver(error);
    if (mark) take_up_unfinished();
  };
  request(self, store, caf::infinite, load_import{wanted.id})
      .then(
          [this, wanted, promise, fail_with, mark](const ledger_snapshot& snapshot) mutable -> void {
            auto row = snapshot.import;
            if (is_final(row.state) || row.state == import_state::cancelling)
              return void(promise.deliver(to_caf_error(
                  {ec::conflict,
                   fmt::format("import {} is {}: it cannot be paused", row.id, to_string(row.state)),
                   row.id})));
            if (row.state == import_state::paused && row.paused_by == pause_cause::command)
              return void(promise.deliver(status_of(snapshot)));
            row.state = import_state::paused;
            row.error = fmt::format("paused by {}", wanted.requested_by);
            row.paused_by = pause_cause::command;
            save_import_state paused{row.id, row.state, row.error};
            paused.paused_by = row.paused_by;
            request(self, store, caf::infinite, std::move(paused))
                .then(
                    [this, row, promise, mark](const done&) {
                      if (to_restart.erase(row.id) > 0) live.erase(row.id);
                      tell_journal(row);
                      query_ledger(row.id, promise);
                    },
                    fail_with);
          },
          fail_with);
}

caf::result<import_status> tenant_state::resume(const resume_import& wanted) {
  if (stopping) return to_caf_error({ec::stopping, "the node is stopping and resumes nothing"});
  if (suspended.active()) return to_caf_error(refusal());
  if (live.contains(wanted.id) && !to_restart.contains(wanted.id)) return query({wanted.id}); // runs already
  auto promise = make_promise<import_status>(self);
  request(self, store, caf::infinite, load_import{wanted.id})
      .then(
          [this, wanted, promise](const ledger_snapshot& snapshot) mutable -> void {
            auto& row = snapshot.import;
            if (row.state != import_state::paused)
              return void(promise.deliver(
                  to_caf_error({ec::conflict,
                                fmt::format("import {} is {}: only a paused one can be resumed", row.id,
                                            to_string(row.state)),
                                row.id})));
            log(log_level::info, "tenant", "import_resumed", "import {} goes on, resumed by {}", row.id,
                wanted.requested_by);
            go_on_from(row);
            promise.deliver(import_progress{row}.status(wall_now()));
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

void tenant_state::go_on_from(const import_row& paused) {
  paused_by_outage.erase(paused.id);
  if (to_restart.erase(paused.id) > 0) live.erase(paused.id); // at once instead of later
  if (!live.contains(paused.id)) spawn_import(paused);
}

caf::result<cancel_receipt> tenant_state::cancel(const cancel_import& wanted) {
  auto promise = make_promise<cancel_receipt>(self);
  paused_by_outage.erase(wanted.id);
  auto found = live.find(wanted.id);
  if (found == live.end()) {
    cancel_in_ledger(wanted, promise);
    return promise;
  }
  request(self, found->second.actor, caf::infinite, wanted)
      .then([promise](const cancel_receipt& receipt) mutable { promise.deliver(receipt); },
            // It ended, paused or died in this very moment: the ledger knows how things stand.
            [this, wanted, promise, mark = mark_command(wanted.id)](const caf::error&) {
              cancel_in_ledger(wanted, promise, mark);
            });
  return promise;
}

void tenant_state::cancel_in_ledger(const cancel_import& wanted, answer_promise<cancel_receipt> promise,
                                    command_mark mark) {
  auto fail_with = [this, promise, mark](const caf::error& error) mutable {
    promise.deliver(error);
    if (mark) take_up_unfinished();
  };
  request(self, store, caf::infinite, begin_cancel{wanted.id, wanted.requested_by, wall_now()})
      .then(
          [this, wanted, promise, fail_with, mark](const cancel_receipt&) {
            request(self, store, caf::infinite, finish_cancel{wanted.id, wall_now()})
                .then(
                    [this, promise, mark](const cancel_receipt& receipt) mutable {
                      import_row cancelled;
                      cancelled.id = receipt.import_id;
                      cancelled.tenant = settings.config.id;
                      cancelled.state = import_state::cancelled;
                      tell_journal(cancelled);
                      promise.deliver(receipt);
                      behind.erase(receipt.import_id);
                      for (auto& type : waiting_types()) spawn_next(type);
                    },
                    fail_with);
          },
          fail_with);
}

caf::result<import_list> tenant_state::list(const list_imports& wanted) {
  auto promise = make_promise<import_list>(self);
  ask_reader(wanted, promise, [this, promise](import_summaries& found) {
    auto result = std::make_shared<import_list>();
    result->next = std::move(found.next);
    // Goes with the last answer of a running import.
    auto deliver =
        std::shared_ptr<void>{nullptr, [promise, result](void*) { promise.deliver(std::move(*result)); }};
    for (auto& summary : found.imports) {
      auto at = result->imports.size();
      result->imports.push_back(seen(head_of(summary)));
      auto running = live.find(summary.import.id);
      if (running == live.end()) continue;
      request(self, running->second.actor, caf::infinite, query_status{})
          .then(
              [result, deliver, at](import_status& status) {
                status.types.clear();
                status.notes.clear();
                result->imports[at] = std::move(status);
              },
              // It ended or died in this very moment: the ledger's word stands.
              [deliver](const caf::error&) {});
    }
  });
  return promise;
}

} // namespace tidemark
