/// What a tenant does about imports whose actors died or whose database is away, and what it tells the
/// monitor.
#include "actors/clock.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

#include <fmt/format.h>

namespace tidemark {

// -- imports whose actors are gone
// -------------------------------------------------------------------------------------

void tenant_state::import_died(live_import& import, const caf::error& reason) {
  auto id = import.row.id;
  auto what = to_failure(reason);
  release_claims(id);
  log(log_level::error, "tenant", "import_died", "import {} died: {}", id, render(what));
  if (stopping || suspended.active()) {
    live.erase(id); // the next start, or the end of the suspension, goes on where its ledger stands
    return;
  }
  if (what.code == ec::store_unavailable) {
    // Nothing is lost: the import goes on where its ledger stands as soon as that can be read again.
    import.waits_for = what;
    to_restart.insert(id);
    tell_journal(import.row);
    return retry_later();
  }
  if (is_commanded(id)) return void(live.erase(id)); // the command goes on with its ledger
  if (what.code != ec::store_defect && import.restarts.allow(steady_now(self)))
    return spawn_import(import.row);
  auto row = std::move(import.row);
  live.erase(id);
  give_up(std::move(row), what.code == ec::store_defect
                              ? what.message
                              : fmt::format("the import's actor could not be kept alive: {}", what.message));
}

void tenant_state::give_up(import_row row, const std::string& why) {
  row.state = import_state::failed;
  row.error = why;
  row.finished_at = wall_now();
  request(self, store, caf::infinite, save_import_state{row.id, row.state, why, 0, row.finished_at})
      .then([this, row](const done&) { tell_journal(row); },
            [this, row](const caf::error& error) mutable {
              log(log_level::error, "tenant", "import_lost", "import {} could not be marked as failed: {}",
                  row.id, render(to_failure(error)));
              // It is unfinished in the ledger, and goes on with the next start if that can be read then.
              row.state = import_state::paused;
              row.paused_by = pause_cause::database;
              row.finished_at = 0;
              publish(import_progress{row}.status(wall_now()));
            });
}

/// Whoever follows an import whose actor is gone hears of its state from here: as the ledger has it, or as it
/// was last known where that cannot be read.
void tenant_state::tell_journal(const import_row& last_known) {
  request(self, store, caf::infinite, load_import{last_known.id})
      .then([this](const ledger_snapshot& snapshot) { publish(seen(status_of(snapshot))); },
            [this, last_known](const caf::error&) {
              publish(seen(import_progress{last_known}.status(wall_now())));
            });
}

void tenant_state::publish(import_status status) {
  import_event event;
  event.at = wall_now();
  event.kind = "import_state";
  event.import = std::move(status);
  send(self, settings.journal, std::move(event));
}

// -- for the monitor
// -----------------------------------------------------------------------------------------------

caf::result<tenant_health> tenant_state::health() {
  auto promise = make_promise<tenant_health>(self);
  request(self, store, caf::infinite, query_store{})
      .then(
          [this, promise, asked = steady_now(self)](const store_health& found) mutable {
            // A tenant that is only just beginning has not met any trouble yet.
            bool waited_for = (!resumed && next_retry.count() > 0) || !to_restart.empty();
            auto delay = steady_now(self) - asked;
            promise.deliver(tenant_health{
                found, waited_for, std::chrono::duration_cast<std::chrono::milliseconds>(delay), suspended});
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

caf::result<error_report> tenant_state::errors(const query_errors& wanted) {
  auto promise = make_promise<error_report>(self);
  ask_reader(wanted, promise, [this, promise](error_report& report) {
    report.tenant = settings.config.id;
    for (auto& entry : report.last) entry.tenant = report.tenant;
    promise.deliver(std::move(report));
  });
  return promise;
}

} // namespace tidemark
