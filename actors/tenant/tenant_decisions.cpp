/// How a tenant carries out what its roster decides, and tells it what came of that.
#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/legacy/legacy_import.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/inside/monitor.hpp"

namespace tidemark {

void tenant_state::carry_out(decisions all) {
  for (auto& each : all) std::visit([this](auto& what) { carry(what); }, each);
  if (roster->lost_to().code != ec::none && !std::exchange(told_taken_over, true)) alert_taken_over();
  close_database_if_at_rest();
}

// -- the import's actor
// ------------------------------------------------------------------------------------------

void tenant_state::carry(const import_roster::spawn& what) {
  auto& row = what.row;
  log(log_level::debug, "tenant", "import_spawned", "tenant {} runs import {} ({})", settings.config.id,
      row.id, to_string(row.state));
  auto with = settings_of(row);
  with.after_death = what.after_death;
  auto run = [&](auto path) {
    return self->spawn<caf::linked + caf::monitored>(path, row, with, import_parent{tenant_actor{self}});
  };
  auto actor = row.system == "legacy" ? run(legacy_import) : run(import);
  for (auto& [code, note] : account_notes) send(self, actor, note_added{note});
  actors.insert_or_assign(row.id, std::move(actor));
}

void tenant_state::carry(const import_roster::halt& what) {
  auto found = actors.find(what.id);
  if (found == actors.end()) return;
  // Nothing that is open can come to a good end where the account or the login does not answer.
  bool in_vain = what.cause == pause_cause::outage || what.cause == pause_cause::credentials;
  request(self, found->second, caf::infinite,
          halt_import{what.reason, what.cause, in_vain ? std::chrono::milliseconds{0} : settings.stop_grace})
      .then([](const done&) {}, [](const caf::error&) {}); // its end is told by itself
}

// -- commands
// ---------------------------------------------------------------------------------------------------

void tenant_state::carry(const import_roster::cancel& what) {
  auto found = actors.find(what.id);
  if (what.in_ledger || found == actors.end()) return cancel_in_ledger(what);
  request(self, found->second, caf::infinite, cancel_import{what.id, what.requested_by})
      .then([this, who = what.who](const cancel_receipt& receipt) { deliver(who, receipt); },
            // It ended, paused or died in this very moment: the ledger knows how things stand.
            [this, what](const caf::error&) { cancel_in_ledger(what); });
}

void tenant_state::cancel_in_ledger(const import_roster::cancel& what) {
  auto failed = [this, what](const caf::error& error) {
    auto why = to_failure(error);
    database_seen(why);
    carry_out(roster->cancel_failed(what, why));
    if (what.who != 0 && waiting.contains(what.who))
      log(log_level::warning, "tenant", "cancel_waits",
          "import {} is cancelled by {} as soon as its database can be written: {}", what.id,
          what.requested_by, render(why));
  };
  auto requested_at = what.requested_at == 0 ? wall_now() : what.requested_at;
  request(self, store, caf::infinite, begin_cancel{what.id, what.requested_by, requested_at})
      .then(
          [this, what, failed](const cancel_receipt&) {
            request(self, store, caf::infinite, finish_cancel{what.id, wall_now()})
                .then(
                    [this, what](const cancel_receipt& receipt) {
                      carry_out(roster->gone(what.id, what.counted));
                      deliver(what.who, receipt);
                    },
                    failed);
          },
          failed);
}

void tenant_state::carry(const import_roster::write_pause& what) {
  save_import_state paused{what.id, import_state::paused, what.reason};
  paused.paused_by = pause_cause::command;
  request(self, store, caf::infinite, std::move(paused))
      .then([this, id = what.id](const done&) { carry_out(roster->pause_written(id)); },
            [this, id = what.id](const caf::error& error) { pause_not_written(id, to_failure(error)); });
}

/// Whether it ended in this very moment: the ledger knows.
void tenant_state::pause_not_written(const std::string& import_id, const failure& why) {
  database_seen(why);
  if (why.code != ec::stale) return carry_out(roster->pause_refused(import_id, why, std::nullopt));
  request(self, store, caf::infinite, load_import{import_id})
      .then(
          [this, import_id](const ledger_snapshot& snapshot) {
            auto state = snapshot.import.state;
            failure conflict{ec::conflict,
                             fmt::format("import {} is {}: it cannot be paused", import_id, to_string(state)),
                             import_id};
            carry_out(roster->pause_refused(import_id, conflict, !is_final(state)));
          },
          [this, import_id](const caf::error& error) {
            carry_out(roster->pause_refused(import_id, to_failure(error), std::nullopt));
          });
}

void tenant_state::carry(const import_roster::write_resume& what) {
  auto refused = [this, id = what.id](const caf::error& error) {
    database_seen(to_failure(error));
    carry_out(roster->resume_refused(id, to_failure(error)));
  };
  request(self, store, caf::infinite, load_import{what.id})
      .then(
          [this, refused](const ledger_snapshot& snapshot) {
            auto& id = snapshot.import.id;
            auto state = snapshot.import.started_at == 0 ? import_state::queued
                         : snapshot.types.empty()        ? import_state::planning
                                                         : import_state::running;
            request(self, store, caf::infinite, save_import_state{id, state, ""})
                .then([this, id](const done&) { carry_out(roster->resume_written(id)); }, refused);
          },
          refused);
}

void tenant_state::carry(const import_roster::write_failure& what) {
  auto& row = what.row;
  log(log_level::error, "tenant", "import_given_up", "import {} is given up: {}", row.id, row.error);
  request(self, store, caf::infinite, save_import_state{row.id, row.state, row.error, 0, wall_now()})
      .then([this, id = row.id](const done&) { carry_out(roster->gone(id)); },
            [this, id = row.id](const caf::error& error) {
              log(log_level::error, "tenant", "import_lost", "import {} could not be marked as failed: {}",
                  id, render(to_failure(error)));
              database_seen(to_failure(error));
              carry_out(roster->failure_not_written(id, to_failure(error)));
            });
}

void tenant_state::carry(const import_roster::retry_batches& what) {
  request(self, store, caf::infinite, tidemark::retry_batches{what.id, what.batch})
      .then(
          [this, what](const retried& back) {
            log(log_level::info, "tenant", "import_retried",
                "import {} goes on with {} batches, retried by {}", what.id, back.batches, what.requested_by);
            carry_out(roster->retried(back.import, what.who, what.counted));
          },
          [this, what](const caf::error& error) {
            database_seen(to_failure(error));
            carry_out(roster->retry_failed(what, to_failure(error)));
          });
}

// -- answers
// ----------------------------------------------------------------------------------------------------

void tenant_state::carry(const import_roster::answer& what) {
  answer_with_status(
      what.id, [this, who = what.who](const import_status& status) { deliver(who, status); },
      [this, who = what.who](const caf::error& error) { refuse(who, error); });
}

void tenant_state::carry(const import_roster::refuse& what) { refuse(what.who, to_caf_error(what.why)); }

void tenant_state::carry(const import_roster::refuse_by_ledger& what) {
  answer_with_status(
      what.id,
      [this, what](const import_status& status) {
        refuse(what.who,
               to_caf_error({ec::conflict,
                             fmt::format("import {} is {}: {}", what.id, to_string(status.state), what.what),
                             what.id}));
      },
      [this, who = what.who](const caf::error& error) { refuse(who, error); });
}

/// Whoever follows an import that no actor runs hears of its state from here: as the ledger has it, or as it
/// was last known where that cannot be read.
void tenant_state::carry(const import_roster::tell& what) {
  std::optional<import_row> last_known;
  if (auto* row = roster->row(what.id)) last_known = *row;
  request(self, store, caf::infinite, load_import{what.id})
      .then([this](const ledger_snapshot& snapshot) { publish(seen(status_of(snapshot))); },
            [this, last_known](const caf::error&) {
              if (last_known) publish(seen(import_progress{*last_known}.status(wall_now())));
            });
}

void tenant_state::publish(import_status status) {
  if (roster->has_actor(status.id)) return; // it tells by itself
  import_event event;
  event.at = wall_now();
  event.kind = "import_state";
  event.import = std::move(status);
  send(self, settings.journal, std::move(event));
}

// -- the database
// -----------------------------------------------------------------------------------------------

void tenant_state::alert_taken_over() {
  send_guests_away();
  log(log_level::error, "tenant", "taken_over", "tenant {}: {}", settings.config.id,
      roster->lost_to().message);
  if (!settings.monitor) return;
  if (!std::exchange(served_twice, {}).empty())
    send(self, settings.monitor, clear_alert{"tenant_served_twice", {settings.config.id, {}, {}, {}}});
  send(self, settings.monitor,
       raise_alert{
           {.id = "tenant_taken_over",
            .level = alert_level::error,
            .about = {settings.config.id, {}, {}, {}},
            .text =
                fmt::format("another node has taken over the database of tenant {}; nothing of this tenant "
                            "runs here any more: {}",
                            settings.config.id, roster->lost_to().message),
            .remedy = "let one node alone serve the tenant: remove it from the configuration of this one and "
                      "reload, or stop the other node and restart this one"}});
}

void tenant_state::carry(const import_roster::try_database& what) {
  delayed_send_self(self, what.in, tick{++next_look});
}

void tenant_state::carry(const import_roster::probe_database&) {
  ask_database([this](const std::optional<failure>& why) { carry_out(roster->database_probed(why)); });
}

} // namespace tidemark
