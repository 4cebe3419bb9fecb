#include "actors/monitor/monitor.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "actors/clock.hpp"
#include "actors/monitor/metrics.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// Journal messages that may be under way to the monitor, and after how many it gives new credit.
constexpr std::uint32_t journal_credit = 1024;
constexpr std::uint32_t credit_step = 256;

// Earlier imports that make a history.
constexpr std::uint32_t history_length = 10;

log_level level_of(alert_level level) {
  switch (level) {
  case alert_level::notice: return log_level::info;
  case alert_level::warning: return log_level::warning;
  case alert_level::error: return log_level::error;
  }
  return log_level::error;
}

/// What the rules need of an import that nobody runs.
import_status head_of(const import_row& row) {
  import_status head;
  head.id = row.id;
  head.tenant = row.tenant;
  head.record_type = row.record_type;
  head.mode = row.mode;
  head.state = row.state;
  head.error = row.error;
  head.paused_by = row.paused_by;
  head.started_at = row.started_at;
  head.finished_at = row.finished_at;
  return head;
}

/// Of imports before a restart, newest first, those that nothing later has overtaken, oldest first; and
/// whether a later one was let in.
std::vector<std::pair<import_row, bool>> what_counts(const std::vector<import_row>& newest_first) {
  std::vector<std::pair<import_row, bool>> result;
  std::set<std::pair<std::string, import_mode>> overtaken;
  bool let_in = false;
  for (auto& row : newest_first) {
    bool login_refused = row.state == import_state::paused && row.paused_by == pause_cause::credentials;
    if (!is_final(row.state) && !login_refused) continue;
    bool counts = row.state != import_state::cancelled;
    if (counts && !overtaken.contains({row.record_type, row.mode})) result.emplace_back(row, let_in);
    bool is_good = row.state == import_state::completed || row.state == import_state::completed_with_errors;
    let_in = let_in || is_good;
    if (counts) overtaken.insert({row.record_type, row.mode});
    if (is_good) overtaken.insert({row.record_type, import_mode::verify});
  }
  std::ranges::reverse(result);
  return result;
}

} // namespace

void monitor_state::start(monitor_settings with) {
  settings = std::move(with);
  rules.emplace(settings.alerts);
  started_at = wall_now();
  send(self, settings.journal, subscribe{{}, journal_credit});
  sample();
}

moment monitor_state::now() const { return {steady_now(self), wall_now()}; }

void monitor_state::watch(const watch_tenant& what) {
  departed.erase(what.id);
  auto& tenant = tenants[what.id];
  tenant.actor = what.tenant;
  tenant.asked.reset();
  tenant.record_types = what.record_types;
  rules->keep_types(what.id, tenant.record_types, now());
  tell_changes();
  auto before = std::exchange(tenant.account, what.account);
  if (before != what.account) forget_if_unused(before);
  if (what.pool) settings.pools.insert_or_assign(what.account, what.pool);
}

void monitor_state::forget(const forget_tenant& what) {
  departed.insert(what.id);
  auto gone = tenants.extract(what.id);
  rules->forget_tenant(what.id, now());
  if (gone) forget_if_unused(gone.mapped().account);
  tell_changes();
}

/// An account that no tenant has any more is nobody's concern.
void monitor_state::forget_if_unused(const std::string& account) {
  if (account.empty()) return;
  if (std::ranges::any_of(tenants, [&](auto& entry) { return entry.second.account == account; })) return;
  settings.pools.erase(account);
  pools.erase(account);
  rules->forget_account(account, now());
}

void monitor_state::raise(const raise_alert& wanted) {
  rules->raise(wanted.what, now());
  tell_changes();
}

void monitor_state::clear(const clear_alert& wanted) {
  rules->clear(wanted.id, wanted.about, now());
  tell_changes();
}

// -- the journal
// ---------------------------------------------------------------------------------------------------

