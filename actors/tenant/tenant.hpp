/// One tenant: starts, finds, resumes and ends its imports, and keeps them out of each other's way.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/import/import.hpp"
#include "actors/supervision.hpp"
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
  std::uint64_t max_rejected = 1000; ///< records of a type in one import, before the type fails
  reader_actor reader{};             ///< answers for the ledger beside its writer
};

/// The status of an import that no actor runs, from the ledger.
import_status status_of(const ledger_snapshot& snapshot);
/// The same without record types and notes, from a summary.
import_status head_of(const import_summary& summary);

struct tenant_state {
  explicit tenant_state(tenant_actor::stateful_pointer<tenant_state> actor) : self(actor) {}

  /// `login` is already checked.
  void start(tenant_settings with, credential login);

  caf::result<import_status> start_import(const struct start_import& wanted);
  caf::result<import_status> query(const query_import& wanted);
  caf::result<cancel_receipt> cancel(const cancel_import& wanted);
  caf::result<import_status> pause(const pause_import& wanted);
  caf::result<import_status> resume(const resume_import& wanted);
  caf::result<import_list> list(const list_imports& wanted);
  record_type_list record_types() const;
  caf::result<import_rows> unfinished();
  caf::result<plan_report> plan(const plan_import& wanted);
  caf::result<parity_report> compare_paths(const check_parity& wanted);
  caf::result<done> stop();
  tenant_status status() const { return {live.size(), recovered, suspended}; }
  caf::result<tenant_status> suspend(const suspend_tenant& wanted);
  caf::result<tenant_status> end_suspension(const resume_tenant& wanted);
  caf::result<tenant_health> health();
  caf::result<error_report> errors(const query_errors& wanted);
  void claim(const claim_type& wanted);
  void type_over(const type_ended& ended);
  void import_over(const import_ended& ended);
  void account_down(const account_unavailable& what);
  void account_up();
  void probe_account();
  void login_is_refused(const login_refused& what);
  void adopt(const adopt_limit& limit);
  void look_again();
  void time_passed(std::uint64_t generation);
  child_list list_children() const;
  caf::result<import_status> retry(const retry_import& wanted);
  caf::result<batch_list> batches(const list_batches& wanted);
  caf::result<rejected_list> rejected(const list_rejected& wanted);
  caf::result<blocker_list> blockers(const query_blockers& wanted);
  void child_down(const caf::down_msg& down);
  bool is_service(const caf::actor_addr& who) const;
  const store_actor& ledger() const noexcept { return store; }

  static inline const char* name = "tenant";

private:
  struct live_import {
    import_row row;
    import_actor actor;
    restart_intensity restarts = restart_intensity{};
    failure waits_for; ///< the database's trouble that its restart waits for
  };
  using status_promise = answer_promise<import_status>;
  /// While somebody holds it, an import that dies is not started anew: it is being paused or cancelled, and
  /// the ledger takes that up.
  using command_mark = std::shared_ptr<const std::string>;

  void resume_unfinished();
  void take_up_unfinished();
  void ledger_unreadable(const failure& what);
  void see_recovery(const std::vector<import_row>& unfinished);
  void pause_in_ledger(const pause_import& wanted, status_promise promise, command_mark mark = {});
  void close_database();
  void retry_later();
  import_status seen(import_status status) const;
  void spawn_import(const import_row& row);
  void begin_new(const struct start_import& wanted);
  void begin_after(const struct start_import& wanted, const import_row& other);
  void create(const struct start_import& wanted, bool waits);
  void create_on_path(const struct start_import& wanted, bool waits, const flag_decision& decision);
  std::string database_url() const;
  void remove_comparison() const;
  void prune();
  std::vector<std::string> waiting_types() const;
  void spawn_next(const std::string& record_type);
  template <class Answer, class Question, class Then>
  void ask_reader(Question what, answer_promise<Answer> promise, Then then);
  void query_ledger(const std::string& import_id, status_promise promise);
  void blockers_in_ledger(const std::string& import_id, answer_promise<blocker_list> promise);
  void answer_start(const std::string& record_type, const import_status& status);
  void fail_start(const std::string& record_type, const failure& what);
  void cancel_in_ledger(const cancel_import& wanted, answer_promise<cancel_receipt> promise,
                        command_mark mark = {});
  command_mark mark_command(const std::string& import_id);
  bool is_commanded(const std::string& import_id) const;
  void tell(const std::string& record_type, const type_claims::decision& decision);
  void release_claims(const std::string& import_id);
  void go_on_with(const std::string& import_id);
  failure refusal() const;
  void begin_suspension(suspension why);
  void save_suspension_again();
  void read_limit(bool refused_before = false);
  void limit_read(const call_result& result);
  void go_on_from(const import_row& paused);
  void import_died(live_import& import, const caf::error& reason);
  void give_up(import_row row, const std::string& why);
  void tell_journal(const import_row& last_known);
  void publish(import_status status);
  import_settings settings_of(const import_row& row) const;

  tenant_actor::stateful_pointer<tenant_state> self;
  tenant_settings settings;
  account_services account;
  store_actor store;
  std::map<std::string, live_import> live;                     ///< by id
  std::map<std::string, std::vector<status_promise>> starting; ///< by main record type
  std::set<std::string> paused_by_outage;                      ///< ids; go on when the account is back
  std::set<std::string> back_before_paused; ///< of these, the account came back while they were pausing
  std::set<std::string> to_restart;         ///< ids; wait for the database
  std::vector<std::weak_ptr<const std::string>> commands; ///< ids of imports that are paused or cancelled
  std::map<std::string, import_row> behind; ///< by id; queued behind another import of their main type
  std::chrono::milliseconds next_retry{0};  ///< of the database
  type_claims claims;
  parity_actor comparing; ///< while the paths are compared
  std::optional<netsuite_call> probe;
  std::optional<netsuite_call> limit_reader;
  bool limit_due = false;                ///< the account has not told its limit yet
  std::optional<import_note> limit_note; ///< for every import, while the account does not tell it
  suspension suspended;
  std::vector<answer_promise<done>> stop_promises;
  bool recovered = false; ///< the owner of the database before this one crashed
  bool resumed = false;   ///< what was unfinished at the start has been taken up
  bool stopping = false;  ///< from `stop_branch` on
};

/// Asks the ledger beside its writer; `then(found)` delivers the promise, which gets the error otherwise.
template <class Answer, class Question, class Then>
void tenant_state::ask_reader(Question what, answer_promise<Answer> promise, Then then) {
  auto ask = [this, what = std::move(what), promise, then] {
    request(self, settings.reader, caf::infinite, ask_ledger<Question>{database_url(), what})
        .then(then, [promise](const caf::error& error) { promise.deliver(error); });
  };
  if (resumed) return ask();
  // A database that is not there yet is made by its writer alone.
  request(self, store, caf::infinite, query_ownership{})
      .then([ask](const ownership&) { ask(); },
            [promise](const caf::error& error) { promise.deliver(error); });
}

/// Linked to its node; its store, credential and imports are linked to it.
tenant_actor::behavior_type tenant(tenant_actor::stateful_pointer<tenant_state> self,
                                   tenant_settings settings, credential login);

} // namespace tidemark
