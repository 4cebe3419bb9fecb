#include "store/sqlite/failures.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>
namespace failures_test {

using namespace tidemark;
using namespace tidemark::sqlite;

ec meaning(int code) { return describe(code, "/data/acme.db", "detail").code; }

TEST_CASE("what waiting may cure is unavailable") {
  for (auto code : {SQLITE_BUSY, SQLITE_BUSY_SNAPSHOT, SQLITE_LOCKED, SQLITE_FULL, SQLITE_READONLY,
                    SQLITE_READONLY_DBMOVED, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_IOERR_WRITE,
                    SQLITE_IOERR_FSYNC, SQLITE_NOMEM})
    CHECK_MESSAGE(meaning(code) == ec::store_unavailable, code);
}

TEST_CASE("what only repair cures is a defect") {
  for (auto code : {SQLITE_CORRUPT, SQLITE_CORRUPT_INDEX, SQLITE_NOTADB, SQLITE_ERROR, SQLITE_SCHEMA})
    CHECK_MESSAGE(meaning(code) == ec::store_defect, code);
}

TEST_CASE("a refused row of the ledger is tidemark's own fault") {
  CHECK(meaning(SQLITE_CONSTRAINT_CHECK) == ec::internal);
  CHECK(meaning(SQLITE_MISUSE) == ec::internal);
}

TEST_CASE("a refused value is about its record, a full disk is not") {
  CHECK(is_about_the_record(SQLITE_CONSTRAINT_DATATYPE));
  CHECK(is_about_the_record(SQLITE_TOOBIG));
  CHECK_FALSE(is_about_the_record(SQLITE_FULL));
  CHECK_FALSE(is_about_the_record(SQLITE_IOERR_WRITE));
}

TEST_CASE("a failure names the file, SQLite's text and the remedy") {
  auto full = describe(SQLITE_FULL, "/data/acme.db", "database or disk is full");
  CHECK(
      full.message
      == "the database /data/acme.db has no room to grow (database or disk is full): free space on its disk");
  CHECK(full.subject == "/data/acme.db");
}

TEST_CASE("a failure tells its cause in one word") {
  auto word = [](int code) { return describe(code, "/data/acme.db", "detail").native_code; };
  CHECK(word(SQLITE_FULL) == store_words::full);
  CHECK(word(SQLITE_BUSY) == store_words::locked);
  CHECK(word(SQLITE_READONLY) == store_words::not_writable);
  CHECK(word(SQLITE_IOERR_WRITE) == store_words::io_error);
  CHECK(word(SQLITE_CORRUPT) == store_words::damaged);
  CHECK(word(SQLITE_ERROR) == store_words::altered);
}

} // namespace failures_test
