#include "actors/wave/planner.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

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
    auto what = project(*types->find("customer"));
    if (as_set) what.parent = what.key;
    if (sorts) {
      what.filter = "t.email <> 'x'";
      what.changes.column = "lastmodifieddate";
      job.scope.changed_since = 1'700'000'000'000;
      job.sort_first = true;
    }
    job.what = std::make_shared<const projection>(std::move(what));
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

  /// All of it is planned in ranges that follow one another, each record once.
  void check_plan(std::uint64_t records) {
    REQUIRE_FALSE(told().empty());
    CHECK(told().back().whole);
    CHECK(told().back().total == records);
    std::optional<std::int64_t> after;
    std::uint64_t weight = 0;
    for (auto& part : told()) {
      for (auto each : part.weights) weight += each;
      for (auto& range : part.ranges) {
        REQUIRE(range.after == after);
        after = range.up_to;
      }
    }
    CHECK(weight == records);
    CHECK(after == 10 * static_cast<std::int64_t>(records));
  }

  std::size_t asked(std::string_view part) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(account.queries, [&](auto& sql) { return contains(sql, part); }));
  }

  bool looks_first = false;
  bool sorts = false;  ///< looks for changes of a type with a filter
  bool as_set = false; ///< each record is planned as if it were the only row of its parent
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

TEST_CASE("a plan of fewer rows than the first page has told of goes on above them") {
  planner_world it;
  it.looks_first = true;
  it.fill(4500);
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "AS boundary") && !contains(sql, "COUNT(*)"))
      return answer_of(R"({"count":1,"hasMore":true,"items":[{"id":"10"}],"totalResults":4500})");
    if (!contains(sql, "OVER")) return std::nullopt;
    return answer_of(
        R"({"count":2,"hasMore":false,"items":[{"boundary":"10000","position":"1000","total":"2000"},)"
        R"({"boundary":"20000","position":"2000","total":"2000"}]})");
  });
  it.open_account();
  it.start();
  it.check_plan(4500);
  CHECK(it.asked("OVER") == 1);
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

/// Answers like this from the `first` boundary query on, counted from zero.
auto from_boundary_query(int first, std::function<http_response()> answer) {
  return [first, answer, seen = 0](const std::string& sql) mutable -> std::optional<http_response> {
    if (!contains(sql, "OVER") || seen++ < first) return std::nullopt;
    return answer();
  };
}

