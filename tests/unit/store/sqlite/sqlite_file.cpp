#include "sqlite/sqlite_file.hpp"

#include <cstdlib>

#include <doctest/doctest.h>
#include <sqlite3.h>

namespace tidemark::test {

temporary_folder::temporary_folder() {
  // Where there is a file system in memory, hundreds of small databases need not wait for a disk to sync.
  std::filesystem::path memory{"/dev/shm"};
  auto where = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  auto pattern = (where / "tidemark-store-XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

outcome<std::unique_ptr<tenant_store>> sqlite_file::open(const store_options& options) {
  return open_tenant_store(url(), options);
}

outcome<std::unique_ptr<ledger_reader>> sqlite_file::open_reader() {
  return open_ledger_reader(url(), std::chrono::milliseconds{100});
}

std::vector<std::string> sqlite_file::sql(const std::string& text) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open_v2(path().c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  std::vector<std::string> found;
  auto on_row = [](void* into, int count, char** values, char**) {
    std::string row;
    for (int i = 0; i < count; ++i) row.append(i ? "|" : "").append(values[i] ? values[i] : "null");
    static_cast<std::vector<std::string>*>(into)->push_back(std::move(row));
    return 0;
  };
  char* error = nullptr;
  auto code = sqlite3_exec(db, text.c_str(), on_row, &found, &error);
  std::string what = error ? error : "";
  sqlite3_free(error);
  sqlite3_close(db);
  REQUIRE_MESSAGE(code == SQLITE_OK, what);
  return found;
}

std::unique_ptr<test_database> make_test_database() { return std::make_unique<sqlite_file>(); }

} // namespace tidemark::test
