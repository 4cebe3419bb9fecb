#include "actors/tenant.hpp"

#include <algorithm>

#include "actors/clock.hpp"
#include "actors/credential.hpp"
#include "actors/describe_types.hpp"
#include "actors/store.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/import_id.hpp"

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

namespace {

/// Options that mean nothing in their mode are refused rather than passed over.
outcome<void> check_options(const start_import& wanted) {
  bool incremental = wanted.mode == import_mode::incremental;
  if (!incremental && wanted.options.since != 0)
    return fail(ec::bad_request, "a time to begin with needs an incremental import", "since");
  if (!incremental && wanted.options.reconcile)
    return fail(ec::bad_request,
                "only an incremental import needs to reconcile: a full one finds all that is gone",
                "reconcile");
  if (wanted.options.since < 0 || wanted.options.since > wall_now())
    return fail(ec::bad_request, "the time to begin with must have passed", "since");
  return {};
}

} // namespace

void tenant_state::start(tenant_settings with, credential login) {
  settings = std::move(with);
  store_settings database{database_url(), settings.node, settings.types};
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

// -- commands
// ------------------------------------------------------------------------------------------------------

caf::result<import_status> tenant_state::start_import(const struct start_import& wanted) {
  if (stopping) return to_caf_error({ec::stopping, "the node is stopping and takes no new imports"});
  if (suspended.active()) return to_caf_error(refusal());
  if (auto graph = resolve(*settings.types, wanted.record_type); !graph) return to_caf_error(graph.error());
  if (auto sound = check_options(wanted); !sound) return to_caf_error(sound.error());
  auto promise = self->make_response_promise<import_status>();
  auto [waiting, first] = starting.try_emplace(wanted.record_type);
  waiting->second.push_back(promise);
  if (!first) return promise; // somebody starts the same at this moment: one import for both
  for (auto& [id, import] : live) {
    if (import.row.record_type != wanted.record_type) continue;
    if (import.row.mode != wanted.mode) {
      begin_after(wanted, import.row);
      return promise;
    }
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
  read_limit();
  request(self, store, caf::infinite, load_imports{0, true})
      .then(
          [this, wanted](const import_rows& unfinished) {
            if (stopping)
              return fail_start(wanted.record_type,
                                {ec::stopping, "the node is stopping and takes no new imports"});
            auto paused = std::ranges::find_if(unfinished.rows, [&](auto& row) {
              return row.record_type == wanted.record_type && row.state == import_state::paused;
            });
            if (paused != unfinished.rows.end() && paused->mode != wanted.mode)
              return begin_after(wanted, *paused);
            if (paused != unfinished.rows.end()) {
              go_on_from(*paused);
              return answer_start(wanted.record_type, import_progress{*paused}.status(wall_now()));
            }
            create(wanted, false);
          },
          [this, wanted](const caf::error& error) { fail_start(wanted.record_type, to_failure(error)); });
}

/// Another import of the main type is under way in another mode.
void tenant_state::begin_after(const struct start_import& wanted, const import_row& other) {
  if (wanted.queue) return create(wanted, true);
  fail_start(
      wanted.record_type,
      {ec::conflict,
       fmt::format("import {} of {} is under way in mode {}: wait for its end, cancel it, or start this "
                   "one with --queue",
                   other.id, other.record_type, to_string(other.mode)),
       other.id});
}

/// The oldest import that waits behind others of this main type, once none of them is unfinished.
void tenant_state::spawn_next(const std::string& record_type) {
  auto next = std::ranges::find_if(behind, [&](auto& x) { return x.second.record_type == record_type; });
  if (next == behind.end() || stopping || suspended.active()) return;
  request(self, store, caf::infinite, load_imports{0, true})
      .then(
          [this, id = next->first](const import_rows& unfinished) {
            auto waiting = behind.find(id);
            if (waiting == behind.end() || stopping || suspended.active()) return;
            bool others = std::ranges::any_of(unfinished.rows, [&](auto& row) {
              return row.record_type == waiting->second.record_type && row.id < id;
            });
            bool there = std::ranges::find(unfinished.rows, id, &import_row::id) != unfinished.rows.end();
            if (others) return;
            auto row = behind.extract(waiting).mapped();
            if (there && !live.contains(id)) spawn_import(row);
          },
          [](const caf::error&) {}); // tried again at the next end of an import, or at the next start
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
            [this, wanted, promise, mark = mark_command(wanted.id)](const caf::error&) {
              cancel_in_ledger(wanted, promise, mark);
            });
  return promise;
}

void tenant_state::cancel_in_ledger(const cancel_import& wanted,
                                    caf::typed_response_promise<cancel_receipt> promise, command_mark mark) {
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
              auto from_ledger = [this, take, row = rows.rows[i]] {
                request(self, store, caf::infinite, load_import{row.id})
                    .then([take](const ledger_snapshot& snapshot) mutable { take(status_of(snapshot)); },
                          // One that cannot be read in detail is still listed.
                          [take, row](const caf::error&) mutable {
                            take(import_progress{row}.status(wall_now()));
                          });
              };
              if (auto found = live.find(rows.rows[i].id); found != live.end())
                request(self, found->second.actor, caf::infinite, query_status{})
                    .then(take, [from_ledger](const caf::error&) { from_ledger(); });
              else
                from_ledger();
            }
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
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
  auto promise = self->make_response_promise<done>();
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
