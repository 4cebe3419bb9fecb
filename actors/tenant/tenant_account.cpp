/// What a tenant does about its account: outages, refused logins, suspension, and the account's limit.
#include "actors/clock.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"
#include "netsuite/requests.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

constexpr auto probe_timeout = 30s;

} // namespace

// -- outages
// ---------------------------------------------------------------------------------------------------

void tenant_state::account_down(const account_unavailable& what) {
  for (auto& [id, import] : live) {
    if (!paused_by_outage.insert(id).second) continue;
    auto text = fmt::format("NetSuite account {} does not answer: {}", settings.config.account, what.reason);
    request(self, import.actor, caf::infinite, halt_import{text, pause_cause::outage})
        .then([](const done&) {}, [](const caf::error&) {});
  }
  probe_account();
}

/// Asks the account something small until it answers: nobody's work, so that work that fails by itself is not
/// taken for an outage. The pool lets one request through now and then while an account is down.
void tenant_state::probe_account() {
  if (stopping || suspended.active() || probe->phase() != call_phase::idle) return;
  auto wanted = make_server_time_request(account.base_url);
  wanted.total_timeout = probe_timeout;
  probe->start(self, std::move(wanted), false, [this](const call_result& result) {
    if (outage_breaker::is_failure(result.what.code) || result.what.code == ec::refused)
      return probe_account();
    if (result.what.code != ec::authentication) account_up();
  });
}

void tenant_state::account_up() {
  for (auto& id : std::exchange(paused_by_outage, {})) {
    if (live.contains(id))
      back_before_paused.insert(id);
    else
      go_on_with(id);
  }
  if (limit_due) read_limit();
}

void tenant_state::go_on_with(const std::string& import_id) {
  request(self, store, caf::infinite, load_import{import_id})
      .then(
          [this](const ledger_snapshot& snapshot) {
            auto& row = snapshot.import;
            bool rests = row.state != import_state::paused || live.contains(row.id);
            if (rests || stopping || suspended.active()) return;
            log(log_level::info, "tenant", "import_resumed", "the account answers again; import {} goes on",
                row.id);
            spawn_import(row);
          },
          [import_id](const caf::error& error) {
            log(log_level::error, "tenant", "import_not_resumed", "import {} could not be resumed: {}",
                import_id, render(to_failure(error)));
          });
}

// -- suspension
// ------------------------------------------------------------------------------------------------

failure tenant_state::refusal() const {
  return {ec::suspended,
          fmt::format("tenant {} is suspended: {}; \"tidemark tenant resume {}\" ends that",
                      settings.config.id, suspended.reason, settings.config.id),
          settings.config.id};
}

void tenant_state::login_is_refused(const login_refused& what) {
  if (what.tenant != settings.config.id || suspended.active()) return;
  begin_suspension({what.reason, wall_now(), false});
  save_suspension_again();
}

/// A refused login has to be known at the next start, or that would try it again.
void tenant_state::save_suspension_again() {
  request(self, store, caf::infinite, save_suspension{suspended})
      .then([](const done&) {},
            [this](const caf::error& error) {
              log(log_level::error, "tenant", "suspension_not_saved",
                  "the suspension of tenant {} is not in its database and would end with the node: {}",
                  settings.config.id, render(to_failure(error)));
            });
}

void tenant_state::begin_suspension(suspension why) {
  suspended = std::move(why);
  log(log_level::error, "tenant", "suspended", "tenant {} is suspended: {}", settings.config.id,
      suspended.reason);
  auto cause = suspended.by_command ? pause_cause::suspension : pause_cause::credentials;
  auto grace = suspended.by_command ? settings.stop_grace : 0ms;
  for (auto& [id, import] : live) {
    if (to_restart.contains(id)) continue;
    request(self, import.actor, caf::infinite, halt_import{suspended.reason, cause, grace})
        .then([](const done&) {}, [](const caf::error&) {});
  }
}

caf::result<tenant_status> tenant_state::suspend(const suspend_tenant& wanted) {
  if (suspended.active()) return status();
  auto promise = make_promise<tenant_status>(self);
  suspension why{fmt::format("suspended by {}", wanted.requested_by), wall_now(), true};
  request(self, store, caf::infinite, save_suspension{why})
      .then(
          [this, why, promise](const done&) mutable {
            if (!suspended.active()) begin_suspension(why);
            promise.deliver(status());
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

caf::result<tenant_status> tenant_state::end_suspension(const resume_tenant& wanted) {
  if (!suspended.active()) return status();
  auto promise = make_promise<tenant_status>(self);
  request(self, store, caf::infinite, save_suspension{})
      .then(
          [this, wanted, promise](const done&) mutable {
            log(log_level::info, "tenant", "tenant_resumed", "tenant {} goes on, resumed by {}",
                settings.config.id, wanted.requested_by);
            suspended = {};
            send(self, settings.pool, retry_login{settings.config.id});
            // Those that are still on their way to their pause go on when they are there.
            for (auto& [id, import] : live)
              if (!to_restart.contains(id)) back_before_paused.insert(id);
            read_limit();
            look_again();
            take_up_unfinished();
            promise.deliver(status());
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

// -- the account's limit
// ---------------------------------------------------------------------------------------

/// Anew for each import: licences change.
void tenant_state::read_limit(bool refused_before) {
  if (!settings.config.concurrency_auto || stopping || suspended.active()) return;
  if (limit_reader->phase() != call_phase::idle) return;
  limit_due = true;
  limit_reader->start(self, make_governance_request(account.base_url), refused_before,
                      [this](const call_result& result) { limit_read(result); });
}

void tenant_state::adopt(const adopt_limit& limit) {
  settings.config.concurrency_limit = limit.limit;
  settings.config.concurrency_auto = limit.automatic;
  if (!limit.automatic) limit_note.reset();
  read_limit();
}

void tenant_state::limit_read(const call_result& result) {
  if (!settings.config.concurrency_auto) return; // the configuration has changed meanwhile
  auto& what = result.what;
  if (what.code == ec::refused) return read_limit(true);
  // Asked again with the next import, or when the account answers again.
  if (what.code == ec::authentication || what.code == ec::internal || outage_breaker::is_failure(what.code))
    return;
  limit_due = false;
  auto limits = parse_governance(result.response);
  if (limits && limits->usable() > 0) {
    limit_note.reset();
    return post(settings.pool, set_limit{limits->usable(), limit_source::governance, {}});
  }
  auto why = limits ? std::string{"the account says that no request is left to this integration"}
                    : limits.error().message;
  limit_note = import_note{
      {},
      "limit_unreadable",
      settings.config.account,
      fmt::format(
          "account {} does not tell its concurrency limit, so {} is taken: {}; set concurrency_limit to the "
          "number that NetSuite shows under Integration Governance",
          settings.config.account, settings.config.concurrency_limit, why),
      wall_now()};
  log(log_level::warning, "tenant", "limit_unreadable", "{}", limit_note->text);
  post(settings.pool, set_limit{settings.config.concurrency_limit, limit_source::fallback, why});
  for (auto& [id, import] : live)
    if (!to_restart.contains(id)) send(self, import.actor, note_added{*limit_note});
}

} // namespace tidemark
