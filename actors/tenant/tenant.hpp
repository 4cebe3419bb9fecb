/// One tenant: starts, finds, resumes and ends its imports, and keeps them out of each other's way.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/import/import.hpp"
#include "actors/supervision.hpp"
#include "actors/tenant/import_roster.hpp"
#include "actors/tenant/plan_run.hpp"
#include "actors/tenant/type_claims.hpp"
#include "config/node_config.hpp"
#include "messages/inside/budget.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/control.hpp"
#include "messages/inside/http.hpp"
#include "messages/inside/import.hpp"
#include "messages/inside/journal.hpp"
#include "messages/inside/monitor.hpp"
#include "messages/inside/pool.hpp"
#include "messages/inside/reader.hpp"
#include "messages/inside/store.hpp"
#include "messages/inside/tenant.hpp"
#include "messages/promise.hpp"
#include "messages/wire/account.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/parity.hpp"
#include "messages/wire/plans.hpp"
#include "messages/wire/tenants.hpp"
#include "netsuite/credential.hpp"

namespace tidemark {

/// What the node gives to each of its tenants.
struct tenant_settings {
  tenant_config config;
  std::string node;
  caf::actor_addr parent; ///< the node's actor: the tenant ends with it
  std::shared_ptr<const criteria> types;
  pool_actor pool;
  http_actor http;
  budget_actor budget;
  journal_actor journal;
  monitor_actor monitor; ///< may be none
  retry_options retry;
  patience_times patience{};
  std::chrono::hours ledger_retention{90 * 24}; ///< of the rows of imports that have ended
  std::chrono::milliseconds stop_grace{10'000}; ///< for open requests of an import that is paused or stopped
  flag_actor flags{};                           ///< decides between the chunked and the legacy path
  bool store_thread =
      true; ///< a database blocks, so it has a thread; not so in a test that drives every actor
  page_size_options pages{};
  std::uint64_t max_rejected = 1000;         ///< records of a type in one import, before the type fails
  reader_actor reader{};                     ///< answers for the ledger beside its writer
  std::optional<ownership> known_database{}; ///< as an earlier actor of this tenant has taken it
};

/// The status of an import that no actor runs, from the ledger.
import_status status_of(const ledger_snapshot& snapshot);
/// The same without record types and notes, from a summary.
import_status head_of(const import_summary& summary);

/// What becomes of an import is the roster's to decide; this carries its decisions out and tells it what
/// happens.
struct tenant_state {
  explicit tenant_state(tenant_actor::stateful_pointer<tenant_state> actor) : self(actor) {}

  /// `login` is already checked.
  void start(tenant_settings with, credential login);

  // commands: in tenant_commands.cpp
  caf::result<import_status> start_import(const struct start_import& wanted);
  caf::result<done> could_start(const struct start_import& wanted);
  caf::result<import_status> query(const query_import& wanted);
  caf::result<cancel_receipt> cancel(const cancel_import& wanted);
  caf::result<import_status> pause(const pause_import& wanted);
  caf::result<import_status> resume(const resume_import& wanted);
  caf::result<import_status> retry(const retry_import& wanted);
  caf::result<import_status> accept(const accept_deletions& wanted);
  caf::result<import_list> list(const list_imports& wanted);

  // in tenant_batches.cpp and tenant_health.cpp
  caf::result<batch_list> batches(const list_batches& wanted);
  caf::result<rejected_list> rejected(const list_rejected& wanted);
  caf::result<blocker_list> blockers(const query_blockers& wanted);
  caf::result<tenant_health> health();
  caf::result<error_report> errors(const query_errors& wanted);
  record_type_list record_types() const;
  caf::result<import_rows> unfinished();

  // in tenant_paths.cpp
  caf::result<plan_report> plan(const plan_import& wanted);
  caf::result<parity_report> compare_paths(const check_parity& wanted);

  // in tenant_inquiries.cpp
  caf::result<account_report> check_account(const check_tenant& wanted);
  caf::result<discovery> discover(const discover_criteria& wanted);

  // the account: in tenant_account.cpp
  caf::result<tenant_status> how_it_stands();
  caf::result<tenant_status> suspend(const suspend_tenant& wanted);
  caf::result<tenant_status> end_suspension(const resume_tenant& wanted);
  void account_down(const account_unavailable& what);
  void account_up();
  void probe_account();
  void login_is_refused(const struct login_refused& what);
  void adopt(const adopt_limit& limit);
  void note(const note_added& added);

