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

// Tells the ticks of the daily pruning from those of a database that is tried again, which have the numbers
// above it.
constexpr std::uint64_t prune_time = 0;

} // namespace

import_status status_of(const ledger_snapshot& snapshot) {
  import_progress progress{snapshot.import};
  for (auto& row : snapshot.types) progress.apply(row);
  for (auto& row : snapshot.batches) progress.apply(row);
  for (auto& note : snapshot.notes) progress.apply(note);
  progress.cut_off();
  return progress.status(wall_now());
}

import_status head_of(const import_summary& summary) {
  import_progress progress{summary.import};
  for (auto& type : summary.types) progress.apply(type);
  progress.cut_off();
  return progress.head(wall_now());
}

void tenant_state::start(tenant_settings with, credential login) {
  settings = std::move(with);
  roster.emplace(settings.config.id);
  store_settings database{database_url(), settings.node, settings.types};
  database.options.known = settings.known_database;
  database.marked_beside = settings.config.database.location;
  database.options.account = settings.config.account;
  database.options.tenant = settings.config.id;
  database.options.hurry = end_of(self);
  database.options.remove_deleted = settings.config.deletes == deletes_mode::remove;
  database.options.families = families_of(*settings.types);
  store = settings.store_thread
              ? self->spawn<caf::detached + caf::linked>(tidemark::store, std::move(database))
              : self->spawn<caf::linked>(tidemark::store, std::move(database));
  account = {settings.pool, settings.http,
             self->spawn<caf::linked>(credential_keeper, settings.config.id, std::move(login), settings.pool,
                                      settings.http, settings.config.accept_language,
                                      note_taker{tenant_actor{self}}),
             settings.config.base_url, settings.config.id};
  remove_comparison();
  renew_calls();
  send(self, settings.pool, watch_pool{account_watcher{tenant_actor{self}}});
  load();
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

// -- the database
// -----------------------------------------------------------------------------------------------

void tenant_state::load() {
  if (reading) return;
  reading = true;
  auto unreadable_for = [this](const caf::error& error) { ledger_unreadable(to_failure(error)); };
  request(self, store, caf::infinite, query_suspension{})
      .then(
          [this, unreadable_for](const suspension& found) {
            if (found.active()) {
              log(log_level::warning, "tenant", "suspended", "tenant {} is suspended: {}", settings.config.id,
                  found.reason);
              login_refused = !found.by_command;
              carry_out(roster->suspend(found));
            }
            request(self, store, caf::infinite, load_imports{import_choice::unfinished})
                .then([this](const import_rows& unfinished) { take_up(unfinished); }, unreadable_for);
          },
          unreadable_for);
}

void tenant_state::take_up(const import_rows& unfinished) {
  reading = false;
  unreadable.reset();
  if (settings.monitor)
    send(self, settings.monitor, clear_alert{"tenant_taken_over", {settings.config.id, {}, {}, {}}});
  database_seen(std::nullopt);
  see_owners(unfinished.rows);
  prune();
  for (auto& row : unfinished.rows)
    log(log_level::info, "tenant", "import_resumed", "tenant {} takes up import {} ({})", settings.config.id,
        row.id, to_string(row.state));
  carry_out(roster->loaded(unfinished.rows));
  read_limit();
  if (roster->waits_for_account()) probe_account(); // nobody asked before
  for (auto& command : std::exchange(unread, {})) command.carry_out();
}

void tenant_state::ledger_unreadable(const failure& what) {
  reading = false;
  unreadable = what;
  log(log_level::error, "tenant", "ledger_unreadable", "tenant {} cannot read its ledger: {}",
      settings.config.id, render(what));
  refuse_unread(what);
  carry_out(roster->database_away(what));
}

void tenant_state::try_database() {
  if (roster->is_stopping()) return;
  if (!roster->is_loaded()) return load();
  ask_database([this](const std::optional<failure>& why) {
    carry_out(why ? roster->database_away(*why) : roster->database_well());
  });
}

/// Whether it can be written again, by something that it knows already.
void tenant_state::ask_database(std::function<void(const std::optional<failure>&)> then) {
  if (suspension_changes > 0) {
    // What is being written is not to be overwritten with what was known before. It is answered before this.
    request(self, store, caf::infinite, query_suspension{})
        .then([this, then](const suspension&) { ask_database(then); },
              [this, then](const caf::error&) { ask_database(then); });
    return;
  }
  auto seen = [this, then](const std::optional<failure>& why) {
    database_seen(why);
    then(why);
  };
  request(self, store, caf::infinite, save_suspension{roster->suspended()})
      .then([seen](const done&) { seen(std::nullopt); },
            [seen](const caf::error& error) { seen(to_failure(error)); });
}

/// Of a look at the database, or of a request to it. Another owner is known by the first refusal of any kind.
void tenant_state::database_seen(const std::optional<failure>& why) {
  if (!why)
    away = {};
  else if (why->code == ec::fenced)
    carry_out(roster->taken_over(*why));
  else if (why->code == ec::store_unavailable || why->code == ec::store_defect)
    away = *why;
}

/// Somebody else could not read it: a look tells whether it can be used.
void tenant_state::doubt_database(const caf::error& error) {
  auto code = to_failure(error).code;
  if (code == ec::store_unavailable || code == ec::store_defect) look_at_database([] {});
}

/// Where something waits for the database it is tried anyway.
void tenant_state::look_at_database(std::function<void()> then) {
  bool is_tried = !roster->is_loaded() || roster->waits_for_database();
  if (is_tried || looking || roster->is_stopping() || roster->lost_to().code != ec::none) return then();
  looking = true;
  ask_database([this, then](const std::optional<failure>&) {
    looking = false;
    then();
  });
}

/// For whoever asks, in whichever way.
failure tenant_state::database_trouble() const {
  if (roster->lost_to().code != ec::none) return {}; // it is the other node's
  if (unreadable) return *unreadable;
  return roster->waits_for_database() ? roster->database_trouble() : away;
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
  if (generation == prune_time) {
    if (!roster->is_stopping()) prune();
  } else if (generation == next_look) {
    try_database();
  }
}

/// One whose ledger cannot be read is described as far as it is known.
caf::result<tenant_status> tenant_state::how_it_stands() {
  if (unreadable) return status();
  auto promise = make_promise<tenant_status>(self);
  auto tell = [this, promise] { promise.deliver(status()); };
  when_read(tell, [tell](const caf::error&) { tell(); });
  return promise;
}

tenant_status tenant_state::status() const {
  return {roster->running(),
          !recovery.empty(),
          roster->suspended(),
          roster->lost_to().message,
          database_trouble().message,
          recovery,
          served_twice,
          comparing ? compared_type : std::string{}};
}

record_type_list tenant_state::record_types() const { return describe_types(*settings.types); }

caf::result<import_rows> tenant_state::unfinished() {
  return delegate_to(self, store, load_imports{import_choice::unfinished});
}

// -- imports among themselves
// ----------------------------------------------------------------------------------------

void tenant_state::claim(const claim_types& wanted) {
  for (auto& type : wanted.types)
    tell(type.name,
         claims.claim(type.name, {wanted.import_id, wanted.mode, wanted.options, type.description}));
}

void tenant_state::type_over(const type_ended& ended) {
  for (auto& decision : claims.end(ended.row, ended.import_id)) tell(ended.row.name, decision);
}

void tenant_state::tell(const std::string& record_type, const type_claims::decision& decision) {
  auto found = actors.find(decision.import_id);
  if (found == actors.end()) return;
  auto how = static_cast<claim_decided::how>(decision.decided);
  send(self, found->second, claim_decided{how, record_type, decision.other, decision.result});
}

void tenant_state::release_claims(const std::string& import_id) {
  for (auto& [record_type, decision] : claims.leave(import_id)) tell(record_type, decision);
}

void tenant_state::import_over(const import_ended& ended) {
  actors.erase(ended.status.id);
  release_claims(ended.status.id);
  carry_out(roster->ended(ended.status, steady_now(self)));
}

void tenant_state::child_down(const caf::down_msg& down) {
  auto found =
      std::ranges::find_if(actors, [&](auto& known) { return known.second.address() == down.source; });
  if (found == actors.end()) return;
  auto id = found->first;
  auto what = to_failure(down.reason);
  actors.erase(found);
  release_claims(id);
  if (what.code == ec::store_unavailable)
    log(log_level::warning, "tenant", "import_waits", "import {} waits for its database: {}", id,
        render(what));
  else
    log(log_level::error, "tenant", "import_died", "import {} died: {}", id, render(what));
  carry_out(roster->died(id, what, steady_now(self)));
}

/// The last thing that a clean stop does, when everybody has been answered.
void tenant_state::close_database_if_at_rest() {
  if (stop_promises.empty() || !roster->at_rest() || !waiting.empty()) return;
  auto answer_all = [waiting = std::exchange(stop_promises, {})] {
    for (auto& promise : waiting) promise.deliver(done{});
  };
  // What it is known by goes to whoever begins this tenant anew.
  auto end = [this, answer_all] {
    request(self, store, caf::infinite, query_store{})
        .then(
            [this, answer_all](const store_health& found) {
              know_database(found.taken);
              answer_all();
            },
            [answer_all](const caf::error&) { answer_all(); });
  };
  request(self, store, caf::infinite, release_database{})
      .then([end](const done&) { end(); },
            [end, id = settings.config.id](const caf::error& error) {
              // Its imports have stopped all the same.
              if (to_failure(error).code == ec::fenced) return end(); // it is somebody else's to leave
              log(log_level::warning, "tenant", "database_not_released",
                  "tenant {} has stopped, and could not say so in its database: the next start takes that "
                  "for a crash, and goes on from the ledger: {}",
                  id, render(to_failure(error)));
              end();
            });
}

child_list tenant_state::list_children() const {
  child_list result;
  for (auto& [id, actor] : actors)
    result.children.push_back({id, caf::actor_cast<caf::strong_actor_ptr>(actor)});
  return result;
}

bool tenant_state::is_service(const caf::actor_addr& who) const {
  return who == store.address() || who == account.credential.address();
}

caf::result<done> tenant_state::stop(const std::string& why) {
  auto promise = make_promise<done>(self);
  stop_promises.push_back(promise);
  send_guests_away();
  refuse_unread({ec::stopping, why, settings.config.id});
  carry_out(roster->stop(why));
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
      [state](const accept_deletions& wanted) { return state->accept(wanted); },
      [state](const list_batches& wanted) { return state->batches(wanted); },
      [state](const list_rejected& wanted) { return state->rejected(wanted); },
      [state](const query_blockers& wanted) { return state->blockers(wanted); },
      [state](const check_parity& wanted) { return state->compare_paths(wanted); },
      [state](const check_tenant& wanted) { return state->check_account(wanted); },
      [state](const discover_criteria& wanted) { return state->discover(wanted); },
      [state](const query_tenant&) { return state->how_it_stands(); },
      [state](const suspend_tenant& wanted) { return state->suspend(wanted); },
      [state](const resume_tenant& wanted) { return state->end_suspension(wanted); },
      [state](const stop_tenant& wanted) { return state->stop(wanted.why); },
      [state](const struct list_children&) { return state->list_children(); },
      [state](const query_health&) { return state->health(); },
      [state](const query_errors& wanted) { return state->errors(wanted); },
      [self, state](const load_past& wanted) { return delegate_to(self, state->ledger(), wanted); },
      [self, state](const load_imports& wanted) { return delegate_to(self, state->ledger(), wanted); },
      [state](const claim_types& wanted) { state->claim(wanted); },
      [state](const type_ended& ended) { state->type_over(ended); },
      [state](const import_ended& ended) { state->import_over(ended); },
      [state](const account_unavailable& what) { state->account_down(what); },
      [state](const account_available&) { state->account_up(); },
      [state](const account_suspect&) { state->probe_account(); },
      [state](const struct login_refused& what) { state->login_is_refused(what); },
      [state](const adopt_limit& limit) { state->adopt(limit); },
      [state](const note_added& added) { state->note(added); },
      [state](const list_record_types&) { return state->record_types(); },
      [state](const find_unfinished&) { return state->unfinished(); },
      [state](const check_start& wanted) { return state->could_start(wanted.what); },
      [state](const tick& due) { state->time_passed(due.generation); },
  };
}

} // namespace tidemark
