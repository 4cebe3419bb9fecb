#include "tools/netsuite_sim/mutations.hpp"

#include "tests/unit/netsuite_sim/support.hpp"

#include <doctest/doctest.h>

using namespace tidemark::netsuite_sim;
using namespace tidemark::netsuite_sim::test;
using json = nlohmann::json;

TEST_CASE("rows are inserted, updated and deleted by key with canonical values") {
  account sim;
  REQUIRE(apply_operation(sim.data,
                          {{"op", "insert"},
                           {"table", "transaction"},
                           {"id", 90001},
                           {"values",
                            {{"type", "SalesOrd"},
                             {"trandate", "2025-03-09"},
                             {"createddate", "2025-03-09T10:00:00Z"},
                             {"posting", true},
                             {"foreigntotal", "-0.50"},
                             {"entity", 77},
                             {"memo", nullptr}}}},
                          noon));
  auto item = sim.items(select_all(sim.table_of("transaction"), "t.id = 90001"))[0];
  CHECK(item["type"] == "SalesOrd");
  CHECK(item["trandate"] == "2025-03-09");
  CHECK(item["createddate"] == "2025-03-09T10:00:00Z");
  CHECK(item["lastmodifieddate"] == "2026-01-15T12:00:00Z");
  CHECK(item["posting"] == "T");
  CHECK(item["foreigntotal"] == "-0.50");
  CHECK(item["entity"] == "77");
  CHECK_FALSE(item.contains("memo"));
  REQUIRE(apply_operation(
      sim.data, {{"op", "update"}, {"table", "transaction"}, {"id", 90001}, {"values", {{"memo", "new"}}}},
      noon));
  CHECK(sim.items("SELECT memo FROM transaction WHERE id = 90001")[0]["memo"] == "new");
  REQUIRE(apply_operation(sim.data, {{"op", "delete"}, {"table", "transaction"}, {"id", 90001}}, noon));
  CHECK(sim.items("SELECT id FROM transaction WHERE id = 90001").empty());
  auto log = sim.items("SELECT type, recordtypeid FROM deletedrecord WHERE recordid = 90001");
  REQUIRE(log.size() == 1);
  CHECK(log[0]["recordtypeid"] == "-30");
}

TEST_CASE("deletions are logged under other numbers and names where the account does so") {
  struct way {
    std::string type;
    std::string of_customer;
    std::string of_item;
  };
  for (const auto& [type, of_customer, of_item] : {way{"table", "customer", "item"},
                                                   {"name", "Customer", "Inventory Item"},
                                                   {"script_id", "customer", "inventoryitem"},
                                                   {"none", "", ""}}) {
    CAPTURE(type);
    account sim(
        {},
        {.seed = 7, .scale = 0.02, .deleted_type_ids = {"customer=-9", "vendor=-9"}, .deleted_type = type});
    for (const auto* name : {"customer", "vendor", "item"}) {
      REQUIRE(apply_operation(sim.data, {{"op", "insert"}, {"table", name}, {"id", 90001}}, noon));
      REQUIRE(apply_operation(sim.data, {{"op", "delete"}, {"table", name}, {"id", 90001}}, noon));
    }
    CHECK(sim.items("SELECT t.recordid AS id FROM deletedrecord t WHERE t.recordtypeid = -9 ORDER BY "
                    "t.recordid ASC")
              .size()
          == 2);
    auto entities = sim.items("SELECT type FROM deletedrecord WHERE recordid = 90001 AND recordtypeid = -9");
    REQUIRE(entities.size() == 2);
    CHECK(entities[1].value("type", "") == of_customer);
    auto all = sim.items("SELECT recordid, recordtypeid, type FROM deletedrecord WHERE recordid >= 90001 "
                         "ORDER BY recordid ASC, recordtypeid ASC");
    REQUIRE(all.size() == 3);
    CHECK(all[0]["recordtypeid"] == "-10");
    CHECK(all[0].value("type", "") == of_item);
    CHECK(all[2]["recordtypeid"] == "-9");
  }
}