  void claim(const claim_types& wanted);
  void type_over(const type_ended& ended);
  void import_over(const import_ended& ended);
  caf::result<done> stop(const std::string& why);
  void time_passed(std::uint64_t generation);
  child_list list_children() const;
  void child_down(const caf::down_msg& down);
  bool is_service(const caf::actor_addr& who) const;
  const store_actor& ledger() const noexcept { return store; }

  static inline const char* name = "tenant";

private:
  using ticket = import_roster::ticket;
  using decisions = import_roster::decisions;

  // the database: in tenant.cpp
  void load();
  void take_up(const import_rows& unfinished);
  void ledger_unreadable(const failure& what);
  void try_database();
  void ask_database(std::function<void(const std::optional<failure>&)> then);
  void database_seen(const std::optional<failure>& why);
  void doubt_database(const caf::error& error);
  void look_at_database(std::function<void()> then);
  failure database_trouble() const;
  // in tenant_owners.cpp
  void see_owners(const std::vector<import_row>& unfinished);
  void tell_recovery(const std::string& fate, const std::vector<import_row>& unfinished);
  void look_for_other_owner();
  void other_owner_found(const other_owner& found);
  void know_database(const ownership& as);
  // in tenant.cpp
  void prune();
  void close_database_if_at_rest();
  template <class Question, class Then, class Otherwise>
  void ask_reader(Question what, Then then, Otherwise otherwise);
  template <class Answer, class Question, class Then>
  void ask_reader(Question what, answer_promise<Answer> promise, Then then) {
    ask_reader(std::move(what), then, [promise](const caf::error& error) { promise.deliver(error); });
  }
  void tell(const std::string& record_type, const type_claims::decision& decision);
  void release_claims(const std::string& import_id);

  // what the roster decides: in tenant_decisions.cpp
  void carry_out(decisions all);
  void carry(const import_roster::spawn& what);
  void carry(const import_roster::halt& what);
  void carry(const import_roster::cancel& what);
  void carry(const import_roster::write_pause& what);
  void carry(const import_roster::write_resume& what);
  void carry(const import_roster::write_failure& what);
  void carry(const import_roster::create& what);
  void carry(const import_roster::retry_batches& what);
  void carry(const import_roster::answer& what);
  void carry(const import_roster::refuse& what);
  void carry(const import_roster::refuse_by_ledger& what);
  void carry(const import_roster::tell& what);
  void carry(const import_roster::try_database& what);
  void carry(const import_roster::probe_database& what);
  void cancel_in_ledger(const import_roster::cancel& what);
  void pause_not_written(const std::string& import_id, const failure& why);
  void publish(import_status status);
  void alert_taken_over();

  // who waits for what
  /// Only the ledger tells what is unfinished and whether the tenant is suspended: nothing that depends on it
  /// is decided before it has been read. `otherwise` if it cannot be read now, or is not going to be.
  void when_read(std::function<void()> then, std::function<void(const caf::error&)> otherwise);
  template <class Answer>
  caf::result<Answer> when_read(std::function<void(answer_promise<Answer>)> then);
  void refuse_unread(const failure& why);
  /// Carries `command` out once the ledger has been read; it gets the ticket by which the answer finds its
  /// promise.
  template <class Answer, class Command>
  caf::result<Answer> order(Command command);
  template <class Answer>
  void deliver(ticket who, const Answer& what);
  void refuse(ticket who, const caf::error& why);
  void answer_with_status(const std::string& import_id, std::function<void(const import_status&)> then,
                          std::function<void(const caf::error&)> otherwise);
  import_status seen(import_status status) const;

  void ask_for_held(const accept_deletions& wanted, held_records held, answer_promise<import_status> promise);
  void take_held_away(const accept_deletions& wanted, std::vector<type_keys> shown,
                      answer_promise<import_status> promise);

