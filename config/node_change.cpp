#include "config/node_change.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace tidemark {

namespace {

using names = std::vector<std::string>;

void note(names& to, bool differs, std::string what) {
  if (differs) to.push_back(std::move(what));
}

/// The settings that take effect only at a start.
names fixed_differences(const node_config& a, node_config b) {
  names fixed;
  note(fixed, a.name != b.name, "node.name");
  note(fixed, a.data_dir != b.data_dir, "node.data_dir");
  note(fixed, a.control_socket != b.control_socket, "node.control");
  note(fixed, a.byte_budget != b.byte_budget, "node.byte_budget_mb");
  note(fixed, a.scheduler_threads != b.scheduler_threads, "node.scheduler_threads");
  note(fixed, a.max_attempts != b.max_attempts, "node.max_attempts");
  note(fixed, a.patience != b.patience, "node.patience_seconds");
  note(fixed, a.outage_pause != b.outage_pause, "node.outage_pause_seconds");
  note(fixed, a.stop_grace != b.stop_grace, "node.stop_grace_seconds");
  note(fixed, a.target_page != b.target_page, "node.target_page_seconds");
  note(fixed, a.max_rejected_records != b.max_rejected_records, "node.max_rejected_records");
  note(fixed, a.ledger_retention_days != b.ledger_retention_days, "node.ledger_retention_days");
  note(fixed, a.audit_retention_days != b.audit_retention_days, "node.audit_retention_days");
  note(fixed, a.http != b.http, "[http]");
  note(fixed, a.log != b.log, "[log]");
  note(fixed, a.alerts != b.alerts, "[alerts]");
  note(fixed, a.features != b.features, "[features]");
  if (!fixed.empty()) return fixed;
  // Whatever else there is: a setting without a name of its own here must not pass unnoticed.
  b.tenants = a.tenants;
  b.criteria_file = a.criteria_file;
  note(fixed, a != b, "a setting outside of [[tenants]]");
  return fixed;
}

tenant_change difference(const tenant_config& a, const tenant_config& b, bool other_types) {
  tenant_change change{b.id, {}, a.auth != b.auth};
  auto& what = change.what;
  note(what, change.credentials, "credentials");
  note(what, other_types || a.criteria_overlay != b.criteria_overlay, "criteria");
  note(what, a.account != b.account, "account");
  note(what, a.base_url != b.base_url, "base_url");
  note(what, a.database != b.database, "database");
  note(what, a.accept_language != b.accept_language, "accept_language");
  note(what, a.planning != b.planning, "planning");
  note(what, a.look_back != b.look_back, "look_back_minutes");
  note(what, a.deletes != b.deletes, "deletes");
  if (!what.empty()) return change;
  auto rest = b;
  rest.concurrency_limit = a.concurrency_limit;
  rest.concurrency_reserve = a.concurrency_reserve;
  rest.concurrency_auto = a.concurrency_auto;
  note(what, a != rest, "settings");
  return change;
}

std::map<std::string, const tenant_config*> by_id(const node_config& config) {
  std::map<std::string, const tenant_config*> result;
  for (auto& tenant : config.tenants) result.emplace(tenant.id, &tenant);
  return result;
}

/// Tenants with the same account have the same slots: the reader of the file sees to it.
std::map<std::string, account_slots> slots_by_account(const node_config& config) {
  std::map<std::string, account_slots> result;
  for (auto& tenant : config.tenants) result.emplace(tenant.account, slots_of(tenant));
  return result;
}

std::string text_of(const account_slots& slots) {
  auto limit = slots.automatic ? std::string{"its own limit"} : fmt::format("a limit of {}", slots.limit);
  return slots.reserve > 0 ? fmt::format("{} less {}", limit, slots.reserve) : limit;
}

} // namespace

account_slots slots_of(const tenant_config& tenant) {
  return {tenant.concurrency_limit, tenant.concurrency_reserve, tenant.concurrency_auto};
}

outcome<node_change> compare(const node_config& running, const node_config& wanted,
                             const std::set<std::string>& other_types) {
  if (auto fixed = fixed_differences(running, wanted); !fixed.empty())
    return fail(
        ec::bad_config,
        fmt::format(
            "nothing was changed: {} {} effect only when the node starts; restart it, or put back what "
            "was there and reload",
            fmt::join(fixed, ", "), fixed.size() == 1 ? "takes" : "take"));
  node_change change;
  auto before = by_id(running);
  for (auto& tenant : wanted.tenants) {
    auto known = before.extract(tenant.id);
    if (!known) {
      change.added.push_back(tenant.id);
      continue;
    }
    auto different = difference(*known.mapped(), tenant, other_types.contains(tenant.id));
    if (!different.what.empty()) change.changed.push_back(std::move(different));
  }
  for (auto& [id, tenant] : before) change.removed.push_back(id);
  auto slots = slots_by_account(running);
  for (auto& [account, now] : slots_by_account(wanted))
    if (auto known = slots.find(account); known != slots.end() && known->second != now)
      change.slots.push_back({account, known->second, now});
  return change;
}

std::vector<std::string> describe(const node_change& change) {
  names result;
  for (auto& id : change.added) result.push_back(fmt::format("tenant {} is new", id));
  for (auto& id : change.removed)
    result.push_back(fmt::format("tenant {} is gone; its database stays, and unfinished imports in it", id));
  for (auto& tenant : change.changed)
    result.push_back(fmt::format("tenant {} has new {}", tenant.id, fmt::join(tenant.what, ", ")));
  for (auto& x : change.slots)
    result.push_back(
        fmt::format("account {} has {} instead of {}", x.account, text_of(x.to), text_of(x.from)));
  return result;
}

} // namespace tidemark
