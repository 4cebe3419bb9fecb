/// One per process: spawns everything below, routes each command to its tenant.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/request/http.hpp"
#include "actors/supervision.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/criteria.hpp"
#include "config/node_change.hpp"
#include "config/node_config.hpp"
#include "messages/inside/budget.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/control.hpp"
#include "messages/inside/http.hpp"
#include "messages/inside/journal.hpp"
#include "messages/inside/monitor.hpp"
#include "messages/inside/node.hpp"
#include "messages/inside/pool.hpp"
#include "messages/inside/scheduler.hpp"
#include "messages/inside/store.hpp"
#include "messages/inside/tenant.hpp"
#include "messages/promise.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/control.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/node.hpp"
#include "messages/wire/parity.hpp"
#include "messages/wire/plans.hpp"
#include "messages/wire/slots.hpp"
#include "messages/wire/tenants.hpp"

namespace tidemark {

struct node_settings {
  node_config config;
  std::shared_ptr<const criteria> types;
  std::map<std::string, credential> logins; ///< by tenant
  http_transport transport = {};            ///< its engine outlives the actor system's actors
  std::map<std::string, std::shared_ptr<const criteria>> own_types = {}; ///< of tenants with an overlay
  /// Reads the configuration again and checks it as at the start, in a thread that may wait. Gets what the
  /// node runs with.
  std::function<outcome<node_settings>(const node_config& running)> read_again = {};
  std::function<void()> stop_process = {}; ///< begins what SIGTERM begins
  /// Databases and files block, so whoever reads them has a thread; not so in a test that drives every actor.
  bool threads = true;

  std::shared_ptr<const criteria> types_of(const std::string& tenant) const {
    auto own = own_types.find(tenant);
    return own == own_types.end() ? types : own->second;
  }
};

/// The criteria of each tenant that has an overlay; `ec::bad_config` names the tenant.
outcome<std::map<std::string, std::shared_ptr<const criteria>>> load_overlays(const node_config& config);

/// Checks each tenant's login (its private key, if it has one) before anything is started.
outcome<std::map<std::string, credential>> make_logins(const node_config& config);

struct node_state {
  using pointer = caf::stateful_actor<node_state>*;
  explicit node_state(pointer actor) : self(actor) {}

  void start(node_settings with);
  /// A question that somebody else answers, by the command table.
  caf::result<caf::message> forward(caf::message question);
  caf::result<import_list> list(const list_imports& wanted);
  caf::result<record_type_list> record_types(const list_record_types& wanted);
  caf::result<error_report> errors(const query_errors& wanted);
  caf::result<audit_list> audit(const list_audit& wanted);
  caf::result<schedule_list> schedules(const list_schedules& wanted);
  caf::result<flag_record> change(const change_flag& wanted);
  caf::result<flag_decision> explain(const explain_flag& wanted);
  caf::result<schedule_status> schedule_import(const add_schedule& wanted);
  caf::result<node_status> status();
  caf::result<pool_status> tune(const tune_concurrency& wanted);
  caf::result<tenant_list> list_tenants();
  caf::result<tenant_info> suspend(const suspend_tenant& wanted);
  caf::result<tenant_info> resume_tenant(const struct resume_tenant& wanted);
  caf::result<done> stop();
  caf::result<node_stopping> stop_process(const stop_node& wanted);
  caf::result<reload_report> reload(const reload_node& wanted);
  void know(const database_taken& what);
  child_list list_children() const;
  void child_down(const caf::down_msg& down);
  /// Whether a tenant, of now or of before a reload, is what has ended.
  bool is_tenant_exit(const caf::actor_addr& who);

  static inline const char* name = "node";

  journal_actor journal;
  monitor_actor monitor;
  control_actor control;
  reader_actor reader;
  scheduler_actor scheduler;
  node_settings settings;

private:
  struct tenant_entry {
    tenant_config config;
    tenant_actor actor;
    restart_intensity restarts = restart_intensity{};
    bool given_up = false; ///< died too often
    enum class farewell : std::uint8_t { none, begin_anew, leave } ends_for = farewell::none;
    bool exit_seen = false;                 ///< its exit message came before it was known to be down
    std::string serves = {};                ///< the database that its present actor has
    std::string database = {};              ///< that its actors have taken over
    std::optional<ownership> taken_as = {}; ///< the last time
  };
  struct reload_request {
    std::string requested_by;
    bool by_signal = false; ///< no session keeps it in the audit
    answer_promise<reload_report> promise;
  };

  const pool_actor& open_pool(const tenant_config& tenant);
  void spawn_tenant(tenant_entry& entry);
  void give_up(tenant_entry& entry, const std::string& why);
  template <class Message>
  caf::result<tenant_info> ask_tenant(const Message& message);
  tenant_info info_of(const std::string& id, const tenant_entry& entry) const;
  outcome<tenant_entry*> entry_named(const std::string& id);
  outcome<tenant_actor> tenant_named(const std::string& id);
  outcome<tenant_actor> tenant_of_import(const std::string& import_id);

  /// Passes on what concerns one tenant or all. A name that nobody knows is refused, unless something is left
  /// of it: a reload takes tenants out.
  template <class Answer, class To, class Question, class IsEmpty>
  caf::result<Answer> list_of_tenant(const To& to, const Question& wanted, IsEmpty is_empty);
  void read_settings_again();
  void take_up(const node_settings& wanted);
  void apply(const slots_change& change);
  /// Why a tenant that ends for a reload does so.
  static std::string farewell_text(const std::string& id, const tenant_entry& entry);
  void let_go(const std::string& id, tenant_entry::farewell what, bool new_credentials);
  void tenant_gone(const std::string& id);
  /// Begins those tenants of a reload whose database nobody else has any more; the others wait for that.
  void begin_tenants();
  void one_step_of_reload_less();
  void end_reload(const caf::error& why);
  void audit_signal(const failure& what);
  void next_reload();

  pointer self;
  unix_ms started_at = 0;
  http_actor http;
  budget_actor budget;
  std::map<std::string, pool_actor> pools; ///< by account
  std::map<std::string, tenant_entry> tenants;
  std::set<std::string> to_begin;     ///< tenants of a reload that wait for their database
  std::set<caf::actor_addr> departed; ///< tenants that are down, while their exit message is still on its way
  bool stopping = false;

  std::deque<reload_request> reloads; ///< the first is under way
  reload_report reloaded;             ///< of the first
  std::size_t reload_steps = 0;       ///< that it waits for
};

/// How long the node waits for a part of an answer that it puts together, of a tenant, a pool or a service.
inline constexpr std::chrono::seconds part_patience{10};

/// Whether somebody was asked who has not answered in time, and has not ended.
inline bool hangs(const caf::error& error) { return error == caf::sec::request_timeout; }

/// A tenant has to be ended although its imports have not stopped.
void log_forced_stop(const std::string& tenant, const caf::error& why);

/// Behind a `node_actor`. What others answer is passed on by the command table.
caf::behavior node(node_state::pointer self, node_settings settings);

} // namespace tidemark
