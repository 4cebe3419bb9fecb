#include "tests/unit/netsuite_sim/support.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
namespace dialect_test {

using namespace tidemark::netsuite_sim;
using namespace tidemark::netsuite_sim::test;

constexpr std::string_view prefix =
    "Invalid search query. Detailed unprocessed description follows. Search error occurred: ";

std::string search_detail(std::string_view sentence) { return std::string(prefix) + std::string(sentence); }

const std::string unsupported = search_detail("Invalid or unsupported search.");

// -- functions
// -----------------------------------------------------------------------------------------------

TEST_CASE("a plain DATE is compared as any other, and refuses what asks for its zone") {
  knobs settings;
  settings.columns_unzoned = {"deletedrecord.deleteddate"};
  account sim(settings);
  const std::string from = "SELECT recordid FROM deletedrecord t WHERE ";
  for (const auto* condition : {"SYS_EXTRACT_UTC(t.deleteddate) >= TO_TIMESTAMP('2020-01-01','YYYY-MM-DD')",
                                "SYS_EXTRACT_UTC(FROM_TZ(CAST(t.deleteddate AS TIMESTAMP), 'UTC')) IS NULL"})
    CHECK(sim.detail(from + condition).ends_with("Invalid or unsupported search."));
  CHECK(sim.items(from + "t.deleteddate >= TO_DATE('2020-01-01','YYYY-MM-DD')").size() > 0);
  CHECK(sim.items("SELECT TO_CHAR(t.deleteddate,'YYYY-MM-DD HH24:MI:SS') AS at FROM deletedrecord t").size()
        > 0);
  CHECK(sim.items("SELECT id FROM customer t WHERE SYS_EXTRACT_UTC(t.lastmodifieddate) >= "
                  "TO_TIMESTAMP('2020-01-01','YYYY-MM-DD')")
            .size()
        > 0);
}

TEST_CASE("a plain DATE's text that is read again has the session's zone") {
  knobs settings;
  settings.time_zone = "Asia/Kolkata"; // where no hour comes twice
  account zoned(settings);
  settings.columns_unzoned = {"customer.datecreated"};
  account sim(settings);
  const std::string text = "SYS_EXTRACT_UTC(TO_TIMESTAMP(TO_CHAR(t.datecreated,'YYYY-MM-DD HH24:MI:SS'),"
                           "'YYYY-MM-DD HH24:MI:SS'))";
  const std::string rest = ",'YYYY-MM-DD HH24:MI:SS') AS at FROM customer t ORDER BY t.id ASC";
  CHECK(sim.detail("SELECT TO_CHAR(SYS_EXTRACT_UTC(t.datecreated)" + rest).ends_with("unsupported search."));
  auto read = sim.items("SELECT TO_CHAR(" + text + rest);
  CHECK(read.size() > 0);
  CHECK(read == zoned.items("SELECT TO_CHAR(SYS_EXTRACT_UTC(t.datecreated)" + rest));
}

TEST_CASE("Oracle's functions work") {
  account sim;
  CHECK(sim.value("NVL(NULL, 'x')") == "x");
  CHECK(sim.value("NVL2('a', 'yes', 'no')") == "yes");
  CHECK(sim.value("DECODE(2, 1, 'one', 2, 'two', 'many')") == "two");
  CHECK(sim.value("COALESCE(NULL, NULL, 'c')") == "c");
  CHECK(sim.value("MOD(17, 5)") == "2");
  CHECK(sim.value("FLOOR(17 / 5)") == "3");
  CHECK(sim.value("CEIL(3.2)") == "4");
  CHECK(sim.value("ROUND(2.345, 2)") == "2.35");
  CHECK(sim.value("TRUNC(2.99)") == "2");
  CHECK(sim.value("7 / 2") == "3.5");
  CHECK(sim.value("'a' || 'b'") == "ab");
  CHECK(sim.value("CONCAT('a', 'b')") == "ab");
  CHECK(sim.value("SUBSTR('abcdef', 2, 3)") == "bcd");
  CHECK(sim.value("UPPER('abc')") == "ABC");
  CHECK(sim.value("TO_NUMBER('12.50')") == "12.5");
  CHECK(sim.value("CASE WHEN 1 = 1 THEN 'T' ELSE 'F' END") == "T");
  CHECK(sim.value("TO_CHAR(TO_TIMESTAMP('2026-03-02 10:20:30','YYYY-MM-DD HH24:MI:SS'),'HH24:MI')")
        == "10:20");
  CHECK(sim.value("TO_CHAR(FROM_TZ(TO_TIMESTAMP('2026-01-15 12:00','YYYY-MM-DD HH24:MI'),'UTC'),'HH24:MI')")
        == "04:00");
}

TEST_CASE("a datetime column compared with TO_DATE means the account's wall clock") {
  knobs k;
  k.time_zone = "Asia/Kathmandu";
  account sim(k);
  const auto& t = sim.table_of("customer");
  named_values values;
  values["lastmodifieddate"].set_datetime(noon); // 17:45 in Kathmandu
  auto key = keys_of(sim.data, t)[5];
  REQUIRE(sim.data.update(t, key, values, noon));
  auto where = [&](const std::string& condition) {
    return sim
        .items("SELECT t.id FROM customer t WHERE t.id = " + std::to_string(key.id) + " AND " + condition)
        .size();
  };
  CHECK(where("t.lastmodifieddate >= TO_DATE('2026-01-15 17:45:00','YYYY-MM-DD HH24:MI:SS')") == 1);
  CHECK(where("t.lastmodifieddate > TO_TIMESTAMP('2026-01-15 17:45:00','YYYY-MM-DD HH24:MI:SS')") == 0);
  CHECK(where("TO_TIMESTAMP('2026-01-15 17:45:00','YYYY-MM-DD HH24:MI:SS') <= t.lastmodifieddate") == 1);
  CHECK(where("lastmodifieddate BETWEEN TO_DATE('2026-01-15 17:44','YYYY-MM-DD HH24:MI') AND "
              "TO_DATE('2026-01-15 17:46','YYYY-MM-DD HH24:MI')")
        == 1);
  CHECK(where("SYS_EXTRACT_UTC(t.lastmodifieddate) >= TO_TIMESTAMP('2026-01-15 12:00:00','YYYY-MM-DD "
              "HH24:MI:SS')")
        == 1);
  CHECK(
      where(
          "SYS_EXTRACT_UTC(t.lastmodifieddate) > TO_TIMESTAMP('2026-01-15 12:00:00','YYYY-MM-DD HH24:MI:SS')")
      == 0);
  CHECK(
      where(
          "t.lastmodifieddate >= FROM_TZ(TO_TIMESTAMP('2026-01-15 12:00:00','YYYY-MM-DD HH24:MI:SS'),'UTC')")
      == 1);
  CHECK(where("t.lastmodifieddate >= '1/15/2026'") == 1);
  CHECK(where("t.lastmodifieddate >= '1/16/2026'") == 0);
}

TEST_CASE("ROWNUM bounds and numbers rows, TOP and FETCH FIRST bound them") {
  account sim;
  CHECK(sim.items("SELECT id FROM customer WHERE ROWNUM <= 30").size() == 30);
  CHECK(sim.items("SELECT id FROM customer WHERE id > 5 AND ROWNUM < 3").size() == 2);
  CHECK(sim.items("SELECT TOP 4 id FROM customer").size() == 4);
  CHECK(sim.items("SELECT id FROM customer ORDER BY id FETCH FIRST 6 ROWS ONLY").size() == 6);
  auto all = sim.items("SELECT id FROM customer ORDER BY id");
  auto slice = sim.items("SELECT * FROM ( SELECT id, ROWNUM AS rn FROM ( SELECT id FROM customer ORDER BY id "
                         ") ) WHERE rn BETWEEN 11 AND 20");
  REQUIRE(slice.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) CHECK(slice[i]["id"] == all[10 + i]["id"]);
}

TEST_CASE("joins, unions, groups and sub-selects work, whatever the case of names") {
  account sim;
  CHECK(sim.items("SELECT C.ID, Currency.Name FROM Customer C INNER JOIN currency ON currency.id = "
                  "C.currency ORDER BY C.id",
                  5)
            .size()
        == 5);
  CHECK(sim.items("SELECT 'a' AS x FROM dual UNION SELECT 'b' FROM dual ORDER BY x").size() == 2);
  CHECK(sim.items("SELECT id FROM vendor MINUS SELECT id FROM vendor").empty());
  CHECK(sim.items("SELECT type, COUNT(*) AS n, SUM(foreigntotal) AS s FROM transaction GROUP BY type ORDER "
                  "BY type")
            .size()
        > 5);
  CHECK(sim.items("SELECT l.transaction, l.id FROM transactionline l WHERE l.transaction IN (SELECT t.id "
                  "FROM transaction t WHERE t.type = 'Journal') ORDER BY l.transaction, l.id")
            .size()
        > 5);
}

TEST_CASE("decimals are compared, sorted and aggregated as numbers") {
  account sim;
  auto sorted = sim.items("SELECT id, foreigntotal FROM transaction ORDER BY foreigntotal");
  auto previous = -1e30;
  for (const auto& item : sorted) {
    auto value = std::stod(item["foreigntotal"].get<std::string>());
    REQUIRE(value >= previous);
    previous = value;
  }
  CHECK(std::stod(sim.value("MAX(foreigntotal)", "transaction")) == previous);
  for (const auto& item :
       sim.items("SELECT id, foreigntotal FROM transaction WHERE foreigntotal > 100 ORDER BY id"))
    REQUIRE(std::stod(item["foreigntotal"].get<std::string>()) > 100);
}

TEST_CASE("BUILTIN.DF gives the name behind a reference, BUILTIN.CF the full status") {
  account sim;
  auto item = sim.items("SELECT BUILTIN.DF(t.currency) AS text, t.currency AS id FROM customer t WHERE "
                        "t.currency = 3 ORDER BY t.id",
                        1)[0];
  CHECK(item["text"] == sim.value("name", "currency WHERE id = 3"));
  auto status = sim.items("SELECT t.type AS type, t.status AS status, BUILTIN.CF(t.status) AS full FROM "
                          "transaction t ORDER BY t.id",
                          1)[0];
  CHECK(status["full"] == status["type"].get<std::string>() + ":" + status["status"].get<std::string>());
}

TEST_CASE("bound parameters are compared as numbers where the column is one") {
  account sim;
  suiteql_request request{.query = "SELECT id FROM item WHERE id BETWEEN ? AND ? ORDER BY id",
                          .parameters = {"-7", "0"},
                          .base_url = "http://sim"};
  auto answer = sim.service.answer(request);
  REQUIRE(answer);
  for (const auto& item : nlohmann::json::parse((*answer)->body)["items"])
    CHECK(std::stoi(item["id"].get<std::string>()) <= 0);
  request.parameters.pop_back();
  CHECK_FALSE(sim.service.answer(request));
}

// -- refusals
// ------------------------------------------------------------------------------------------------

TEST_CASE("an unknown identifier is named together with those there are") {
  account sim;
  CHECK(sim.detail("SELECT not_existing_field FROM customer")
        == search_detail(
            "Unknown identifier 'not_existing_field'. Available identifiers are: {customer=customer}."));
  CHECK(sim.detail("SELECT t.subsidiary FROM vendor t")
        == search_detail("Unknown identifier 'subsidiary'. Available identifiers are: {t=vendor}."));
  CHECK(sim.detail("SELECT id FROM customer WHERE nothing = 1 ORDER BY id")
        == search_detail("Unknown identifier 'nothing'. Available identifiers are: {customer=customer}."));
}

TEST_CASE("an unknown table is an invalid search type") {
  account sim;
  CHECK(sim.detail("SELECT id FROM transactiontablethatdoesnotexist")
        == "Invalid search query. Detailed unprocessed description follows. Invalid search type: "
           "transactiontablethatdoesnotexist.");
}

TEST_CASE("a table whose feature is off, or that the role cannot see, was not found") {
  knobs k;
  k.departments = false;
  k.tables_off = {"term"};
  account sim(k);
  CHECK(sim.detail("SELECT id FROM department") == search_detail("Record 'department' was not found."));
  CHECK(sim.detail("SELECT id FROM term") == search_detail("Record 'term' was not found."));
  CHECK(sim.detail("SELECT t.department FROM employee t")
        == search_detail("Unknown identifier 'department'. Available identifiers are: {t=employee}."));
}

TEST_CASE("single columns can be missing, unusable, or broken") {
  knobs k;
  k.columns_off = {"customer.email"};
  k.columns_unusable = {"customer.phone"};
  k.columns_broken = {"customer.comments"};
  account sim(k);
  CHECK(
      sim.detail("SELECT t.email FROM customer t").starts_with(search_detail("Unknown identifier 'email'.")));
  CHECK(sim.detail("SELECT t.phone FROM customer t").starts_with(search_detail("Field 'phone' ")));
  auto broken = sim.ask("SELECT t.id, t.comments FROM customer t");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().status == 500);
  CHECK(broken.error().body.find("UNEXPECTED_ERROR") != std::string::npos);
  CHECK_FALSE(sim.items("SELECT * FROM vendor ORDER BY id").empty());
  CHECK_FALSE(sim.items("SELECT comments FROM contact ORDER BY id").empty());
}

