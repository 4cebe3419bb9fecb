#include "actors/tenant.hpp"

#include <algorithm>

#include "actors/clock.hpp"
#include "actors/credential.hpp"
#include "actors/store.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/import_id.hpp"
#include "netsuite/requests.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// How long a tenant waits before it tries its database again: twice as long each time.
constexpr auto first_store_retry = 5s;
constexpr auto longest_store_retry = 60s;

/// The status of an import that no actor runs, from the ledger.
import_status status_of(const ledger_snapshot& snapshot) {
  import_progress progress{snapshot.import};
  for (auto& row : snapshot.types) progress.apply(row);
  for (auto& row : snapshot.batches) progress.apply(row);
  for (auto& note : snapshot.notes) progress.apply(note);
  return progress.status(wall_now());
}

} // namespace

void tenant_state::start(tenant_settings with, credential login) {
  settings = std::move(with);
  store_settings database{"sqlite:" + settings.config.database.location, settings.node, settings.types};
  store = settings.store_thread
              ? self->spawn<caf::detached + caf::linked>(tidemark::store, std::move(database))
              : self->spawn<caf::linked>(tidemark::store, std::move(database));
  account = {settings.pool, settings.http,
             self->spawn<caf::linked>(credential_keeper, std::move(login), settings.pool, settings.http),
             settings.config.base_url, settings.config.accept_language};
  probe.emplace(account, "");
  send(self, settings.pool, watch_pool{account_watcher{tenant_actor{self}}});
  resume_unfinished();
}

import_settings tenant_state::settings_of_imports() const {
  return {settings.types,  account,           store,
          settings.budget, settings.journal,  settings.config.concurrency_limit,
          settings.retry,  settings.patience, settings.config.planning};
}

void tenant_state::resume_unfinished() {
  request(self, store, caf::infinite, load_imports{0, true})
      .then(
          [this](const import_rows& unfinished) {
            resumed = true;
            next_retry = 0ms;
            see_recovery(unfinished.rows);
            for (auto& row : unfinished.rows) {
              bool rests = row.state == import_state::paused && row.paused_by == pause_cause::command;
              if (rests || live.contains(row.id)) continue;
              log(log_level::info, "tenant", "import_resumed", "tenant {} goes on with import {} ({})",
                  settings.config.id, row.id, to_string(row.state));
              spawn_import(row);
            }
          },
          [this](const caf::error& error) {
            log(log_level::error, "tenant", "ledger_unreadable", "tenant {} cannot read its ledger: {}",
                settings.config.id, render(to_failure(error)));
            retry_later();
          });
}

void tenant_state::retry_later() {
  next_retry = std::clamp<std::chrono::milliseconds>(next_retry * 2, first_store_retry, longest_store_retry);
  delayed_send_self(self, next_retry, tick{});
}

/// Tells a crash from a clean stop, for people: the imports that it cut off go on in any case.
void tenant_state::see_recovery(const std::vector<import_row>& unfinished) {
  request(self, store, caf::infinite, query_ownership{})
      .then(
          [this, unfinished](const ownership& found) {
            if (!found.after_crash) return;
            recovered = true;
            log(log_level::warning, "tenant", "recovered",
                "the node did not stop cleanly the last time: tenant {} goes on with {} unfinished imports "
                "from its ledger",
                settings.config.id, unfinished.size());
            for (auto& row : unfinished) {
              import_event event;
              event.at = wall_now();
              event.kind = "import_recovered";
              event.import = import_progress{row}.head(event.at);
              event.text = "the node did not stop cleanly while this import was unfinished";
              send(self, settings.journal, std::move(event));
            }
          },
          [](const caf::error&) {}); // a database that is away is reported by whoever needs it
}

void tenant_state::spawn_import(const import_row& row) {
  auto actor =
      self->spawn<caf::linked + caf::monitored>(import, row, settings_of_imports(), tenant_actor{self});
  auto [entry, added] = live.try_emplace(row.id, live_import{row, actor, restart_intensity{}, {}});
  entry->second.actor = actor;
}

void tenant_state::look_again() {
  if (stopping) return;
  if (!resumed) return resume_unfinished();
  for (auto& id : std::exchange(to_restart, {})) {
    auto found = live.find(id);
    if (found == live.end()) continue;
    found->second.waits_for = {};
    spawn_import(found->second.row);
  }
}

