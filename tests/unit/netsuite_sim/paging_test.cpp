#include "tests/unit/netsuite_sim/support.hpp"

#include <doctest/doctest.h>

#include <set>
namespace paging_test {

using namespace tidemark::netsuite_sim;
using namespace tidemark::netsuite_sim::test;

std::string rel_href(const nlohmann::json& page, std::string_view rel) {
  for (const auto& link : page["links"])
    if (link["rel"] == rel) return link["href"];
  return "";
}

/// An account with 2500 customers.
account with_customers(knobs k = {}) {
  return account(std::move(k), {.seed = 7, .scale = 0, .counts = {{"customer", 2500}}});
}

TEST_CASE("a page in the middle has every link and tells where it stands") {
  account sim = with_customers();
  auto page = sim.page("SELECT id FROM customer ORDER BY id", 1000, 1000);
  CHECK(page["count"] == 1000);
  CHECK(page["offset"] == 1000);
  CHECK(page["totalResults"] == 2500);
  CHECK(page["hasMore"] == true);
  const std::string base = "http://sim/services/rest/query/v1/suiteql?limit=1000&offset=";
  CHECK(rel_href(page, "previous") == base + "0");
  CHECK(rel_href(page, "first") == base + "0");
  CHECK(rel_href(page, "next") == base + "2000");
  CHECK(rel_href(page, "last") == base + "2000");
  CHECK(rel_href(page, "self") == base + "1000");
}

TEST_CASE("a small result has a link to itself alone") {
  account sim = with_customers();
  auto page = sim.page("SELECT id FROM customer WHERE id < 20 ORDER BY id");
  CHECK(page["hasMore"] == false);
  CHECK(page["links"]
        == nlohmann::json::array({{{"rel", "self"}, {"href", "http://sim/services/rest/query/v1/suiteql"}}}));
}

TEST_CASE("without limit and offset there are 1000 rows from the first on") {
  account sim = with_customers();
  auto answer = sim.service.answer({.query = "SELECT id FROM customer ORDER BY id"});
  REQUIRE(answer);
  CHECK((*answer)->rows == 1000);
}

TEST_CASE("limits from 1 to 1000 and offsets divisible by them are accepted, others refused") {
  account sim = with_customers();
  auto status = [&](const std::string& limit, const std::string& offset) {
    auto answer = sim.service.answer(
        {.query = "SELECT id FROM customer ORDER BY id", .limit = limit, .offset = offset});
    return answer ? 200 : answer.error().status;
  };
  CHECK(status("1", "999") == 200);
  CHECK(status("1000", "2000") == 200);
  CHECK(status("1001", "0") == 400);
  CHECK(status("0", "0") == 400);
  CHECK(status("ten", "0") == 400);
  CHECK(status("10", "15") == 400);
  CHECK(status("10", "-10") == 400);
}

TEST_CASE("paging with a unique order gives each row once") {
  account sim = with_customers();
  std::set<std::string> seen;
  for (auto offset = 0; offset < 2500; offset += 500)
    for (const auto& item : sim.items("SELECT id FROM customer ORDER BY id", 500, offset))
      CHECK(seen.insert(item["id"]).second);
  CHECK(seen.size() == 2500);
}

TEST_CASE("paging without an order repeats some rows and misses others, unless that is switched off") {
  for (auto unstable : {true, false}) {
    knobs k;
    k.unstable_order = unstable;
    account sim = with_customers(k);
    std::set<std::string> seen;
    for (auto offset = 0; offset < 2500; offset += 50)
      for (const auto& item : sim.items("SELECT id FROM customer", 50, offset)) seen.insert(item["id"]);
    CHECK((seen.size() < 2500) == unstable);
  }
}

TEST_CASE("rows stop at the cap although the total tells of more") {
  knobs k;
  k.row_cap = 2000;
  const std::string query = "SELECT id FROM customer ORDER BY id";
  {
    account sim = with_customers(k);
    CHECK(sim.page(query, 1000, 1000)["count"] == 1000);
    auto beyond = sim.page(query, 1000, 2000);
    CHECK(beyond["count"] == 0);
    CHECK(beyond["totalResults"] == 2500);
    CHECK(beyond["hasMore"] == false);
  }
  k.beyond_cap = "not_found";
  CHECK(with_customers(k).ask(query, 1000, 2000).error().status == 404);
  k.beyond_cap = "error";
  CHECK(with_customers(k).ask(query, 1000, 2000).error().status == 400);
}

TEST_CASE("small limits reach no more than 1000 pages") {
  account sim = with_customers();
  CHECK(sim.page("SELECT id FROM customer ORDER BY id", 2, 1998)["count"] == 2);
  CHECK(sim.page("SELECT id FROM customer ORDER BY id", 2, 2000)["count"] == 0);
}

TEST_CASE("an offset beyond the data gives an empty page, or 404 if so set") {
  knobs k;
  CHECK(with_customers(k).page("SELECT id FROM customer ORDER BY id", 1000, 3000)["count"] == 0);
  k.beyond_data = "not_found";
  CHECK(with_customers(k).ask("SELECT id FROM customer ORDER BY id", 1000, 3000).error().status == 404);
}

TEST_CASE("more than 100 columns give no rows if so set") {
  std::string query = "SELECT ";
  for (auto i = 0; i < 101; ++i) query += (i > 0 ? ", id AS c" : "id AS c") + std::to_string(i);
  query += " FROM customer ORDER BY id";
  knobs k;
  CHECK(with_customers(k).page(query)["count"] == 1000);
  k.empty_above_100_columns = true;
  CHECK(with_customers(k).page(query)["count"] == 0);
}

TEST_CASE("a cached answer gives way when its table changes") {
  account sim = with_customers();
  const auto& t = sim.table_of("customer");
  const std::string query = "SELECT COUNT(*) AS n FROM customer";
  CHECK(sim.items(query)[0]["n"] == "2500");
  auto first = sim.ask(query);
  CHECK(*first == *sim.ask(query));
  REQUIRE(sim.data.erase(t, keys_of(sim.data, t)[7], noon));
  CHECK(sim.items(query)[0]["n"] == "2499");
}

TEST_CASE("the cache keeps within its bound") {
  response_cache cache;
  for (auto i = 0; i < 100; ++i)
    cache.insert(std::to_string(i),
                 std::make_shared<rendered>(
                     rendered{.body = std::string(1000, 'x'), .main_table = "", .versions = {}}),
                 20000);
  auto version = [](const table&) { return std::uint64_t{0}; };
  CHECK(cache.bytes() <= 20000);
  CHECK(cache.find("99", version));
  CHECK_FALSE(cache.find("0", version));
}

} // namespace paging_test
