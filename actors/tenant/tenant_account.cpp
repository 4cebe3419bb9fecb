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
constexpr auto limit_unreadable = "limit_unreadable";

} // namespace

// -- outages
// ---------------------------------------------------------------------------------------------------

void tenant_state::account_down(const account_unavailable& what) {
  auto reason = fmt::format("NetSuite account {} does not answer: {}", settings.config.account, what.reason);
  carry_out(roster->account_down(reason));
  // Nobody waits for a plan as for an import.
  unavailable = {ec::server, reason, settings.config.account};
  if (checking) send(self, checking, end_inquiry{reason});
  for (auto& guest : guests)
    if (guest != comparing) self->send_exit(guest, caf::exit_reason::kill);
  probe_account();
}

/// Asks the account something small until it answers: nobody's work, so that work that fails by itself is not
/// taken for an outage: any answer but a failure of the account will do. The pool lets one request through
/// now and then while an account is down.
void tenant_state::probe_account() {
  if (!may_ask_account() || probe->phase() != call_phase::idle) return;
  // In turn by two ways: an account may have trouble with one of them alone.
  auto wanted = std::exchange(probe_by_query, !probe_by_query)
                    ? make_query_request(account.base_url, "SELECT 1 AS answers FROM dual", 1)
                    : make_server_time_request(account.base_url);
  wanted.total_timeout = probe_timeout;
  probe->start(self, std::move(wanted), false, [this](const call_result& result) {
    if (outage_breaker::is_failure(result.what.code) || result.what.code == ec::refused)
      return probe_account();
    if (result.what.code != ec::authentication) account_up();
  });
}

/// Before the ledger was read it is not known whether the tenant is suspended.
bool tenant_state::may_ask_account() const { return roster->is_loaded() && !roster->refusal("asks nothing"); }

void tenant_state::account_up() {
  unavailable = {};
  carry_out(roster->account_up());
  if (limit_due) read_limit();
}

// -- suspension
// ------------------------------------------------------------------------------------------------

void tenant_state::login_is_refused(const struct login_refused& what) {
  if (what.tenant != settings.config.id || roster->suspended().active()) return;
  login_refused = true;
  begin_suspension({what.reason, wall_now(), false});
  // A refused login has to be known at the next start, or that would try it again.
  ask_database([this](const std::optional<failure>& why) {
    if (why)
      log(log_level::error, "tenant", "suspension_not_saved",
          "the suspension of tenant {} is not in its database and would end with the node: {}",
          settings.config.id, render(*why));
  });
}

/// Nothing is asked of the account from now on.
void tenant_state::begin_suspension(suspension why) {
  log(log_level::error, "tenant", "suspended", "tenant {} is suspended: {}", settings.config.id, why.reason);
  carry_out(roster->suspend(why));
  send_guests_away();
  give_up_calls();
}

void tenant_state::renew_calls() {
  probe = std::make_unique<netsuite_call>(account, "", slot_purpose::probe);
  limit_reader = std::make_unique<netsuite_call>(account, "");
}

/// What is open is closed, and others can be begun at once.
void tenant_state::give_up_calls() {
  std::erase_if(given_up, [](auto& call) { return call->phase() == call_phase::idle; });
  for (auto* call : {&probe, &limit_reader}) {
    (*call)->give_up(self);
    given_up.push_back(std::move(*call));
  }
  renew_calls();
}

caf::result<tenant_status> tenant_state::suspend(const suspend_tenant& wanted) {
  return when_read<tenant_status>([this, wanted](auto promise) {
    // One that a refused login began becomes a person's; one that is just being ended begins anew after that.
    if (roster->suspended().by_command && suspension_changes == 0) return promise.deliver(status());
    suspension why{fmt::format("suspended by {}", wanted.requested_by), wall_now(), true};
    write_suspension(why, promise, [this, why] { begin_suspension(why); });
  });
}

caf::result<tenant_status> tenant_state::end_suspension(const resume_tenant& wanted) {
  return when_read<tenant_status>([this, wanted](auto promise) {
    if (!roster->suspended().active() && suspension_changes == 0) return promise.deliver(status());
    write_suspension({}, promise, [this, wanted] {
      log(log_level::info, "tenant", "tenant_resumed", "tenant {} goes on, resumed by {}", settings.config.id,
          wanted.requested_by);
      send(self, settings.pool, retry_login{settings.config.id});
      carry_out(roster->end_suspension());
      read_limit();
      // Nobody asked while it was suspended; and a login that was refused is tried once, also where nothing
      // waits for it.
      if (std::exchange(login_refused, false) || roster->waits_for_account()) probe_account();
    });
  });
}

void tenant_state::write_suspension(const suspension& to, answer_promise<tenant_status> promise,
                                    std::function<void()> then) {
  ++suspension_changes;
  request(self, store, caf::infinite, save_suspension{to})
      .then(
          [this, promise, then](const done&) {
            --suspension_changes;
            database_seen(std::nullopt);
            then();
            promise.deliver(status());
          },
          [this, promise](const caf::error& error) {
            --suspension_changes;
            database_seen(to_failure(error));
            promise.deliver(error);
          });
}

// -- the account's limit
// ---------------------------------------------------------------------------------------

/// Anew for each import: licences change.
void tenant_state::read_limit(bool refused_before) {
  if (!settings.config.concurrency_auto || !may_ask_account()) return;
  if (limit_reader->phase() != call_phase::idle) return;
  limit_due = true;
  limit_reader->start(self, make_governance_request(account.base_url), refused_before,
                      [this](const call_result& result) { limit_read(result); });
}

void tenant_state::adopt(const adopt_limit& limit) {
  settings.config.concurrency_limit = limit.limit;
  settings.config.concurrency_auto = limit.automatic;
  if (!limit.automatic) account_notes.erase(limit_unreadable);
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
    account_notes.erase(limit_unreadable);
    return post(settings.pool, set_limit{limits->usable(), limit_source::governance, {}});
  }
  auto why = limits ? std::string{"the account says that no request is left to this integration"}
                    : limits.error().message;
  import_note unreadable_limit{
      {},
      limit_unreadable,
      settings.config.account,
      fmt::format(
          "account {} does not tell its concurrency limit, so {} is taken: {}; set concurrency_limit to the "
          "number that NetSuite shows under Integration Governance",
          settings.config.account, settings.config.concurrency_limit, why),
      wall_now()};
  log(log_level::warning, "tenant", limit_unreadable, "{}", unreadable_limit.text);
  post(settings.pool, set_limit{settings.config.concurrency_limit, limit_source::fallback, why});
  note({std::move(unreadable_limit)});
}

/// What was found out about the account: every import tells it, those to come as well.
void tenant_state::note(const note_added& added) {
  account_notes.insert_or_assign(added.note.code, added.note);
  for (auto& [id, actor] : actors) send(self, actor, added);
}

} // namespace tidemark
