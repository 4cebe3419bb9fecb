#include <doctest/doctest.h>

#include "tenant/tenant_world.hpp"

namespace tenant_orders_test {

using namespace tidemark;
using namespace std::chrono_literals;

start_import incremental_of(const std::string& type, import_options options = {}, bool queue = false) {
  return {"demo", type, import_mode::incremental, "anna", urgency::interactive, options, queue};
}

/// A world in which what is open at the account can be closed, and everything new is held.
struct orders_world : tenant_world {
  void outage() {
    engine.rule = nullptr;
    tell(actor, account_unavailable{1, "no route"});
    settle();
  }

  std::size_t alerts_with(const std::string& id) {
    return static_cast<std::size_t>(
        std::ranges::count_if(alarms.heard<raise_alert>(), [&](auto& x) { return x.what.id == id; }));
  }
};

TEST_CASE("a pause holds although an outage, a suspension and the account's return came before it") {
  orders_world it;
  it.hold_pages({"invoice"});
  auto id = it.start("payment").value().id;
  it.outage();
  REQUIRE(it.status(id).paused_by == pause_cause::outage);
  it.suspend();
  it.end_suspension();
  CHECK(it.status(id).state == import_state::paused);
  it.hold_pages({"invoice"});
  it.tell(it.actor, account_available{});
  it.settle();
  REQUIRE(it.status(id).state == import_state::running);
  auto paused = it.pause(id);
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.advance(11s);
  REQUIRE(paused.arrived());
  CHECK(paused.value().paused_by == pause_cause::command);
  it.tell(it.actor, account_available{});
  it.open_account();
  it.advance(60s);
  CHECK(it.status(id).state == import_state::paused);
  CHECK(it.status(id).paused_by == pause_cause::command);
}

TEST_CASE("nothing is asked of the account of a suspended tenant: neither by a retry, nor by a plan or a "
          "comparison "
          "that was under way") {
  orders_world it;
  it.open_account();
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "FROM customer ")) return std::nullopt;
    return answer_of("no", 400);
  });
  auto failed = it.start("customer").value().id;
  it.advance(60s);
  REQUIRE(it.status(failed).state == import_state::failed);
  it.account.obstacles.clear();
  it.engine.rule = nullptr; // nothing is answered
  auto plan = it.ask<plan_report>(it.actor, plan_import{"demo", "payment"});
  auto parity = it.ask<parity_report>(it.actor, check_parity{"demo", "invoice", "anna"});
  it.suspend();
  it.settle();
  REQUIRE(plan.failed());
  CHECK(contains(plan.error().message, "tenant resume demo"));
  REQUIRE(parity.failed());
  CHECK(contains(parity.error().message, "tenant resume demo"));
  auto retried = it.ask<import_status>(it.actor, retry_import{failed, 0, "anna"});
  REQUIRE(retried.failed());
  auto sent = it.engine.seen.size();
  it.open_account();
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.advance(60s);
  CHECK(it.engine.seen.size() == sent);
  it.end_suspension();
  auto again = it.ask<parity_report>(it.actor, check_parity{"demo", "invoice", "anna"});
  it.answer_all();
  it.advance(60s);
  REQUIRE(again.arrived());
  CHECK_FALSE(again.failed());
}

TEST_CASE("starts of different things at the same moment are not answered with each other's import") {
  orders_world it;
  it.hold_pages();
  auto full = it.start("payment");
  auto incremental = it.ask<import_status>(it.actor, incremental_of("payment"));
  auto queued = it.ask<import_status>(it.actor, incremental_of("payment", {}, true));
  REQUIRE(incremental.failed());
  CHECK(incremental.error().code == ec::conflict);
  CHECK(contains(incremental.error().message, full.value().id));
  REQUIRE(queued.arrived());
  CHECK(queued.value().id != full.value().id);
  CHECK(queued.value().mode == import_mode::incremental);
}

TEST_CASE(
    "a start that asks for more than what is under way is refused or queued, never answered with less") {
  orders_world it;
  it.hold_pages();
  auto plain = it.ask<import_status>(it.actor, incremental_of("payment")).value();
  for (auto options :
       {import_options{.since = 5}, import_options{.reconcile = true}, import_options{.verify = true}}) {
    auto refused = it.ask<import_status>(it.actor, incremental_of("payment", options));
    REQUIRE(refused.failed());
    CHECK(contains(refused.error().message, plain.id));
    CHECK(contains(refused.error().message, "--queue"));
  }
  auto queued = it.ask<import_status>(it.actor, incremental_of("payment", {.reconcile = true}, true));
  REQUIRE(queued.arrived());
  CHECK(queued.value().options.reconcile);
  CHECK(it.ask<import_status>(it.actor, incremental_of("payment")).value().id == plain.id);
}

TEST_CASE("a queued import says what it waits for, and begins although the one before it is given up") {
  orders_world it;
  it.hold_pages();
  auto first = it.start("payment").value().id;
  auto queued = it.ask<import_status>(it.actor, incremental_of("payment", {}, true)).value().id;
  auto why = it.ask<blocker_list>(it.actor, query_blockers{queued});
  REQUIRE(why.value().blockers.size() == 1);
  CHECK(why.value().blockers.front().what == "queue");
  CHECK(why.value().blockers.front().subject == first);
  for (int deaths = 0; deaths < 4; ++deaths) it.crash(it.import_actor_now());
  REQUIRE(it.status(first).state == import_state::failed);
  it.open_account();
  it.answer_all();
  it.advance(5s);
  CHECK(it.status(queued).state == import_state::completed);
}

TEST_CASE(
    "a tenant whose database another owner takes over runs nothing more, says so, and raises an alert") {
  orders_world it;
  it.hold_pages({"invoice"});
  auto id = it.start("payment").value().id;
  auto before = it.actor;
  it.spawn_tenant();
  it.settle();
  it.open_account();
  it.answer_all();
  it.advance(5s);
  auto first = it.ask<tenant_status>(before, query_tenant{}).value();
  CHECK(first.imports_running == 0);
  CHECK_FALSE(first.taken_over.empty());
  auto refused = it.ask<import_status>(before, start_import{"demo", "customer", import_mode::full, "anna"});
  REQUIRE(refused.failed());
  CHECK(refused.error().code == ec::fenced);
  CHECK(it.alerts_with("tenant_taken_over") == 1);
  CHECK(it.status(id).state == import_state::completed); // by the second
}

} // namespace tenant_orders_test
