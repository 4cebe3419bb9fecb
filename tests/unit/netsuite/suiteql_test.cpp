#include <limits>

#include <doctest/doctest.h>

#include "netsuite/suiteql.hpp"
#include "sample_types.hpp"

namespace tidemark::test {

namespace suiteql_test {

record_type narrow(std::string filter = {}) {
  auto type = customer();
  type.fields.resize(2);
  type.filter = std::move(filter);
  return type;
}

TEST_CASE("a page asks for every field by name, with days and moments as text") {
  CHECK(
      page_query(project(customer()), {{5, 1000}})
      == "SELECT t.id AS id, t.companyname AS companyname, t.parent AS parent, t.creditlimit AS creditlimit, "
         "t.isinactive AS isinactive, TO_CHAR(t.firstorder,'YYYY-MM-DD') AS firstorder, "
         "TO_CHAR(SYS_EXTRACT_UTC(t.lastmodifieddate),'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS lastmodifieddate "
         "FROM customer t WHERE t.id > 5 AND t.id <= 1000 ORDER BY t.id ASC");
}

TEST_CASE("a range from the start has no lower bound, since ids may be negative") {
  CHECK(page_query(project(narrow()), {{std::nullopt, -3}})
        == "SELECT t.id AS id, t.companyname AS companyname FROM customer t WHERE t.id <= -3 ORDER BY t.id "
           "ASC");
}

TEST_CASE("the filter stands in parentheses behind the range") {
  CHECK(page_query(project(narrow("t.type = 'A' OR t.type = 'B'")), {{5, 9}})
        == "SELECT t.id AS id, t.companyname AS companyname FROM customer t "
           "WHERE t.id > 5 AND t.id <= 9 AND (t.type = 'A' OR t.type = 'B') ORDER BY t.id ASC");
}

TEST_CASE("one record of a table is asked for without an order, within the filter") {
  CHECK(sample_query(project(narrow()))
        == "SELECT t.id AS id, t.companyname AS companyname FROM customer t WHERE ROWNUM <= 1");
  CHECK(sample_query(project(narrow("t.a = 1 OR t.b = 2")))
        == "SELECT t.id AS id, t.companyname AS companyname FROM customer t WHERE (t.a = 1 OR t.b = 2) AND "
           "ROWNUM <= 1");
}

TEST_CASE("a later page begins behind the last record of the page before") {
  CHECK(page_query(project(narrow()), {{5, 1000}, row_cursor{0, 77}})
        == "SELECT t.id AS id, t.companyname AS companyname FROM customer t "
           "WHERE t.id > 77 AND t.id <= 1000 ORDER BY t.id ASC");
}

TEST_CASE("a set is ranged by its parent's key and read by both keys") {
  auto type = transaction_line();
  type.fields.resize(2);
  const auto what = project(type);
  CHECK(page_query(what, {{5, 90}})
        == "SELECT t.transaction AS transaction, t.id AS line FROM transactionline t "
           "WHERE t.transaction > 5 AND t.transaction <= 90 ORDER BY t.transaction ASC, t.id ASC");
  CHECK(page_query(what, {{5, 90}, row_cursor{7, 3}})
        == "SELECT t.transaction AS transaction, t.id AS line FROM transactionline t "
           "WHERE t.transaction > 5 AND t.transaction <= 90 AND t.transaction >= 7 "
           "AND (t.transaction > 7 OR t.id > 3) ORDER BY t.transaction ASC, t.id ASC");
}

TEST_CASE("dropped columns are not asked for, but keys cannot be dropped") {
  const auto type = transaction_line();
  CHECK(can_drop(type, "memo"));
  CHECK(!can_drop(type, "id"));
  CHECK(!can_drop(type, "transaction"));
  CHECK(!can_drop(type, "line"));
  CHECK(!can_drop(type, "unheard_of"));
  const auto what = project(type, without({"memo", "id", "transaction", "linelastmodifieddate"}));
  CHECK(what.names() == std::vector<std::string>{"transaction", "line"});
  CHECK(what.changes.column.empty());
}

TEST_CASE("a time that has no zone in the account is read by its text, or by the session's clock") {
  auto type = customer();
  type.fields.erase(type.fields.begin() + 1, type.fields.end() - 1);
  const std::string text = "SYS_EXTRACT_UTC(TO_TIMESTAMP(TO_CHAR(t.lastmodifieddate,'YYYY-MM-DD HH24:MI:SS'),"
                           "'YYYY-MM-DD HH24:MI:SS'))";
  const auto by_text = project(type, {{"lastmodifieddate", column_way::by_text}});
  const auto changes = row_scope{1'710'979'200'000, {}};
  CHECK(page_query(by_text, {{std::nullopt, 9}}, changes)
        == "SELECT t.id AS id, TO_CHAR(" + text
               + ",'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS lastmodifieddate FROM customer t WHERE t.id <= 9 AND "
                 "t.lastmodifieddate >= TO_DATE('2024-03-19','YYYY-MM-DD') AND "
               + text + " >= TO_TIMESTAMP('2024-03-21 00:00:00','YYYY-MM-DD HH24:MI:SS') ORDER BY t.id ASC");
  const auto by_clock = project(type, {{"lastmodifieddate", column_way::by_clock}});
  CHECK(page_query(by_clock, {{std::nullopt, 9}}, changes)
        == "SELECT t.id AS id, TO_CHAR(t.lastmodifieddate,'YYYY-MM-DD\"T\"HH24:MI:SS') AS lastmodifieddate "
           "FROM customer t WHERE t.id <= 9 AND t.lastmodifieddate >= TO_DATE('2024-03-20','YYYY-MM-DD') "
           "ORDER BY t.id ASC");
}

TEST_CASE("what changes of a set's parents are told by is asked for as the parents are") {
  const auto parent = customer();
  auto lines = transaction_line();
  const auto what = project(lines, {}, &parent, {{"lastmodifieddate", column_way::by_clock}});
  REQUIRE(what.parent_changes);
  CHECK(what.parent_changes->by_day);
  CHECK_FALSE(what.changes.by_day);
}

TEST_CASE("a display name is asked for as such, and goes with the column that it shows") {
  auto type = narrow();
  field shown;
  shown.name = "companyname_display";
  shown.column = "builtin.df(companyname)";
  shown.display_of = "companyname";
  type.fields.push_back(shown);
  const auto what = project(type);
  CHECK(
      page_query(what, {{5, 9}})
      == "SELECT t.id AS id, t.companyname AS companyname, BUILTIN.DF(t.companyname) AS companyname_display "
         "FROM customer t WHERE t.id > 5 AND t.id <= 9 ORDER BY t.id ASC");
  CHECK(can_drop(type, "builtin.df(companyname)"));
  using names = std::vector<std::string>;
  CHECK(project(type, without({"builtin.df(companyname)"})).names() == names{"id", "companyname"});
  CHECK(project(type, without({"companyname"})).names() == names{"id"});
  CHECK(columns_meant(what, "companyname") == names{"companyname"});
  CHECK(columns_meant(what, "builtin") == names{"builtin.df(companyname)"});
  CHECK(columns_meant(what, "builtin.df(companyname)") == names{"builtin.df(companyname)"});
  CHECK(columns_meant(what, "stage").empty());
  CHECK(columns_meant(project(type, without({"builtin.df(companyname)"})), "builtin").empty());
}

TEST_CASE("changes are compared in UTC, and by a day two days earlier as an index has them") {
  constexpr unix_ms since = 1'711'022'400'500; // 2024-03-21T12:00:00.5Z
  CHECK(page_query(project(narrow()), {{5, 9}}, {since}).find("TO_TIMESTAMP") == std::string::npos);
  CHECK(page_query(project(customer()), {{5, 9}}, {since})
            .ends_with("FROM customer t WHERE t.id > 5 AND t.id <= 9 AND t.lastmodifieddate >= "
                       "TO_DATE('2024-03-19','YYYY-MM-DD') "
                       "AND SYS_EXTRACT_UTC(t.lastmodifieddate) >= "
                       "TO_TIMESTAMP('2024-03-21 12:00:00','YYYY-MM-DD HH24:MI:SS') ORDER BY t.id ASC"));
}

TEST_CASE("a column that tells the day alone is compared by days, with half a day's margin") {
  auto type = customer();
  type.change_column = "firstorder";
  constexpr unix_ms since = 1'711'015'200'000; // 2024-03-21T10:00:00Z
  CHECK(page_query(project(type), {{5, 9}}, {since})
            .ends_with("AND t.firstorder >= TO_DATE('2024-03-20','YYYY-MM-DD') ORDER BY t.id ASC"));
}

TEST_CASE("records without a change date are asked for only where there are some") {
  constexpr unix_ms since = 1'711'022'400'000;
  const auto ask = [&](const projection& what) { return page_query(what, {{5, 9}}, {since, {}, true}); };
  CHECK(ask(project(customer())).find("AND (t.lastmodifieddate >= ") != std::string::npos);
  CHECK(ask(project(customer())).ends_with(" OR t.lastmodifieddate IS NULL) ORDER BY t.id ASC"));
  CHECK(page_query(project(customer()), {{5, 9}}, {since}).find("IS NULL") == std::string::npos);
  CHECK(ask(project(transaction_line())).find(" OR c.linelastmodifieddate IS NULL)") != std::string::npos);
  const auto parent = customer();
  const auto lines = ask(project(transaction_line(), {}, &parent));
  CHECK(lines.find("c.linelastmodifieddate IS NULL") == std::string::npos);
  CHECK(lines.find(" OR p.lastmodifieddate IS NULL)") != std::string::npos);
  CHECK(page_query(project(customer()), {{5, 9}}, {since, {7}, true})
            .ends_with(" OR t.lastmodifieddate IS NULL) OR t.id IN (7)) ORDER BY t.id ASC"));
}

TEST_CASE("records that were rejected before are asked for as well, changed or not") {
  constexpr unix_ms since = 1'711'022'400'000;
  const auto sql = page_query(project(customer()), {{5, 9}}, {since, {-2, 7}});
  CHECK(sql.find("AND (t.lastmodifieddate >= ") != std::string::npos);
  CHECK(sql.ends_with(" OR t.id IN (-2,7)) ORDER BY t.id ASC"));
}

TEST_CASE("a range without upper end asks for none") {
  constexpr auto no_end = std::numeric_limits<std::int64_t>::max();
  CHECK(page_query(project(narrow()), {{std::nullopt, no_end}})
        == "SELECT t.id AS id, t.companyname AS companyname FROM customer t ORDER BY t.id ASC");
}

TEST_CASE("a set has changed if a row or its parent has, and then every row is read") {
  constexpr unix_ms since = 1'711'022'400'000;
  const auto lines = "SELECT c.transaction FROM transactionline c WHERE c.linelastmodifieddate >= "
                     "TO_DATE('2024-03-19','YYYY-MM-DD') "
                     "AND SYS_EXTRACT_UTC(c.linelastmodifieddate) >= "
                     "TO_TIMESTAMP('2024-03-21 12:00:00','YYYY-MM-DD HH24:MI:SS')";
  const auto start =
      "SELECT TO_CHAR(COUNT(*)) AS total, TO_CHAR(MAX(t.transaction)) AS last FROM transactionline t WHERE "
      "t.transaction > 5 AND t.transaction IN (";
  CHECK(count_query(project(transaction_line()), 5, {since}) == std::string{start} + lines + ")");
  auto parent = customer();
  parent.table = "transaction";
  CHECK(count_query(project(transaction_line(), {}, &parent), 5, {since})
        == std::string{start} + lines
               + " UNION SELECT p.id FROM transaction p WHERE p.lastmodifieddate >= "
                 "TO_DATE('2024-03-19','YYYY-MM-DD') "
                 "AND SYS_EXTRACT_UTC(p.lastmodifieddate) >= "
                 "TO_TIMESTAMP('2024-03-21 12:00:00','YYYY-MM-DD HH24:MI:SS'))");
}

TEST_CASE("buckets count records and sum up keys, of a set the parents' as well") {
  CHECK(bucket_query(project(narrow("t.type = 'A'")), 1000, {-2001, INT64_MAX})
        == "SELECT TO_CHAR(FLOOR(t.id / 1000)) AS bucket, TO_CHAR(COUNT(*)) AS total, TO_CHAR(SUM(t.id)) AS "
           "keys "
           "FROM customer t "
           "WHERE t.id > -2001 AND (t.type = 'A') GROUP BY FLOOR(t.id / 1000) ORDER BY FLOOR(t.id / 1000) "
           "ASC");
  CHECK(bucket_query(project(transaction_line()), 500, {{}, INT64_MAX})
        == "SELECT TO_CHAR(FLOOR(t.transaction / 500)) AS bucket, TO_CHAR(COUNT(*)) AS total, "
           "TO_CHAR(SUM(t.id)) AS keys, TO_CHAR(SUM(t.transaction)) AS parents FROM transactionline t GROUP "
           "BY FLOOR(t.transaction / 500) "
           "ORDER BY FLOOR(t.transaction / 500) ASC");
}

TEST_CASE("boundaries are the key of each thousandth row and of the last one") {
  CHECK(boundary_query(project(narrow("t.type = 'A'")), 5, {}, 1000)
        == "SELECT TO_CHAR(k) AS boundary, TO_CHAR(n) AS position, TO_CHAR(total) AS total FROM (SELECT t.id "
           "AS k, ROW_NUMBER() OVER (ORDER BY "
           "t.id ASC) AS n, "
           "COUNT(*) OVER () AS total FROM customer t WHERE t.id > 5 AND (t.type = 'A')) "
           "WHERE MOD(n, 1000) = 0 OR n = total ORDER BY n ASC");
  CHECK(boundary_query(project(transaction_line()), std::nullopt, 700, 50)
        == "SELECT TO_CHAR(k) AS boundary, TO_CHAR(n) AS position, TO_CHAR(total) AS total FROM (SELECT "
           "t.transaction AS k, ROW_NUMBER() OVER "
           "(ORDER BY t.transaction ASC, t.id ASC) AS n, COUNT(*) OVER () AS total FROM transactionline t "
           "WHERE t.transaction <= 700) "
           "WHERE MOD(n, 50) = 0 OR n = total ORDER BY n ASC");
}

TEST_CASE("a walk asks for the keys in the order of reading, and first for their number") {
  CHECK(walk_query(project(narrow()), 5)
        == "SELECT t.id AS boundary FROM customer t WHERE t.id > 5 ORDER BY t.id ASC");
  CHECK(walk_query(project(transaction_line()), std::nullopt)
        == "SELECT t.transaction AS boundary FROM transactionline t ORDER BY t.transaction ASC, t.id ASC");
  CHECK(count_query(project(narrow()), std::nullopt)
        == "SELECT TO_CHAR(COUNT(*)) AS total, TO_CHAR(MAX(t.id)) AS last FROM customer t");
}

TEST_CASE("which of some keys are there is asked with the type's filter") {
  CHECK(
      present_query(project(narrow("t.type = 'A'")), {-2, 7})
      == "SELECT t.id AS boundary FROM customer t WHERE t.id IN (-2,7) AND (t.type = 'A') ORDER BY t.id ASC");
}

TEST_CASE("what has changed and lies outside the filter is asked for by key") {
  auto what = project(narrow("t.type = 'A' OR t.x > 1"));
  what.changes.column = "lastmodifieddate";
  what.changes.by_day = true;
  auto by_case = outside_query(what, 1'710'979'200'000, outside_way::by_case, 7);
  CHECK(by_case.starts_with(
      "SELECT t.id AS boundary FROM customer t WHERE t.id > 7 AND t.lastmodifieddate >= "));
  CHECK(by_case.ends_with("AND CASE WHEN (t.type = 'A' OR t.x > 1) THEN 1 ELSE 0 END = 0 ORDER BY t.id ASC"));
  auto by_keys = outside_query(what, 1'710'979'200'000, outside_way::by_keys, {});
  CHECK(by_keys.find("t.id >") == std::string::npos);
  CHECK(by_keys.find("t.type") == std::string::npos);
}

TEST_CASE("what has changed is sorted by the filter in one query") {
  auto what = project(narrow("t.type = 'A' OR t.x > 1"));
  what.changes.column = "lastmodifieddate";
  what.changes.by_day = true;
  CHECK(sorted_query(what, 1'710'979'200'000, 7)
        == "SELECT t.id AS boundary, CASE WHEN (t.type = 'A' OR t.x > 1) THEN 'T' ELSE 'F' END AS inside "
           "FROM customer t WHERE t.id > 7 AND t.lastmodifieddate >= TO_DATE('2024-03-20','YYYY-MM-DD') "
           "ORDER BY t.id ASC");
}

TEST_CASE("which of some parents have lines is asked for once each") {
  CHECK(parents_query(project(transaction_line()), {3, 4})
            .ends_with("t WHERE t.transaction IN (3,4) GROUP BY "
                       "t.transaction ORDER BY t.transaction ASC"));
}

TEST_CASE("the last record is the first one from the end") {
  page_request last{{std::nullopt, 90}};
  last.from_the_end = true;
  CHECK(page_query(project(narrow()), last)
        == "SELECT t.id AS id, t.companyname AS companyname FROM customer t WHERE t.id <= 90 ORDER BY t.id "
           "DESC");
  auto type = transaction_line();
  type.fields.resize(2);
  CHECK(page_query(project(type), last).ends_with("ORDER BY t.transaction DESC, t.id DESC"));
}

} // namespace suiteql_test

} // namespace tidemark::test
