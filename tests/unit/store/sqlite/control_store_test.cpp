#include "store/control_store.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "config/feature_flags.hpp"
#include "sqlite/sqlite_file.hpp"
namespace control_store_test {

using namespace tidemark;
using namespace tidemark::test;

using std::chrono::milliseconds;

/// A control database, and another program that works on it.
struct control_file {
  temporary_folder folder;
  std::string path = (folder.path() / "control.db").string();
  sqlite3* other = nullptr;

  ~control_file() { sqlite3_close(other); }

  std::unique_ptr<control_store> open(bool create = true) const {
    auto opened = open_control_store(path, {milliseconds{50}, create});
    REQUIRE_MESSAGE(opened, opened.error().message);
    return std::move(*opened);
  }

  /// What the sqlite3 shell would do.
  void sql(const std::string& text) {
    if (other == nullptr) REQUIRE(sqlite3_open(path.c_str(), &other) == SQLITE_OK);
    char* error = nullptr;
    auto code = sqlite3_exec(other, text.c_str(), nullptr, nullptr, &error);
    REQUIRE_MESSAGE(code == SQLITE_OK, (error ? error : ""));
  }
};

schedule nightly() {
  schedule x;
  x.name = "nightly";
  x.tenant = "4515181";
  x.record_type = "transaction";
  x.mode = import_mode::incremental;
  x.cron = "0 2 * * *";
  x.zone = "Europe/Berlin";
  x.jitter_seconds = 300;
  x.missed = missed_runs::skip;
  x.created_by = "anna@local";
  x.created_at = 1'700'000'000'123;
  x.handled_until = 1'700'000'000'124;
  return x;
}

flag_record only(control_store& store) {
  auto flags = store.flags();
  REQUIRE(flags);
  REQUIRE(flags->size() == 1);
  return flags->front();
}

outcome<flag_record> turn_on(const std::optional<flag_record>& record) {
  return changed(record, {chunked_import_flag, flag_action::enable, "", "anna"});
}

TEST_CASE("the reference's SQL adds, extends and disables a flag") {
  control_file file;
  auto store = file.open();
  file.sql(
      "INSERT INTO feature_flags (name, enabled, tenant_ids, description, created_at, updated_at) "
      "VALUES ('chunked_import', true, '[4515181]', 'Enables the new chunked import system with dependency "
      "management', datetime('now'), datetime('now'))");
  CHECK(only(*store).enabled == "1");
  CHECK(only(*store).tenant_ids == "[4515181]");
  file.sql("UPDATE feature_flags SET tenant_ids = json_insert(tenant_ids, '$[#]', 4515182) "
           "WHERE name = 'chunked_import'");
  CHECK(only(*store).tenant_ids == "[4515181,4515182]");
  file.sql("UPDATE feature_flags SET tenant_ids = (SELECT json_group_array(value) FROM json_each(tenant_ids) "
           "WHERE value <> 4515181) WHERE name = 'chunked_import'");
  CHECK(only(*store).tenant_ids == "[4515182]");
  file.sql("UPDATE feature_flags SET enabled = false WHERE name = 'chunked_import'");
  CHECK(only(*store).enabled == "0");
}

TEST_CASE("a record shows whatever was written into it") {
  control_file file;
  auto store = file.open();
  file.sql("INSERT INTO feature_flags (name, enabled) VALUES ('chunked_import', 'yes')");
  CHECK(only(*store).enabled == "'yes'");
  CHECK_FALSE(only(*store).has_tenant_ids);
  file.sql("UPDATE feature_flags SET enabled = 1, tenant_ids = 12");
  CHECK(only(*store).tenant_ids == "12");
  file.sql("UPDATE feature_flags SET tenant_ids = x'ff00fe'");
  CHECK(only(*store).has_tenant_ids);
  CHECK_FALSE(problem_of(only(*store)).empty());
}

TEST_CASE("a flag that is changed here is a record that SQL reads") {
  control_file file;
  auto store = file.open();
  auto made = store->change_flag(chunked_import_flag, 1'700'000'000'000, turn_on);
  REQUIRE(made);
  CHECK(made->enabled == "1");
  CHECK(made->created_at == "2023-11-14 22:13:20");
  auto again = store->change_flag(chunked_import_flag, 1'700'000'060'000, turn_on);
  CHECK(again->created_at == "2023-11-14 22:13:20");
  CHECK(again->updated_at == "2023-11-14 22:14:20");
  auto listed = only(*store);
  CHECK(listed == *again);
}

TEST_CASE("a flag's record is removed, and told as it was") {
  control_file file;
  auto store = file.open();
  CHECK(store->remove_flag(chunked_import_flag).error().code == ec::bad_request);
  auto made = store->change_flag(chunked_import_flag, 1'700'000'000'000, turn_on);
  REQUIRE(made);
  auto removed = store->remove_flag(chunked_import_flag);
  REQUIRE(removed);
  CHECK(*removed == *made);
  CHECK(store->flags()->empty());
}

TEST_CASE("a change that is refused changes nothing") {
  control_file file;
  auto store = file.open();
  auto refused =
      store->change_flag("x", 1, [](auto&) -> outcome<flag_record> { return fail(ec::conflict, "no"); });
  CHECK(refused.error().code == ec::conflict);
  CHECK(store->flags()->empty());
}

TEST_CASE("a schedule is kept as it is, changed and removed") {
  control_file file;
  auto store = file.open();
  auto x = nightly();
  REQUIRE(store->add_schedule(x));
  CHECK(*store->schedules() == std::vector{x});
  CHECK(store->add_schedule(x).error().code == ec::conflict);
  x.paused = true;
  x.waiting_since = 5;
  x.waiting_for = "4515181.1";
  x.last_import = "4515181.0";
  x.last_started_at = 4;
  x.last_error = "none";
  REQUIRE(store->save_schedule(x));
  CHECK(*file.open()->schedules() == std::vector{x});
  REQUIRE(store->remove_schedule("nightly"));
  CHECK(store->schedules()->empty());
  CHECK(store->save_schedule(x).error().code == ec::bad_request);
  CHECK(store->remove_schedule("nightly").error().code == ec::bad_request);
}

TEST_CASE("the audit is read newest first, of all or of one tenant") {
  control_file file;
  auto store = file.open();
  for (auto tenant : {"a", "b", "a"})
    REQUIRE(store->add_audit({0, 7, "anna@local", "local socket", "import start", tenant, "x", "done", ""}));
  auto all = store->audit("", 0, 10);
  REQUIRE(all);
  REQUIRE(all->rows.size() == 3);
  CHECK(all->rows.front().number == 3);
  CHECK(all->rows.front().who == "anna@local");
  CHECK(all->rows.front().at == 7);
  CHECK(store->audit("a", 0, 10)->rows.size() == 2);
  CHECK(store->audit("a", 0, 1)->rows.front().number == 3);
}

TEST_CASE("the audit comes in pages, and old entries go") {
  control_file file;
  auto store = file.open();
  for (int i = 1; i <= 5; ++i)
    REQUIRE(store->add_audit({0, i * 1000, "anna@local", "local socket", "reload", "", "", "done", ""}));
  auto first = store->audit("", 0, 2);
  REQUIRE(first);
  CHECK(first->rows.back().number == 4);
  auto second = store->audit("", first->next, 2);
  REQUIRE(second);
  CHECK(second->rows.front().number == 3);
  CHECK(store->audit("", second->next, 2)->next == 0);
  CHECK(store->prune_audit(3000) == 2U);
  CHECK(store->audit("", 0, 10)->rows.size() == 3);
}

TEST_CASE("while another program holds the database reading goes on, and writing says what is in the way") {
  control_file file;
  auto store = file.open();
  file.sql("BEGIN IMMEDIATE; INSERT INTO feature_flags (name, enabled) VALUES ('x', 1)");
  CHECK(store->flags()->empty());
  auto refused = store->change_flag(chunked_import_flag, 1, turn_on);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::store_unavailable);
  CHECK(refused.error().message.find("locked") != std::string::npos);
  file.sql("ROLLBACK");
  CHECK(store->change_flag(chunked_import_flag, 1, turn_on).has_value());
}

