#include "actors/tenant/tenant.hpp"

#include "actors/tenant/reader.hpp"

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include "tenant/tenant_world.hpp"

namespace tenant_test {

using namespace tidemark;
using namespace std::chrono_literals;

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

TEST_CASE("an unknown record type is refused, and so are options that mean nothing in their mode") {
  tenant_world it;
  auto unknown = it.start("paymnt");
  REQUIRE(unknown.failed());
  CHECK(unknown.error().code == ec::unknown_record_type);
  start_import wanted{"demo", "payment", import_mode::full, "anna"};
  for (auto options : {import_options{.since = 5}, import_options{.reconcile = true}}) {
    wanted.options = options;
    auto refused = it.ask<import_status>(it.actor, wanted);
    REQUIRE(refused.failed());
    CHECK(refused.error().code == ec::bad_request);
  }
}

TEST_CASE("an import in another mode than the one under way is refused with its id, or waits behind it") {
  tenant_world it;
  it.hold_pages();
  auto running = it.start("payment");
  start_import wanted{"demo", "payment", import_mode::incremental, "anna"};
  auto refused = it.ask<import_status>(it.actor, wanted);
  REQUIRE(refused.failed());
  CHECK(refused.error().code == ec::conflict);
  CHECK(contains(refused.error().message, running.value().id));
  wanted.queue = true;
  auto queued = it.ask<import_status>(it.actor, wanted);
  REQUIRE(queued.arrived());
  CHECK(it.status(queued.value().id).state == import_state::queued);
  it.open_account();
  it.answer_all();
  CHECK(it.status(running.value().id).state == import_state::completed);
  CHECK(it.status(queued.value().id).state == import_state::completed);
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
  auto stopped = it.ask<done>(it.actor, stop_tenant{"the node is stopping"});
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

TEST_CASE("an import that was paused and then cancelled no longer says who paused it") {
  tenant_world it;
  bool chunked = true;
  SUBCASE("at rest") {}
  SUBCASE("at rest, on the old path") { chunked = false; }
  it.chunked = chunked;
  it.hold_pages({"invoice"});
  auto id = it.start("payment").value().id;
  auto paused = it.pause(id);
  it.advance(11s);
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.settle();
  REQUIRE(it.status(id).error == "paused by anna");
  REQUIRE(it.cancel(id).arrived());
  CHECK(it.status(id).state == import_state::cancelled);
  CHECK(it.status(id).error == "");
  CHECK(it.status(id).paused_by == pause_cause::none);
  CHECK(it.journal.heard<import_event>().back().import.error == "");
}

TEST_CASE("batches and rejected records of a record type that nobody knows are refused with one sentence") {
  tenant_world it;
  it.open_account();
  auto id = it.start("payment").value().id;
  CHECK_FALSE(it.ask<batch_list>(it.actor, list_batches{id, "invoice", ""}).value().batches.empty());
  CHECK(it.ask<rejected_list>(it.actor, list_rejected{"demo", "invoice"}).value().records.empty());
  auto batches = it.ask<batch_list>(it.actor, list_batches{id, "odd", ""});
  auto rejected = it.ask<rejected_list>(it.actor, list_rejected{"demo", "odd"});
  REQUIRE(batches.failed());
  REQUIRE(rejected.failed());
  CHECK(batches.error().code == ec::unknown_record_type);
  CHECK(batches.error().message == "no record type odd in the criteria; see record-types");
  CHECK(rejected.error().message == batches.error().message);
}

TEST_CASE("batches of a record type that is gone from the criteria are shown") {
  tenant_world it;
  it.open_account();
  auto id = it.start("payment").value().id;
  auto left = it.types->record_types();
  std::erase_if(left, [](auto& x) { return x.name == "payment"; });
  it.types = std::make_shared<const criteria>(std::move(left));
  it.restart();
  CHECK_FALSE(it.ask<batch_list>(it.actor, list_batches{id, "payment", ""}).value().batches.empty());
}

TEST_CASE("whether an import could start is answered without starting it") {
  tenant_world it;
  it.hold_pages();
  auto could = [&](const std::string& type) {
    return it.ask<done>(it.actor, check_start{{"demo", type, import_mode::full, "anna"}});
  };
  CHECK_FALSE(could("payment").failed());
  CHECK(could("odd").error().code == ec::unknown_record_type);
  REQUIRE(it.suspend().arrived());
  CHECK(could("payment").error().code == ec::suspended);
  REQUIRE(it.end_suspension().arrived());
  CHECK_FALSE(could("payment").failed());
  CHECK(it.ask<child_list>(it.actor, list_children{}).value().children.empty());
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
  auto stopped = it.ask<done>(it.actor, stop_tenant{"the node is stopping"});
  it.advance(11s);
  REQUIRE(stopped.arrived());
  it.restart();
  it.settle();
  CHECK_FALSE(it.ask<tenant_status>(it.actor, query_tenant{}).value().recovered);
}

TEST_CASE("a tenant without imports is stopped at once") {
  tenant_world it;
  CHECK(it.ask<done>(it.actor, stop_tenant{"the node is stopping"}).arrived());
  CHECK(it.ask<done>(it.actor, stop_tenant{"the node is stopping"}).arrived());
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

TEST_CASE("a login that is refused in mid-run suspends the tenant until somebody ends that") {
  tenant_world it;
  it.hold_pages({"invoice"});
  auto id = it.start("payment").value().id;
  it.refuse_logins();
  it.answer(answer_of("no", 401));
  it.advance(5s);
  auto paused = it.status(id);
  REQUIRE(paused.state == import_state::paused);
  CHECK(paused.paused_by == pause_cause::credentials);
  CHECK(contains(paused.error, "authentication failed"));
  CHECK(paused.pick_ups.failed_attempts == 0);
  CHECK(it.status_now().suspended.active());
  auto refused = it.start("customer");
  REQUIRE(refused.failed());
  CHECK(refused.error().code == ec::suspended);
  CHECK(contains(refused.error().message, "tenant resume demo"));
  CHECK(it.resume(id).failed());
  auto sent = it.engine.seen.size();

  it.restart();
  it.advance(5s);
  CHECK(it.status_now().suspended.active());
  CHECK(it.status(id).state == import_state::paused);
  CHECK(it.engine.seen.size() == sent);

  it.open_account();
  auto ended = it.end_suspension();
  REQUIRE(ended.arrived());
  CHECK_FALSE(ended.value().suspended.active());
  it.answer_all();
  it.advance(5s);
  CHECK(it.status(id).state == import_state::completed);
}

TEST_CASE(
    "a login that ends with five requests open is tried six times in all, and its import completes later") {
  tenant_world it{{.limit = 5, .seed = 11}};
  it.fill("customer", 9000);
  it.hold_pages();
  auto id = it.start("customer").value().id;
  REQUIRE(it.engine.open.size() == 5);
  auto before = it.engine.seen.size() - 5;
  it.engine.rule = nullptr;
  for (int bad = 0; bad < 5; ++bad) it.answer(answer_of("no", 401));
  REQUIRE(it.engine.open.size() == 1); // the lone one
  it.advance(30s);
  CHECK(it.engine.open.size() == 1);
  it.answer(answer_of("no", 401));
  it.advance(30s);
  CHECK(it.engine.seen.size() - before == 6);
  auto paused = it.status(id);
  CHECK(paused.paused_by == pause_cause::credentials);
  CHECK(paused.pick_ups.failed_attempts == 0);
  it.open_account();
  it.end_suspension();
  it.answer_all();
  CHECK(it.status(id).state == import_state::completed);
  CHECK(it.status(id).records.stored == 9000);
}

TEST_CASE("a login that is refused at the start fails the import and suspends the tenant") {
  tenant_world it;
  it.refuse_logins();
  auto id = it.start("payment").value().id;
  it.advance(5s);
  CHECK(it.status(id).state == import_state::failed);
  CHECK(contains(it.status(id).error, "authentication failed"));
  CHECK(it.status_now().suspended.active());
  CHECK(it.engine.seen.size() == 2);
}

TEST_CASE(
    "a tenant that somebody suspends lets open requests end, and sends nothing more, also after a restart") {
  tenant_world it;
  it.hold_pages({"invoice"});
  auto id = it.start("payment").value().id;
  auto suspended = it.suspend();
  REQUIRE(suspended.arrived());
  CHECK(suspended.value().suspended.reason == "suspended by anna");
  it.advance(11s);
  CHECK(it.status(id).paused_by == pause_cause::suspension);
  auto sent = it.engine.seen.size();
  it.restart();
  it.open_account();
  it.advance(30s);
  CHECK(it.engine.seen.size() == sent);
  CHECK(it.ask<plan_report>(it.actor, plan_import{"demo", "payment"}).failed());
  it.end_suspension();
  it.answer_all();
  CHECK(it.status(id).state == import_state::completed);
  CHECK(it.end_suspension().arrived());
}

TEST_CASE("what is asked of a tenant before its ledger was read is answered by what the ledger says") {
  tenant_world it;
  it.hold_pages({"invoice"});
  auto id = it.start("payment").value().id;
  REQUIRE(it.suspend().arrived());
  it.advance(11s);
  auto sent = it.engine.seen.size();

  SUBCASE("how it stands") {
    it.relaunch();
    CHECK(it.status_now().suspended.active());
  }
  SUBCASE("its suspension ends, and its import goes on") {
    it.relaunch();
    it.open_account();
    CHECK_FALSE(it.end_suspension().value().suspended.active());
    it.answer_all();
    it.advance(1s);
    CHECK_FALSE(it.status_now().suspended.active());
    CHECK(it.status(id).state == import_state::completed);
    it.relaunch();
    CHECK_FALSE(it.status_now().suspended.active());
  }
  SUBCASE("nothing is asked of the account") {
    it.auto_limit = true;
    it.relaunch();
    CHECK(it.ask<plan_report>(it.actor, plan_import{"demo", "payment"}).failed());
    it.relaunch();
    CHECK(it.ask<parity_report>(it.actor, check_parity{"demo", "payment", "anna"}).failed());
    it.relaunch();
    CHECK(it.start("customer").failed());
    it.advance(30s);
    CHECK(it.engine.seen.size() == sent);
  }
}

TEST_CASE("a suspension that ends before its imports have paused does not leave them paused") {
  tenant_world it;
  it.hold_pages({"invoice"});
  it.engine.obeys_cancel = false;
  auto id = it.start("payment").value().id;
  it.suspend();
  it.end_suspension();
  it.open_account();
  it.advance(1s);
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.advance(20s);
  CHECK(it.status(id).state == import_state::completed);
}

TEST_CASE("an account that tells its limit is granted so many slots") {
  tenant_world it;
  it.auto_limit = true;
  it.tell_limit(answer_of(R"({"accountConcurrencyLimit":15,"accountUnallocatedConcurrencyLimit":9,)"
                          R"("integrationLimitType":"accountLimit"})"));
  it.restart();
  CHECK(it.pool_now().limit == 9);
  CHECK(it.pool_now().source == limit_source::governance);
}

TEST_CASE(
    "a configuration that leaves the limit to the account asks it at once, and one that sets it no more") {
  tenant_world it;
  it.tell_limit(answer_of(R"({"accountConcurrencyLimit":15,"accountUnallocatedConcurrencyLimit":9,)"
                          R"("integrationLimitType":"accountLimit"})"));
  it.tell(it.actor, adopt_limit{20, true});
  CHECK(it.pool_now().limit == 9);
  it.tell(it.actor, adopt_limit{20, false});
  it.ask<pool_status>(it.slots, set_limit{20, limit_source::configured, {}});
  auto id = it.start("payment").value().id;
  it.answer_all();
  CHECK(it.status(id).state == import_state::completed);
  CHECK(it.pool_now().limit == 20);
}

TEST_CASE("an account that does not tell its limit is taken at the configured one, and imports say so") {
  tenant_world it;
  it.auto_limit = true;
  it.tell_limit(answer_of(R"({"o:errorDetails":[{"o:errorCode":"INSUFFICIENT_PERMISSION"}]})", 403));
  it.restart();
  CHECK(it.pool_now().limit == 20);
  CHECK(it.pool_now().source == limit_source::fallback);
  CHECK(contains(it.pool_now().source_note, "permission"));
  auto id = it.start("payment").value().id;
  it.answer_all();
  auto notes = it.status(id).notes;
  auto note = std::ranges::find(notes, "limit_unreadable", &import_note::code);
  REQUIRE(note != notes.end());
  CHECK(contains(note->text, "set concurrency_limit"));
}

TEST_CASE("a failure that is nobody's outage is told apart by a small question to the account") {
  tenant_world it;
  it.hold_pages({"invoice"});
  auto id = it.start("payment").value().id;
  REQUIRE(it.engine.open.size() == 1);
  it.answer(answer_of("oops", 500));
  it.settle();
  CHECK(it.status(id).pick_ups.failed_attempts == 1);
  CHECK_FALSE(it.pool_now().outage);
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
  CHECK(plan.value().expected_requests == 16); // five comparisons at the end
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

// -- the feature flag

TEST_CASE("a new import takes the path of its tenant's feature flag, and a running one keeps its own") {
  tenant_world it;
  it.hold_pages();
  auto running = it.start("payment").value();
  CHECK(running.system == "chunked");
  it.chunked = false;
  CHECK(it.start("payment").value().id == running.id);
  auto other = it.start("invoice").value();
  CHECK(other.system == "legacy");
  it.open_account();
  it.answer_all();
  CHECK(it.status(running.id).state == import_state::completed);
  CHECK(it.status(running.id).system == "chunked");
  CHECK(it.status(other.id).state == import_state::completed);
}

TEST_CASE("a record type is verified whatever the feature flag says") {
  tenant_world it;
  it.open_account();
  it.chunked = false;
  auto verified =
      it.ask<import_status>(it.actor, start_import{"demo", "customer", import_mode::verify, "anna"});
  CHECK(verified.value().system == "chunked");
}

TEST_CASE("both paths are compared in databases of their own, which go with the comparison") {
  tenant_world it;
  it.open_account();
  auto report = it.ask<parity_report>(it.actor, check_parity{"demo", "payment", "anna"});
  REQUIRE_FALSE(report.failed());
  REQUIRE(report.arrived());
  REQUIRE(report.value().paths.size() == 2);
  for (auto& path : report.value().paths) {
    CHECK(path.state == import_state::completed);
    CHECK(path.records == 25);
    CHECK(path.requests > 10);
  }
  REQUIRE(report.value().types.size() == 5);
  for (auto& type : report.value().types) {
    CHECK(type.differences == 0);
    CHECK(type.chunked_rows == 5);
  }
  CHECK_FALSE(std::filesystem::exists(it.folder.file("demo.parity-chunked.db")));
  CHECK_FALSE(std::filesystem::exists(it.folder.file("demo.parity-legacy.db")));
  CHECK(it.ask<import_list>(it.actor, list_imports{"demo", 10}).value().imports.empty());
}

TEST_CASE("a comparison whose path fails says so, and another one may follow") {
  tenant_world it;
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "FROM customer ")) return std::nullopt;
    return answer_of("no", 400);
  });
  it.open_account();
  auto report = it.ask<parity_report>(it.actor, check_parity{"demo", "customer", "anna"});
  it.advance(120s);
  REQUIRE(report.arrived());
  CHECK(report.value().types.empty());
  CHECK(report.value().paths.front().state == import_state::failed);
  it.account.obstacles.clear();
  auto next = it.ask<parity_report>(it.actor, check_parity{"demo", "customer", "anna"});
  CHECK(next.value().types.size() == 1);
}

TEST_CASE("a plan names the path that the import would take") {
  tenant_world it;
  it.open_account();
  auto plan = [&] { return it.ask<plan_report>(it.actor, plan_import{"demo", "payment"}).value(); };
  CHECK(plan().system == "chunked");
  it.chunked = false;
  auto legacy = plan();
  CHECK(legacy.system == "legacy");
  CHECK(legacy.batches == 5);
  CHECK(legacy.expected_requests == 1 + 5 * 3); // the time; of each type a count, a page and a comparison
}

} // namespace tenant_test
