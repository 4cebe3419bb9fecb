#include "store/store_comparison.hpp"

#include <algorithm>
#include <filesystem>

#include "conformance/fixture.hpp"
#include "sqlite/sqlite_file.hpp"
namespace comparison_test {

using namespace tidemark;
using namespace tidemark::test;

/// Two databases with two customers and a line in each.
struct two_databases {
  two_databases() {
    for (auto* side : {&chunked, &legacy}) {
      auto import = side->start();
      side->import_batch(import, "customer", {std::nullopt, 10},
                         {page({"id", "name", "balance"}, {{1, "Ada", "1.50"}, {2, "Ben", null}})});
      side->import_batch(import, "transactionline", {std::nullopt, 10},
                         {page({"transaction", "id", "memo"}, {{7, 1, "a line"}})});
    }
  }

  static std::string url(store_fixture& of) { return dynamic_cast<sqlite_file&>(*of.database).url(); }

  std::unique_ptr<store_comparison> open() { return must(compare_stores(url(chunked), url(legacy))); }

  static type_parity of(const std::vector<type_parity>& all, const std::string& record_type) {
    auto found = std::ranges::find(all, record_type, &type_parity::record_type);
    REQUIRE(found != all.end());
    return *found;
  }

  store_fixture chunked;
  store_fixture legacy;
};

TEST_CASE("two databases of the same records do not differ") {
  two_databases it;
  auto all = must(it.open()->compare());
  REQUIRE(all.size() == 2);
  for (auto& type : all) CHECK(type.differences == 0);
  CHECK(it.of(all, "customer").chunked_rows == 2);
  CHECK(it.of(all, "customer").legacy_rows == 2);
}

TEST_CASE("each value that differs is told with its row, its column and both values") {
  two_databases it;
  it.legacy.sql("UPDATE customer SET name = 'Eve', balance = NULL WHERE id = 1");
  it.chunked.sql("UPDATE transactionline SET memo = 'another' WHERE id = 1");
  auto all = must(it.open()->compare());
  auto customer = it.of(all, "customer");
  CHECK(customer.differences == 1);
  CHECK(customer.examples
        == std::vector<std::string>{
            "customer 1: \"name\" is 'Ada' in the chunked table, 'Eve' in the legacy one",
            "customer 1: \"balance\" is '1.50' in the chunked table, NULL in the legacy one"});
  CHECK(it.of(all, "transactionline").examples
        == std::vector<std::string>{
            "transactionline 7/1: \"memo\" is 'another' in the chunked table, 'a line' in the legacy one"});
}

TEST_CASE("a row that one side lacks, or has marked as deleted, differs") {
  two_databases it;
  it.legacy.sql("DELETE FROM customer WHERE id = 1");
  it.chunked.sql("UPDATE customer SET _deleted_at = '2026-01-01T00:00:00Z' WHERE id = 2");
  auto customer = it.of(must(it.open()->compare()), "customer");
  CHECK(customer.differences == 2);
  CHECK(customer.chunked_rows == 1);
  CHECK(customer.legacy_rows == 1);
  CHECK(customer.examples
        == std::vector<std::string>{"customer 1 is not in the legacy table",
                                    "customer 2 is not in the chunked table"});
}

TEST_CASE("a table that one side does not have at all differs in every row") {
  two_databases it;
  it.legacy.sql("DROP TABLE customer; DELETE FROM record_tables WHERE record_type = 'customer'");
  auto customer = it.of(must(it.open()->compare()), "customer");
  CHECK(customer.differences == 2);
  CHECK(customer.legacy_rows == 0);
}

TEST_CASE("looking again counts only what differed before and still does") {
  two_databases it;
  it.legacy.sql("UPDATE customer SET name = 'Eve'");
  auto comparison = it.open();
  CHECK(it.of(must(comparison->compare()), "customer").differences == 2);
  it.legacy.sql("UPDATE customer SET name = 'Ada' WHERE id = 1");
  it.legacy.sql("UPDATE transactionline SET memo = 'changed since'");
  auto all = must(comparison->compare());
  CHECK(it.of(all, "customer").differences == 1);
  CHECK(it.of(all, "transactionline").differences == 0);
}

TEST_CASE("a database is removed with its log, and one that is not there is fine") {
  two_databases it;
  auto url = it.url(it.legacy);
  auto path = url.substr(url.find(':') + 1);
  REQUIRE(std::filesystem::exists(path));
  must(remove_store(url));
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_FALSE(std::filesystem::exists(path + "-wal"));
  must(remove_store(url));
}

} // namespace comparison_test
