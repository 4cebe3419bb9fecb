#include "config/reserved_names.hpp"
#include "config/sql_names.hpp"
#include "conformance/fixture.hpp"
#include "sqlite/sqlite_file.hpp"
#include "store/sqlite/migrations.hpp"

using namespace tidemark;
using namespace tidemark::test;

using rows = std::vector<std::string>;

TEST_CASE_FIXTURE(store_fixture, "a record table shows in the sqlite3 shell as its criteria describe it") {
  CHECK(sql("SELECT name, type, \"notnull\", pk FROM pragma_table_info('customer')")
        == rows{"id|INTEGER|0|1", "name|TEXT|0|0", "balance|TEXT|0|0", "active|INTEGER|0|0",
                "parent|INTEGER|0|0", "_import_id|INTEGER|1|0", "_synced_at|TEXT|1|0",
                "_deleted_at|TEXT|0|0"});
  CHECK(sql("SELECT name, type, pk FROM pragma_table_info('transactionline') WHERE pk > 0")
        == rows{"transaction|INTEGER|1", "id|INTEGER|2"});
}

TEST_CASE_FIXTURE(store_fixture, "a file of tidemark's can be told by its application id") {
  CHECK(sql("PRAGMA application_id") == rows{"1952738667"});
  CHECK(sql("PRAGMA user_version") == rows{std::to_string(sqlite::ledger_version())});
  CHECK(sql("PRAGMA journal_mode") == rows{"wal"});
}

TEST_CASE_FIXTURE(store_fixture, "no record type can have the name of anything in the ledger") {
  auto names = sql("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND tbl_name NOT IN "
                   "(SELECT table_name FROM record_tables)");
  CHECK(names.size() == reserved_names.size());
  for (auto& name : names) CHECK_MESSAGE(fault_of_table_name(name).has_value(), name);
}

TEST_CASE_FIXTURE(store_fixture, "the index of a reference serves a look-up and a join") {
  must(store->make_next_index("customer"));
  must(store->make_next_index("transactionline"));
  CHECK(sql("EXPLAIN QUERY PLAN SELECT * FROM customer WHERE parent = 3")
            .at(0)
            .find("USING INDEX customer.parent (parent=?)")
        != std::string::npos);
  CHECK(sql("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'transactionline' "
            "AND sql IS NOT NULL")
        == rows{"transactionline.item"});
}

TEST_CASE_FIXTURE(store_fixture, "times in the ledger can be read by people") {
  start();
  CHECK(sql("SELECT started_at FROM imports") == rows{"2023-11-14T22:13:20.000Z"});
}

TEST_CASE_FIXTURE(store_fixture, "the ledger itself refuses counters that do not add up") {
  auto import = start();
  plan(import, "customer", {std::nullopt, 10});
  CHECK(sql("SELECT count(*) FROM batches WHERE picked_up = completed + failed_attempts + split + released + "
            "interrupted + (state = 'running')")
        == rows{"1"});
  CHECK(sql("UPDATE OR IGNORE batches SET picked_up = 5; SELECT picked_up FROM batches") == rows{"0"});
}
