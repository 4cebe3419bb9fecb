#include "conformance/fixture.hpp"
#include "sqlite/sqlite_file.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <stop_token>
#include <thread>

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
namespace availability_test {

using namespace tidemark;
using namespace tidemark::test;

struct impatient_fixture : store_fixture {
  impatient_fixture() {
    options.lock_patience = std::chrono::milliseconds{1};
    restart();
  }
};

/// Somebody else's write transaction on the same file.
class foreign_lock {
public:
  explicit foreign_lock(const std::unique_ptr<test_database>& database) {
    auto path = dynamic_cast<sqlite_file&>(*database).path();
    REQUIRE(sqlite3_open(path.c_str(), &db_) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  foreign_lock(const foreign_lock&) = delete;
  foreign_lock& operator=(const foreign_lock&) = delete;
  ~foreign_lock() { sqlite3_close(db_); }

private:
  sqlite3* db_ = nullptr;
};

/// Files of this process cannot grow past a size while this lives.
class size_limit {
public:
  explicit size_limit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{bytes, before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  size_limit(const size_limit&) = delete;
  size_limit& operator=(const size_limit&) = delete;
  ~size_limit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

private:
  rlimit before_{};
  void (*handler_)(int);
};

std::shared_ptr<record_set> big_page() {
  std::vector<std::vector<value>> rows;
  for (std::int64_t i = 1; i <= 1000; ++i) rows.push_back({i, std::string(1000, 'x')});
  return page({"id", "name"}, std::move(rows));
}

TEST_CASE_FIXTURE(impatient_fixture, "a locked database is unavailable, and usable once it is free") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 10}), {page({"id"}, {{1}})});
  {
    foreign_lock held{database};
    auto refused = store->store_batch(write);
    CHECK(code_of(refused) == ec::store_unavailable);
    CHECK(refused.error().message.find("is locked by another program") != std::string::npos);
    CHECK(code_of(store->pick_up(import, 1)) == ec::store_unavailable);
    CHECK(must(store->load_import(import)).batches.size() == 1);
  }
  CHECK(must(store->store_batch(write)).stored == 1);
}

TEST_CASE_FIXTURE(store_fixture, "after one write that waited for a lock in vain the next ones fail soon") {
  using clock = std::chrono::steady_clock;
  options.lock_patience = std::chrono::milliseconds{2000};
  restart();
  auto import = start();
  plan(import, "customer", {std::nullopt, 10});
  foreign_lock held{database};
  auto begun = clock::now();
  CHECK(code_of(store->pick_up(import, 1)) == ec::store_unavailable);
  auto first = clock::now() - begun;
  CHECK(first >= std::chrono::milliseconds{1800});
  begun = clock::now();
  for (int i = 0; i < 3; ++i) CHECK(code_of(store->pick_up(import, 1)) == ec::store_unavailable);
  CHECK(clock::now() - begun < first);
}

TEST_CASE_FIXTURE(impatient_fixture,
                  "a clean stop under somebody else's lock is no crash to the next owner") {
  auto path = dynamic_cast<sqlite_file&>(*database).path();
  auto note = path.string() + "-stopped";
  {
    foreign_lock held{database};
    must(store->release_ownership());
    CHECK(std::filesystem::exists(note));
  }
  auto next = must(open_tenant_store("sqlite:" + path.string()));
  CHECK_FALSE(must(next->take_ownership("next")).after_crash);
  CHECK_FALSE(std::filesystem::exists(note));
  auto another = must(open_tenant_store("sqlite:" + path.string()));
  CHECK(must(another->take_ownership("another")).after_crash);
}

TEST_CASE_FIXTURE(store_fixture, "whoever is to hurry waits for no lock") {
  using clock = std::chrono::steady_clock;
  std::stop_source end;
  options.lock_patience = std::chrono::minutes{10};
  options.hurry = end.get_token();
  restart();
  auto import = start();
  plan(import, "customer", {std::nullopt, 10});
  foreign_lock held{database};
  auto begun = clock::now();
  SUBCASE("from the start") { end.request_stop(); }
  SUBCASE("while it waits") {
    std::jthread other{[&] { end.request_stop(); }};
    CHECK(code_of(store->pick_up(import, 1)) == ec::store_unavailable);
  }
  CHECK(code_of(store->pick_up(import, 1)) == ec::store_unavailable);
  CHECK(clock::now() - begun < std::chrono::minutes{1});
}

TEST_CASE_FIXTURE(store_fixture,
                  "on a full disk a batch is unavailable as a whole, and stored once there is room") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 2000}), {big_page()});
  {
    size_limit full{512 << 10};
    auto refused = store->store_batch(write);
    CHECK(code_of(refused) == ec::store_unavailable);
    CHECK(must(store->load_import(import)).batches.at(0).state == batch_state::running);
  }
  CHECK(sql("SELECT count(*) FROM customer") == std::vector<std::string>{"0"});
  CHECK(must(store->store_batch(write)).stored == 1000);
  CHECK(sql("PRAGMA integrity_check") == std::vector<std::string>{"ok"});
}

TEST_CASE_FIXTURE(store_fixture, "a disk that fills up in the middle of a batch rejects no record for it") {
  // So small a cache spills to the disk long before the commit.
  options.cache_bytes = 64 << 10;
  restart();
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 2000}), {big_page()});
  {
    size_limit full{512 << 10};
    CHECK(code_of(store->store_batch(write)) == ec::store_unavailable);
  }
  CHECK(must(store->store_batch(write)).rejected == 0);
  CHECK(must(reader()->rejected_records("customer", 0, 10)).rows.empty());
}

TEST_CASE_FIXTURE(store_fixture, "a database that may not be written is unavailable at once") {
  // Root may write everything, so a child without rights has to try.
  store.reset();
  auto& file = dynamic_cast<sqlite_file&>(*database);
  sql("PRAGMA journal_mode = DELETE");
  chmod(file.path().parent_path().c_str(), 0755);
  chmod(file.path().c_str(), 0444);
  auto child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(3);
    auto opened = open_tenant_store(file.url());
    auto refused = !opened && opened.error().code == ec::store_unavailable
                   && opened.error().message.find("write permission") != std::string::npos;
    _exit(refused ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE_FIXTURE(store_fixture, "a reader in the middle of a look does not hold up the writer") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 10}, {page({"id"}, {{1}})});
  sqlite3* reader = nullptr;
  auto path = dynamic_cast<sqlite_file&>(*database).path();
  REQUIRE(sqlite3_open(path.c_str(), &reader) == SQLITE_OK);
  REQUIRE(sqlite3_exec(reader, "BEGIN; SELECT * FROM customer", nullptr, nullptr, nullptr) == SQLITE_OK);
  import_batch(import, "customer", {10, 20}, {page({"id"}, {{11}})});
  sqlite3_close(reader);
  CHECK(sql("SELECT count(*) FROM customer") == std::vector<std::string>{"2"});
}

} // namespace availability_test
