/// The tenant's choice between the two paths of an import, and what compares them.
#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/legacy/legacy_import.hpp"
#include "actors/tenant/parity_run.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/import_id.hpp"
#include "messages/promise.hpp"
#include "store/store_comparison.hpp"

namespace tidemark {

namespace {

/// The path of a new import, as `import_row::system` names it.
const char* system_for(const flag_decision& decision) { return decision.enabled ? "chunked" : "legacy"; }

} // namespace

void tenant_state::spawn_import(const import_row& row) {
  auto run = [&](auto path) {
    return self->spawn<caf::linked + caf::monitored>(path, row, settings_of(row),
                                                     import_parent{tenant_actor{self}});
  };
  auto actor = row.system == "legacy" ? run(legacy_import) : run(import);
  auto [entry, added] = live.try_emplace(row.id, live_import{row, actor, restart_intensity{}, {}});
  entry->second.actor = actor;
  if (limit_note) send(self, actor, note_added{*limit_note});
}

/// An import keeps the path that it has begun on; only a new one is decided about.
void tenant_state::create(const struct start_import& wanted, bool waits) {
  // A comparison with the account is the same for either path.
  if (wanted.mode == import_mode::verify) {
    flag_decision chunked;
    chunked.enabled = true;
    return create_on_path(wanted, waits, chunked);
  }
  request(self, settings.flags, caf::infinite, explain_flag{chunked_import_flag, settings.config.id})
      .then([this, wanted, waits](const flag_decision& decision) { create_on_path(wanted, waits, decision); },
            [this, wanted](const caf::error& error) { fail_start(wanted.record_type, to_failure(error)); });
}

void tenant_state::create_on_path(const struct start_import& wanted, bool waits,
                                  const flag_decision& decision) {
  import_row row;
  row.tenant = settings.config.id;
  row.record_type = wanted.record_type;
  row.mode = wanted.mode;
  row.options = wanted.options;
  row.system = system_for(decision);
  row.requested_at = wall_now();
  row.requested_by = wanted.requested_by;
  row.how_urgent = wanted.how_urgent;
  row.id = new_import_id(row.tenant, row.requested_at);
  request(self, store, caf::infinite, create_import{row})
      .then(
          [this, row, waits, why = decision.reason](const done&) {
            log(log_level::info, "tenant", "import_requested",
                "{} import {} of {} for tenant {} by {}, {}{}{}", to_string(row.mode), row.id,
                row.record_type, row.tenant, row.requested_by, row.system, why.empty() ? "" : ": ", why);
            if (waits)
              behind.emplace(row.id, row);
            else if (!stopping && !suspended.active())
              spawn_import(row); // otherwise the next start, or the end of the suspension, begins with it
            answer_start(row.record_type, import_progress{row}.status(wall_now()));
            // What it waits for may have ended meanwhile.
            if (waits) spawn_next(row.record_type);
          },
          [this, row](const caf::error& error) { fail_start(row.record_type, to_failure(error)); });
}

caf::result<plan_report> tenant_state::plan(const plan_import& wanted) {
  if (suspended.active()) return to_caf_error(refusal());
  auto promise = make_promise<plan_report>(self);
  auto fail_with = [promise](const caf::error& error) mutable { promise.deliver(error); };
  request(self, settings.flags, caf::infinite, explain_flag{chunked_import_flag, settings.config.id})
      .then(
          [this, wanted, promise, fail_with](const flag_decision& decision) {
            auto run = self->spawn<caf::linked>(
                plan_run, plan_run_settings{settings.types, account, store, settings.config.planning,
                                            settings.retry.max_attempts, settings.config.look_back,
                                            system_for(decision)});
            request(self, run, caf::infinite, wanted)
                .then([promise](const plan_report& report) mutable { promise.deliver(report); }, fail_with);
          },
          fail_with);
  return promise;
}

// -- both paths
// ------------------------------------------------------------------------------------------------------

std::string tenant_state::database_url() const { return "sqlite:" + settings.config.database.location; }

/// What a comparison left behind that was cut off.
void tenant_state::remove_comparison() const {
  for (auto& url : parity_databases(database_url()))
    if (auto removed = remove_store(url); !removed)
      log(log_level::warning, "tenant", "parity_left_behind", "{}", render(removed.error()));
}

caf::result<parity_report> tenant_state::compare_paths(const check_parity& wanted) {
  if (stopping) return to_caf_error({ec::stopping, "the node is stopping and compares nothing"});
  if (suspended.active()) return to_caf_error(refusal());
  if (auto graph = resolve(*settings.types, wanted.record_type); !graph) return to_caf_error(graph.error());
  if (comparing)
    return to_caf_error({ec::conflict,
                         "the paths of this tenant are being compared already: wait for the end of that",
                         settings.config.id});
  parity_settings with{settings_of({}), settings.node, database_url(), settings.store_thread};
  auto parent = self->address();
  comparing = settings.store_thread
                  ? self->spawn<caf::detached + caf::linked>(parity, std::move(with), parent)
                  : self->spawn<caf::linked>(parity, std::move(with), parent);
  auto promise = make_promise<parity_report>(self);
  request(self, comparing, caf::infinite, wanted)
      .then(
          [this, promise](const parity_report& report) mutable {
            comparing = nullptr;
            promise.deliver(report);
          },
          [this, promise](const caf::error& error) mutable {
            comparing = nullptr;
            promise.deliver(error);
          });
  return promise;
}

} // namespace tidemark
