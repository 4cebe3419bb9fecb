#include "netsuite/deleted_records.hpp"

#include <doctest/doctest.h>
namespace deleted_records_test {

using namespace tidemark;

const std::vector<deleted_record_name> names{
    {"recordtypeid", "-2"}, {"type", "salesorder"}, {"recordtypeid", "-30"}, {"scriptid", "customrecord_x"}};

TEST_CASE("deletions of several types are asked for in one query, each by its column") {
  constexpr unix_ms since = 1'711'022'400'000; // 2024-03-21T12:00:00Z
  auto sql = deletions_query(names, since, {});
  CHECK(sql.starts_with("SELECT t.recordid AS recordid, t.recordtypeid AS recordtypeid, t.type AS type, "
                        "t.scriptid AS scriptid FROM deletedrecord t WHERE t.deleteddate >= "
                        "TO_TIMESTAMP('2024-03-21 00:00:00','YYYY-MM-DD HH24:MI:SS') AND "
                        "SYS_EXTRACT_UTC(t.deleteddate) >= "));
  CHECK(
      sql.ends_with("AND (t.recordtypeid IN (-2,-30) OR LOWER(t.type) IN ('salesorder') OR "
                    "LOWER(t.scriptid) IN ('customrecord_x')) ORDER BY t.recordid ASC, t.recordtypeid ASC"));
}

TEST_CASE("a later page begins behind the last entry of the page before") {
  CHECK(deletions_query(names, 0, deletion_cursor{7, -2})
            .find("AND t.recordid >= 7 AND (t.recordid > 7 OR t.recordtypeid > -2) AND (")
        != std::string::npos);
}

TEST_CASE("an entry counts for every type that it is of") {
  auto page = decode_deletions(R"({"items":[
      {"recordid":"5","recordtypeid":"-2","type":"customer"},
      {"recordid":"6","recordtypeid":"-30","type":"SalesOrder"},
      {"recordid":"7","recordtypeid":"-30","type":"invoice"},
      {"recordid":"8","recordtypeid":"900","scriptid":"CUSTOMRECORD_X"}],"hasMore":true})",
                               names);
  REQUIRE(page);
  CHECK(page->has_more);
  CHECK(page->keys.at(0) == std::vector<std::int64_t>{5});
  CHECK(page->keys.at(1) == std::vector<std::int64_t>{6});
  CHECK(page->keys.at(2) == std::vector<std::int64_t>{6, 7});
  CHECK(page->keys.at(3) == std::vector<std::int64_t>{8});
  CHECK(page->last->record == 8);
  CHECK(page->last->type == 900);
}

TEST_CASE("an answer that is no page of deletions is a failure of the server") {
  for (auto* body : {"<html>", R"({"items":[{"recordtypeid":"-2"}]})", R"({"items":[{"recordid":"x"}]})"})
    CHECK(decode_deletions(body, names).error().code == ec::server);
}

} // namespace deleted_records_test
