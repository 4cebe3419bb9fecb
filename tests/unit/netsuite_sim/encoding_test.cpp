#include "tests/unit/netsuite_sim/support.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tidemark::netsuite_sim;
using namespace tidemark::netsuite_sim::test;

TEST_CASE("every value is a string, every item has its links, every key is lower-case") {
  account sim;
  for (const auto& t : sim.data.tables())
    for (const auto& item : sim.items(select_all(t)))
      for (const auto& [key, value] : item.items()) {
        if (key == "links")
          REQUIRE(value == nlohmann::json::array());
        else
          REQUIRE(value.is_string());
        REQUIRE(std::ranges::none_of(key, [](char c) { return c >= 'A' && c <= 'Z'; }));
      }
}

TEST_CASE("aliases come back in lower case, expressions without one as exprN") {
  account sim;
  auto item = sim.items("SELECT id AS CustomerNumber, COUNT(*) FROM customer GROUP BY id ORDER BY id", 1)[0];
  CHECK(item.contains("customernumber"));
  CHECK(item["expr2"] == "1");
}

TEST_CASE("a null column is left out of its item") {
  account sim;
  auto with = 0;
  auto without = 0;
  for (const auto& item : sim.items("SELECT id, email FROM customer ORDER BY id"))
    ++(item.contains("email") ? with : without);
  CHECK(with > 0);
  CHECK(without > 0);
  CHECK(sim.items("SELECT NULL AS nothing FROM dual")[0]
        == nlohmann::json{{"links", nlohmann::json::array()}});
}

TEST_CASE("booleans are T or F and multi-selects are ids joined by comma and space") {
  account sim;
  for (const auto& item : sim.items("SELECT isinactive, subsidiary FROM account ORDER BY id")) {
    auto flag = item["isinactive"].get<std::string>();
    CHECK((flag == "T" || flag == "F"));
  }
  account one({}, {.seed = 7, .scale = 1, .counts = {}});
  auto rows = one.items("SELECT id, subsidiary FROM account WHERE subsidiary LIKE '%, %' ORDER BY id");
  CHECK_FALSE(rows.empty());
}

TEST_CASE("raw dates and datetimes are printed in the user's format without the time") {
  knobs k;
  for (const auto& [format, date] :
       {std::pair{"M/D/YYYY", "1/15/2026"}, {"DD.MM.YYYY", "15.01.2026"}, {"DD/MM/YYYY", "15/01/2026"}}) {
    k.date_format = format;
    account sim(k);
    CHECK(sim.value("SYSDATE") == date);
    CHECK(sim.value("TO_DATE('2026-01-15 23:59:59','YYYY-MM-DD HH24:MI:SS')") == date);
  }
}

TEST_CASE("TO_CHAR prints in the account's zone, SYS_EXTRACT_UTC in UTC") {
  knobs k;
  for (const auto& [zone_name, local] : {std::pair{"America/Los_Angeles", "2026-01-15 04:00:00"},
                                         {"Europe/Berlin", "2026-01-15 13:00:00"},
                                         {"Asia/Kathmandu", "2026-01-15 17:45:00"}}) {
    k.time_zone = zone_name;
    account sim(k);
    CHECK(sim.value("TO_CHAR(SYSTIMESTAMP,'YYYY-MM-DD HH24:MI:SS')") == local);
    CHECK(sim.value("TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP),'YYYY-MM-DD HH24:MI:SS')")
          == "2026-01-15 12:00:00");
  }
}

TEST_CASE("texts survive JSON with every character") {
  account sim;
  const auto& t = sim.table_of("customer");
  auto index = static_cast<std::size_t>(t.column_index("comments"));
  std::map<std::string, std::string> sent;
  for (const auto& item : sim.items("SELECT id, comments FROM customer ORDER BY id"))
    if (item.contains("comments")) sent[item["id"]] = item["comments"];
  row r;
  cell value;
  for (cursor rows(sim.data, t, {}); rows.next(r);) {
    sim.data.read(t, r, index, value);
    REQUIRE(sent.contains(std::to_string(r.key.id)) == !value.is_null());
    if (!value.is_null()) REQUIRE(sent[std::to_string(r.key.id)] == value.text());
  }
}