void monitor_state::take_snapshot(const journal_snapshot& snapshot) {
  // After events that were missed, a snapshot still shows imports whose end has been heard of.
  for (auto& import : snapshot.imports)
    if (!is_final(import.state) || rules->knows(import.id) || import.finished_at > heard_until)
      see(import, "import_state", 0);
  heard_until = std::max(heard_until, wall_now());
  tell_changes();
  give_credit();
}

void monitor_state::take_event(const import_event& event) {
  heard_until = std::max(heard_until, event.at);
  if (!is_alert(event)) {
    see(event.import, event.kind, event.batch);
    for (auto& type : event.import.types) {
      if (event.kind != "type_state" || type.state != type_state::failed) continue;
      errors.add(
          {event.at, event.import.tenant, event.import.id, type.name, 0, "type_failed", {}, type.error, {}});
    }
    tell_changes();
  }
  give_credit();
}

void monitor_state::see(const import_status& head, std::string_view kind, std::uint64_t batch) {
  if (departed.contains(head.tenant)) return;
  bool just_ended = is_final(head.state) && rules->knows(head.id);
  rules->see(head, kind, batch, now());
  if (!just_ended) return;
  ++ended[{head.tenant, head.state}];
  if (head.state == import_state::failed)
    errors.add({wall_now(), head.tenant, head.id, head.record_type, 0, "import_failed", {}, head.error, {}});
}

void monitor_state::give_credit() {
  if (++taken < credit_step) return;
  send(self, settings.journal, more_events{taken});
  taken = 0;
}

// -- samples
// -------------------------------------------------------------------------------------------------------

void monitor_state::sample() {
  return_free_memory();
  resources = settings.resources(settings.folders);
  rules->see(resources, now());
  look_at_accounts();
  look_at_databases();
  load_histories();
  rules->look(now());
  tell_changes();
  delayed_send_self(self, settings.alerts.sample, tick{});
}

void monitor_state::look_at_accounts() {
  for (auto& [account, pool] : settings.pools)
    request(self, pool, caf::infinite, query_pool{})
        .then(
            [this](const pool_status& status) {
              if (!settings.pools.contains(status.account)) return;
              pools.insert_or_assign(status.account, status);
              rules->see(status, now());
              tell_changes();
            },
            [](const caf::error&) {}); // without a pool the node ends too
}

void monitor_state::look_at_databases() {
  for (auto& [known, tenant] : tenants) {
    const auto& id = known;
    if (tenant.asked) {
      // It has not answered since; it is late by so much already.
      auto late = tenant.last;
      late.tenant = id;
      late.suspension_known = false;
      late.delay = std::chrono::duration_cast<std::chrono::milliseconds>(now().steady - *tenant.asked);
      rules->see(late, now());
      continue;
    }
    tenant.asked = now().steady;
    request(self, tenant.actor, caf::infinite, query_health{})
        .then([this, id](const tenant_health& health) { answered(id, health); },
              [this, id](const caf::error&) {
                if (auto entry = tenants.find(id); entry != tenants.end()) entry->second.asked.reset();
              });
  }
}

void monitor_state::answered(const std::string& id, const tenant_health& health) {
  auto found = tenants.find(id);
  if (found == tenants.end()) return;
  auto& tenant = found->second;
  tenant.asked.reset();
  tenant.last = {id,
                 health.store.failures,
                 health.store.last,
                 health.away,
                 health.delay,
                 health.suspended,
                 tenant.account,
                 health.suspension_known,
                 health.store.held,
                 health.store.log_bytes};
  rules->see(tenant.last, now());
  tell_changes();
  if (!tenant.past_known) load_past_of(id);
}

/// What earlier imports left behind, before a restart: the last one of a type failed, a login was refused.
void monitor_state::load_past_of(const std::string& id) {
  auto found = tenants.find(id);
  if (found == tenants.end()) return;
  auto& tenant = found->second;
  tenant.past_known = true;
  request(self, tenant.actor, caf::infinite, load_imports{import_choice::latest})
      .then(
          [this, id](const import_rows& past) {
            auto known = tenants.find(id);
            if (known == tenants.end()) return;
            for (auto& [row, superseded] : what_counts(past.rows)) {
              if (rules->knows(row.id) || !known->second.record_types.contains(row.record_type)) continue;
              auto at = now();
              if (row.finished_at > 0) at.wall = row.finished_at;
              rules->see_past(head_of(row), superseded, at);
            }
            tell_changes();
          },
          // A database that is away is asked again with the next sample.
          [this, id](const caf::error&) {
            if (auto entry = tenants.find(id); entry != tenants.end()) entry->second.past_known = false;
          });
}

