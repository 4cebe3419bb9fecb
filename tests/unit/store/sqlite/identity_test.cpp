#include "conformance/fixture.hpp"
#include "messages/store_words.hpp"
#include "sqlite/sqlite_file.hpp"
#include "store/sqlite/identity.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace identity_test {

using namespace tidemark;
using namespace tidemark::test;

struct replaced_fixture : store_fixture {
  /// Writes as much as makes the log begin anew at least once.
  void fill_log() {
    auto import = start();
    for (int i = 0; i < 30; ++i) {
      std::vector<std::vector<value>> rows;
      for (std::int64_t j = 1; j <= 1000; ++j) rows.push_back({i * 1000 + j, std::string(1000, 'x')});
      import_batch(import, "customer", {i * 1000, i * 1000 + 1000}, {page({"id", "name"}, std::move(rows))});
    }
  }

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
  REQUIRE(code_of(refused) == ec::store_unavailable);
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

TEST_CASE_FIXTURE(replaced_fixture, "an older file under the log of the one that was in use is refused") {
  SUBCASE("from before this owner") {
    store->release_ownership();
    store.reset();
    copy("", old);
    store = take_over();
    must(store->prepare_table(customer()));
    SUBCASE("whose log has not begun anew since") {
      sql("PRAGMA wal_checkpoint(PASSIVE)");
      must(store->move_watermark("customer", now));
    }
    SUBCASE("whose log has") { fill_log(); }
  }
  SUBCASE("of this owner's") {
    sql("PRAGMA wal_checkpoint(PASSIVE)");
    copy("", old);
    fill_log();
  }
  std::filesystem::rename(path, away);
  std::filesystem::rename(old, path);
  CHECK(std::filesystem::exists(path + "-wal"));
  auto refused = open_again();
  REQUIRE(code_of(refused) == ec::store_unavailable);
  CHECK(refused.error().message.find("with the log") != std::string::npos);
  std::filesystem::rename(path, old);
  std::filesystem::rename(away, path);
  CHECK(open_again());
}

TEST_CASE_FIXTURE(replaced_fixture, "the right file under its own log is taken as a copy, too") {
  fill_log();
  copy("", old);
  std::filesystem::rename(path, away);
  std::filesystem::rename(old, path);
  CHECK(open_again());
}

TEST_CASE_FIXTURE(replaced_fixture, "a database that went back while it was open is written no more") {
  must(store->move_watermark("customer", now));
  sql("UPDATE owner SET writes = 0");
  auto refused = store->move_watermark("customer", now);
  REQUIRE(code_of(refused) == ec::store_unavailable);
  CHECK(refused.error().message.find("an older copy") != std::string::npos);
}

TEST_CASE_FIXTURE(replaced_fixture,
                  "what is copied over the file in use is written no more, nor by its log") {
  auto bytes_of = [](const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  };
  auto write_over = [&](const std::string& from) {
    auto bytes = bytes_of(from);
    std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
  };
  sql("PRAGMA wal_checkpoint(PASSIVE)");
  copy("", old);
  auto before = bytes_of(old);
  fill_log();
  CHECK(store->check());
  copy("", away);
  write_over(old);
  SUBCASE("found by a look") {
    CHECK(code_of(store->check()) == ec::store_unavailable);
    auto refused = store->move_watermark("customer", now);
    REQUIRE(code_of(refused) == ec::store_unavailable);
    CHECK(refused.error().message.find("with the log") != std::string::npos);
  }
  SUBCASE("found when the log is full") {
    auto last = ec::none;
    for (int i = 0; i < 10'000 && last == ec::none; ++i)
      last = code_of(store->move_watermark("customer", ++now));
    CHECK(last == ec::store_unavailable);
  }
  SUBCASE("found at the stop") { CHECK(store->release_ownership()); }
  CHECK(bytes_of(path) == before);
  auto mine = store->taken();
  store.reset();
  CHECK(bytes_of(path) == before);
  auto how = options;
  how.mine = mine;
  CHECK(code_of(database->open(how)) == ec::store_unavailable);
  write_over(away);
  CHECK(database->open(how));
}

TEST_CASE_FIXTURE(replaced_fixture, "another database that is copied over the file in use is told from it") {
  // One that has been written far more often, and lies whole in its file.
  auto other = make_test_database();
  auto& other_file = dynamic_cast<sqlite_file&>(*other);
  now += 5000;
  {
    auto longer = must(other->open(options));
    must(longer->take_ownership("node-b"));
    for (int i = 0; i < 100; ++i) must(longer->move_watermark("customer", now + i));
  }
  auto write_over = [&] {
    std::ifstream in{other_file.path(), std::ios::binary};
    std::ofstream{path, std::ios::binary | std::ios::trunc} << in.rdbuf();
  };
  SUBCASE("that is new") { write_over(); }
  SUBCASE("whose log has begun anew") {
    fill_log();
    write_over();
  }
  auto found = store->check();
  REQUIRE(code_of(found) == ec::store_unavailable);
  CHECK(found.error().message.find("another file") != std::string::npos);
  CHECK(code_of(open_again()) == ec::store_unavailable);
}

TEST_CASE("which file belongs to a log") {
  ownership mine{"a", 5, 1000, 90, owner_in_file{"a", 3, 700, 40}, false};
  auto file = [](std::uint64_t fence, unix_ms since, std::uint64_t writes, std::string database = "a") {
    return owner_in_file{std::move(database), fence, since, writes};
  };
  CHECK(sqlite::is_file_of(file(3, 700, 40), mine, 90));
  CHECK(sqlite::is_file_of(file(3, 700, 60), mine, 90));
  CHECK(sqlite::is_file_of(file(4, 800, 70), mine, 90)); // of an owner in between
  CHECK(sqlite::is_file_of(file(5, 1000, 80), mine, 90));
  CHECK_FALSE(sqlite::is_file_of(file(3, 700, 39), mine, 90)); // older
  CHECK_FALSE(sqlite::is_file_of(file(3, 701, 60), mine, 90)); // another one's
  CHECK_FALSE(sqlite::is_file_of(file(5, 1001, 80), mine, 90));
  CHECK_FALSE(sqlite::is_file_of(file(5, 1000, 91), mine, 90));
  CHECK_FALSE(sqlite::is_file_of(file(6, 1200, 80), mine, 90));
  CHECK_FALSE(sqlite::is_file_of(file(5, 1000, 80, "b"), mine, 90)); // another database
  mine.in_file.reset();
  CHECK(sqlite::is_file_of({}, mine, 90));
  CHECK(sqlite::is_file_of(file(5, 1000, 80), mine, 90));
  CHECK_FALSE(sqlite::is_file_of(file(5, 1001, 80), mine, 90));
}

TEST_CASE_FIXTURE(store_fixture, "a database that holds another account's records is not taken") {
  options.account = "111";
  auto first = take_over();
  options.account = "222";
  auto opened = must(database->open(options));
  auto refused = opened->take_ownership("node-a");
  REQUIRE(code_of(refused) == ec::store_unavailable);
  CHECK(refused.error().message.find("account 111") != std::string::npos);
  CHECK(refused.error().message.find("account 222") != std::string::npos);
  CHECK(first->check());
  options.account = "111";
  CHECK(take_over()->check());
}

TEST_CASE_FIXTURE(store_fixture, "a database that holds another tenant's imports is not taken") {
  options.tenant = "acme2";
  CHECK(take_over()->check()); // there are none yet
  options.tenant = "acme";
  auto first = take_over();
  store = std::move(first);
  auto unfinished = start();
  options.tenant = "acme2";
  auto opened = must(database->open(options));
  auto refused = opened->take_ownership("node-a");
  REQUIRE(code_of(refused) == ec::store_unavailable);
  CHECK(refused.error().native_code == store_words::other_tenant);
  CHECK(refused.error().message.find("imports of tenant acme,") != std::string::npos);
  CHECK(refused.error().message.find("for tenant acme2") != std::string::npos);
  CHECK(store->check());
  // What an import of before a change of the id left, and has ended, is in nobody's way.
  import_change completed;
  completed.state = import_state::completed;
  must(store->set_import_state(unfinished, completed));
  CHECK(code_of(opened->take_ownership("node-a")) == ec::store_unavailable);
  import_row row;
  row.id = "acme2.01";
  row.tenant = "acme2";
  row.record_type = "customer";
  must(store->create_import(row));
  CHECK(opened->take_ownership("node-a"));
}

TEST_CASE_FIXTURE(replaced_fixture, "a look at a database tells that another owner has it") {
  CHECK(store->check());
  auto other = take_over();
  CHECK(code_of(store->check()) == ec::fenced);
  CHECK(other->check());
}

TEST_CASE_FIXTURE(replaced_fixture,
                  "whoever opens its database again is told of the owner who has it by now") {
  auto other = take_over();
  auto refused = open_again();
  REQUIRE(code_of(refused) == ec::fenced);
  CHECK(refused.error().message.find("has taken over") != std::string::npos);
  CHECK(other->check());
}

TEST_CASE_FIXTURE(replaced_fixture,
                  "one that was taken by another since is only taken back once that has left it") {
  auto how = options;
  how.known = store->taken();
  auto other = take_over();
  auto again = must(database->open(how));
  auto refused = again->take_ownership("first");
  REQUIRE(code_of(refused) == ec::fenced);
  CHECK(refused.error().message.find("has taken over") != std::string::npos);
  CHECK(other->check());
  must(other->release_ownership());
  CHECK(again->take_ownership("first"));
}

} // namespace identity_test