TEST_CASE("lines are named by transaction and id") {
  account sim;
  auto key = keys_of(sim.data, sim.table_of("transactionline"))[10];
  REQUIRE(apply_operation(
      sim.data, {{"op", "delete"}, {"table", "transactionline"}, {"transaction", key.id}, {"id", key.line}},
      noon));
  CHECK_FALSE(sim.data.find_row(sim.table_of("transactionline"), key));
  CHECK_FALSE(
      apply_operation(sim.data, {{"op", "delete"}, {"table", "transactionline"}, {"id", key.line}}, noon));
}

TEST_CASE("a deleted transaction takes along all of its lines, also those that were changed or added") {
  account sim;
  const auto& transactions = sim.data.transactions();
  auto id = sim.data.layout(transactions).id_at(3);
  for (const auto* name : {"transactionline", "transactionaccountingline"}) {
    const auto& lines = *sim.data.find_table(name);
    REQUIRE(sim.data.insert(lines, {id, 900}, {}, noon));
    REQUIRE(sim.data.update(lines, {id, 0}, {}, noon));
  }
  REQUIRE(sim.data.erase(transactions, {id, 0}, noon));
  for (const auto* name : {"transactionline", "transactionaccountingline"})
    CHECK(sim.data.count(*sim.data.find_table(name), {{id, lowest}, {id, highest}}) == 0);
}

TEST_CASE("bulk operations take the rows asked for, the same ones for the same seed") {
  for (const auto* op : {"bulk_touch", "bulk_insert", "bulk_delete"})
    for (const auto* name : {"customer", "transactionline"}) {
      account one;
      account two;
      const json operation{{"op", op},  {"table", name}, {"rows", 20},
                           {"seed", 3}, {"after", 10},   {"up_to", 300}};
      auto before = one.data.count(one.table_of(name), {});
      auto first = apply_operation(one.data, operation, noon);
      REQUIRE(first);
      CHECK((*first)["applied"] == 20);
      CHECK(*first == *apply_operation(two.data, operation, noon));
      for (const auto& id : (*first)["ids"]) {
        auto number = id.is_array() ? id[0].get<std::int64_t>() : id.get<std::int64_t>();
        CHECK(number > 10);
        CHECK(number <= 300);
      }
      auto change = std::string_view(op) == "bulk_touch"    ? 0
                    : std::string_view(op) == "bulk_insert" ? 20
                                                            : -20;
      CHECK(one.data.count(one.table_of(name), {}) == before + change);
    }
}

TEST_CASE("a bulk touch gives all of its rows one equal time") {
  account sim({}, {.seed = 7, .scale = 0, .counts = {{"customer", 3000}}});
  REQUIRE(apply_operation(sim.data, {{"op", "bulk_touch"}, {"table", "customer"}, {"rows", 1500}}, noon));
  CHECK(sim.value("COUNT(*)",
                  "customer WHERE lastmodifieddate >= TO_DATE('2026-01-15 04:00:00','YYYY-MM-DD HH24:MI:SS')")
        == "1500");
}

TEST_CASE("operations that make no sense are refused with the reason") {
  account sim;
  auto why = [&](const json& operation) {
    auto applied = apply_operation(sim.data, operation, noon);
    return applied ? "(applied)" : applied.error().message;
  };
  CHECK(why(7) == "an operation is a JSON object");
  CHECK(why({{"op", "insert"}, {"table", "nothing"}}) == "there is no table 'nothing'");
  CHECK(why({{"op", "explode"}, {"table", "customer"}}).starts_with("'explode' is not one of"));
  CHECK(why({{"op", "insert"}, {"table", "customer"}}) == "the operation needs a whole number 'id'");
  CHECK(why({{"op", "update"}, {"table", "customer"}, {"id", 999999999}})
        == "there is no customer 999999999 to update");
  auto key = keys_of(sim.data, sim.table_of("customer"))[0].id;
  CHECK(why({{"op", "update"}, {"table", "customer"}, {"id", key}, {"values", {{"startdate", "someday"}}}})
            .starts_with("column 'startdate' takes a date"));
  CHECK(why({{"op", "update"}, {"table", "customer"}, {"id", key}, {"values", {{"isperson", 3}}}})
            .starts_with("column 'isperson' takes"));
}
