/// One per process: spawns everything below, routes each command to its tenant.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/supervision.hpp"
#include "actors/tenant.hpp"
#include "config/criteria.hpp"
#include "config/node_config.hpp"
#include "messages/protocol.hpp"
#include "netsuite/http_engine.hpp"

namespace tidemark {

struct node_settings {
  node_config config;
  std::shared_ptr<const criteria> types;
  std::map<std::string, credential> logins; ///< by tenant
  http_engine* engine = nullptr;            ///< outlives the actor system's actors
};

/// Checks each tenant's login (its private key, if it has one) before anything is started.
outcome<std::map<std::string, credential>> make_logins(const node_config& config);

struct node_state {
  explicit node_state(node_actor::stateful_pointer<node_state> actor) : self(actor) {}

  void start(node_settings with);
  caf::result<import_status> start_import(const struct start_import& wanted);
  caf::result<import_status> query(const query_import& wanted);
  caf::result<cancel_receipt> cancel(const cancel_import& wanted);
  caf::result<import_status> pause(const pause_import& wanted);
  caf::result<import_status> resume(const resume_import& wanted);
  caf::result<import_list> list(const list_imports& wanted);
  caf::result<plan_report> plan(const plan_import& wanted);
  record_type_list record_types() const;
  caf::result<node_status> status();
  caf::result<done> stop();
  child_list list_children() const;
  void child_down(const caf::down_msg& down);
  bool is_tenant(const caf::actor_addr& who) const;

  static inline const char* name = "node";

  journal_actor journal;
  node_settings settings;

private:
  struct tenant_entry {
    tenant_config config;
    tenant_actor actor;
    restart_intensity restarts = restart_intensity{};
    bool given_up = false; ///< died too often
  };

  void spawn_tenant(tenant_entry& entry);
  outcome<tenant_actor> tenant_named(const std::string& id) const;
  outcome<tenant_actor> tenant_of_import(const std::string& import_id) const;

  node_actor::stateful_pointer<node_state> self;
  unix_ms started_at = 0;
  http_actor http;
  budget_actor budget;
  std::map<std::string, pool_actor> pools; ///< by account
  std::map<std::string, tenant_entry> tenants;
};

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, node_settings settings);

} // namespace tidemark
