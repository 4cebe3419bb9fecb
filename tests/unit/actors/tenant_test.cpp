#include "actors/tenant.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "import_world.hpp"

using namespace tidemark;
using namespace std::chrono_literals;

namespace {

struct tenant_world : import_world {
  explicit tenant_world(
      const slot_policy_options& options = {.limit = 20, .outage_after = 3, .outage_pause = 5s, .seed = 11})
      : import_world(options) {
    for (auto name : {"customer", "item", "method", "invoice", "payment"}) fill(name, 5);
    spawn_tenant();
  }

  /// A tenant of a node that is a puppet; another one on the same database if there is one already.
  void spawn_tenant() {
    node = spawn_puppet();
    tenant_settings with;
    with.config.id = "demo";
    with.config.account = "DEMO";
    with.config.base_url = "https://demo.example";
    with.config.concurrency_limit = 20;
    with.config.database.location = folder.file("tenant.db");
    with.node = "test";
    with.parent = node.address();
    with.types = types;
    with.pool = slots;
    with.http = transfers_front;
    with.budget = room;
    with.journal = journal.handle();
    with.retry = {.max_attempts = 2};
    with.patience = {5s, 10s, 15s};
    with.store_thread = false;
    actor = spawn(tenant, std::move(with), *credential::make(tenant_config{}));
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

  caf::actor node;
  tenant_actor actor;
  listener<journal_actor, import_event> journal{*this};
};

} // namespace

TEST_CASE("a started import is answered with its id and runs to its end") {
  tenant_world it;
  it.open_account();
  auto started = it.start("payment");
  REQUIRE(started.arrived());
  CHECK(started.value().id.starts_with("demo."));
  CHECK(started.value().requested_by == "anna");
  CHECK(it.status(started.value().id).state == import_state::completed);
}

TEST_CASE("a start of what is running already is answered with the running import") {
  tenant_world it;
  it.hold_pages();
  auto first = it.start("payment");
  auto second = it.start("payment");
  CHECK(second.value().id == first.value().id);
  CHECK(it.ask<import_list>(it.actor, list_imports{"demo", 10}).value().imports.size() == 1);
}

TEST_CASE("an unknown record type and a mode that is not there are refused") {
  tenant_world it;
  auto unknown = it.start("paymnt");
  REQUIRE(unknown.failed());
  CHECK(unknown.error().code == ec::unknown_record_type);
  auto mode =
      it.ask<import_status>(it.actor, start_import{"demo", "payment", import_mode::incremental, "anna"});
  REQUIRE(mode.failed());
  CHECK(mode.error().code == ec::bad_request);
}

TEST_CASE("two imports share what both need: it is fetched once") {
  tenant_world it;
  it.hold_pages({"customer"});
  auto payments = it.start("payment");
  auto invoices = it.start("invoice");
  REQUIRE(payments.arrived());
  REQUIRE(invoices.arrived());
  CHECK(payments.value().id != invoices.value().id);
  it.open_account();
  it.answer_all();
  CHECK(it.status(payments.value().id).state == import_state::completed);
  auto theirs = it.status(invoices.value().id);
  CHECK(theirs.state == import_state::completed);
  auto customers = std::ranges::find(theirs.types, "customer", &type_status::name);
  CHECK(customers->taken_from == payments.value().id);
  // One boundary query and one page.
  CHECK(it.queries_of("customer") == 2);
}

TEST_CASE("when an import is cancelled, the one that waits for its types runs them itself") {
  tenant_world it;
  it.hold_pages({"customer"});
  auto payments = it.start("payment");
  auto invoices = it.start("invoice");
  CHECK(it.cancel(payments.value().id).arrived());
  it.open_account();
  it.answer_all();
  it.advance(5s);
  CHECK(it.status(invoices.value().id).state == import_state::completed);
  CHECK(it.status(payments.value().id).state == import_state::cancelled);
}

TEST_CASE("an import whose actor dies goes on from its ledger") {
  tenant_world it;
  it.hold_pages({"invoice"});
  auto started = it.start("payment");
  REQUIRE(it.open_pages() == std::vector<std::string>{"invoice"});
  it.account.queries.clear();
  it.open_account();
  it.crash(it.fetchers.front());
  it.advance(2s);
  CHECK(it.status(started.value().id).state == import_state::completed);
  CHECK(it.queries_of("customer") == 0);
}

TEST_CASE("a question for an import whose actor ends at that moment is answered from the ledger") {
  tenant_world it;
  it.hold_pages();
  auto started = it.start("payment");
  caf::anon_send_exit(it.import_actor_now(), caf::exit_reason::unreachable);
  auto status = it.ask<import_status>(it.actor, query_import{started.value().id});
  REQUIRE(status.arrived());
  REQUIRE_FALSE(status.failed());
  CHECK(status.value().id == started.value().id);
}

TEST_CASE("an import whose actor cannot be kept alive fails, and whoever follows it is told") {
  tenant_world it;
  it.hold_pages();
  auto started = it.start("payment");
  for (int deaths = 0; deaths < 4; ++deaths) it.crash(it.import_actor_now());
  auto status = it.status(started.value().id);
  CHECK(status.state == import_state::failed);
  CHECK(contains(status.error, "could not be kept alive"));
  auto& told = it.journal.heard<import_event>();
  REQUIRE_FALSE(told.empty());
  CHECK(told.back().kind == "import_state");
  CHECK(told.back().import.state == import_state::failed);
}

TEST_CASE("a receipt can be asked for again after the end") {
  tenant_world it;
  it.hold_pages();
  auto started = it.start("payment");
  auto receipt = it.cancel(started.value().id);
  REQUIRE(receipt.arrived());
  auto again = it.cancel(started.value().id);
  REQUIRE(again.arrived());
  CHECK(again.value().finished_at == receipt.value().finished_at);
  CHECK(again.value().batches_interrupted == receipt.value().batches_interrupted);
}

TEST_CASE("what has ended otherwise cannot be cancelled, and what never was cannot either") {
  tenant_world it;
  it.open_account();
  auto started = it.start("payment");
  auto late = it.cancel(started.value().id);
  REQUIRE(late.failed());
  CHECK(late.error().code == ec::conflict);
  auto unknown = it.cancel("demo.01arz3ndekzzzzzzzzzzzzzzzz");
  REQUIRE(unknown.failed());
  CHECK(unknown.error().code == ec::unknown_import);
}

TEST_CASE("a stopped tenant answers when its imports have stopped, and the next one goes on with them") {
  tenant_world it;
  it.hold_pages({"invoice"});
  it.engine.obeys_cancel = false;
  auto started = it.start("payment");
  auto stopped = it.ask<done>(it.actor, stop_branch{});
  CHECK_FALSE(stopped.arrived());
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.settle();
  CHECK(stopped.arrived());
  auto refused = it.start("invoice");
  REQUIRE(refused.failed());
  CHECK(refused.error().code == ec::stopping);
  it.crash(it.node);
  it.account.queries.clear();
  it.open_account();
  it.spawn_tenant();
  it.advance(2s);
  CHECK(it.status(started.value().id).state == import_state::completed);
  CHECK(it.queries_of("customer") == 0);
}

TEST_CASE("what somebody paused rests over a restart until somebody resumes it") {
  tenant_world it;
  it.hold_pages({"invoice"});
  auto id = it.start("payment").value().id;
  auto paused = it.pause(id);
  it.advance(11s); // the grace of what is open
  REQUIRE(paused.arrived());
  CHECK(paused.value().state == import_state::paused);
  CHECK(paused.value().paused_by == pause_cause::command);
  CHECK(paused.value().error == "paused by anna");
  it.restart();
  it.open_account();
  it.answer_all();
  CHECK(it.status(id).state == import_state::paused);
  auto resumed = it.resume(id);
  REQUIRE(resumed.arrived());
  it.answer_all();
  CHECK(it.status(id).state == import_state::completed);
  CHECK(it.status(id).paused_by == pause_cause::none);
}

TEST_CASE("what has ended can be neither paused nor resumed") {
  tenant_world it;
  it.open_account();
  auto id = it.start("payment").value().id;
  CHECK(it.pause(id).error().code == ec::conflict);
  CHECK(it.resume(id).error().code == ec::conflict);
  CHECK(it.pause("demo.01arz3ndekzzzzzzzzzzzzzzzz").error().code == ec::unknown_import);
}

TEST_CASE("resuming what runs answers how it stands") {
  tenant_world it;
  it.hold_pages();
  auto id = it.start("payment").value().id;
  CHECK(it.resume(id).value().state == import_state::running);
}

TEST_CASE("what an outage paused goes on by itself after a restart") {
  tenant_world it;
  auto id = it.start("payment").value().id;
  for (int i = 0; i < 40 && it.status(id).state != import_state::paused; ++i) {
    it.engine.close_all(transport_error(transport_result::unreachable));
    it.advance(2s);
  }
  REQUIRE(it.status(id).paused_by == pause_cause::outage);
  it.open_account();
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.restart();
  it.advance(30s);
  it.answer_all();
  CHECK(it.status(id).state == import_state::completed);
}

TEST_CASE("a crash is told apart from a clean stop") {
  tenant_world it;
  it.hold_pages({"invoice"});
  it.start("payment");
  CHECK_FALSE(it.ask<tenant_status>(it.actor, query_tenant{}).value().recovered);
  it.restart();
  it.settle();
  CHECK(it.ask<tenant_status>(it.actor, query_tenant{}).value().recovered);
  auto& told = it.journal.heard<import_event>();
  CHECK(std::ranges::find(told, "import_recovered", &import_event::kind) != told.end());
  auto stopped = it.ask<done>(it.actor, stop_branch{});
  it.advance(11s);
  REQUIRE(stopped.arrived());
  it.restart();
  it.settle();
  CHECK_FALSE(it.ask<tenant_status>(it.actor, query_tenant{}).value().recovered);
}

TEST_CASE("a tenant without imports is stopped at once") {
  tenant_world it;
  CHECK(it.ask<done>(it.actor, stop_branch{}).arrived());
  CHECK(it.ask<done>(it.actor, stop_branch{}).arrived());
}

TEST_CASE("an outage pauses imports, and they go on when the account answers again") {
  tenant_world it;
  it.start("payment");
  auto id = it.ask<import_list>(it.actor, list_imports{"demo", 10}).value().imports.at(0).id;
  for (int i = 0; i < 40 && it.status(id).state != import_state::paused; ++i) {
    it.engine.close_all(transport_error(transport_result::unreachable));
    it.settle();
    it.advance(1s);
  }
  auto paused = it.status(id);
  CHECK(paused.state == import_state::paused);
  CHECK(contains(paused.error, "does not answer"));
  it.open_account();
  it.engine.close_all(transport_error(transport_result::unreachable));
  it.advance(30s);
  CHECK(it.status(id).state == import_state::completed);
}

TEST_CASE("an account that is back before the import has paused does not leave it paused") {
  tenant_world it;
  it.hold_pages();
  it.engine.obeys_cancel = false;
  auto started = it.start("payment");
  it.tell(it.actor, account_unavailable{1, "no route"});
  it.tell(it.actor, account_available{});
  it.open_account();
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.advance(5s);
  CHECK(it.status(started.value().id).state == import_state::completed);
}

TEST_CASE("an import that an operator starts again goes on from where it was paused") {
  tenant_world it;
  it.hold_pages({"invoice"});
  auto started = it.start("payment");
  it.engine.rule = nullptr;
  it.tell(it.actor, account_unavailable{1, "no route"});
  REQUIRE(it.status(started.value().id).state == import_state::paused);
  it.open_account();
  auto again = it.start("payment");
  it.answer_all();
  it.advance(5s);
  CHECK(again.value().id == started.value().id);
  CHECK(it.status(started.value().id).state == import_state::completed);
}

TEST_CASE("a dry run plans everything and stores nothing") {
  tenant_world it;
  it.open_account();
  auto plan = it.ask<plan_report>(it.actor, plan_import{"demo", "payment"});
  REQUIRE(plan.arrived());
  REQUIRE_FALSE(plan.failed());
  CHECK(plan.value().types.size() == 5);
  CHECK(plan.value().types.back().name == "payment");
  CHECK(plan.value().records == 25);
  CHECK(plan.value().batches == 5);
  CHECK(plan.value().expected_requests == 11);
  CHECK(it.ask<import_list>(it.actor, list_imports{"demo", 10}).value().imports.empty());
}

TEST_CASE("a dry run says which type cannot be planned") {
  tenant_world it;
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "FROM item ")) return std::nullopt;
    return answer_of(R"({"o:errorDetails":[{"detail":"Record 'item' was not found.","o:errorCode":"X"}]})",
                     400);
  });
  it.open_account();
  auto plan = it.ask<plan_report>(it.actor, plan_import{"demo", "payment"});
  auto item = std::ranges::find(plan.value().types, "item", &planned_type::name);
  CHECK(contains(item->error, "missing_table"));
}

TEST_CASE("a dry run ends although one of its planners dies") {
  tenant_world it;
  auto plan = it.ask<plan_report>(it.actor, plan_import{"demo", "payment"});
  REQUIRE(it.fetchers.size() == 5);
  it.crash(it.fetchers.front());
  it.open_account();
  it.answer_all();
  REQUIRE(plan.arrived());
  CHECK(std::ranges::count_if(plan.value().types, [](auto& type) { return contains(type.error, "died"); })
        == 1);
}

TEST_CASE("a dry run of an unknown type is refused") {
  tenant_world it;
  auto plan = it.ask<plan_report>(it.actor, plan_import{"demo", "paymnt"});
  REQUIRE(plan.failed());
  CHECK(plan.error().code == ec::unknown_record_type);
}

TEST_CASE("a tenant ends with its node") {
  tenant_world it;
  it.hold_pages();
  it.start("payment");
  it.let(it.node, [&](caf::event_based_actor* self) { self->link_to(it.actor); });
  it.crash(it.node);
  CHECK(it.engine.open.empty());
  CHECK(it.ask<import_list>(it.actor, list_imports{"demo", 10}).failed());
}