  tenant_status status() const;
  void begin_plan(const plan_import& wanted, answer_promise<plan_report> promise);
  void begin_comparison(const check_parity& wanted, answer_promise<parity_report> promise);
  void begin_check(const check_tenant& wanted, const caf::strong_actor_ptr& asker,
                   answer_promise<account_report> promise);
  void begin_discovery(const discover_criteria& wanted, const caf::strong_actor_ptr& asker,
                       answer_promise<discovery> promise);
  void run_discovery(const discover_criteria& wanted, const caf::strong_actor_ptr& asker,
                     const type_marks& known, answer_promise<discovery> promise);
  void complete(account_report& report) const;
  void remember(const discovery& found);
  /// `then` once it is in the ledger.
  void write_suspension(const suspension& to, answer_promise<tenant_status> promise,
                        std::function<void()> then);
  void blockers_in_ledger(const std::string& import_id, answer_promise<blocker_list> promise);
  void create_on_path(import_row row, const flag_decision& decision);
  std::string database_url() const;
  void remove_comparison() const;
  bool may_ask_account() const;
  void begin_suspension(suspension why);
  void send_guests_away();
  std::optional<failure> no_guests(std::string_view doing) const;
  void give_up_calls();
  void renew_calls();
  void read_limit(bool refused_before = false);
  void limit_read(const call_result& result);
  import_settings settings_of(const import_row& row) const;

  tenant_actor::stateful_pointer<tenant_state> self;
  tenant_settings settings;
  account_services account;
  store_actor store;
  std::optional<import_roster> roster;        ///< from the start on
  std::map<std::string, import_actor> actors; ///< of imports, by id
  std::map<ticket, std::variant<answer_promise<import_status>, answer_promise<cancel_receipt>>> waiting;
  ticket last_ticket = 0;
  unix_ms last_request = 0; ///< for a new import
  struct unread_command {
    std::function<void()> carry_out;
    std::function<void(const caf::error&)> refuse;
  };
  std::vector<unread_command> unread; ///< from before the ledger was read
  type_claims claims;
  std::set<caf::actor> guests;  ///< plans and comparisons: they ask the account, and go when that must not be
  bool login_refused = false;   ///< and not tried since
  failure unavailable;          ///< while the account does not answer: why
  parity_actor comparing;       ///< while the paths are compared
  std::string compared_type;    ///< by that
  account_check_actor checking; ///< while the account is checked
  unix_ms checking_since = 0;
  std::unique_ptr<netsuite_call> probe;
  bool probe_by_query = false; ///< the next one
  std::unique_ptr<netsuite_call> limit_reader;
  std::vector<std::unique_ptr<netsuite_call>> given_up; ///< until their last answers have come
  std::uint32_t suspension_changes = 0; ///< commands about it that are on their way into the database
  bool limit_due = false;               ///< the account has not told its limit yet
  std::map<std::string, import_note> account_notes; ///< for every import, by code
  std::vector<answer_promise<done>> stop_promises;
  std::optional<ownership> known_as; ///< the database, by its last taking or the last look of the monitor
  std::string recovery; ///< what is known of the database's owner before, which did not say that it stopped
  std::string served_twice; ///< by whom else; empty: by nobody
  bool told_taken_over = false;
  std::uint64_t next_look = 0;       ///< at a database that is away: the number of its tick
  bool reading = false;              ///< the ledger is being read
  std::optional<failure> unreadable; ///< why the ledger, which has been tried, cannot be read
  failure away;                      ///< what the last look at the database found in its way; none: nothing
  bool looking = false;              ///< at the database
  std::uint64_t failures_known = 0;  ///< of the database, by the last look of the monitor
};

/// Asks the ledger beside its writer, which may have a long queue. With a promise in place of `otherwise`,
/// `then(found)` delivers it, and it gets the error if there is one.
template <class Question, class Then, class Otherwise>
void tenant_state::ask_reader(Question what, Then then, Otherwise otherwise) {
  auto ask = [this, what = std::move(what), then, otherwise] {
    request(self, settings.reader, caf::infinite, ask_ledger<Question>{database_url(), what, known_as})
        .then(then, [this, otherwise](const caf::error& error) {
          doubt_database(error);
          otherwise(error);
        });
  };
  if (roster->is_loaded()) return ask();
  // A database that is not there yet is made by its writer alone.
  request(self, store, caf::infinite, query_ownership{}).then([ask](const ownership&) { ask(); }, otherwise);
}

template <class Answer>
caf::result<Answer> tenant_state::when_read(std::function<void(answer_promise<Answer>)> then) {
  auto promise = make_promise<Answer>(self);
  when_read([then, promise] { then(promise); },
            [promise](const caf::error& error) { promise.deliver(error); });
  return promise;
}

/// Linked to its node; its store, credential and imports are linked to it.
tenant_actor::behavior_type tenant(tenant_actor::stateful_pointer<tenant_state> self,
                                   tenant_settings settings, credential login);

} // namespace tidemark
