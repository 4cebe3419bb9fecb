#include "netsuite/deleted_records.hpp"

#include <doctest/doctest.h>
namespace deleted_records_test {

using namespace tidemark;

constexpr unix_ms since = 1'711'022'400'000; // 2024-03-21T12:00:00Z

TEST_CASE("entries of all types are asked for by a day, two days early, without a word of zones") {
  CHECK(deletions_query({}, since, {})
        == "SELECT t.recordid AS recordid, t.recordtypeid AS recordtypeid, t.type AS type, t.scriptid AS "
           "scriptid, TO_CHAR(t.deleteddate,'YYYY-MM-DD HH24:MI:SS') AS deletedat FROM deletedrecord t WHERE "
           "t.deleteddate >= TO_DATE('2024-03-19','YYYY-MM-DD') ORDER BY t.recordid ASC");
  CHECK(first_day_of(since) == "2024-03-19");
}

TEST_CASE("another way leaves out what the account lacks, and is bound by a time") {
  CHECK(deletions_query({true, {"deleteddate", "scriptid", "type"}}, since, {})
        == "SELECT t.recordid AS recordid, t.recordtypeid AS recordtypeid FROM deletedrecord t WHERE "
           "t.deleteddate >= TO_TIMESTAMP('2024-03-19 12:00:00','YYYY-MM-DD HH24:MI:SS') "
           "ORDER BY t.recordid ASC");
}

TEST_CASE("a later page begins at the last record of the page before, which may have more entries") {
  CHECK(deletions_query({}, 0, -7).ends_with(" AND t.recordid >= -7 ORDER BY t.recordid ASC"));
  deletions_page page{{{.record = 3}, {.record = 9}}, true};
  CHECK(next_page(page, 3).value() == 9);
  CHECK(next_page(page, {}).value() == 9);
  page.has_more = false;
  CHECK(next_page(page, 3).value() == std::nullopt);
}

TEST_CASE("pages that come to no end, or in no order, are a failure of the server") {
  CHECK(next_page({{}, true}, {}).error().code == ec::server);
  CHECK(next_page({{{.record = 9}, {.record = 9}}, true}, 9).error().code == ec::server);
  CHECK(next_page({{{.record = 10}, {.record = 9}}, true}, {}).error().code == ec::server);
}

TEST_CASE("an entry may lack everything but its record") {
  auto page = decode_deletions(R"({"items":[
      {"recordid":"5","recordtypeid":"-2","type":"Customer","scriptid":"x","deletedat":"2024-03-21 12:00:00"},
      {"recordid":"6"}],"hasMore":true})");
  REQUIRE(page);
  CHECK(page->has_more);
  CHECK(
      page->entries
      == std::vector<deletion_entry>{{5, "-2", "Customer", "x", "2024-03-21 12:00:00"}, {6, "", "", "", ""}});
  CHECK(kind_of(page->entries[0]) == R"(recordtypeid -2, type "Customer", scriptid "x")");
  CHECK(kind_of(page->entries[1]) == "no type at all");
}

TEST_CASE("a full page is never taken for the last one") {
  std::string body = R"({"hasMore":false,"items":[{"recordid":"0"})";
  for (int i = 1; i < 1000; ++i) body += R"(,{"recordid":")" + std::to_string(i) + "\"}";
  CHECK(decode_deletions(body + "]}").value().has_more);
}

TEST_CASE("an answer that is no page of deletions is a failure of the server") {
  for (auto* body : {"<html>", R"({"items":[{"recordtypeid":"-2"}]})", R"({"items":[{"recordid":"x"}]})"})
    CHECK(decode_deletions(body).error().code == ec::server);
}

} // namespace deleted_records_test