void monitor_state::load_histories() {
  for (auto& import : rules->without_history()) {
    auto tenant = tenants.find(import.tenant);
    if (tenant == tenants.end()) continue;
    rules->set_history(import.id, {}); // asked once; a history that cannot be read is none
    request(self, tenant->second.actor, caf::infinite,
            load_past{import.record_type, import.mode, history_length})
        .then([this, id = import.id](const past_imports& past) { rules->set_history(id, past.imports); },
              [](const caf::error&) {});
  }
}

// -- what is told
// --------------------------------------------------------------------------------------------------

void monitor_state::tell_changes() {
  for (auto& change : rules->take_changes()) {
    auto& what = change.what;
    const auto* kind = change.raised ? "alert_raised" : "alert_cleared";
    log(change.raised ? level_of(what.level) : log_level::info, "monitor", kind, "{} ({}): {}{}{}", what.id,
        to_string(what.about), what.text, change.raised ? "; " : "", change.raised ? what.remedy : "");
    import_event event;
    event.at = wall_now();
    event.kind = kind;
    event.import.id = what.about.import_id;
    event.import.tenant = what.about.tenant;
    event.text = what.text;
    event.alerts = {what};
    send(self, settings.journal, std::move(event));
  }
}

error_report monitor_state::query(const query_errors& wanted) const {
  error_report report;
  report.tenant = wanted.tenant;
  report.import_id = wanted.import_id;
  report.counts = wanted.import_id.empty() ? errors.counts(wanted.tenant)
                                           : errors.counts_of_import(wanted.tenant, wanted.import_id);
  report.last = errors.last(wanted.tenant, wanted.import_id, wanted.limit);
  report.remark = "the tenant's database does not answer; these are the errors since the node's start";
  return report;
}

alert_list monitor_state::alerts() const {
  auto& board = rules->board();
  return {board.up(), {board.cleared().begin(), board.cleared().end()}};
}

metrics_snapshot monitor_state::metrics() const {
  metrics_view view;
  view.started_at = started_at;
  for (auto& [account, status] : pools) view.pools.push_back(status);
  view.imports = rules->imports();
  std::erase_if(view.imports, &import_status::unseen);
  view.ended = ended;
  for (auto& tenant : errors.tenants()) view.errors[tenant] = errors.counts(tenant);
  for (auto& [id, tenant] : tenants)
    if (!tenant.last.tenant.empty()) view.stores.push_back(tenant.last);
  view.resources = resources;
  view.alerts = rules->board().up();
  return {make_metrics(view)};
}

monitor_actor::behavior_type monitor(monitor_actor::stateful_pointer<monitor_state> self,
                                     monitor_settings settings) {
  name_exceptions(self);
  auto* state = &state_of(self);
  state->start(std::move(settings));
  return {
      [state](const watch_tenant& what) { state->watch(what); },
      [state](const forget_tenant& what) { state->forget(what); },
      [state](const error_seen& seen) { state->count(seen.what); },
      [state](const raise_alert& wanted) { state->raise(wanted); },
      [state](const clear_alert& wanted) { state->clear(wanted); },
      [state](const journal_snapshot& snapshot) { state->take_snapshot(snapshot); },
      [state](const import_event& event) { state->take_event(event); },
      [state](const query_errors& wanted) { return state->query(wanted); },
      [state](const query_alerts&) { return state->alerts(); },
      [state](const query_metrics&) { return state->metrics(); },
      [state](const tick&) { state->sample(); },
  };
}

} // namespace tidemark