TEST_CASE("a broken record spoils the page that it is on, but not planning by key") {
  account probe;
  auto id = keys_of(probe.data, probe.table_of("customer"))[100].id;
  knobs k;
  k.records_broken = {"customer." + std::to_string(id)};
  account sim(k);
  auto page = [&](std::int64_t from, std::int64_t to) {
    return sim.ask("SELECT t.id AS id, t.altname AS altname FROM customer t WHERE t.id > "
                   + std::to_string(from) + " AND t.id <= " + std::to_string(to) + " ORDER BY t.id");
  };
  CHECK_FALSE(page(id - 10, id + 10));
  CHECK(page(id - 10, id - 1));
  CHECK(page(id, id + 10));
  CHECK(sim.ask("SELECT t.id AS id FROM customer t ORDER BY t.id"));
  CHECK(sim.ask("SELECT k, n FROM (SELECT t.id AS k, ROW_NUMBER() OVER (ORDER BY t.id) AS n FROM customer t) "
                "ORDER BY n"));
}

TEST_CASE("what SuiteQL does not know is refused as unsupported") {
  account sim;
  for (const auto* query :
       {"SELECT id FROM customer LIMIT 5", "WITH x AS (SELECT 1 AS a FROM dual) SELECT * FROM x",
        "SELECT LISTAGG(id) FROM customer", "SELECT SUBSTRING('a', 1) FROM dual",
        "SELECT id FROM customer WHERE id = (+) 1", "SELECT [id] FROM customer", "DELETE FROM customer",
        "SELECT id FROM customer WHERE (id = 1", "", "SELECT"})
    CHECK_MESSAGE(sim.detail(query) == unsupported, query);
  std::string many = "SELECT id FROM customer WHERE id IN (0";
  for (auto i = 1; i <= 1000; ++i) many += "," + std::to_string(i);
  CHECK(sim.detail(many + ")") == unsupported);
}

