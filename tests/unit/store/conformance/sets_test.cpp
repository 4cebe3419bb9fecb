#include "conformance/fixture.hpp"

using namespace tidemark;
using namespace tidemark::test;

using rows = std::vector<std::string>;

TEST_SUITE_BEGIN("tenant store: sets");

namespace sets_test {

struct lines_fixture : store_fixture {
  /// Lines of the transactions 1, 2 and 30.
  lines_fixture() {
    import_batch(
        start(), "transactionline", {std::nullopt, 100},
        {page({"transaction", "id", "memo", "item"},
              {{1, 0, "a", 7}, {1, 1, "b", null}, {2, 0, "c", 7}, {2, 4, "d", 8}, {30, 0, "e", 9}})});
  }

  rows lines() { return sql("SELECT \"transaction\", id, memo FROM transactionline ORDER BY 1, 2"); }
};

std::shared_ptr<record_set> lines_of(std::vector<std::vector<value>> rows) {
  return page({"transaction", "id", "memo"}, std::move(rows));
}

TEST_CASE_FIXTURE(lines_fixture, "a line's own id needs to be unique only within its parent") {
  CHECK(lines() == rows{"1|0|a", "1|1|b", "2|0|c", "2|4|d", "30|0|e"});
}

TEST_CASE_FIXTURE(lines_fixture, "in a full import the lines of all parents of the range are replaced") {
  import_type(start(), "transactionline", {std::nullopt, 100},
              {lines_of({{1, 1, "b2"}, {1, 2, "new"}, {30, 0, "e"}})});
  CHECK(lines() == rows{"1|1|b2", "1|2|new", "30|0|e"});
}

TEST_CASE_FIXTURE(lines_fixture, "in an incremental import the lines of the parents that came are replaced") {
  import_type(start(import_mode::incremental), "transactionline", {std::nullopt, 100},
              {lines_of({{2, 5, "only"}})});
  CHECK(lines() == rows{"1|0|a", "1|1|b", "2|5|only", "30|0|e"});
}

TEST_CASE_FIXTURE(lines_fixture, "a parent's lines may come on two pages") {
  import_type(start(import_mode::incremental), "transactionline", {std::nullopt, 100},
              {lines_of({{1, 0, "x"}, {2, 0, "y"}}), lines_of({{2, 4, "z"}})});
  CHECK(lines() == rows{"1|0|x", "2|0|y", "2|4|z", "30|0|e"});
}

TEST_CASE_FIXTURE(lines_fixture, "a line that stays keeps the columns that were not asked for") {
  import_type(start(), "transactionline", {std::nullopt, 100},
              {page({"transaction", "id", "memo"}, {{1, 0, "a2"}, {2, 4, "d2"}})});
  CHECK(sql("SELECT \"transaction\", id, memo, item FROM transactionline ORDER BY 1, 2")
        == rows{"1|0|a2|7", "2|4|d2|8"});
}

TEST_CASE_FIXTURE(lines_fixture, "a set that has finished in full loses the lines above its last batch") {
  auto import = start();
  import_batch(import, "transactionline", {std::nullopt, 2}, {lines_of({{1, 0, "a"}})});
  must(store->finish_type(import, type_of("transactionline", type_state::completed)));
  CHECK(lines() == rows{"1|0|a"});
}

TEST_CASE_FIXTURE(lines_fixture, "a rejected line has arrived, so what is stored of it stays") {
  auto set = lines_of({{1, 0, "a2"}, {30, 0, "e"}});
  set->reject({"1/1", "bad date", "{}"});
  import_type(start(), "transactionline", {std::nullopt, 100}, {set});
  CHECK(lines() == rows{"1|0|a2", "1|1|b", "30|0|e"});
}

TEST_CASE_FIXTURE(lines_fixture, "a rejected line whose key is unreadable keeps every line of the range") {
  auto set = lines_of({{1, 0, "a2"}, {30, 0, "e"}});
  set->reject({"1", "bad date", "{}"});
  import_type(start(), "transactionline", {std::nullopt, 100}, {set});
  CHECK(lines() == rows{"1|0|a2", "1|1|b", "2|0|c", "2|4|d", "30|0|e"});
}

TEST_CASE_FIXTURE(lines_fixture, "a line without its parent's key is rejected") {
  auto stored = import_type(start(import_mode::incremental), "transactionline", {std::nullopt, 10},
                            {lines_of({{null, 3, "x"}, {1, null, "y"}, {1, 3, "z"}})});
  CHECK(stored.stored == 1);
  CHECK(stored.rejected == 2);
}

TEST_SUITE_END();

} // namespace sets_test
