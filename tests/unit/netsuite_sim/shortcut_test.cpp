#include "tests/unit/netsuite_sim/support.hpp"
#include "tools/netsuite_sim/fast_query.hpp"
#include "tools/netsuite_sim/faults.hpp"
#include "tools/netsuite_sim/mutations.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
namespace shortcut_test {

using namespace tidemark::netsuite_sim;
using namespace tidemark::netsuite_sim::test;

bool takes_shortcut(account& sim, const std::string& query) {
  schema visible(sim.data, sim.settings);
  sql_session session{sim.data, zone("America/Los_Angeles"), "M/D/YYYY", [] { return noon; }};
  return recognise(tokenize(query).value(), visible, session).has_value();
}

/// The body with the shortcut and without; the cache must not stand between them.
void check_same(account& sim, const std::string& query, int limit = 1000, int offset = 0) {
  REQUIRE_MESSAGE(takes_shortcut(sim, query), query);
  sim.service.use_engine_only(true);
  sim.service.reload();
  auto engine = sim.ask(query, limit, offset);
  sim.service.use_engine_only(false);
  sim.service.reload();
  auto shortcut = sim.ask(query, limit, offset);
  REQUIRE_MESSAGE(engine, query);
  REQUIRE(shortcut);
  CHECK_MESSAGE((*engine)->body == (*shortcut)->body, query);
  CHECK((*engine)->rows == (*shortcut)->rows);
}

void check_corpus(account& sim) {
  for (const auto& t : sim.data.tables()) {
    check_same(sim, select_all(t));
    check_same(sim, select_all(t), 7, 14);
  }
  dice chance(11);
  auto number = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(chance.roll() % static_cast<std::uint64_t>(high - low));
  };
  for (auto i = 0; i < 20; ++i) {
    auto after = number(-30, 500);
    auto up_to = after + number(0, 200);
    const auto range = fmt::format("t.id > {} AND t.id <= {}", after, up_to);
    check_same(sim, select_all(sim.table_of("customer"), range));
    check_same(sim, select_all(sim.table_of("transaction"), range + " AND (t.type = 'SalesOrd')"), 10);
    check_same(
        sim,
        select_all(
            sim.table_of("transaction"),
            range + " AND t.type IN ('SalesOrd', 'Journal') AND t.posting = 'T' AND t.approvalstatus <> 2"));
    check_same(
        sim,
        select_all(
            sim.table_of("transaction"),
            range
                + " AND t.lastmodifieddate >= TO_TIMESTAMP('2022-06-01 00:00:00','YYYY-MM-DD HH24:MI:SS')"));
    check_same(sim, select_all(sim.table_of("transaction"),
                               range
                                   + " AND SYS_EXTRACT_UTC(t.lastmodifieddate) < TO_DATE('2024-03-10 "
                                     "10:30:00','YYYY-MM-DD HH24:MI:SS')"));
    auto line = number(0, 4);
    check_same(sim,
               select_all(sim.table_of("transactionline"),
                          fmt::format("t.transaction > {0} AND t.transaction <= {1} AND t.transaction >= {2} "
                                      "AND (t.transaction > {2} OR t.id > {3})",
                                      after, up_to, after + 4, line)),
               50);
    const std::string changed =
        " AND t.transaction IN (SELECT c.transaction FROM transactionline c WHERE "
        "c.linelastmodifieddate >= TO_TIMESTAMP('2025-03-01 00:00:00','YYYY-MM-DD HH24:MI:SS'))";
    check_same(sim,
               select_all(sim.table_of("transactionline"),
                          fmt::format("t.transaction > {} AND t.transaction <= {}", after, up_to) + changed),
               40);
    check_same(
        sim, fmt::format("SELECT COUNT(*) AS total, MAX(t.transaction) AS last FROM transactionline t WHERE "
                         "t.transaction > {}{}",
                         after, changed));
    check_same(sim, select_all(sim.table_of("customer"),
                               fmt::format("t.id IN ({},{},{})", up_to, after, after + 3)));
    auto step = number(3, 60);
    check_same(
        sim,
        fmt::format(
            "SELECT k AS boundary, n AS position, total FROM (SELECT t.id AS k, ROW_NUMBER() OVER (ORDER BY "
            "t.id) AS n, COUNT(*) "
            "OVER () AS total FROM customer t WHERE t.id > {}) WHERE MOD(n, {}) = 0 OR n = total ORDER BY n",
            after, step),
        5, static_cast<int>(number(0, 3)) * 5);
    check_same(
        sim,
        fmt::format("SELECT FLOOR(t.id / {0}) AS bucket, COUNT(*) AS total, SUM(t.id) AS keys FROM customer "
                    "t WHERE t.id >= {1} GROUP BY FLOOR(t.id / {0}) ORDER BY FLOOR(t.id / {0})",
                    number(1, 60), after));
    check_same(
        sim,
        "SELECT FLOOR(t.transaction / 7) AS bucket, COUNT(*) AS total, SUM(t.id) AS keys, "
        "SUM(t.transaction) AS parents FROM transactionline t GROUP BY FLOOR(t.transaction / 7) ORDER BY "
        "FLOOR(t.transaction / 7)",
        10, 10);
    check_same(sim, fmt::format("SELECT k AS boundary, n AS position, total FROM (SELECT t.transaction AS k, "
                                "ROW_NUMBER() OVER (ORDER BY t.transaction, "
                                "t.id) AS n, COUNT(*) OVER () AS total FROM transactionline t WHERE "
                                "t.transaction > {}) WHERE MOD(n, {}) = 0 OR n = total ORDER BY n",
                                after, step));
    check_same(sim,
               fmt::format("SELECT t.id AS boundary FROM customer t WHERE t.id > {} ORDER BY t.id", after), 1,
               static_cast<int>(number(0, 300)));
    check_same(sim, fmt::format("SELECT COUNT(*) AS total, MAX(t.id) AS last FROM customer t WHERE t.id > {}",
                                after));
    check_same(sim, fmt::format("SELECT COUNT(*) AS total, MAX(t.transaction) AS last FROM transactionline t "
                                "WHERE t.transaction > {}",
                                after));
  }
}

