#include "actors/node/node.hpp"

#include <algorithm>
#include <random>

#include <fmt/ranges.h>

#include "actors/clock.hpp"
#include "actors/monitor/journal.hpp"
#include "actors/monitor/monitor.hpp"
#include "actors/node/command_table.hpp"
#include "actors/node/gathering.hpp"
#include "actors/node/import_pages.hpp"
#include "actors/node/stop_times.hpp"
#include "actors/pool/pool.hpp"
#include "actors/request/budget.hpp"
#include "actors/request/http.hpp"
#include "actors/roll_call.hpp"
#include "actors/schedule/control.hpp"
#include "actors/schedule/scheduler.hpp"
#include "actors/supervision.hpp"
#include "actors/tenant/describe_types.hpp"
#include "actors/tenant/reader.hpp"
#include "config/dependency_graph.hpp"
#include "config/logging.hpp"
#include "config/nearest.hpp"
#include "config/tenant_reader.hpp"
#include "messages/caf_error.hpp"
#include "messages/import_id.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

/// Where this node's data grow: its own folder, and those of databases that lie elsewhere.
std::vector<std::filesystem::path> data_folders(const node_config& config) {
  std::vector<std::filesystem::path> folders{config.data_dir};
  for (auto& tenant : config.tenants)
    folders.push_back(std::filesystem::path{tenant.database.location}.parent_path());
  return folders;
}

constexpr auto given_up_alert = "tenant_given_up";

outcome<caf::actor> as_any(const outcome<tenant_actor>& tenant) {
  if (!tenant) return std::unexpected(tenant.error());
  return caf::actor_cast<caf::actor>(*tenant);
}

std::uint64_t random_number() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
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

outcome<std::map<std::string, std::shared_ptr<const criteria>>> load_overlays(const node_config& config) {
  std::map<std::string, std::shared_ptr<const criteria>> result;
  for (auto& tenant : config.tenants) {
    if (!tenant.criteria_overlay) continue;
    auto types = load_criteria(config.criteria_file, *tenant.criteria_overlay);
    if (!types)
      return fail(types.error().code, fmt::format("tenant {}: {}", tenant.id, types.error().message),
                  tenant.id);
    result.emplace(tenant.id, std::make_shared<const criteria>(std::move(*types)));
  }
  return result;
}

void log_forced_stop(const std::string& tenant, const caf::error& why) {
  log(log_level::warning, "node", "tenant_stop_forced",
      "tenant {} is not waited for any longer; its imports go on from the ledger: {}", tenant,
      hangs(why) ? "it has not stopped in time" : render(to_failure(why)));
}

void node_state::start(node_settings with) {
  settings = std::move(with);
  started_at = wall_now();
  auto& config = settings.config;
  journal = self->spawn<caf::linked>(tidemark::journal, random_number());
  http = self->spawn<caf::linked>(tidemark::http, settings.transport);
  budget = self->spawn<caf::linked>(tidemark::budget, config.byte_budget);
  enter_roll(journal, "the journal");
  enter_roll(http, "the http engine's actor");
  enter_roll(budget, "the byte budget");
  for (auto& tenant : config.tenants) open_pool(tenant);
  monitor = self->spawn<caf::linked>(tidemark::monitor,
                                     monitor_settings{config.alerts, data_folders(config), journal, {}});
  enter_roll(monitor, "the monitor");
  control_settings database{control_database(config).string(), config.features,
                            std::chrono::days{config.audit_retention_days}, monitor, end_of(self)};
  control = settings.threads
                ? self->spawn<caf::detached + caf::linked>(tidemark::control, std::move(database))
                : self->spawn<caf::linked>(tidemark::control, std::move(database));
  reader = self->spawn<caf::linked>(tidemark::reader, reader_settings{.threads = settings.threads});
  for (auto& tenant : config.tenants) {
    auto& entry = tenants[tenant.id];
    entry.config = tenant;
    spawn_tenant(entry);
  }
  scheduler = self->spawn<caf::linked>(
      tidemark::scheduler,
      scheduler_settings{control, caf::actor_cast<starter_actor>(caf::actor{self}), monitor});
  enter_roll(scheduler, "the scheduler");
}