TEST_CASE("the plan of a large table numbers its rows about twice, however many pages it takes") {
  planner_world it;
  it.fill(60'000);
  it.account.boundaries_per_page = 4;
  it.open_account();
  it.start();
  it.check_plan(60'000);
  CHECK(it.account.numbered < 60'000 * 23 / 10);
  CHECK(it.account.queries.size() <= 20);
}

TEST_CASE("where a later boundary query is refused the rest of the plan is walked") {
  for (int refused : {1, 3, 5}) {
    CAPTURE(refused);
    planner_world it;
    it.fill(30'000);
    it.account.boundaries_per_page = 4;
    it.account.obstacles.push_back(from_boundary_query(refused, [] { return *no_window_functions("OVER"); }));
    it.open_account();
    it.start();
    CHECK(it.failures().empty());
    it.check_plan(30'000);
    CHECK(it.asked("OVER") == static_cast<std::size_t>(refused) + 1);
    CHECK(it.asked("COUNT(*)) AS total") == 1);
    CHECK(std::ranges::any_of(it.told(), [](auto& part) { return part.walked && part.ranges.empty(); }));
    // What the boundaries gave is not walked again.
    CHECK(it.account.queries.size() < 32);
  }
}

TEST_CASE("a later boundary query that is answered senselessly twice is the last one") {
  planner_world it;
  it.fill(30'000);
  it.account.boundaries_per_page = 4;
  it.account.obstacles.push_back(from_boundary_query(3, [] {
    return answer_of(R"({"count":1,"hasMore":false,"items":[{"boundary":"1","position":"7","total":"3"}]})");
  }));
  it.open_account();
  it.start();
  it.advance(5s);
  CHECK(it.failures().empty());
  it.check_plan(30'000);
  CHECK(it.asked("OVER") == 5);
}

TEST_CASE("nothing at all is believed of no rest of a table without a count") {
  planner_world it;
  it.fill(9'000);
  it.account.boundaries_per_page = 4;
  it.account.obstacles.push_back(
      from_boundary_query(1, [] { return answer_of(R"({"count":0,"hasMore":false,"items":[]})"); }));
  it.open_account();
  it.start();
  it.check_plan(9'000);
}

TEST_CASE("where numbering all rows takes too long they are counted, and numbered by windows") {
  planner_world it;
  it.fill(150'000);
  it.as_set = true;
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "OVER") || contains(sql, "<=")) return std::nullopt;
    return transport_error(transport_result::timeout);
  });
  it.open_account();
  it.start();
  for (int i = 0; i < 10; ++i) it.advance(10s);
  CHECK(it.failures().empty());
  REQUIRE_FALSE(it.told().empty());
  CHECK(it.told().front().by_windows);
  CHECK(it.told().front().ranges.empty());
  CHECK(it.told().front().total == 150'000);
  CHECK(it.told()[1].ranges.size() > 40);
  CHECK(it.told().back().whole);
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

/// Of the keys of changed rows, those of which `is_inside` lie in the filter.
auto sorted(std::vector<std::int64_t> keys, std::function<bool(std::int64_t)> is_inside) {
  return [=](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "AS inside")) return std::nullopt;
    std::string items;
    std::size_t count = 0;
    bool is_second = contains(sql, "t.id > ");
    for (auto key : keys) {
      if (is_second && key <= keys.at(999)) continue;
      if (count == 1000) break;
      items += fmt::format(R"({}{{"boundary":"{}","inside":"{}"}})", count++ == 0 ? "" : ",", key,
                           is_inside(key) ? "T" : "F");
    }
    return answer_of(fmt::format(R"({{"count":{},"hasMore":{},"items":[{}]}})", count, count == 1000, items));
  };
}

struct sorting_world : planner_world {
  explicit sorting_world(fake_account::obstacle what_has_changed) {
    looks_first = sorts = true;
    account.obstacles.push_back(std::move(what_has_changed));
    open_account();
  }
};

TEST_CASE("a type with a filter of which nothing has changed costs one request, as any other") {
  sorting_world it{sorted({}, {})};
  it.start();
  REQUIRE(it.told().size() == 1);
  CHECK(it.told()[0].whole);
  CHECK(it.told()[0].requests == 1);
  CHECK(it.told()[0].ranges.empty());
  REQUIRE(it.told()[0].outside);
  CHECK(it.told()[0].outside->empty());
}

TEST_CASE("changed rows outside of the filter are told, and nothing else is asked if none is inside") {
  sorting_world it{sorted({3, 9}, [](auto) { return false; })};
  it.start();
  REQUIRE(it.told().size() == 1);
  CHECK(it.told()[0].requests == 1);
  REQUIRE(it.told()[0].outside);
  CHECK(*it.told()[0].outside == std::vector<std::int64_t>{3, 9});
  CHECK_FALSE(it.told()[0].outside_by_keys);
}

TEST_CASE("changed rows inside of the filter are read as of any type, and others told once") {
  std::vector<std::int64_t> keys;
  for (std::int64_t key = 1; key <= 1500; ++key) keys.push_back(key);
  sorting_world it{sorted(keys, [](auto key) { return key % 2 == 0; })};
  it.fill(30);
  it.start();
  REQUIRE(it.told().size() == 1);
  CHECK(it.told()[0].requests == 3);
  CHECK(it.told()[0].first_page);
  REQUIRE(it.told()[0].outside);
  CHECK(it.told()[0].outside->size() == 750);
}

TEST_CASE("where CASE is refused every changed row may be outside") {
  sorting_world it{[](const std::string& sql) -> std::optional<http_response> {
    if (contains(sql, "CASE")) return no_window_functions("OVER");
    if (!contains(sql, "AS boundary")) return std::nullopt;
    return answer_of(R"({"count":1,"hasMore":false,"items":[{"boundary":"10"}]})");
  }};
  it.fill(30);
  it.start();
  REQUIRE(it.told().size() == 1);
  CHECK(it.told()[0].requests == 3);
  CHECK(it.told()[0].first_page);
  CHECK(it.told()[0].outside_by_keys);
  CHECK(*it.told()[0].outside == std::vector<std::int64_t>{10});
}

TEST_CASE("a type that cannot be sorted is planned without, and nothing is told of what lies outside") {
  sorting_world it{[](const std::string& sql) -> std::optional<http_response> {
    if (contains(sql, "AS inside")) return answer_of("oops", 500);
    return std::nullopt;
  }};
  it.fill(30);
  it.start();
  REQUIRE(it.told().size() == 1);
  CHECK(it.told()[0].whole);
  CHECK_FALSE(it.told()[0].outside);
}

} // namespace planner_test
