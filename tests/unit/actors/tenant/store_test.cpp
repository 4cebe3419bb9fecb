#include "actors/tenant/store.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "import/import_world.hpp"

namespace store_test {

using namespace tidemark;

struct moving_world : import_world {
  moving_world() {
    create("customer", import_state::running);
    REQUIRE_FALSE(ask<table_prepared>(database, prepare_table{"customer"}).failed());
  }

  template <class Answer>
  static ec code_of(const reply<Answer>& answer) {
    return answer.error().code;
  }
  template <class Answer>
  static std::string text_of(const reply<Answer>& answer) {
    return answer.error().message;
  }

  static void move_all(const std::string& from, const std::string& to) {
    for (std::string ending : {"", "-wal", "-shm"})
      if (std::filesystem::exists(from + ending)) std::filesystem::rename(from + ending, to + ending);
  }

  static void copy_all(const std::string& from, const std::string& to) {
    for (std::string ending : {"", "-wal"})
      if (std::filesystem::exists(from + ending)) std::filesystem::copy_file(from + ending, to + ending);
  }

  static void remove_all(const std::string& which) {
    for (std::string ending : {"", "-wal", "-shm"}) std::filesystem::remove(which + ending);
  }

  reply<done> write() { return ask<done>(database, save_import_state{"demo.1", import_state::running, ""}); }

  /// What the next owner finds, after this one has ended as it would at a stop of the node.
  bool next_owner_finds_a_crash() {
    crash(database);
    database = spawn(store, store_settings{"sqlite:" + path, "test", types});
    return ask<ownership>(database, query_ownership{}).value().after_crash;
  }

