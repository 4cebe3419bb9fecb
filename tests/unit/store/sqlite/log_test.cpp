/// The log beside a database, while somebody reads.
#include "conformance/fixture.hpp"
#include "sqlite/sqlite_file.hpp"

#include <filesystem>

#include <sqlite3.h>

namespace log_test {

using namespace tidemark;
using namespace tidemark::test;

/// A reader whose transaction does not end before it does.
class long_reader {
public:
  explicit long_reader(const std::string& path) {
    REQUIRE(sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db_, "BEGIN; SELECT * FROM imports", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  long_reader(const long_reader&) = delete;
  long_reader& operator=(const long_reader&) = delete;
  ~long_reader() { sqlite3_close(db_); }

private:
  sqlite3* db_ = nullptr;
};

TEST_CASE_FIXTURE(store_fixture,
                  "a log that a reader has held up is cut when it has gone, though nobody writes") {
  auto path = dynamic_cast<sqlite_file&>(*database).path();
  auto import = start();
  const std::string much(1 << 20, 'x');
  {
    const long_reader reader{path.string()};
    for (std::int64_t i = 0; i < 30; ++i)
      import_batch(import, "customer", {i * 10, i * 10 + 10}, {page({"id", "name"}, {{i * 10 + 1, much}})});
    CHECK(store->tend_log() > std::uint64_t{25} << 20U);
    CHECK(store->tend_log() == std::filesystem::file_size(path.string() + "-wal"));
  }
  CHECK(store->tend_log() == 0);
  // And everything goes on as before.
  CHECK(store->check());
  import_batch(import, "customer", {1000, 1010}, {page({"id", "name"}, {{1001, "the last"}})});
  CHECK(store->check());
  CHECK(must(store->count_keys("customer", 0, {})).total == 31);
  restart();
  CHECK(must(store->count_keys("customer", 0, {})).total == 31);
}

} // namespace log_test
