/// A tenant of a node that is a puppet, before an account that the test plays.
#pragma once

#include <algorithm>

#include <doctest/doctest.h>

#include "actors/tenant/reader.hpp"
#include "actors/tenant/tenant.hpp"
#include "import/import_world.hpp"
#include "messages/inside/node.hpp"

namespace tidemark {

using namespace std::chrono_literals;

struct tenant_world : import_world {
  explicit tenant_world(
      const slot_policy_options& options = {.limit = 20, .outage_after = 3, .outage_pause = 5s, .seed = 11})
      : import_world(options) {
    for (auto name : {"customer", "item", "method", "invoice", "payment"}) fill(name, 5);
    spawn_tenant();
  }

  /// A tenant of a node that is a puppet; another one on the same database if there is one already.
  void spawn_tenant() {
    launch_tenant();
    settle();
  }

  /// The same, but it has not read its ledger yet.
  void launch_tenant() {
    node = spawn([](caf::event_based_actor* self) {
      return caf::behavior{[self](const play& what) { what.act(self); }, [](const database_taken&) {}};
    });
    tenant_settings with;
    with.config.id = "demo";
    with.config.account = "DEMO";
    with.config.base_url = "https://demo.example";
    with.config.concurrency_limit = 20;
    with.config.concurrency_auto = auto_limit;
    with.config.database.location = folder.file("tenant.db");
    with.node = "test";
    with.parent = node.address();
    with.types = types;
    with.pool = slots;
    with.http = transfers_front;
    with.budget = room;
    with.journal = journal.handle();
    with.monitor = alarms.handle();
    with.flags = caf::actor_cast<flag_actor>(spawn([this](caf::event_based_actor*) {
      return caf::behavior{[this](const explain_flag& wanted) {
        return flag_decision{wanted.name, wanted.tenant, chunked, "test", "the test says so", {}};
      }};
    }));
    with.retry = {.max_attempts = 2};
    with.patience = {5s, 10s, 15s};
    with.store_thread = false;
    with.reader = spawn(reader, reader_settings{.threads = false});
    actor = launch(tenant, std::move(with), *credential::make(tenant_config{}));
  }

  reply<import_status> start(const std::string& type) {
    return ask<import_status>(actor, start_import{"demo", type, import_mode::full, "anna"});
  }

  import_status status(const std::string& id) { return ask<import_status>(actor, query_import{id}).value(); }

  reply<cancel_receipt> cancel(const std::string& id) {
    return ask<cancel_receipt>(actor, cancel_import{id, "anna"});
  }

  reply<import_status> pause(const std::string& id) {
    return ask<import_status>(actor, pause_import{id, "anna"});
  }

  reply<import_status> resume(const std::string& id) {
    return ask<import_status>(actor, resume_import{id, "anna"});
  }

  /// Another tenant on the same database; the one before does not stop cleanly unless it was told to.
  void restart() {
    crash(node);
    spawn_tenant();
  }

  /// What is asked next is asked before the ledger has been read.
  void relaunch() {
    crash(node);
    launch_tenant();
  }

  /// The actor of the only import.
  caf::actor import_actor_now() {
    auto running = ask<child_list>(actor, list_children{}).value().children;
    REQUIRE(running.size() == 1);
    return caf::actor_cast<caf::actor>(running.front().actor);
  }

  std::size_t queries_of(const std::string& table) {
    return static_cast<std::size_t>(std::ranges::count_if(
        account.queries, [&](auto& sql) { return contains(sql, "FROM " + table + " "); }));
  }

  tenant_status status_now() { return ask<tenant_status>(actor, query_tenant{}).value(); }
  reply<tenant_status> suspend() { return ask<tenant_status>(actor, suspend_tenant{"demo", "anna"}); }
  reply<tenant_status> end_suspension() { return ask<tenant_status>(actor, resume_tenant{"demo", "anna"}); }

  /// From now on the account lets nobody in.
  void refuse_logins() {
    engine.rule = [](const http_request&) { return std::optional{answer_of("no", 401)}; };
  }

  /// From now on the account tells this about its limit, and everything else as usual.
  void tell_limit(http_response response) {
    engine.rule = [this, response](const http_request& request) {
      return std::optional{contains(request.url, "governanceLimits") ? response : account.answer(request)};
    };
  }

  bool chunked = true; ///< what the feature flag says
  caf::actor node;
  bool auto_limit = false;
  tenant_actor actor;
  listener<journal_actor, import_event> journal{*this};
  listener<monitor_actor, raise_alert, clear_alert, error_seen> alarms{*this};
};

} // namespace tidemark
