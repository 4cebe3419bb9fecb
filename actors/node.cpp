#include "actors/node.hpp"

#include <algorithm>
#include <random>

#include <fmt/ranges.h>

#include "actors/budget.hpp"
#include "actors/clock.hpp"
#include "actors/http.hpp"
#include "actors/journal.hpp"
#include "actors/pool.hpp"
#include "config/dependency_graph.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/import_id.hpp"

namespace tidemark {

namespace {

std::uint64_t random_number() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

record_type_info describe(const record_type& type, const criteria& types) {
  record_type_info info;
  info.name = type.name;
  info.table = type.table;
  info.filter = type.filter;
  info.key = type.key;
  info.set_of = type.set ? type.set->parent : "";
  info.change_column = type.change_column;
  info.fields = static_cast<std::uint32_t>(type.fields.size());
  info.depends_on = type.depends_on;
  if (auto graph = resolve(types, type.name))
    info.wave = static_cast<std::uint32_t>(graph->waves().size() - 1);
  return info;
}

} // namespace

outcome<std::map<std::string, credential>> make_logins(const node_config& config) {
  std::map<std::string, credential> logins;
  for (auto& tenant : config.tenants) {
    auto login = credential::make(tenant);
    if (!login)
      return fail(login.error().code, fmt::format("tenant {}: {}", tenant.id, login.error().message),
                  tenant.id);
    logins.emplace(tenant.id, std::move(*login));
  }
  return logins;
}

void node_state::start(node_settings with) {
  settings = std::move(with);
  started_at = wall_now();
  auto& config = settings.config;
  journal = self->spawn<caf::linked>(tidemark::journal, random_number());
  http = self->spawn<caf::linked>(tidemark::http, transport_over(*settings.engine));
  budget = self->spawn<caf::linked>(tidemark::budget, config.byte_budget);
  for (auto& tenant : config.tenants) {
    if (pools.contains(tenant.account)) continue;
    slot_policy_options options;
    options.limit = tenant.concurrency_limit;
    options.outage_pause = config.outage_pause;
    options.seed = random_number();
    pools.emplace(tenant.account, self->spawn<caf::linked>(pool, tenant.account, options, http));
  }
  for (auto& tenant : config.tenants) {
    auto& entry = tenants[tenant.id];
    entry.config = tenant;
    spawn_tenant(entry);
  }
}

void node_state::spawn_tenant(tenant_entry& entry) {
  tenant_settings with{entry.config,
                       settings.config.name,
                       self->address(),
                       settings.types,
                       pools.at(entry.config.account),
                       http,
                       budget,
                       journal,
                       {settings.config.max_attempts},
                       settings.config.patience,
                       settings.config.stop_grace};
  entry.actor =
      self->spawn<caf::linked + caf::monitored>(tenant, std::move(with), settings.logins.at(entry.config.id));
}

outcome<tenant_actor> node_state::tenant_named(const std::string& id) const {
  auto found = tenants.find(id);
  if (found != tenants.end() && !found->second.given_up) return found->second.actor;
  if (found != tenants.end())
    return fail(ec::internal,
                fmt::format("tenant {} died too often and was given up; the node's log says why", id), id);
  std::vector<std::string> names;
  for (auto& [known, entry] : tenants) names.push_back(known);
  return fail(ec::unknown_tenant,
              names.empty() ? fmt::format("no tenant {}: this node has no tenants", id)
                            : fmt::format("no tenant {} on this node; it has {}", id, fmt::join(names, ", ")),
              id);
}

outcome<tenant_actor> node_state::tenant_of_import(const std::string& import_id) const {
  auto id = tenant_of(import_id);
  if (!id)
    return fail(ec::unknown_import,
                fmt::format("{} is not an import's id; ids look like TENANT.26-characters, see import list",
                            import_id),
                import_id);
  return tenant_named(std::string{*id});
}

caf::result<import_status> node_state::start_import(const struct start_import& wanted) {
  auto to = tenant_named(wanted.tenant);
  if (!to) return to_caf_error(to.error());
  return delegate_to(self, *to, wanted);
}

caf::result<import_status> node_state::query(const query_import& wanted) {
  auto to = tenant_of_import(wanted.id);
  if (!to) return to_caf_error(to.error());
  return delegate_to(self, *to, wanted);
}

caf::result<cancel_receipt> node_state::cancel(const cancel_import& wanted) {
  auto to = tenant_of_import(wanted.id);
  if (!to) return to_caf_error(to.error());
  return delegate_to(self, *to, wanted);
}

caf::result<import_status> node_state::pause(const pause_import& wanted) {
  auto to = tenant_of_import(wanted.id);
  if (!to) return to_caf_error(to.error());
  return delegate_to(self, *to, wanted);
}

caf::result<import_status> node_state::resume(const resume_import& wanted) {
  auto to = tenant_of_import(wanted.id);
  if (!to) return to_caf_error(to.error());
  return delegate_to(self, *to, wanted);
}

caf::result<plan_report> node_state::plan(const plan_import& wanted) {
  auto to = tenant_named(wanted.tenant);
  if (!to) return to_caf_error(to.error());
  return delegate_to(self, *to, wanted);
}

caf::result<import_list> node_state::list(const list_imports& wanted) {
  if (!wanted.tenant.empty()) {
    auto to = tenant_named(wanted.tenant);
    if (!to) return to_caf_error(to.error());
    return delegate_to(self, *to, wanted);
  }
  if (tenants.empty()) return import_list{};
  auto promise = self->make_response_promise<import_list>();
  auto all = std::make_shared<import_list>();
  auto left = std::make_shared<std::size_t>(tenants.size());
  auto one_less = [promise, all, left, limit = wanted.limit]() mutable {
    if (--*left > 0) return;
    std::ranges::sort(all->imports, std::greater{}, &import_status::requested_at);
    if (all->imports.size() > limit) all->imports.resize(limit);
    promise.deliver(std::move(*all));
  };
  for (auto& [id, entry] : tenants) {
    request(self, entry.actor, caf::infinite, wanted)
        .then(
            [all, one_less](const import_list& some) mutable {
              all->imports.insert(all->imports.end(), some.imports.begin(), some.imports.end());
              one_less();
            },
            // A tenant whose database cannot be read must not hide the others.
            [one_less, tenant_id = id](const caf::error& error) mutable {
              log(log_level::warning, "node", "list_incomplete", "imports of tenant {} cannot be listed: {}",
                  tenant_id, render(to_failure(error)));
              one_less();
            });
  }
  return promise;
}

record_type_list node_state::record_types() const {
  record_type_list result;
  for (auto& type : settings.types->record_types())
    result.record_types.push_back(describe(type, *settings.types));
  return result;
}

caf::result<node_status> node_state::status() {
  auto promise = self->make_response_promise<node_status>();
  auto result = std::make_shared<node_status>();
  result->name = settings.config.name;
  result->version = TIDEMARK_VERSION;
  result->started_at = started_at;
  for (auto& [id, entry] : tenants) result->tenants.push_back(id);
  auto left = std::make_shared<std::size_t>(pools.size() + tenants.size() + 1);
  auto one_less = [promise, result, left]() mutable {
    if (--*left > 0) return;
    std::ranges::sort(result->pools, {}, &pool_status::account);
    promise.deliver(std::move(*result));
  };
  auto ignore = [one_less](const caf::error&) mutable { one_less(); };
  request(self, http, caf::infinite, query_http{})
      .then(
          [result, one_less](const http_counts& counts) mutable {
            result->transfers = counts.transfers;
            result->connections_opened = counts.connections_opened;
            result->connections_open = counts.connections_open;
            one_less();
          },
          ignore);
  for (auto& [id, entry] : tenants)
    request(self, entry.actor, caf::infinite, query_tenant{})
        .then(
            [result, one_less, tenant_id = id](const tenant_status& status) mutable {
              result->imports_running += status.imports_running;
              if (status.recovered) result->recovered.push_back(tenant_id);
              one_less();
            },
            ignore);
  for (auto& [account, actor] : pools)
    request(self, actor, caf::infinite, query_pool{})
        .then(
            [result, one_less](const pool_status& status) mutable {
              result->pools.push_back(status);
              one_less();
            },
            ignore);
  return promise;
}

caf::result<done> node_state::stop() {
  if (tenants.empty()) return done{};
  auto promise = self->make_response_promise<done>();
  auto left = std::make_shared<std::size_t>(tenants.size());
  auto one_less = [promise, left]() mutable {
    if (--*left == 0) promise.deliver(done{});
  };
  for (auto& [id, entry] : tenants)
    request(self, entry.actor, caf::infinite, stop_branch{})
        .then([one_less](const done&) mutable { one_less(); },
              [one_less](const caf::error&) mutable { one_less(); });
  return promise;
}

child_list node_state::list_children() const {
  child_list result;
  for (auto& [id, entry] : tenants)
    if (!entry.given_up) result.children.push_back({id, caf::actor_cast<caf::strong_actor_ptr>(entry.actor)});
  return result;
}

bool node_state::is_tenant(const caf::actor_addr& who) const {
  return std::ranges::any_of(tenants, [&](auto& entry) { return entry.second.actor.address() == who; });
}

void node_state::child_down(const caf::down_msg& down) {
  auto found =
      std::ranges::find_if(tenants, [&](auto& entry) { return entry.second.actor.address() == down.source; });
  if (found == tenants.end() || down.reason == caf::exit_reason::user_shutdown) return;
  auto& entry = found->second;
  log(log_level::error, "node", "tenant_died", "tenant {} died: {}", found->first,
      caf::to_string(down.reason));
  if (entry.restarts.allow(steady_now(self))) return spawn_tenant(entry);
  log(log_level::error, "node", "tenant_given_up",
      "tenant {} died more than 3 times in 60 s; restart the node once the "
      "cause is mended",
      found->first);
  entry.given_up = true;
}

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, node_settings settings) {
  auto* state = &state_of(self);
  state->start(std::move(settings));
  self->set_down_handler([state](const caf::down_msg& down) { state->child_down(down); });
  self->set_exit_handler([self, state](const caf::exit_msg& message) {
    // Tenants are watched and restarted; without one of its own services a node cannot go on.
    if (!state->is_tenant(message.source)) self->quit(message.reason);
  });
  return {
      [state](const start_import& wanted) { return state->start_import(wanted); },
      [state](const query_import& wanted) { return state->query(wanted); },
      [state](const cancel_import& wanted) { return state->cancel(wanted); },
      [state](const pause_import& wanted) { return state->pause(wanted); },
      [state](const resume_import& wanted) { return state->resume(wanted); },
      [state](const list_imports& wanted) { return state->list(wanted); },
      [state](const list_record_types&) { return state->record_types(); },
      [state](const plan_import& wanted) { return state->plan(wanted); },
      [state](const query_node&) { return state->status(); },
      [state](const struct list_children&) { return state->list_children(); },
      [state](const query_journal&) { return journal_handle{state->journal}; },
      [state](const stop_branch&) { return state->stop(); },
  };
}

} // namespace tidemark
