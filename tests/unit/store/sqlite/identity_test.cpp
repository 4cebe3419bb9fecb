#include "conformance/fixture.hpp"
#include "sqlite/sqlite_file.hpp"

#include <filesystem>
#include <string>

namespace identity_test {

using namespace tidemark;
using namespace tidemark::test;

struct replaced_fixture : store_fixture {
  void copy(const std::string& ending, const std::string& to) {
    if (std::filesystem::exists(path + ending)) std::filesystem::copy_file(path + ending, to + ending);
  }

  static void put(const std::string& from, const std::string& to) {
    for (std::string ending : {"", "-wal", "-shm"})
      if (std::filesystem::exists(from + ending)) std::filesystem::rename(from + ending, to + ending);
  }

  outcome<std::unique_ptr<tenant_store>> open_again() {
    auto how = options;
    how.mine = store->taken();
    return database->open(how);
  }

  std::string path = dynamic_cast<sqlite_file&>(*database).path().string();
  std::string old = path + ".old";
  std::string away = path + ".away";
};

TEST_CASE_FIXTURE(replaced_fixture, "a copy of the file without its log is an older copy") {
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  must(store->move_watermark("customer", now));
  copy("", old);
  put(path, away);
  std::filesystem::rename(old, path);
  auto refused = open_again();
  CHECK(code_of(refused) == ec::store_unavailable);
  CHECK(refused.error().message.find("an older copy") != std::string::npos);
}

TEST_CASE_FIXTURE(replaced_fixture, "a copy without its log that lacks nothing is taken") {
  must(store->move_watermark("customer", now));
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  copy("", old);
  put(path, away);
  std::filesystem::rename(old, path);
  CHECK(open_again());
}

TEST_CASE_FIXTURE(replaced_fixture, "a database that went back while it was open is written no more") {
  must(store->move_watermark("customer", now));
  sql("UPDATE owner SET writes = 0");
  auto refused = store->move_watermark("customer", now);
  CHECK(code_of(refused) == ec::store_unavailable);
  CHECK(refused.error().message.find("an older copy") != std::string::npos);
}

} // namespace identity_test
