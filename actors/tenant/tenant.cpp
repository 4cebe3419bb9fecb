#include "actors/tenant/tenant.hpp"

#include <algorithm>

#include "actors/clock.hpp"
#include "actors/request/credential.hpp"
#include "actors/supervision.hpp"
#include "actors/tenant/describe_types.hpp"
#include "actors/tenant/store.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/import_id.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// How long a tenant waits before it tries its database again: twice as long each time.
constexpr auto first_store_retry = 5s;
constexpr auto longest_store_retry = 60s;

// Tells the ticks of the daily pruning from those of a database that is tried again.
constexpr std::uint64_t prune_time = 1;

} // namespace

import_status status_of(const ledger_snapshot& snapshot) {
  import_progress progress{snapshot.import};
  for (auto& row : snapshot.types) progress.apply(row);
  for (auto& row : snapshot.batches) progress.apply(row);
  for (auto& note : snapshot.notes) progress.apply(note);
  return progress.status(wall_now());
}

void tenant_state::start(tenant_settings with, credential login) {
  settings = std::move(with);
  store_settings database{database_url(), settings.node, settings.types};
  database.options.hurry = end_of(self);
  database.options.remove_deleted = settings.config.deletes == deletes_mode::remove;
  store = settings.store_thread
              ? self->spawn<caf::detached + caf::linked>(tidemark::store, std::move(database))
              : self->spawn<caf::linked>(tidemark::store, std::move(database));
  account = {settings.pool,
             settings.http,
             self->spawn<caf::linked>(credential_keeper, settings.config.id, std::move(login), settings.pool,
                                      settings.http),
             settings.config.base_url,
             settings.config.accept_language,
             settings.config.id};
  remove_comparison();
  probe.emplace(account, "", slot_purpose::probe);
  limit_reader.emplace(account, "");
  send(self, settings.pool, watch_pool{account_watcher{tenant_actor{self}}});
  resume_unfinished();
}

import_settings tenant_state::settings_of(const import_row& row) const {
  auto services = account;
  services.how_urgent = row.how_urgent;
  return {settings.types,
          services,
          store,
          settings.budget,
          settings.journal,
          settings.config.concurrency_limit,
          settings.retry,
          settings.patience,
          settings.config.planning,
          settings.config.look_back,
          settings.pages,
          settings.max_rejected,
          settings.monitor};
}

void tenant_state::resume_unfinished() {
  request(self, store, caf::infinite, query_suspension{})
      .then(
          [this](const suspension& found) {
            suspended = found;
            if (suspended.active())
              log(log_level::warning, "tenant", "suspended", "tenant {} is suspended: {}", settings.config.id,
                  suspended.reason);
            read_limit();
            take_up_unfinished();
          },
          [this](const caf::error& error) { ledger_unreadable(to_failure(error)); });
}

void tenant_state::ledger_unreadable(const failure& what) {
  log(log_level::error, "tenant", "ledger_unreadable", "tenant {} cannot read its ledger: {}",
      settings.config.id, render(what));
  retry_later();
}

