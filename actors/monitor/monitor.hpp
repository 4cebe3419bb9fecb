/// Watches everything else: counts errors, keeps the alerts, tells the log and the journal of them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "actors/monitor/alert_rules.hpp"
#include "actors/monitor/error_log.hpp"
#include "actors/monitor/resource_sample.hpp"
#include "messages/inside/journal.hpp"
#include "messages/inside/monitor.hpp"
#include "messages/inside/pool.hpp"
#include "messages/inside/tenant.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/journal.hpp"
#include "messages/wire/slots.hpp"

namespace tidemark {

struct monitor_settings {
  alerts_config alerts;
  std::vector<std::filesystem::path> folders; ///< whose disks are watched
  journal_actor journal;
  std::map<std::string, pool_actor> pools; ///< by account
  /// How the process is; tests put their own in.
  std::function<resource_sample(std::span<const std::filesystem::path>)> resources =
      [](std::span<const std::filesystem::path> of) { return read_resources(of); };
};

struct monitor_state {
  explicit monitor_state(monitor_actor::stateful_pointer<monitor_state> actor) : self(actor) {}

  void start(monitor_settings with);
  void watch(const watch_tenant& what);
  void forget(const forget_tenant& what);
  void count(const error_entry& what) { errors.add(what); }
  void raise(const raise_alert& wanted);
  void clear(const clear_alert& wanted);
  void take_snapshot(const journal_snapshot& snapshot);
  void take_event(const import_event& event);
  error_report query(const query_errors& wanted) const;
  alert_list alerts() const;
  metrics_snapshot metrics() const;
  void sample();

  static inline const char* name = "monitor";

private:
  struct watched_tenant {
    tenant_actor actor;
    std::string account;
    std::set<std::string> record_types;
    std::optional<std::chrono::steady_clock::time_point> asked; ///< and not answered yet
    bool past_known = false; ///< the alerts that earlier imports left behind are up again
    tenant_sample last;
  };

  moment now() const;
  void forget_if_unused(const std::string& account);
  void look_at_accounts();
  void look_at_databases();
  void answered(const std::string& tenant, const tenant_health& health);
  void load_past_of(const std::string& tenant);
  void load_histories();
  void see(const import_status& head, std::string_view kind, std::uint64_t batch);
  void tell_changes();
  void give_credit();

  monitor_actor::stateful_pointer<monitor_state> self;
  monitor_settings settings;
  std::optional<alert_rules> rules;
  error_log errors;
  std::map<std::string, watched_tenant> tenants;
  std::set<std::string> departed; ///< tenants that were removed; the journal may still tell of their ends
  std::map<std::string, pool_status> pools; ///< as last seen
  resource_sample resources;
  std::map<std::pair<std::string, import_state>, std::uint64_t> ended;
  std::uint32_t taken = 0; ///< journal messages since credit was given
  unix_ms heard_until = 0; ///< of the last journal message
  unix_ms started_at = 0;
};

/// Linked to its node. Looks at everything once per `alerts.sample`; whatever it asks may take its time, and
/// is not asked again meanwhile.
monitor_actor::behavior_type monitor(monitor_actor::stateful_pointer<monitor_state> self,
                                     monitor_settings settings);

} // namespace tidemark