TEST_CASE("a file that was moved away is noticed, and does not come back empty") {
  control_file file;
  auto store = file.open();
  std::filesystem::remove(file.path);
  CHECK_FALSE(store->flags());
  CHECK_FALSE(store->change_flag(chunked_import_flag, 1, turn_on));
  auto reopened = open_control_store(file.path, {milliseconds{50}, false});
  REQUIRE_FALSE(reopened);
  CHECK(reopened.error().message.find("put it back") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(file.path));
}

TEST_CASE("no log lies beside it, which could be written into another file in its place") {
  control_file file;
  auto used = file.open();
  auto add = [&](const std::string& name) {
    auto x = nightly();
    x.name = name;
    return used->add_schedule(x);
  };
  REQUIRE(add("kept"));
  CHECK_FALSE(std::filesystem::exists(file.path + "-wal"));
  auto old = file.path + ".old";
  std::filesystem::copy_file(file.path, old);
  for (int i = 0; i < 50; ++i) REQUIRE(add("later " + std::to_string(i)));
  auto right = file.path + ".right";
  std::filesystem::rename(file.path, right);
  std::filesystem::rename(old, file.path);
  REQUIRE_FALSE(add("lost"));
  used = file.open(); // the older one is a database like any other
  CHECK(used->schedules()->size() == 1);
  CHECK(used->check_whole());
  used.reset();
  std::filesystem::rename(right, file.path);
  used = file.open();
  CHECK(used->schedules()->size() == 51);
  CHECK(used->check_whole());
}

TEST_CASE("an empty file in the place of one that was in use is not made into another") {
  control_file file;
  file.open();
  for (std::string ending : {"", "-wal", "-shm"}) std::filesystem::remove(file.path + ending);
  std::ofstream{file.path};
  auto reopened = open_control_store(file.path, {milliseconds{50}, false});
  REQUIRE_FALSE(reopened);
  CHECK(reopened.error().code == ec::store_unavailable);
  CHECK(reopened.error().message.find("is empty: put back") != std::string::npos);
  CHECK(std::filesystem::file_size(file.path) == 0);
  CHECK(open_control_store(file.path)); // at a start
}

TEST_CASE("a tenant's database, another program's and a damaged one are refused as control database") {
  control_file file;
  SUBCASE("a tenant's") { REQUIRE(open_tenant_store("sqlite:" + file.path)); }
  SUBCASE("another program's") { file.sql("CREATE TABLE notes (text TEXT)"); }
  SUBCASE("damaged") { std::ofstream{file.path} << std::string(4000, 'x'); }
  auto refused = open_control_store(file.path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::store_defect);
  CHECK(refused.error().message.find(file.path) != std::string::npos);
}

TEST_CASE("a control database of a newer version is refused") {
  control_file file;
  file.open();
  file.sql("PRAGMA user_version = 99");
  auto refused = open_control_store(file.path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("version 99") != std::string::npos);
}

TEST_CASE("a table that somebody dropped is an error with a name, not a crash") {
  control_file file;
  auto store = file.open();
  file.sql("DROP TABLE feature_flags");
  auto refused = store->flags();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("feature_flags") != std::string::npos);
}

} // namespace control_store_test
