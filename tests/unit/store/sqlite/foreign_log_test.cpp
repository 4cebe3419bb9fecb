#include "conformance/fixture.hpp"
#include "sqlite/sqlite_file.hpp"
#include "store/ledger_reader.hpp"
#include "store/sqlite/ledger_schema.hpp"
#include "store/sqlite/log_file.hpp"
#include "store/sqlite/migrations.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>
#include <sqlite3.h>

namespace foreign_log_test {

using namespace tidemark;
using namespace tidemark::test;

std::string bytes_of(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return std::string{std::istreambuf_iterator<char>{in}, {}};
}

void write_bytes(const std::string& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
}

/// A file and its log, as a process leaves them that is killed.
struct left_behind {
  std::string file;
  std::string log;
};

/// Somebody who reads one state of the database for as long as this lives.
class long_reader {
public:
  explicit long_reader(const std::string& path) {
    REQUIRE(sqlite3_open(path.c_str(), &db_) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db_, "BEGIN; SELECT * FROM owner", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  long_reader(const long_reader&) = delete;
  long_reader& operator=(const long_reader&) = delete;
  ~long_reader() { sqlite3_close(db_); }

private:
  sqlite3* db_ = nullptr;
};

/// What is left by one process is found by the next one, in a folder of its own.
struct crash_fixture : store_fixture {
  left_behind left() const { return {bytes_of(path), bytes_of(path + "-wal")}; }

  void put(const left_behind& what) const {
    std::filesystem::remove(next + "-shm");
    write_bytes(next, what.file);
    write_bytes(next + "-wal", what.log);
  }

  outcome<std::unique_ptr<tenant_store>> open_next() const { return open_tenant_store("sqlite:" + next); }

  std::string integrity() const {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(next.c_str(), &db) == SQLITE_OK);
    std::string found;
    auto take = [](void* into, int, char** values, char**) {
      *static_cast<std::string*>(into) += values[0];
      return 0;
    };
    sqlite3_exec(db, "PRAGMA integrity_check", take, &found, nullptr);
    sqlite3_close(db);
    return found;
  }

  /// The next process goes on with it as it is.
  void check_goes_on(const left_behind& what) {
    put(what);
    {
      auto opened = must(open_next());
      CHECK(must(opened->take_ownership("next")).after_crash);
    }
    CHECK(integrity() == "ok");
  }

  /// The next process leaves both alone, and says why.
  void check_refused(const left_behind& what, const char* fragment) {
    put(what);
    for (int i = 0; i < 2; ++i) {
      auto refused = open_next();
      REQUIRE(code_of(refused) == ec::store_unavailable);
      CHECK(refused.error().native_code == "moved");
      CHECK_MESSAGE(refused.error().message.find(fragment) != std::string::npos, refused.error().message);
      CHECK(refused.error().message.find("with the log") != std::string::npos);
    }
    CHECK(bytes_of(next) == what.file);
    CHECK(bytes_of(next + "-wal") == what.log);
  }

  /// Writes as much as makes the log begin anew at least once.
  void fill_log() {
    auto import = start();
    for (int i = 0; i < 30; ++i) {
      std::vector<std::vector<value>> rows;
      for (std::int64_t j = 1; j <= 1000; ++j) rows.push_back({i * 1000 + j, std::string(1000, 'x')});
      import_batch(import, "customer", {i * 1000, i * 1000 + 1000}, {page({"id", "name"}, std::move(rows))});
    }
  }

  void move_log() { sql("PRAGMA wal_checkpoint(PASSIVE)"); }
  void write() { must(store->move_watermark("customer", ++now)); }

  std::string path = dynamic_cast<sqlite_file&>(*database).path().string();
  temporary_folder folder;
  std::string next = (folder.path() / "acme.db").string();
};

TEST_SUITE_BEGIN("sqlite: a log and the file that it belongs to");

TEST_CASE_FIXTURE(crash_fixture, "after a crash the next process goes on with the file and its log") {
  SUBCASE("which is all that there is yet") {}
  SUBCASE("which was written back whole") { move_log(); }
  SUBCASE("which has begun anew") { fill_log(); }
  SUBCASE("which has begun anew, and was written back whole") {
    fill_log();
    move_log();
  }
  SUBCASE("which somebody kept from being written back") {
    write();
    long_reader beside{path};
    write();
    move_log();
    write();
    check_goes_on(left());
  }
  SUBCASE("which was taken over since") {
    auto other = take_over();
    must(other->move_watermark("customer", ++now));
    check_goes_on(left());
  }
  check_goes_on(left());
}

TEST_CASE_FIXTURE(crash_fixture, "so it does if the last that was written into the log is not whole") {
  fill_log();
  write();
  auto found = left();
  SUBCASE("for its end is missing") { found.log.resize(found.log.size() - 100); }
  SUBCASE("for it was not written in order") { found.log[found.log.size() - 100] ^= 1; }
  SUBCASE("and neither is anything else in it") { found.log.resize(100); }
  put(found);
  must(must(open_next())->take_ownership("next"));
  CHECK(integrity() == "ok");
}

TEST_CASE_FIXTURE(crash_fixture, "so it does if the file was being written from its log") {
  move_log();
  write();
  must(store->make_next_index("customer")); // of which the file alone says only half
  auto import = start();
  for (int i = 0; i < 100; ++i) must(store->add_note(import, {"customer", "n", std::to_string(i), "", now}));
  auto before = left();
  move_log();
  auto after = left();
  REQUIRE(before.log == after.log);
  constexpr std::size_t page_bytes = 8192;
  auto pages = after.file.size() / page_bytes;
  REQUIRE(pages > 10);
  for (std::size_t done = 1; done < pages; ++done) {
    auto mixed = before;
    mixed.file.resize(std::max(mixed.file.size(), done * page_bytes));
    std::copy_n(after.file.begin(), done * page_bytes, mixed.file.begin());
    check_goes_on(mixed);
    // Nor does a disk write in order.
    mixed = before;
    mixed.file.resize(after.file.size());
    std::copy(after.file.begin() + static_cast<std::ptrdiff_t>(done * page_bytes), after.file.end(),
              mixed.file.begin() + static_cast<std::ptrdiff_t>(done * page_bytes));
    check_goes_on(mixed);
  }
}

TEST_CASE_FIXTURE(crash_fixture, "after a crash in the middle of an upgrade the next process goes on") {
  auto steps = sqlite::ledger_steps();
  for (std::size_t version = 1; version < steps.size(); ++version) {
    sqlite_file older;
    auto file = older.path().string();
    write_bytes(file, "");
    older.sql("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL");
    for (std::size_t step = 0; step < version; ++step) older.sql(std::string{steps[step]});
    older.sql(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                          sqlite::ledger_schema().application_id, version));
    older.sql("UPDATE owner SET fence = 7, since = '2023-01-01T00:00:00.000Z'");
    auto columns = older.sql("SELECT count(*) FROM pragma_table_info('owner') WHERE name = 'writes'");
    if (columns.front() == "1") older.sql("UPDATE owner SET writes = 50");
    long_reader beside{file};
    auto opened = must(open_tenant_store("sqlite:" + file));
    must(opened->take_ownership("new"));
    CAPTURE(version);
    check_goes_on({bytes_of(file), bytes_of(file + "-wal")});
  }
}

TEST_CASE_FIXTURE(crash_fixture, "a log is not written into an older copy of its file") {
  SUBCASE("from before this owner") {
    store->release_ownership();
    store.reset();
    auto before = left();
    store = take_over();
    must(store->prepare_table(customer()));
    SUBCASE("whose log was written back") {
      move_log();
      write();
      write();
    }
    SUBCASE("whose log has begun anew") { fill_log(); }
    check_refused({before.file, left().log}, "an older copy");
  }
  SUBCASE("of this owner's") {
    move_log();
    auto before = left();
    fill_log();
    check_refused({before.file, left().log}, "an older copy");
    put({before.file, {}}); // and without the log it is a backup like any
    CHECK(open_next());
    CHECK(integrity() == "ok");
  }
}

TEST_CASE_FIXTURE(crash_fixture, "a log of an earlier time is not written into the file") {
  auto before = left();
  fill_log();
  store->release_ownership();
  store.reset();
  check_refused({left().file, before.log}, "another file");
}

TEST_CASE_FIXTURE(crash_fixture, "a log is not written into another file") {
  fill_log();
  auto log = left().log;
  SUBCASE("another database's") {
    auto other = make_test_database();
    auto longer = must(other->open(options));
    must(longer->take_ownership("other"));
    other->sql("PRAGMA wal_checkpoint(PASSIVE)");
    check_refused({bytes_of(dynamic_cast<sqlite_file&>(*other).path().string()), log}, "another file");
  }
  SUBCASE("a copy with the same rows in other places") {
    auto copy = (folder.path() / "copy.db").string();
    sql(fmt::format("VACUUM INTO '{}'", copy));
    check_refused({bytes_of(copy), log}, "another file");
    put({bytes_of(copy), {}});
    CHECK(open_next());
  }
  SUBCASE("none of SQLite's") { check_refused({std::string(20'000, 'x'), log}, "another file"); }
}

TEST_CASE_FIXTURE(crash_fixture, "whose copy of the file lacks nothing from before the log goes on, too") {
  fill_log();
  auto copy = left();
  write();
  check_goes_on({copy.file, left().log});
}

TEST_CASE("which file a log belongs to") {
  auto owner = [](std::uint64_t fence, unix_ms since, std::uint64_t writes, std::string database = "a") {
    return owner_in_file{std::move(database), fence, since, writes};
  };
  std::vector log{owner(3, 700, 40), owner(3, 700, 41), owner(4, 800, 42), owner(4, 800, 43)};
  using sqlite::is_file_of_log;
  CHECK(is_file_of_log(owner(3, 700, 39), log));
  CHECK(is_file_of_log(owner(2, 600, 39), log)); // the log begins with a new owner
  CHECK(is_file_of_log(owner(3, 700, 41), log));
  CHECK(is_file_of_log(owner(4, 800, 43), log));
  CHECK_FALSE(is_file_of_log(owner(3, 700, 38), log)); // older
  CHECK_FALSE(is_file_of_log(owner(4, 800, 44), log)); // newer
  CHECK_FALSE(is_file_of_log(owner(3, 701, 39), log)); // of others who took a copy
  CHECK_FALSE(is_file_of_log(owner(3, 701, 41), log));
  CHECK_FALSE(is_file_of_log(owner(4, 801, 43), log));
  CHECK_FALSE(is_file_of_log(owner(3, 700, 40, "b"), log)); // another database
  CHECK_FALSE(is_file_of_log({}, log));
  CHECK(is_file_of_log({}, std::vector{owner(1, 700, 1)})); // a new database, all in its log
  CHECK(is_file_of_log(owner(3, 700, 39, ""), log));        // from before databases had marks
  CHECK(is_file_of_log(owner(9, 900, 9), {}));
}

TEST_CASE_FIXTURE(crash_fixture, "a reader does not take an older copy under the log for the truth") {
  move_log();
  auto old = left().file;
  fill_log();
  auto known = store->taken();
  auto right = left().file;
  auto open = [&] { return open_ledger_reader("sqlite:" + path, std::chrono::milliseconds{100}, known); };
  CHECK(open());
  write_bytes(path, old);
  auto refused = open();
  REQUIRE(code_of(refused) == ec::store_unavailable);
  CHECK(refused.error().native_code == "moved");
  write_bytes(path, right);
  CHECK(open());
}

TEST_CASE_FIXTURE(crash_fixture, "nothing is read out of another file, nor written on the strength of it") {
  auto open_mine = [&] {
    auto how = options;
    how.mine = store->taken();
    store.reset();
    store = must(database->open(how));
  };
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  auto old = left().file;
  auto import = start();
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  must(store->load_import(import));
  auto right = left().file;
  write_bytes(path, old);
  SUBCASE("by a reading") { CHECK(code_of(store->load_import(import)) == ec::store_unavailable); }
  SUBCASE("by a writing") {
    CHECK(code_of(store->move_watermark("customer", now)) == ec::store_unavailable);
    CHECK(left().log.empty());
  }
  SUBCASE("by a list") { CHECK(code_of(store->unfinished_imports()) == ec::store_unavailable); }
  write_bytes(path, right);
  open_mine();
  CHECK(must(store->load_import(import)).import.id == import);
  write();
  check_goes_on(left());
}

TEST_SUITE_END();

} // namespace foreign_log_test
