/// What a node does when its configuration is read again, and when it is told to stop.
#include <algorithm>

#include "actors/clock.hpp"
#include "actors/node/audited.hpp"
#include "actors/node/node.hpp"
#include "actors/node/stop_times.hpp"
#include "actors/roll_call.hpp"
#include "actors/schedule/control.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

// Files may lie on a disk that is far away, and databases of new tenants may be locked for a while.
constexpr std::chrono::minutes reading_patience{5};

settings_reader_actor::behavior_type settings_reader(settings_reader_actor::pointer self,
                                                     std::function<outcome<node_settings>()> read) {
  return {[self, read](const read_settings&) -> caf::result<settings_read> {
    self->quit();
    auto settings = read();
    if (!settings) return to_caf_error(settings.error());
    return settings_read{std::make_shared<const node_settings>(std::move(*settings))};
  }};
}

bool same_types(const criteria& a, const criteria& b) { return a.record_types() == b.record_types(); }

/// The tenants of both whose record types differ.
std::set<std::string> tenants_with_other_types(const node_settings& a, const node_settings& b) {
  std::set<std::string> result;
  for (auto& tenant : a.config.tenants) {
    bool stays = std::ranges::any_of(b.config.tenants, [&](auto& x) { return x.id == tenant.id; });
    if (stays && !same_types(*a.types_of(tenant.id), *b.types_of(tenant.id))) result.insert(tenant.id);
  }
  return result;
}

} // namespace

caf::result<node_stopping> node_state::stop_process(const stop_node& wanted) {
  if (!settings.stop_process)
    return to_caf_error({ec::bad_request, "this node cannot be stopped by a command", settings.config.name});
  log(log_level::info, "node", "stop_requested", "{} stops the node", wanted.requested_by);
  settings.stop_process();
  auto longest = std::chrono::duration_cast<std::chrono::seconds>(settings.config.stop_grace + stop_limit);
  return node_stopping{settings.config.name, static_cast<std::uint32_t>(longest.count())};
}

// -- reading the configuration again
// ----------------------------------------------------------------------------------------------------

caf::result<reload_report> node_state::reload(const reload_node& wanted) {
  if (stopping) return to_caf_error({ec::stopping, "the node is stopping and takes no new configuration"});
  if (!settings.read_again)
    return to_caf_error(
        {ec::bad_request, "this node has no configuration file to read", settings.config.name});
  bool by_signal = self->current_sender() == nullptr; // the promise takes the sender along
  auto promise = make_promise<reload_report>(self);
  reloads.push_back({wanted.requested_by, by_signal, promise});
  // One after the other: the file may have changed since the one before was read.
  if (reloads.size() == 1) read_settings_again();
  return promise;
}

void node_state::read_settings_again() {
  reloaded = {};
  reload_steps = 0;
  auto look = [again = settings.read_again, running = settings.config] { return again(running); };
  auto reader = settings.threads ? self->spawn<caf::detached>(settings_reader, std::move(look))
                                 : self->spawn(settings_reader, std::move(look));
  enter_roll(reader, "the reader of the configuration");
  request(self, reader, reading_patience, read_settings{})
      .then([this](const settings_read& read) { take_up(*read.settings); },
            [this](const caf::error& error) { end_reload(error); });
}

void node_state::take_up(const node_settings& wanted) {
  if (stopping) return end_reload(to_caf_error({ec::stopping, "the node is stopping"}));
  auto change = compare(settings.config, wanted.config, tenants_with_other_types(settings, wanted));
  if (!change) return end_reload(to_caf_error(change.error()));
  settings.config = wanted.config;
  settings.types = wanted.types;
  settings.own_types = wanted.own_types;
  settings.logins = wanted.logins;
  reloaded.changes = describe(*change);
  for (auto& text : reloaded.changes)
    log(log_level::info, "node", "configuration_changed", "{}, by {}", text, reloads.front().requested_by);
  reload_steps = 1;
  for (auto& x : change->slots) apply(x);
  for (auto& tenant : settings.config.tenants) {
    open_pool(tenant);
    auto known = tenants.find(tenant.id);
    if (known == tenants.end()) {
      to_begin.insert(tenant.id);
      continue;
    }
    auto& entry = known->second;
    auto before = std::exchange(entry.config, tenant);
    if (slots_of(before) != slots_of(tenant))
      send(self, entry.actor, adopt_limit{tenant.concurrency_limit, tenant.concurrency_auto});
  }
  for (auto& x : change->changed) let_go(x.id, tenant_entry::farewell::begin_anew, x.credentials);
  for (auto& id : change->removed) let_go(id, tenant_entry::farewell::leave, false);
  begin_tenants();
  one_step_of_reload_less();
}