/// The pool of the tenant's account: one that there is already, or a new one.
const pool_actor& node_state::open_pool(const tenant_config& tenant) {
  if (auto known = pools.find(tenant.account); known != pools.end()) return known->second;
  slot_policy_options options;
  options.limit = tenant.concurrency_limit;
  options.reserve = tenant.concurrency_reserve;
  options.outage_pause = settings.config.outage_pause;
  options.seed = random_number();
  auto slots = self->spawn<caf::linked>(pool, tenant.account, options, http);
  enter_roll(slots, "the pool of account " + tenant.account);
  if (tenant.concurrency_auto)
    post(slots,
         set_limit{tenant.concurrency_limit, limit_source::fallback, "the account has not been asked yet"});
  return pools.emplace(tenant.account, std::move(slots)).first->second;
}

void node_state::spawn_tenant(tenant_entry& entry) {
  auto login = settings.logins.find(entry.config.id);
  if (login == settings.logins.end()) return give_up(entry, "it has no login");
  auto& slots = open_pool(entry.config);
  tenant_settings with{entry.config,
                       settings.config.name,
                       self->address(),
                       settings.types_of(entry.config.id),
                       slots,
                       http,
                       budget,
                       journal,
                       monitor,
                       {settings.config.max_attempts},
                       settings.config.patience,
                       std::chrono::days{settings.config.ledger_retention_days},
                       settings.config.stop_grace};
  if (entry.database == entry.config.database.location) with.known_database = entry.taken_as;
  with.pages = {settings.config.target_page, settings.config.http.max_body};
  with.max_rejected = settings.config.max_rejected_records;
  entry.exit_seen = false;
  entry.serves = entry.config.database.location;
  with.flags = flag_actor{control};
  with.reader = reader;
  with.store_thread = settings.threads;
  entry.actor = self->spawn<caf::linked + caf::monitored>(tenant, std::move(with), login->second);
  enter_roll(entry.actor, "tenant " + entry.config.id);
  watch_tenant watched{entry.config.id, entry.actor, entry.config.account, slots};
  for (auto& type : settings.types_of(entry.config.id)->record_types())
    watched.record_types.insert(type.name);
  send(self, monitor, std::move(watched));
  if (std::exchange(entry.given_up, false))
    send(self, monitor, clear_alert{given_up_alert, {entry.config.id, {}, {}, {}}});
}

void node_state::know(const database_taken& what) {
  auto found = tenants.find(what.tenant);
  if (found == tenants.end()) return;
  found->second.database = what.location;
  found->second.taken_as = what.as;
}

void node_state::give_up(tenant_entry& entry, const std::string& why) {
  entry.given_up = true;
  entry.serves.clear();
  send(self, monitor,
       raise_alert{{.id = given_up_alert,
                    .level = alert_level::error,
                    .about = {entry.config.id, {}, {}, {}},
                    .text = fmt::format("tenant {} was given up: {}", entry.config.id, why),
                    .remedy = "look into the node's log, mend the cause, and restart the node"}});
}

outcome<node_state::tenant_entry*> node_state::entry_named(const std::string& id) {
  auto found = tenants.find(id);
  if (found != tenants.end() && found->second.ends_for != tenant_entry::farewell::none) {
    bool comes_back = found->second.ends_for == tenant_entry::farewell::begin_anew;
    return fail(ec::stopping,
                farewell_text(id, found->second) + (comes_back ? "; try again in a moment" : ""), id);
  }
  if (found != tenants.end() && !found->second.given_up) return &found->second;
  if (found != tenants.end())
    return fail(ec::internal,
                fmt::format("tenant {} died too often and was given up; the node's log says why", id), id);
  if (to_begin.contains(id))
    return fail(ec::stopping,
                fmt::format("tenant {} begins as soon as its database is free; try again in a "
                            "moment",
                            id),
                id);
  std::vector<std::string_view> names;
  for (auto& [known, entry] : tenants) names.push_back(known);
  if (names.empty())
    return fail(ec::unknown_tenant, fmt::format("no tenant {}: this node has no tenants", id), id);
  auto near = did_you_mean(nearest_names(id, names));
  return fail(ec::unknown_tenant,
              near.empty() ? fmt::format("no tenant {} on this node; it has {}", id, fmt::join(names, ", "))
                           : fmt::format("no tenant {} on this node{}", id, near),
              id);
}

outcome<tenant_actor> node_state::tenant_named(const std::string& id) {
  auto entry = entry_named(id);
  if (!entry) return std::unexpected(std::move(entry.error()));
  return (*entry)->actor;
}

