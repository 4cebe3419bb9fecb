#include "conformance/fixture.hpp"
#include "sqlite/sqlite_file.hpp"

#include <filesystem>
#include <fstream>

#include <sqlite3.h>

namespace reader_test {

using namespace tidemark;
using namespace tidemark::test;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("sqlite: reading beside the writer");

TEST_CASE_FIXTURE(store_fixture,
                  "a reader sees what is committed and does not wait for a write that is open") {
  auto import = start();
  auto beside = reader();
  sqlite3* writer = nullptr;
  auto& file = dynamic_cast<sqlite_file&>(*database);
  REQUIRE(sqlite3_open(file.path().c_str(), &writer) == SQLITE_OK);
  REQUIRE(sqlite3_exec(writer, "BEGIN IMMEDIATE; UPDATE imports SET error = 'half done'", nullptr, nullptr,
                       nullptr)
          == SQLITE_OK);
  auto seen = must(beside->load_import(import));
  CHECK(seen.import.error.empty());
  CHECK(sqlite3_exec(writer, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(writer);
  CHECK(must(beside->load_import(import)).import.error == "half done");
}

TEST_CASE("a reader makes no database: a missing file is an error that names it") {
  temporary_folder folder;
  auto path = folder.path() / "gone.db";
  auto opened = open_ledger_reader("sqlite:" + path.string(), 100ms);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == ec::store_unavailable);
  CHECK(opened.error().message.find("gone.db is missing") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a file that is no database, foreign or older is refused, by name") {
  temporary_folder folder;
  auto path = folder.path() / "odd.db";
  auto opened = [&] { return open_ledger_reader("sqlite:" + path.string(), 100ms); };
  std::ofstream{path} << std::string(20'000, 'x');
  CHECK(code_of(opened()) == ec::store_defect);
  CHECK(opened().error().message.find("odd.db") != std::string::npos);
  std::filesystem::remove(path);
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  sqlite3_exec(db, "CREATE TABLE customers (id)", nullptr, nullptr, nullptr);
  CHECK(code_of(opened()) == ec::store_defect);
  sqlite3_exec(db, "PRAGMA application_id = 0x74646d6b; PRAGMA user_version = 1", nullptr, nullptr, nullptr);
  CHECK(code_of(opened()) == ec::store_unavailable);
  sqlite3_close(db);
}

TEST_CASE("an empty file in the place of a database is told as what it is") {
  temporary_folder folder;
  auto path = folder.path() / "empty.db";
  std::ofstream{path};
  auto opened = open_ledger_reader("sqlite:" + path.string(), 100ms);
  REQUIRE(code_of(opened) == ec::store_unavailable);
  for (const auto* fragment : {"empty.db is empty", "put back", "restart the node"})
    CHECK_MESSAGE(opened.error().message.find(fragment) != std::string::npos, opened.error().message);
  CHECK(opened.error().message.find("version") == std::string::npos);
}

TEST_CASE_FIXTURE(store_fixture, "damage inside the file is told, with its name") {
  auto import = start();
  store.reset();
  auto& file = dynamic_cast<sqlite_file&>(*database);
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  std::filesystem::resize_file(file.path(), 8192 * 3);
  auto opened = database->open_reader();
  auto why = opened ? (*opened)->load_import(import).error() : opened.error();
  CHECK(why.code == ec::store_defect);
  CHECK(why.message.find("acme.db") != std::string::npos);
}

TEST_CASE_FIXTURE(store_fixture, "a reader cannot write") {
  auto& file = dynamic_cast<sqlite_file&>(*database);
  auto before = std::filesystem::last_write_time(file.path());
  must(reader()->imports({}, 10));
  CHECK(std::filesystem::last_write_time(file.path()) == before);
}

TEST_SUITE_END();

} // namespace reader_test