// -- commands
// ------------------------------------------------------------------------------------------------------

caf::result<import_status> tenant_state::start_import(const struct start_import& wanted) {
  if (stopping) return to_caf_error({ec::stopping, "the node is stopping and takes no new imports"});
  if (auto graph = resolve(*settings.types, wanted.record_type); !graph) return to_caf_error(graph.error());
  if (wanted.mode != import_mode::full)
    return to_caf_error({ec::bad_request, "incremental imports are not available; start a full one", "mode"});
  auto promise = self->make_response_promise<import_status>();
  auto [waiting, first] = starting.try_emplace(wanted.record_type);
  waiting->second.push_back(promise);
  if (!first) return promise; // somebody starts the same at this moment: one import for both
  for (auto& [id, import] : live) {
    if (import.row.record_type != wanted.record_type) continue;
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
  request(self, store, caf::infinite, load_imports{0, true})
      .then(
          [this, wanted](const import_rows& unfinished) {
            if (stopping)
              return fail_start(wanted.record_type,
                                {ec::stopping, "the node is stopping and takes no new imports"});
            auto paused = std::ranges::find_if(unfinished.rows, [&](auto& row) {
              return row.record_type == wanted.record_type && row.state == import_state::paused;
            });
            if (paused != unfinished.rows.end()) {
              go_on_from(*paused);
              return answer_start(wanted.record_type, import_progress{*paused}.status(wall_now()));
            }
            import_row row;
            row.tenant = settings.config.id;
            row.record_type = wanted.record_type;
            row.mode = wanted.mode;
            row.requested_at = wall_now();
            row.requested_by = wanted.requested_by;
            row.id = new_import_id(row.tenant, row.requested_at);
            request(self, store, caf::infinite, create_import{row})
                .then(
                    [this, row](const done&) {
                      log(log_level::info, "tenant", "import_requested",
                          "import {} of {} for tenant {} by {}", row.id, row.record_type, row.tenant,
                          row.requested_by);
                      post(account.credential, retry_login{});
                      if (!stopping) spawn_import(row); // otherwise the next start begins with it
                      answer_start(row.record_type, import_progress{row}.status(wall_now()));
                    },
                    [this, row](const caf::error& error) { fail_start(row.record_type, to_failure(error)); });
          },
          [this, wanted](const caf::error& error) { fail_start(wanted.record_type, to_failure(error)); });
}

void tenant_state::answer_start(const std::string& record_type, const import_status& status) {
  if (auto waiting = starting.extract(record_type))
    for (auto& promise : waiting.mapped()) promise.deliver(status);
}

void tenant_state::fail_start(const std::string& record_type, const failure& what) {
  if (auto waiting = starting.extract(record_type))
    for (auto& promise : waiting.mapped()) promise.deliver(to_caf_error(what));
}

caf::result<import_status> tenant_state::query(const query_import& wanted) {
  auto promise = self->make_response_promise<import_status>();
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
  request(self, store, caf::infinite, load_import{import_id})
      .then([this, promise](
                const ledger_snapshot& snapshot) mutable { promise.deliver(seen(status_of(snapshot))); },
            [promise](const caf::error& error) mutable { promise.deliver(error); });
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
  auto promise = self->make_response_promise<import_status>();
  auto found = live.find(wanted.id);
  paused_by_outage.erase(wanted.id);
  if (found == live.end() || to_restart.contains(wanted.id)) {
    pause_in_ledger(wanted, promise);
    return promise;
  }
  halt_import order{fmt::format("paused by {}", wanted.requested_by), pause_cause::command,
                    settings.stop_grace};
  // Whether it paused, ended or died in this moment: the ledger knows.
  request(self, found->second.actor, caf::infinite, std::move(order))
      .then([this, wanted, promise](const done&) { pause_in_ledger(wanted, promise); },
            [this, wanted, promise](const caf::error&) { pause_in_ledger(wanted, promise); });
  return promise;
}

/// Of an import that no actor runs; also one that something else paused rests from now on.
void tenant_state::pause_in_ledger(const pause_import& wanted, status_promise promise) {
  auto fail_with = [promise](const caf::error& error) mutable { promise.deliver(error); };
  request(self, store, caf::infinite, load_import{wanted.id})
      .then(
          [this, wanted, promise, fail_with](const ledger_snapshot& snapshot) mutable -> void {
            auto& row = snapshot.import;
            if (is_final(row.state) || row.state == import_state::cancelling)
              return void(promise.deliver(to_caf_error(
                  {ec::conflict,
                   fmt::format("import {} is {}: it cannot be paused", row.id, to_string(row.state)),
                   row.id})));
            if (row.state == import_state::paused && row.paused_by == pause_cause::command)
              return void(promise.deliver(status_of(snapshot)));
            save_import_state paused{row.id, import_state::paused,
                                     fmt::format("paused by {}", wanted.requested_by)};
            paused.paused_by = pause_cause::command;
            request(self, store, caf::infinite, std::move(paused))
                .then(
                    [this, id = row.id, promise](const done&) {
                      if (to_restart.erase(id) > 0) live.erase(id);
                      tell_journal(id);
                      query_ledger(id, promise);
                    },
                    fail_with);
          },
          fail_with);
}

caf::result<import_status> tenant_state::resume(const resume_import& wanted) {
  if (stopping) return to_caf_error({ec::stopping, "the node is stopping and resumes nothing"});
  if (live.contains(wanted.id) && !to_restart.contains(wanted.id)) return query({wanted.id}); // runs already
  auto promise = self->make_response_promise<import_status>();
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
  post(account.credential, retry_login{});
  paused_by_outage.erase(paused.id);
  if (to_restart.erase(paused.id) > 0) live.erase(paused.id); // at once instead of later
  if (!live.contains(paused.id)) spawn_import(paused);
}

caf::result<cancel_receipt> tenant_state::cancel(const cancel_import& wanted) {
  auto promise = self->make_response_promise<cancel_receipt>();
  paused_by_outage.erase(wanted.id);
  auto found = live.find(wanted.id);
  if (found == live.end()) {
    cancel_in_ledger(wanted, promise);
    return promise;
  }
  request(self, found->second.actor, caf::infinite, wanted)
      .then([promise](const cancel_receipt& receipt) mutable { promise.deliver(receipt); },
            // It ended, paused or died in this very moment: the ledger knows how things stand.
            [this, wanted, promise](const caf::error&) { cancel_in_ledger(wanted, promise); });
  return promise;
}

void tenant_state::cancel_in_ledger(const cancel_import& wanted,
                                    caf::typed_response_promise<cancel_receipt> promise) {
  auto fail_with = [promise](const caf::error& error) mutable { promise.deliver(error); };
  request(self, store, caf::infinite, begin_cancel{wanted.id, wanted.requested_by, wall_now()})
      .then(
          [this, wanted, promise, fail_with](const cancel_receipt&) {
            request(self, store, caf::infinite, finish_cancel{wanted.id, wall_now()})
                .then(
                    [this, promise](const cancel_receipt& receipt) mutable {
                      tell_journal(receipt.import_id);
                      promise.deliver(receipt);
                    },
                    fail_with);
          },
          fail_with);
}

caf::result<import_list> tenant_state::list(const list_imports& wanted) {
  auto promise = self->make_response_promise<import_list>();
  auto result = std::make_shared<import_list>();
  auto left = std::make_shared<std::size_t>(0);
  auto one_less = [promise, result, left]() mutable {
    if (--*left == 0) promise.deliver(std::move(*result));
  };
  request(self, store, caf::infinite, load_imports{wanted.limit, false})
      .then(
          [this, promise, result, left, one_less](const import_rows& rows) mutable {
            if (rows.rows.empty()) {
              promise.deliver(import_list{});
              return;
            }
            *left = rows.rows.size();
            result->imports.resize(rows.rows.size());
            for (std::size_t i = 0; i < rows.rows.size(); ++i) {
              auto take = [result, one_less, i](import_status status) mutable {
                status.types.clear();
                status.notes.clear();
                result->imports[i] = std::move(status);
                one_less();
              };
              // One that cannot be read in detail is still listed.
              auto row_only = [take, row = rows.rows[i]](const caf::error&) mutable {
                take(import_progress{row}.status(wall_now()));
              };
              if (auto found = live.find(rows.rows[i].id); found != live.end())
                request(self, found->second.actor, caf::infinite, query_status{}).then(take, row_only);
              else
                request(self, store, caf::infinite, load_import{rows.rows[i].id})
                    .then([take](const ledger_snapshot& snapshot) mutable { take(status_of(snapshot)); },
                          row_only);
            }
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

caf::result<plan_report> tenant_state::plan(const plan_import& wanted) {
  auto run = self->spawn(plan_run, plan_run_settings{settings.types, account, settings.config.planning,
                                                     settings.retry.max_attempts});
  auto promise = self->make_response_promise<plan_report>();
  request(self, run, caf::infinite, wanted)
      .then([promise](const plan_report& report) mutable { promise.deliver(report); },
            [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

// -- imports among themselves
// ----------------------------------------------------------------------------------------

void tenant_state::claim(const claim_type& wanted) {
  tell(wanted.record_type, claims.claim(wanted.record_type, wanted.import_id));
}

void tenant_state::type_over(const type_ended& ended) {
  for (auto& decision : claims.end(ended.row, ended.import_id)) tell(ended.row.name, decision);
}

void tenant_state::tell(const std::string& record_type, const type_claims::decision& decision) {
  auto found = live.find(decision.import_id);
  if (found == live.end()) return;
  auto how = static_cast<claim_decided::how>(decision.decided);
  send(self, found->second.actor, claim_decided{how, record_type, decision.other, decision.result});
}

void tenant_state::release_claims(const std::string& import_id) {
  for (auto& [record_type, decision] : claims.leave(import_id)) tell(record_type, decision);
}

void tenant_state::import_over(const import_ended& ended) {
  auto id = ended.status.id;
  if (ended.status.paused_by == pause_cause::database && !stopping) {
    // What stood in its way may pass by itself: it is tried again until somebody pauses it for good.
    live.at(id).waits_for = {ec::store_unavailable, ended.status.error};
    to_restart.insert(id);
    release_claims(id);
    return retry_later();
  }
  live.erase(id);
  release_claims(id);
  if (back_before_paused.erase(id) > 0) go_on_with(id);
}

void tenant_state::child_down(const caf::down_msg& down) {
  auto found =
      std::ranges::find_if(live, [&](auto& entry) { return entry.second.actor.address() == down.source; });
  if (found != live.end() && !to_restart.contains(found->first)) import_died(found->second, down.reason);
  if (!stop_promises.empty() && live.empty()) close_database();
}

/// The last thing that a clean stop does.
void tenant_state::close_database() {
  auto waiting = std::exchange(stop_promises, {});
  auto answer = [waiting]() mutable {
    for (auto& promise : waiting) promise.deliver(done{});
  };
  // A database that is away was not left cleanly, and the next start says so.
  request(self, store, caf::infinite, release_database{})
      .then([answer](const done&) mutable { answer(); }, [answer](const caf::error&) mutable { answer(); });
}

child_list tenant_state::list_children() const {
  child_list result;
  for (auto& [id, import] : live)
    result.children.push_back({id, caf::actor_cast<caf::strong_actor_ptr>(import.actor)});
  return result;
}

bool tenant_state::is_service(const caf::actor_addr& who) const {
  return who == store.address() || who == account.credential.address();
}

void tenant_state::import_died(live_import& import, const caf::error& reason) {
  auto id = import.row.id;
  auto what = to_failure(reason);
  release_claims(id);
  log(log_level::error, "tenant", "import_died", "import {} died: {}", id, render(what));
  if (stopping) {
    live.erase(id); // the next start goes on where its ledger stands
    return;
  }
  if (what.code == ec::store_unavailable) {
    // Nothing is lost: the import goes on where its ledger stands as soon as that can be read again.
    import.waits_for = what;
    to_restart.insert(id);
    tell_journal(id);
    return retry_later();
  }
  if (what.code != ec::store_defect && import.restarts.allow(steady_now(self)))
    return spawn_import(import.row);
  live.erase(id);
  give_up(id, fmt::format("the import's actor could not be kept alive: {}", what.message));
}

void tenant_state::give_up(const std::string& import_id, const std::string& why) {
  request(self, store, caf::infinite, save_import_state{import_id, import_state::failed, why, 0, wall_now()})
      .then([this, import_id](const done&) { tell_journal(import_id); },
            [import_id](const caf::error& error) {
              log(log_level::error, "tenant", "import_lost", "import {} could not be marked as failed: {}",
                  import_id, render(to_failure(error)));
            });
}

/// Whoever follows an import whose actor is gone hears of its state from here.
void tenant_state::tell_journal(const std::string& import_id) {
  request(self, store, caf::infinite, load_import{import_id})
      .then(
          [this](const ledger_snapshot& snapshot) {
            import_event event;
            event.at = wall_now();
            event.kind = "import_state";
            event.import = seen(status_of(snapshot));
            send(self, settings.journal, std::move(event));
          },
          [import_id](const caf::error& error) {
            log(log_level::warning, "tenant", "journal_not_told",
                "the end of import {} could not be told: {}", import_id, render(to_failure(error)));
          });
}

// -- the account
// -----------------------------------------------------------------------------------------------------

void tenant_state::account_down(const account_unavailable& what) {
  for (auto& [id, import] : live) {
    if (!paused_by_outage.insert(id).second) continue;
    auto text = fmt::format("NetSuite account {} does not answer: {}", settings.config.account, what.reason);
    request(self, import.actor, caf::infinite, halt_import{text, pause_cause::outage})
        .then([](const done&) {}, [](const caf::error&) {});
  }
  probe_account();
}

/// The pool lets one request through now and then while an account is down; this is the one that it has.
void tenant_state::probe_account() {
  if (paused_by_outage.empty() || probe->phase() != call_phase::idle) return;
  probe->start(self, make_server_time_request(account.base_url), false, [this](const call_result& result) {
    if (is_worth_retrying(result.what.code) || result.what.code == ec::refused) return probe_account();
    account_up();
  });
}

void tenant_state::account_up() {
  for (auto& id : std::exchange(paused_by_outage, {})) {
    if (live.contains(id))
      back_before_paused.insert(id);
    else
      go_on_with(id);
  }
}

void tenant_state::go_on_with(const std::string& import_id) {
  request(self, store, caf::infinite, load_import{import_id})
      .then(
          [this](const ledger_snapshot& snapshot) {
            auto& row = snapshot.import;
            if (row.state != import_state::paused || live.contains(row.id) || stopping) return;
            log(log_level::info, "tenant", "import_resumed", "the account answers again; import {} goes on",
                row.id);
            spawn_import(row);
          },
          [import_id](const caf::error& error) {
            log(log_level::error, "tenant", "import_not_resumed", "import {} could not be resumed: {}",
                import_id, render(to_failure(error)));
          });
}

caf::result<done> tenant_state::stop() {
  auto promise = self->make_response_promise<done>();
  stop_promises.push_back(promise);
  stopping = true;
  for (auto& id : std::exchange(to_restart, {})) live.erase(id); // their actors are gone already
  for (auto& [id, import] : live)
    request(self, import.actor, caf::infinite,
            halt_import{"the node stops", pause_cause::none, settings.stop_grace})
        .then([](const done&) {}, [](const caf::error&) {});
  if (live.empty()) close_database();
  return promise;
}

tenant_actor::behavior_type tenant(tenant_actor::stateful_pointer<tenant_state> self,
                                   tenant_settings settings, credential login) {
  auto* state = &state_of(self);
  auto parent = settings.parent;
  state->start(std::move(settings), std::move(login));
  self->set_down_handler([state](const caf::down_msg& down) { state->child_down(down); });
  self->set_exit_handler([self, state, parent](const caf::exit_msg& message) {
    // An import that ends is no reason to end. Without its store or its credential a tenant cannot go on: the
    // node starts it anew.
    if (message.reason == caf::exit_reason::user_shutdown || message.reason == caf::exit_reason::kill
        || message.source == parent || state->is_service(message.source))
      self->quit(message.reason);
  });
  return {
      [state](const start_import& wanted) { return state->start_import(wanted); },
      [state](const query_import& wanted) { return state->query(wanted); },
      [state](const cancel_import& wanted) { return state->cancel(wanted); },
      [state](const pause_import& wanted) { return state->pause(wanted); },
      [state](const resume_import& wanted) { return state->resume(wanted); },
      [state](const list_imports& wanted) { return state->list(wanted); },
      [state](const plan_import& wanted) { return state->plan(wanted); },
      [state](const query_tenant&) { return state->status(); },
      [state](const stop_branch&) { return state->stop(); },
      [state](const struct list_children&) { return state->list_children(); },
      [state](const claim_type& wanted) { state->claim(wanted); },
      [state](const type_ended& ended) { state->type_over(ended); },
      [state](const import_ended& ended) { state->import_over(ended); },
      [state](const account_unavailable& what) { state->account_down(what); },
      [state](const account_available&) { state->account_up(); },
      [state](const tick&) { state->look_again(); },
  };
}

} // namespace tidemark