outcome<tenant_actor> node_state::tenant_of_import(const std::string& import_id) {
  auto id = tenant_of(import_id);
  if (!id)
    return fail(ec::unknown_import,
                fmt::format("{} is not an import's id; ids look like TENANT.26-characters, see import list",
                            import_id),
                import_id);
  return tenant_named(std::string{*id});
}

caf::result<caf::message> node_state::forward(caf::message question) {
  auto* facts = facts_of(question);
  if (facts == nullptr) return caf::make_error(caf::sec::unexpected_message);
  auto [who, called] = facts->whose(question);
  auto to = outcome<caf::actor>{};
  switch (who) {
  case answerer::node: return caf::make_error(caf::sec::unexpected_message);
  case answerer::tenant: to = as_any(tenant_named(std::string{called})); break;
  case answerer::import: to = as_any(tenant_of_import(std::string{called})); break;
  case answerer::control: to = caf::actor_cast<caf::actor>(control); break;
  case answerer::scheduler: to = caf::actor_cast<caf::actor>(scheduler); break;
  case answerer::monitor: to = caf::actor_cast<caf::actor>(monitor); break;
  }
  if (!to) return to_caf_error(to.error());
  auto answer = self->make_response_promise();
  answer.delegate(*to, std::move(question));
  return answer;
}

/// From the ledger; from the monitor's memory where that cannot be read, or not in a time that people wait.
caf::result<error_report> node_state::errors(const query_errors& wanted) {
  auto to = tenant_named(wanted.tenant);
  if (!to) return to_caf_error(to.error());
  if (!wanted.import_id.empty() && tenant_of(wanted.import_id) != wanted.tenant)
    return to_caf_error({ec::unknown_import,
                         fmt::format("{} is no import of tenant {}; see import list --tenant {}",
                                     wanted.import_id, wanted.tenant, wanted.tenant),
                         wanted.import_id});
  auto promise = make_promise<error_report>(self);
  request(self, *to, part_patience, wanted)
      .then([promise](error_report& report) mutable { promise.deliver(std::move(report)); },
            [this, promise, wanted](const caf::error& error) mutable {
              // The memory has no other page to a page of the ledger.
              if (to_failure(error).code == ec::unknown_import || !wanted.after.empty())
                promise.deliver(error);
              else
                promise.delegate(monitor, wanted);
            });
  return promise;
}

template <class Answer, class To, class Question, class IsEmpty>
caf::result<Answer> node_state::list_of_tenant(const To& to, const Question& wanted, IsEmpty is_empty) {
  if (wanted.tenant.empty() || tenants.contains(wanted.tenant)) return delegate_to(self, to, wanted);
  auto promise = make_promise<Answer>(self);
  request(self, to, caf::infinite, wanted)
      .then(
          [this, promise, is_empty, id = wanted.tenant](Answer& answer) {
            auto known = entry_named(id);
            if (known || !is_empty(answer)) return promise.deliver(std::move(answer));
            promise.deliver(to_caf_error(known.error()));
          },
          [promise](const caf::error& error) { promise.deliver(error); });
  return promise;
}

caf::result<audit_list> node_state::audit(const list_audit& wanted) {
  return list_of_tenant<audit_list>(control, wanted, [](auto& list) { return list.entries.empty(); });
}

caf::result<schedule_list> node_state::schedules(const list_schedules& wanted) {
  return list_of_tenant<schedule_list>(scheduler, wanted, [](auto& list) { return list.schedules.empty(); });
}

/// A tenant that has gone may still be taken from a list.
caf::result<flag_record> node_state::change(const change_flag& wanted) {
  auto whole = wanted;
  whole.tenants.clear();
  for (auto& [id, entry] : tenants) whole.tenants.push_back(id);
  if (wanted.action == flag_action::add_tenant)
    if (auto known = entry_named(wanted.tenant); !known && known.error().code == ec::unknown_tenant)
      return to_caf_error(known.error());
  return delegate_to(self, control, std::move(whole));
}

caf::result<flag_decision> node_state::explain(const explain_flag& wanted) {
  if (!wanted.tenant.empty())
    if (auto known = entry_named(wanted.tenant); !known && known.error().code == ec::unknown_tenant)
      return to_caf_error(known.error());
  return delegate_to(self, control, wanted);
}