TEST_CASE("window functions can be switched off") {
  knobs k;
  k.window_functions = false;
  account sim(k);
  CHECK(sim.detail("SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM customer ORDER BY n")
        == unsupported);
  CHECK(sim.items("SELECT id FROM customer ORDER BY id").size() > 10);
}

TEST_CASE("window functions can be refused from some query on") {
  knobs k;
  k.most_numberings = 2;
  account sim(k);
  auto query = [](int n) {
    return fmt::format(
        "SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM customer WHERE id > {} ORDER BY n", n);
  };
  CHECK(sim.items(query(1)).size() > 10);
  CHECK(sim.items(query(2)).size() > 10);
  CHECK(sim.detail(query(3)) == unsupported);
  CHECK(sim.detail(query(4)) == unsupported);
}

TEST_CASE("a sum of decimals loses no digit") {
  account sim;
  std::int64_t cents = 0;
  std::size_t count = 0;
  const std::string some = "FROM customer t WHERE t.creditlimit IS NOT NULL AND t.id < 400";
  for (auto& item : sim.items("SELECT t.id, t.creditlimit " + some + " ORDER BY t.id ASC")) {
    auto text = item.at("creditlimit").get<std::string>();
    auto point = std::min(text.find('.'), text.size());
    auto behind = (text.substr(std::min(point + 1, text.size())) + "00").substr(0, 2);
    cents += std::stoll(text.substr(0, point) + behind);
    ++count;
  }
  REQUIRE(count > 10);
  auto sums =
      sim.items("SELECT TO_CHAR(SUM(t.creditlimit)) AS s, TO_CHAR(SUM(t.creditlimit) * 0) AS z " + some);
  auto text = sums.at(0).at("s").get<std::string>();
  auto point = std::min(text.find('.'), text.size());
  auto behind = (text.substr(std::min(point + 1, text.size())) + "00").substr(0, 2);
  CHECK(std::stoll(text.substr(0, point) + behind) == cents);
  CHECK(text.substr(std::min(point + 1, text.size())).size() <= 2);
}

TEST_CASE("functions can be refused, and LENGTH count bytes") {
  knobs k;
  const auto* query = "SELECT LENGTH('\u00e4\u20ac') AS n FROM dual";
  CHECK(account(k).items(query).at(0).at("n") == "2");
  k.length_in_bytes = true;
  CHECK(account(k).items(query).at(0).at("n") == "5");
  k.functions_off = {"LENGTH"};
  CHECK(account(k).detail(query) == unsupported);
}

TEST_CASE("CASE can be switched off") {
  knobs k;
  const auto* query = "SELECT id FROM customer WHERE CASE WHEN id > 0 THEN 1 ELSE 0 END = 1 ORDER BY id";
  CHECK(account(k).items(query).size() > 10);
  k.case_expressions = false;
  CHECK(account(k).detail(query) == unsupported);
}

TEST_CASE("a date literal must be in the user's format") {
  account sim;
  CHECK(sim.detail("SELECT id FROM customer WHERE datecreated >= '2022-12-31'")
        == search_detail("Parse of date/time \"2022-12-31\" failed with date format \"M/D/YYYY\" in time "
                         "zone America/Los_Angeles."));
}

} // namespace dialect_test