void tenant_state::take_up_unfinished() {
  request(self, store, caf::infinite, load_imports{0, true})
      .then(
          [this](const import_rows& unfinished) {
            if (!resumed) {
              see_recovery(unfinished.rows);
              prune();
            }
            resumed = true;
            next_retry = 0ms;
            if (suspended.active() || stopping) return;
            for (auto& row : unfinished.rows) {
              bool rests = row.state == import_state::paused && row.paused_by == pause_cause::command;
              if (rests || live.contains(row.id)) continue;
              bool waits = std::ranges::any_of(unfinished.rows, [&](auto& other) {
                return other.record_type == row.record_type && other.id < row.id;
              });
              if (waits && row.state == import_state::queued) {
                behind.emplace(row.id, row);
                continue;
              }
              log(log_level::info, "tenant", "import_resumed", "tenant {} goes on with import {} ({})",
                  settings.config.id, row.id, to_string(row.state));
              spawn_import(row);
            }
          },
          [this](const caf::error& error) { ledger_unreadable(to_failure(error)); });
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

/// Once a day the rows of old imports go.
void tenant_state::prune() {
  auto age = std::chrono::duration_cast<std::chrono::milliseconds>(settings.ledger_retention).count();
  request(self, store, caf::infinite, prune_ledger{wall_now() - age})
      .then([](const done&) {},
            [id = settings.config.id](const caf::error& error) {
              log(log_level::warning, "tenant", "ledger_not_pruned",
                  "the old imports of tenant {} could not be removed: {}", id, render(to_failure(error)));
            });
  delayed_send_self(self, 24h, tick{prune_time});
}

void tenant_state::time_passed(std::uint64_t generation) {
  if (generation != prune_time) return look_again();
  if (!stopping) prune();
}

std::vector<std::string> tenant_state::waiting_types() const {
  std::vector<std::string> types;
  for (auto& [id, row] : behind) types.push_back(row.record_type);
  return types;
}

void tenant_state::look_again() {
  if (stopping) return;
  if (!resumed) return resume_unfinished();
  if (suspended.active()) return;
  for (auto& id : std::exchange(to_restart, {})) {
    auto found = live.find(id);
    if (found == live.end()) continue;
    found->second.waits_for = {};
    spawn_import(found->second.row);
  }
}

record_type_list tenant_state::record_types() const { return describe_types(*settings.types); }

caf::result<import_rows> tenant_state::unfinished() {
  return delegate_to(self, store, load_imports{0, true});
}

// -- imports among themselves
// ----------------------------------------------------------------------------------------

void tenant_state::claim(const claim_type& wanted) {
  tell(wanted.record_type, claims.claim(wanted.record_type, {wanted.import_id, wanted.mode, wanted.options}));
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
  spawn_next(ended.status.record_type);
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

caf::result<done> tenant_state::stop() {
  auto promise = make_promise<done>(self);
  stop_promises.push_back(promise);
  stopping = true;
  if (comparing) self->send_exit(comparing, caf::exit_reason::user_shutdown);
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
  name_exceptions(self);
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
      [state](const retry_import& wanted) { return state->retry(wanted); },
      [state](const list_batches& wanted) { return state->batches(wanted); },
      [state](const list_rejected& wanted) { return state->rejected(wanted); },
      [state](const query_blockers& wanted) { return state->blockers(wanted); },
      [state](const check_parity& wanted) { return state->compare_paths(wanted); },
      [state](const query_tenant&) { return state->status(); },
      [state](const suspend_tenant& wanted) { return state->suspend(wanted); },
      [state](const resume_tenant& wanted) { return state->end_suspension(wanted); },
      [state](const stop_branch&) { return state->stop(); },
      [state](const struct list_children&) { return state->list_children(); },
      [state](const query_health&) { return state->health(); },
      [state](const query_errors& wanted) { return state->errors(wanted); },
      [self, state](const load_past& wanted) { return delegate_to(self, state->ledger(), wanted); },
      [self, state](const load_imports& wanted) { return delegate_to(self, state->ledger(), wanted); },
      [state](const claim_type& wanted) { state->claim(wanted); },
      [state](const type_ended& ended) { state->type_over(ended); },
      [state](const import_ended& ended) { state->import_over(ended); },
      [state](const account_unavailable& what) { state->account_down(what); },
      [state](const account_available&) { state->account_up(); },
      [state](const account_suspect&) { state->probe_account(); },
      [state](const login_refused& what) { state->login_is_refused(what); },
      [state](const adopt_limit& limit) { state->adopt(limit); },
      [state](const list_record_types&) { return state->record_types(); },
      [state](const find_unfinished&) { return state->unfinished(); },
      [state](const tick& due) { state->time_passed(due.generation); },
  };
}

} // namespace tidemark