TEST_CASE("the shortcut answers as the engine does, byte for byte") {
  account sim;
  check_corpus(sim);
}

TEST_CASE("the shortcut answers as the engine does after changes") {
  account sim;
  const auto& log = sim.table_of("deletedrecord");
  dice chance(5);
  for (const auto& t : sim.data.tables())
    for (auto i = 0; i < 200 && &t != &log; ++i) mutate_at_random(sim.data, t, chance.roll(), noon);
  check_corpus(sim);
}

TEST_CASE("the shortcut answers as the engine does to a role that sees less") {
  account sim({}, {.seed = 7, .scale = 0.02, .counts = {}, .visible_percent = 40});
  check_corpus(sim);
}

TEST_CASE("what the role does not see is in no page, count or sum") {
  account whole;
  account part({}, {.seed = 7, .scale = 0.02, .counts = {{"currency", 12}}, .visible_percent = 30});
  account less({}, {.seed = 7, .scale = 0.02, .counts = {{"currency", 12}}, .visible_percent = 10});
  account lines(
      {}, {.seed = 7, .scale = 0.02, .counts = {}, .visible_percent = 0, .visible_table = "transactionline"});
  auto count = [](account& sim, const std::string& table) {
    return std::stoll(sim.value("COUNT(*)", table));
  };
  for (const auto* table : {"customer", "transaction", "transactionline"}) {
    auto all = static_cast<double>(count(whole, table));
    auto seen = static_cast<double>(count(part, table));
    CHECK(seen > 0.15 * all);
    CHECK(seen < 0.45 * all);
  }
  CHECK(count(part, "transactionline t WHERE t.transaction NOT IN (SELECT id FROM transaction)") == 0);
  CHECK(count(lines, "transactionline") == 0);
  CHECK(count(lines, "transaction") == count(whole, "transaction"));
  const auto& customer = whole.table_of("customer");
  for (auto key : keys_of(whole.data, customer))
    if (less.data.shows(customer, key)) CHECK(part.data.shows(customer, key));
}

TEST_CASE("a walk by key tells the true remainder with each page") {
  account sim;
  auto total = 0;
  for (std::int64_t last = -1000, walked = 0, more = 1; more != 0;) {
    auto page = sim.page(
        fmt::format(
            "SELECT t.id AS id FROM transaction t WHERE t.id > {} AND t.type = 'SalesOrd' ORDER BY t.id",
            last),
        10);
    if (walked == 0) total = page["totalResults"];
    CHECK(page["totalResults"] == total - walked);
    walked += page["count"].get<int>();
    more = page["hasMore"].get<bool>() ? 1 : 0;
    last = std::stoll(page["items"].back()["id"].get<std::string>());
    if (more == 0) CHECK(walked == total);
  }
}

TEST_CASE(
    "broken records leave what is planned by key alone to the shortcut, and their pages to the engine") {
  account probe;
  knobs k;
  k.records_broken = {fmt::format("customer.{}", keys_of(probe.data, probe.table_of("customer"))[100].id)};
  account sim(k);
  check_same(sim, "SELECT t.id AS id FROM customer t WHERE t.id > 7 ORDER BY t.id", 1, 50);
  check_same(sim, "SELECT COUNT(*) AS total, MAX(t.id) AS last FROM customer t");
  check_same(sim,
             "SELECT k AS boundary, n AS position, total FROM (SELECT t.id AS k, ROW_NUMBER() OVER (ORDER "
             "BY t.id) AS n, COUNT(*) OVER () AS total FROM customer t) WHERE MOD(n, 50) = 0 OR n = total "
             "ORDER BY n");
  CHECK_FALSE(takes_shortcut(sim, select_all(sim.table_of("customer"))));
}

TEST_CASE("queries of another shape are left to the engine") {
  account sim;
  for (const auto* query :
       {"SELECT id FROM customer", "SELECT t.id FROM customer t ORDER BY t.id DESC",
        "SELECT t.id FROM customer t ORDER BY t.altname", "SELECT t.startdate FROM customer t ORDER BY t.id",
        "SELECT t.transaction FROM transactionline t ORDER BY t.transaction",
        "SELECT t.id FROM transactionline t WHERE (t.transaction > 7 OR t.id > 3) ORDER BY t.transaction, "
        "t.id",
        "SELECT t.id FROM customer t WHERE t.altname LIKE 'A%' ORDER BY t.id",
        "SELECT x.id FROM customer t ORDER BY t.id"})
    CHECK_FALSE_MESSAGE(takes_shortcut(sim, query), query);
}

} // namespace shortcut_test