caf::result<schedule_status> node_state::schedule_import(const add_schedule& wanted) {
  constexpr std::uint32_t longest_jitter = 24 * 60 * 60;
  auto& what = wanted.what;
  if (!is_plain_id(what.name))
    return to_caf_error(
        {ec::bad_request,
         fmt::format("\"{}\" is no name for a schedule: use 1 to 64 of A-Z a-z 0-9 _ -", what.name),
         what.name});
  if (auto to = tenant_named(what.tenant); !to) return to_caf_error(to.error());
  if (auto graph = resolve(*settings.types_of(what.tenant), what.record_type); !graph)
    return to_caf_error(graph.error());
  if (what.jitter_seconds > longest_jitter)
    return to_caf_error({ec::bad_request, "a jitter of more than a day is too long", what.name});
  return delegate_to(self, scheduler, wanted);
}

caf::result<import_list> node_state::list(const list_imports& wanted) {
  if (!wanted.tenant.empty()) {
    auto to = tenant_named(wanted.tenant);
    if (!to) return to_caf_error(to.error());
    return delegate_to(self, *to, wanted);
  }
  auto pages = std::make_shared<std::vector<import_list>>();
  gathering<import_list> all{make_promise<import_list>(self),
                             [limit = wanted.limit, pages](import_list& list) {
                               auto missing = std::move(list.missing);
                               list = merge_pages(std::move(*pages), limit);
                               list.missing = std::move(missing);
                               std::ranges::sort(list.missing);
                             }};
  for (auto& [id, entry] : tenants)
    all.ask<import_list>(
        self, entry.actor, part_patience, wanted,
        [pages](import_list&, import_list& some) { pages->push_back(std::move(some)); },
        // A tenant whose database cannot be read must not hide the others.
        [tenant_id = id](import_list& list, const caf::error& error) {
          log(log_level::warning, "node", "list_incomplete", "imports of tenant {} cannot be listed: {}",
              tenant_id, render(to_failure(error)));
          list.missing.push_back({tenant_id, hangs(error) ? "it does not answer, the node's log may say why"
                                                          : to_failure(error).message});
        });
  return all.answer();
}

caf::result<record_type_list> node_state::record_types(const list_record_types& wanted) {
  if (wanted.tenant.empty()) return describe_types(*settings.types);
  auto to = tenant_named(wanted.tenant);
  if (!to) return to_caf_error(to.error());
  return delegate_to(self, *to, wanted);
}

caf::result<node_status> node_state::status() {
  gathering<node_status> all{make_promise<node_status>(self), [](node_status& status) {
                               std::ranges::sort(status.pools, {}, &pool_status::account);
                               std::ranges::sort(status.suspended);
                               std::ranges::sort(status.comparing);
                               std::ranges::sort(status.recovered, {}, &recovered_tenant::tenant);
                               std::ranges::sort(status.not_answering);
                             }};
  auto& known = all.whole();
  known.name = settings.config.name;
  known.version = TIDEMARK_VERSION;
  known.started_at = started_at;
  // Without one of these the node ends.
  auto miss = [](node_status&, const caf::error&) {};
  all.ask<http_counts>(
      self, http, part_patience, query_http{},
      [](node_status& status, const http_counts& counts) {
        status.transfers = counts.transfers;
        status.connections_opened = counts.connections_opened;
        status.connections_open = counts.connections_open;
        status.transfers_reused = counts.reused;
        status.transfers_retried = counts.lost;
      },
      miss);
  all.ask<alert_list>(
      self, monitor, part_patience, query_alerts{},
      [](node_status& status, alert_list& alerts) { status.alerts = std::move(alerts.up); }, miss);
  std::set<std::string> accounts; // a pool outlives the tenants that a reload removes
  for (auto& [id, entry] : tenants) {
    known.tenants.push_back(id);
    accounts.insert(entry.config.account);
    all.ask<tenant_status>(
        self, entry.actor, part_patience, query_tenant{},
        [tenant_id = id](node_status& status, const tenant_status& tenant) {
          status.imports_running += tenant.imports_running;
          if (tenant.recovered) status.recovered.push_back({tenant_id, tenant.recovery});
          if (!tenant.comparing.empty()) status.comparing.push_back(tenant_id);
          if (tenant.suspended.active()) status.suspended.push_back(tenant_id);
        },
        [tenant_id = id](node_status& status, const caf::error& error) {
          if (hangs(error)) status.not_answering.push_back(tenant_id);
        });
  }
  for (auto& [account, slots] : pools)
    if (accounts.contains(account))
      all.ask<pool_status>(
          self, slots, part_patience, query_pool{},
          [](node_status& status, const pool_status& pool) { status.pools.push_back(pool); }, miss);
  return all.answer();
}