void node_state::apply(const slots_change& change) {
  auto& now = change.to;
  set_limit limit{now.limit, now.automatic ? limit_source::fallback : limit_source::configured,
                  now.automatic ? "the account has not been asked yet" : "", now.reserve};
  auto slots = pools.find(change.account);
  if (slots == pools.end()) return; // its pool, when there is one, begins with the limit as it is now
  ++reload_steps;
  request(self, slots->second, part_patience, std::move(limit))
      .then(
          [this](const pool_status& pool) {
            if (pool.source == limit_source::command)
              reloaded.hints.push_back(
                  fmt::format("account {} keeps the limit of {} that was {}; \"tidemark concurrency "
                              "TENANT --reset\" ends that",
                              pool.account, pool.limit, pool.source_note));
            one_step_of_reload_less();
          },
          [this](const caf::error&) { one_step_of_reload_less(); });
}

std::string node_state::farewell_text(const std::string& id, const tenant_entry& entry) {
  return entry.ends_for == tenant_entry::farewell::leave
             ? fmt::format("tenant {} was taken out of the configuration", id)
             : fmt::format("tenant {} is taking up a new configuration", id);
}

/// Stops a tenant as the end of the node does: its imports rest in the ledger, and whoever takes them up goes
/// on.
void node_state::let_go(const std::string& id, tenant_entry::farewell what, bool new_credentials) {
  auto found = tenants.find(id);
  if (found == tenants.end()) return;
  auto& entry = found->second;
  entry.ends_for = what;
  ++reload_steps;
  if (entry.given_up) return tenant_gone(id);
  if (new_credentials)
    request(self, entry.actor, part_patience, query_tenant{})
        .then(
            [this, id](const tenant_status& status) {
              if (!status.suspended.active() || status.suspended.by_command) return;
              reloaded.hints.push_back(fmt::format("tenant {} is still suspended because its login was "
                                                   "refused; \"tidemark tenant resume {}\" tries the "
                                                   "new credentials",
                                                   id, id));
            },
            [](const caf::error&) {});
  auto ended = [this, actor = entry.actor] { self->send_exit(actor, caf::exit_reason::user_shutdown); };
  request(self, entry.actor, settings.config.stop_grace + stop_patience,
          stop_tenant{farewell_text(id, entry)})
      .then([ended](const done&) { ended(); },
            [ended, id](const caf::error& error) {
              log_forced_stop(id, error);
              ended();
            });
}

/// A tenant that had to end for a reload is down.
void node_state::tenant_gone(const std::string& id) {
  auto found = tenants.find(id);
  if (found == tenants.end()) return one_step_of_reload_less();
  auto& entry = found->second;
  if (!entry.exit_seen && entry.actor) departed.insert(entry.actor.address());
  entry.serves.clear();
  if (entry.ends_for == tenant_entry::farewell::leave) {
    send(self, monitor, forget_tenant{id});
    send(self, journal, forget_tenant{id});
    tenants.erase(found);
  } else {
    to_begin.insert(id);
  }
  begin_tenants();
  one_step_of_reload_less();
}

void node_state::begin_tenants() {
  if (stopping) return to_begin.clear();
  for (auto& tenant : settings.config.tenants) {
    bool is_left = std::ranges::none_of(tenants, [&](auto& known) {
      return known.first != tenant.id && known.second.serves == tenant.database.location;
    });
    if (!is_left || to_begin.erase(tenant.id) == 0) continue;
    auto& entry = tenants[tenant.id];
    entry.config = tenant;
    entry.ends_for = tenant_entry::farewell::none;
    entry.restarts = restart_intensity{};
    spawn_tenant(entry);
  }
}

void node_state::one_step_of_reload_less() {
  if (--reload_steps > 0) return;
  log(log_level::info, "node", "reloaded", "the configuration was read again: {}, by {}",
      reloaded.changes.empty() ? "nothing has changed" : "all changes are made",
      reloads.front().requested_by);
  audit_signal({});
  reloads.front().promise.deliver(std::move(reloaded));
  next_reload();
}

void node_state::end_reload(const caf::error& why) {
  log(log_level::error, "node", "reload_refused", "the configuration was not taken: {}",
      to_failure(why).message);
  audit_signal(to_failure(why));
  reloads.front().promise.deliver(why);
  next_reload();
}

void node_state::audit_signal(const failure& what) {
  auto& request = reloads.front();
  if (!request.by_signal) return;
  auto entry = audit_of(reload_node{request.requested_by});
  entry.at = wall_now();
  entry.origin = "signal";
  entry.result = what.code == ec::none ? "done" : std::string{to_string(what.code)};
  entry.text = what.message;
  add_to_audit(self, control, entry, [] {});
}

void node_state::next_reload() {
  reloads.pop_front();
  if (!reloads.empty()) read_settings_again();
}

} // namespace tidemark