  std::string path = folder.file("demo.db");
  std::string away = folder.file("away.db");
};

struct away_world : moving_world {
  away_world() {
    move_all(path, away);
    auto refused = ask<done>(database, save_import_state{"demo.1", import_state::running, ""});
    REQUIRE(refused.failed());
    CHECK(code_of(refused) == ec::store_unavailable);
    CHECK(text_of(refused).find("put it back") != std::string::npos);
  }
};

TEST_CASE_FIXTURE(away_world, "a database that is put back is taken up again, with the tables that it knew") {
  CHECK(write().failed());
  CHECK_FALSE(std::filesystem::exists(path)); // nothing is made in its place
  SUBCASE("by renaming") { move_all(away, path); }
  SUBCASE("by copying") { copy_all(away, path); }
  CHECK_FALSE(write().failed());
  CHECK_FALSE(ask<key_counts>(database, count_keys{"customer", 0, {}}).failed());
  CHECK_FALSE(ask<ownership>(database, query_ownership{}).value().after_crash);
}

TEST_CASE_FIXTURE(away_world,
                  "another file in the place of a database is left alone, until the right one is back") {
  SUBCASE("an empty one") { std::ofstream{path}; }
  SUBCASE("none of SQLite's") { std::ofstream{path} << "something else, and long enough to be looked at"; }
  SUBCASE("another tenant's, as old") {
    store_settings with{"sqlite:" + path, "test", types};
    with.options.now = [] { return system_time() + 1000; };
    auto other = spawn(store, std::move(with));
    REQUIRE(ask<ownership>(other, query_ownership{}).arrived());
    crash(other);
  }
  auto size = std::filesystem::file_size(path);
  auto refused = write();
  REQUIRE(refused.failed());
  CHECK(code_of(refused) == ec::store_unavailable);
  CHECK(text_of(refused).find("another file") != std::string::npos);
  CHECK(text_of(refused).find("restart the node") != std::string::npos);
  CHECK(std::filesystem::file_size(path) == size);
  remove_all(path);
  move_all(away, path);
  CHECK_FALSE(write().failed());
}

TEST_CASE_FIXTURE(moving_world,
                  "an older copy of a database is left alone, until the one that was in use is back") {
  auto copy = folder.file("copy.db");
  copy_all(path, copy);
  REQUIRE_FALSE(write().failed());
  bool seen_away = false;
  bool by_copying = false;
  SUBCASE("which nobody saw away") {}
  SUBCASE("which was seen away") { seen_away = true; }
  SUBCASE("as a copy") { by_copying = true; }
  move_all(path, away);
  if (seen_away) REQUIRE(write().failed());
  copy_all(copy, path);
  auto before = std::filesystem::file_size(path + "-wal");
  for (int i = 0; i < 2; ++i) {
    auto refused = write();
    REQUIRE(refused.failed());
    CHECK(code_of(refused) == ec::store_unavailable);
    CHECK(text_of(refused).find("an older copy") != std::string::npos);
    CHECK(text_of(refused).find("restart the node") != std::string::npos);
  }
  CHECK(std::filesystem::file_size(path + "-wal") == before);
  remove_all(path);
  if (by_copying)
    copy_all(away, path);
  else
    move_all(away, path);
  CHECK_FALSE(write().failed());
}

TEST_CASE_FIXTURE(moving_world, "the first that is asked of a database which was put back is answered") {
  move_all(path, away);
  SUBCASE("by renaming") { move_all(away, path); }
  SUBCASE("by copying") { copy_all(away, path); }
  CHECK_FALSE(write().failed());
  CHECK(ask<store_health>(database, query_store{}).value().failures == 0);
}

TEST_CASE_FIXTURE(moving_world,
                  "the first that is asked of a database with another in its place names that") {
  move_all(path, away);
  std::ofstream{path};
  auto refused = write();
  REQUIRE(refused.failed());
  CHECK(text_of(refused).find("another file") != std::string::npos);
}

TEST_CASE_FIXTURE(moving_world, "a clean stop while the database is away is no crash once it is back") {
  bool seen_away = false;
  bool begun_anew = false;
  SUBCASE("which nobody saw away") {}
  SUBCASE("which was seen away") { seen_away = true; }
  SUBCASE("after a start with an empty one") { begun_anew = true; }
  move_all(path, away);
  if (seen_away) CHECK(write().failed());
  CHECK_FALSE(ask<done>(database, release_database{}).failed());
  if (begun_anew) {
    CHECK_FALSE(next_owner_finds_a_crash());
    crash(database);
    remove_all(path);
  }
  copy_all(away, path);
  CHECK_FALSE(next_owner_finds_a_crash());
  CHECK_FALSE(std::filesystem::exists(path + "-stopped"));
}

TEST_CASE_FIXTURE(moving_world, "a clean stop says nothing of an older copy that is found instead") {
  auto copy = folder.file("copy.db");
  copy_all(path, copy);
  REQUIRE_FALSE(write().failed());
  move_all(path, away);
  static_cast<void>(ask<done>(database, release_database{}));
  copy_all(copy, path);
  CHECK(next_owner_finds_a_crash());
}

TEST_CASE_FIXTURE(import_world, "a ledger that lacks an import is told as another file, if it is one") {
  auto path = folder.file("demo.db");
  auto bytes = [&] {
    std::ifstream in{path, std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  };
  auto put = [&](const std::string& what) {
    std::ofstream{path, std::ios::binary | std::ios::trunc} << what;
  };
  auto restart = [&] {
    crash(database);
    database = spawn(store, store_settings{"sqlite:" + path, "test", types});
    REQUIRE(ask<ownership>(database, query_ownership{}).arrived());
  };
  restart();
  auto old = bytes();
  create("customer", import_state::running);
  restart();
  auto right = bytes();
  put(old);
  for (int i = 0; i < 2; ++i) {
    auto refused = ask<ledger_snapshot>(database, load_import{"demo.1"});
    REQUIRE(refused.failed());
    CHECK(refused.error().code == ec::store_unavailable);
    CHECK(refused.error().message.find("with the log") != std::string::npos);
  }
  put(right);
  CHECK(ledger().import.state == import_state::running);
}

} // namespace store_test