caf::result<done> node_state::stop() {
  stopping = true;
  gathering<done> all{make_promise<done>(self)};
  for (auto& [id, entry] : tenants)
    all.ask<done>(
        self, entry.actor, settings.config.stop_grace + stop_patience, stop_tenant{"the node is stopping"},
        [](done&, const done&) {},
        [tenant_id = id](done&, const caf::error& error) { log_forced_stop(tenant_id, error); });
  return all.answer();
}

child_list node_state::list_children() const {
  child_list result;
  for (auto& [id, entry] : tenants)
    if (!entry.given_up && entry.ends_for == tenant_entry::farewell::none)
      result.children.push_back({id, caf::actor_cast<caf::strong_actor_ptr>(entry.actor)});
  return result;
}

bool node_state::is_tenant_exit(const caf::actor_addr& who) {
  if (departed.erase(who) > 0) return true;
  auto found =
      std::ranges::find_if(tenants, [&](auto& entry) { return entry.second.actor.address() == who; });
  if (found == tenants.end()) return false;
  found->second.exit_seen = true;
  return true;
}

void node_state::child_down(const caf::down_msg& down) {
  auto found =
      std::ranges::find_if(tenants, [&](auto& entry) { return entry.second.actor.address() == down.source; });
  if (found == tenants.end()) return;
  auto& entry = found->second;
  if (entry.ends_for != tenant_entry::farewell::none) return tenant_gone(found->first);
  if (down.reason == caf::exit_reason::user_shutdown) return;
  log(log_level::error, "node", "tenant_died", "tenant {} died: {}", found->first, death_text(down.reason));
  if (stopping) return; // its imports go on from the ledger at the next start
  if (entry.restarts.allow(steady_now(self))) return spawn_tenant(entry);
  give_up(entry, fmt::format("it died more than 3 times in 60 s: {}", death_text(down.reason)));
}

caf::behavior node(node_state::pointer self, node_settings settings) {
  name_exceptions(self);
  enter_roll(self, "the node's own actor");
  auto* state = &state_of(self);
  state->start(std::move(settings));
  self->set_down_handler([state](const caf::down_msg& down) { state->child_down(down); });
  self->set_exit_handler([self, state](const caf::exit_msg& message) {
    // Tenants are watched and restarted; without one of its own services a node cannot go on.
    if (state->is_tenant_exit(message.source)) return;
    if (message.reason != caf::exit_reason::user_shutdown)
      log(log_level::error, "node", "service_died", "the node ends without one of its services: {}",
          death_text(message.reason));
    self->quit(message.reason);
  });
  self->set_default_handler([state](caf::scheduled_actor*, caf::message_view& what) {
    return state->forward(what.move_content_to_message());
  });
  return {
      [state](const list_imports& wanted) { return state->list(wanted); },
      [state](const list_record_types& wanted) { return state->record_types(wanted); },
      [state](const query_node&) { return state->status(); },
      [state](const stop_node& wanted) { return state->stop_process(wanted); },
      [state](const reload_node& wanted) { return state->reload(wanted); },
      [state](const tune_concurrency& wanted) { return state->tune(wanted); },
      [state](const struct list_tenants&) { return state->list_tenants(); },
      [state](const suspend_tenant& wanted) { return state->suspend(wanted); },
      [state](const struct resume_tenant& wanted) { return state->resume_tenant(wanted); },
      [state](const query_errors& wanted) { return state->errors(wanted); },
      [state](const list_audit& wanted) { return state->audit(wanted); },
      [state](const list_schedules& wanted) { return state->schedules(wanted); },
      [state](const change_flag& wanted) { return state->change(wanted); },
      [state](const explain_flag& wanted) { return state->explain(wanted); },
      [state](const add_schedule& wanted) { return state->schedule_import(wanted); },
      [state](const struct list_children&) { return state->list_children(); },
      [state](const database_taken& what) { state->know(what); },
      [state](const query_journal&) { return journal_handle{state->journal}; },
      [state](const stop_branch&) { return state->stop(); },
  };
}

} // namespace tidemark
