/// One tenant: starts, finds, resumes and ends its imports, and keeps them out of each other's way.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/import.hpp"
#include "actors/plan_run.hpp"
#include "actors/supervision.hpp"
#include "actors/type_claims.hpp"
#include "config/node_config.hpp"
#include "messages/protocol.hpp"
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
  retry_options retry;
  patience_times patience{};
  std::chrono::milliseconds stop_grace{10'000}; ///< for open requests of an import that is paused or stopped
  bool store_thread =
      true; ///< a database blocks, so it has a thread; not so in a test that drives every actor
};

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
  caf::result<plan_report> plan(const plan_import& wanted);
  caf::result<done> stop();
  tenant_status status() const noexcept { return {live.size(), recovered}; }
  void claim(const claim_type& wanted);
  void type_over(const type_ended& ended);
  void import_over(const import_ended& ended);
  void account_down(const account_unavailable& what);
  void account_up();
  void look_again();
  child_list list_children() const;
  void child_down(const caf::down_msg& down);
  bool is_service(const caf::actor_addr& who) const;

  static inline const char* name = "tenant";

private:
  struct live_import {
    import_row row;
    import_actor actor;
    restart_intensity restarts = restart_intensity{};
    failure waits_for; ///< the database's trouble that its restart waits for
  };
  using status_promise = caf::typed_response_promise<import_status>;

  void resume_unfinished();
  void see_recovery(const std::vector<import_row>& unfinished);
  void pause_in_ledger(const pause_import& wanted, status_promise promise);
  void close_database();
  void retry_later();
  import_status seen(import_status status) const;
  void spawn_import(const import_row& row);
  void begin_new(const struct start_import& wanted);
  void query_ledger(const std::string& import_id, status_promise promise);
  void answer_start(const std::string& record_type, const import_status& status);
  void fail_start(const std::string& record_type, const failure& what);
  void cancel_in_ledger(const cancel_import& wanted, caf::typed_response_promise<cancel_receipt> promise);
  void tell(const std::string& record_type, const type_claims::decision& decision);
  void release_claims(const std::string& import_id);
  void probe_account();
  void go_on_with(const std::string& import_id);
  void go_on_from(const import_row& paused);
  void import_died(live_import& import, const caf::error& reason);
  void give_up(const std::string& import_id, const std::string& why);
  void tell_journal(const std::string& import_id);
  import_settings settings_of_imports() const;

  tenant_actor::stateful_pointer<tenant_state> self;
  tenant_settings settings;
  account_services account;
  store_actor store;
  std::map<std::string, live_import> live;                     ///< by id
  std::map<std::string, std::vector<status_promise>> starting; ///< by main record type
  std::set<std::string> paused_by_outage;                      ///< ids; go on when the account is back
  std::set<std::string> back_before_paused; ///< of these, the account came back while they were pausing
  std::set<std::string> to_restart;         ///< ids; wait for the database
  std::chrono::milliseconds next_retry{0};  ///< of the database
  type_claims claims;
  std::optional<netsuite_call> probe;
  std::vector<caf::typed_response_promise<done>> stop_promises;
  bool recovered = false; ///< the owner of the database before this one crashed
  bool resumed = false;   ///< what was unfinished at the start has been taken up
  bool stopping = false;  ///< from `stop_branch` on
};

/// Linked to its node; its store, credential and imports are linked to it.
tenant_actor::behavior_type tenant(tenant_actor::stateful_pointer<tenant_state> self,
                                   tenant_settings settings, credential login);

} // namespace tidemark
