#include "actors/wave/planner.hpp"

#include <doctest/doctest.h>

#include "import/import_world.hpp"
namespace planner_test {

using namespace tidemark;
using namespace std::chrono_literals;

struct planner_world : import_world {
  void fill(std::int64_t count) {
    for (std::int64_t i = 1; i <= count; ++i) account.tables["customer"].insert(10 * i);
  }

  void start(planning_mode mode = planning_mode::automatic,
             std::optional<std::int64_t> after = std::nullopt) {
    planner_job job;
    job.import_id = "demo.1";
    job.what = std::make_shared<const projection>(project(*types->find("customer")));
    job.mode = mode;
    job.after = after;
    job.retry.max_attempts = 3;
    job.look_first = looks_first;
    job.lacks_columns = lacks_columns;
    actor = spawn(planner, std::move(job), services(), parent.handle());
  }

  std::vector<ranges_planned>& told() { return parent.heard<ranges_planned>(); }
  std::vector<planning_failed>& failures() { return parent.heard<planning_failed>(); }

  /// Every range that was told, in order.
  std::vector<key_range> ranges() {
    std::vector<key_range> all;
    for (auto& part : told()) all.insert(all.end(), part.ranges.begin(), part.ranges.end());
    return all;
  }

  bool looks_first = false;
  bool lacks_columns = false;
  planner_actor actor;
  listener<planner_parent, ranges_planned, planning_failed> parent{*this};
};

std::optional<http_response> no_window_functions(const std::string& sql) {
  if (!contains(sql, "OVER")) return std::nullopt;
  return answer_of(
      R"({"title":"Bad Request","status":400,"o:errorDetails":[{"detail":)"
      R"("Search error occurred: Invalid or unsupported search","o:errorCode":"INVALID_PARAMETER"}]})",
      400);
}

TEST_CASE("one boundary query plans a table of a few thousand records") {
  planner_world it;
  it.fill(2500);
  it.open_account();
  it.start();
  REQUIRE(it.told().size() == 1);
  auto& plan = it.told().front();
  CHECK(plan.whole);
  CHECK_FALSE(plan.walked);
  CHECK(plan.total == 2500);
  CHECK(plan.requests == 1);
  CHECK(it.ranges() == std::vector<key_range>{{std::nullopt, 10'000}, {10'000, 20'000}, {20'000, 25'000}});
  CHECK(plan.weights == std::vector<std::uint64_t>{1000, 1000, 500});
}

TEST_CASE("an empty table has an empty plan") {
  planner_world it;
  it.open_account();
  it.start();
  REQUIRE(it.told().size() == 1);
  CHECK(it.told().front().whole);
  CHECK(it.ranges().empty());
  REQUIRE(it.account.queries.size() == 2);
  CHECK(contains(it.account.queries[1], "COUNT(*)) AS total"));
}

TEST_CASE("a plan without rows is believed only if a count without order says so, too") {
  planner_world it;
  it.fill(2500);
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "OVER")) return std::nullopt;
    return answer_of(R"({"count":0,"hasMore":false,"items":[]})");
  });
  it.open_account();
  it.start();
  CHECK(it.told().back().whole);
  CHECK(it.ranges() == std::vector<key_range>{{std::nullopt, 10'000}, {10'000, 20'000}, {20'000, 25'000}});
}

TEST_CASE("planning goes on where an earlier plan ended") {
  planner_world it;
  it.fill(2500);
  it.open_account();
  it.start(planning_mode::automatic, 10'000);
  CHECK(it.ranges() == std::vector<key_range>{{10'000, 20'000}, {20'000, 25'000}});
}

TEST_CASE("where window functions are refused the plan is walked") {
  planner_world it;
  it.fill(2500);
  it.account.obstacles.push_back(no_window_functions);
  it.open_account();
  it.start();
  REQUIRE_FALSE(it.told().empty());
  CHECK(it.told().front().ranges.empty());
  CHECK(it.told().front().walked);
  CHECK(it.told().front().total == 2500);
  CHECK(it.told().back().whole);
  CHECK(it.ranges() == std::vector<key_range>{{std::nullopt, 10'000}, {10'000, 20'000}, {20'000, 25'000}});
}

TEST_CASE("a plan that shall be made of boundaries is not walked") {
  planner_world it;
  it.account.obstacles.push_back(no_window_functions);
  it.open_account();
  it.start(planning_mode::boundaries);
  REQUIRE(it.failures().size() == 1);
  CHECK(it.failures()[0].what.code == ec::unsupported_query);
}

TEST_CASE("a plan can be walked from the start") {
  planner_world it;
  it.fill(1500);
  it.open_account();
  it.start(planning_mode::walk);
  CHECK(it.ranges() == std::vector<key_range>{{std::nullopt, 10'000}, {10'000, 15'000}});
  for (auto& sql : it.account.queries) CHECK_FALSE(contains(sql, "OVER"));
}

TEST_CASE("a refused planning request is asked again and is no attempt") {
  planner_world it;
  it.fill(10);
  it.start();
  for (int i = 0; i < 10; ++i) {
    it.answer(refusal());
    it.advance(6s);
    REQUIRE(it.engine.open.size() == 1);
  }
  it.answer(it.account.answer(it.engine.open[0].request));
  CHECK(it.told().size() == 1);
}

TEST_CASE("a planning request that fails is asked again after a growing delay, as a batch is") {
  planner_world it;
  it.fill(10);
  it.start(planning_mode::walk);
  it.answer(answer_of("oops", 500));
  CHECK(it.engine.open.empty());
  it.advance(900ms);
  CHECK(it.engine.open.empty());
  it.advance(200ms);
  it.answer(answer_of("oops", 500));
  it.advance(1900ms);
  CHECK(it.engine.open.empty());
  it.advance(200ms);
  CHECK(it.engine.open.size() == 1);
  it.answer(answer_of("oops", 500));
  REQUIRE(it.failures().size() == 1);
  CHECK(it.failures()[0].what.code == ec::server);
}

TEST_CASE("a failure that cannot pass is told at once") {
  planner_world it;
  it.start(planning_mode::walk);
  it.answer(answer_of(
      R"({"o:errorDetails":[{"detail":"Record 'customer' was not found.","o:errorCode":"NOT_FOUND"}]})",
      404));
  REQUIRE(it.failures().size() == 1);
  CHECK(it.failures()[0].what.code == ec::missing_table);
  CHECK(it.failures()[0].record_type == "customer");
}

TEST_CASE("an account that is down does not turn a plan into a walk") {
  planner_world it;
  it.fill(10);
  auto other = it.spawn_puppet();
  http_request request;
  for (int i = 0; i < 5; ++i) {
    request.id = it.ask_as<lease>(other, it.slots, acquire_slot{}).value().id;
    it.ask_as<fetched>(other, it.transfers, fetch{request, it.slots});
    it.answer(transport_error(transport_result::timeout));
  }
  REQUIRE(it.pool_now().outage);
  // Until a request that is nobody's work has confirmed the outage no other one goes.
  acquire_slot as_probe;
  as_probe.what = slot_purpose::probe;
  request.id = it.ask_as<lease>(other, it.slots, as_probe).value().id;
  it.ask_as<fetched>(other, it.transfers, fetch{request, it.slots});
  it.answer(transport_error(transport_result::timeout));
  it.start();
  it.advance(1s);
  it.answer(transport_error(transport_result::timeout));
  it.advance(20s);
  REQUIRE(it.engine.open.size() == 1);
  CHECK(contains(sql_of(it.engine.open[0].request), "OVER"));
}

TEST_CASE("a planner that is stopped in a transfer ends when the transfer has closed, and tells nothing") {
  planner_world it;
  it.fill(10);
  it.start();
  it.tell(it.actor, stop_branch{});
  CHECK(it.engine.cancelled.size() == 1);
  CHECK(it.told().empty());
  CHECK(it.failures().empty());
  it.advance(60s);
  CHECK(it.engine.seen.size() == 1);
}

TEST_CASE("a planner that is stopped while it waits ends at once") {
  planner_world it;
  it.fill(10);
  it.start();
  it.answer(answer_of("oops", 500));
  it.tell(it.actor, stop_branch{});
  it.advance(60s);
  CHECK(it.engine.seen.size() == 1);
  CHECK(it.failures().empty());
}

TEST_CASE("a look at the first page is the whole plan of what fits it, and brings its records along") {
  planner_world it;
  it.fill(70);
  it.open_account();
  it.looks_first = true;
  it.start();
  REQUIRE(it.told().size() == 1);
  auto& plan = it.told().front();
  CHECK(plan.whole);
  CHECK(plan.requests == 1);
  CHECK(plan.total == 70);
  CHECK(it.ranges() == std::vector<key_range>{{std::nullopt, 700}});
  REQUIRE(plan.first_page);
  CHECK(plan.first_page->size() == 70);
  CHECK_FALSE(contains(it.account.queries.front(), "t.id <="));
}

TEST_CASE("a look that finds nothing plans nothing") {
  planner_world it;
  it.open_account();
  it.looks_first = true;
  it.start();
  REQUIRE(it.told().size() == 1);
  CHECK(it.told().front().whole);
  CHECK(it.ranges().empty());
  CHECK_FALSE(it.told().front().first_page);
}

TEST_CASE("what does not fit a page is planned by its boundaries after the look") {
  for (auto mode : {planning_mode::automatic, planning_mode::walk}) {
    planner_world it;
    it.fill(1500);
    it.open_account();
    it.looks_first = true;
    it.start(mode);
    CHECK(it.told().back().whole);
    CHECK(it.told().back().total == 1500);
    CHECK(it.ranges() == std::vector<key_range>{{std::nullopt, 10'000}, {10'000, 15'000}});
    for (auto& part : it.told()) CHECK_FALSE(part.first_page);
  }
}

TEST_CASE("a look that fails by its columns goes on as a plan, which needs none") {
  planner_world it;
  it.fill(30);
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "t.email")) return std::nullopt;
    return answer_of(R"({"o:errorDetails":[{"detail":"Search error occurred: Unknown identifier 'email'. )"
                     R"(Available identifiers are: {t=customer}.","o:errorCode":"INVALID_PARAMETER"}]})",
                     400);
  });
  it.open_account();
  it.looks_first = true;
  it.start();
  CHECK(it.failures().empty());
  CHECK(it.told().back().whole);
  CHECK(it.ranges() == std::vector<key_range>{{std::nullopt, 300}});
  CHECK(it.told().back().columns_unseen);
}

TEST_CASE(
    "a look that finds again what the account lacked plans nothing, since the type is to be read whole") {
  planner_world it;
  it.fill(30);
  it.open_account();
  it.looks_first = true;
  it.lacks_columns = true;
  it.start();
  REQUIRE(it.told().size() == 1);
  CHECK(it.told().front().columns_back);
  CHECK_FALSE(it.told().front().whole);
  CHECK(it.ranges().empty());
}

TEST_CASE("a look at a table that the account lacks fails at once") {
  planner_world it;
  it.account.obstacles.push_back([](const std::string&) -> std::optional<http_response> {
    return answer_of(
        R"({"o:errorDetails":[{"detail":"Invalid search type: customer.","o:errorCode":"INVALID_PARAMETER"}]})",
        400);
  });
  it.open_account();
  it.looks_first = true;
  it.start();
  REQUIRE(it.failures().size() == 1);
  CHECK(it.account.queries.size() == 1);
}

} // namespace planner_test
