#include "conformance/fixture.hpp"
#include "sqlite/sqlite_file.hpp"
#include "store/sqlite/ledger_schema.hpp"
#include "store/sqlite/migrations.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>
namespace damage_test {

using namespace tidemark;
using namespace tidemark::test;

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

std::string file_of(const std::unique_ptr<test_database>& database) {
  return dynamic_cast<sqlite_file&>(*database).path().string();
}

/// Opens a file that has to be refused.
failure refusal(const sqlite_file& file) {
  auto opened = open_tenant_store(file.url());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().subject == file.path().string());
  CHECK(opened.error().message.find(file.path().string()) != std::string::npos);
  return opened.error();
}

TEST_CASE("only a sqlite url with an absolute path is a database") {
  for (const auto* wrong : {"", "/data/acme.db", "sqlite:", "sqlite:acme.db", "mysql://host/db"}) {
    auto opened = open_tenant_store(wrong);
    CHECK_MESSAGE(code_of(opened) == ec::bad_config, wrong);
    CHECK(opened.error().message.find("sqlite:/path/to/file") != std::string::npos);
  }
}

TEST_CASE("a folder is not a database") {
  sqlite_file file;
  std::filesystem::create_directory(file.path());
  auto refused = refusal(file);
  CHECK(refused.code == ec::store_unavailable);
  CHECK(refused.message.find("is a folder") != std::string::npos);
}

TEST_CASE("a file in a folder that does not exist is not made") {
  sqlite_file file;
  auto opened = open_tenant_store("sqlite:" + (file.path() / "sub" / "acme.db").string());
  CHECK(code_of(opened) == ec::store_unavailable);
}

TEST_CASE("a file that is not SQLite is left as it is") {
  sqlite_file file;
  std::string text(2000, 'x');
  write_file(file.path(), text);
  CHECK(refusal(file).code == ec::store_defect);
  CHECK(std::filesystem::file_size(file.path()) == text.size());
}

TEST_CASE("a SQLite database of somebody else's is left as it is") {
  sqlite_file file;
  write_file(file.path(), "");
  file.sql("CREATE TABLE notes (text TEXT)");
  auto refused = refusal(file);
  CHECK(refused.code == ec::store_defect);
  CHECK(refused.message.find("was not made by tidemark") != std::string::npos);
  CHECK(file.sql("PRAGMA journal_mode") == std::vector<std::string>{"delete"});
  CHECK(file.sql("SELECT name FROM sqlite_schema") == std::vector<std::string>{"notes"});
}

TEST_CASE("an empty file becomes a database") {
  sqlite_file file;
  write_file(file.path(), "");
  CHECK(open_tenant_store(file.url()).has_value());
}

TEST_CASE("a database of a newer version is refused with both versions") {
  sqlite_file file;
  must(open_tenant_store(file.url()));
  file.sql("PRAGMA user_version = 999");
  auto refused = refusal(file);
  CHECK(refused.code == ec::store_defect);
  CHECK(refused.message.find("version 999") != std::string::npos);
  CHECK(refused.message.find(fmt::format("up to {}", sqlite::ledger_version())) != std::string::npos);
}

TEST_CASE("opening a database again changes nothing in it") {
  sqlite_file file;
  must(must(open_tenant_store(file.url()))->take_ownership("node-a"));
  must(open_tenant_store(file.url()));
  CHECK(file.sql("SELECT fence FROM owner") == std::vector<std::string>{"1"});
  CHECK(file.sql("PRAGMA user_version")
        == std::vector<std::string>{std::to_string(sqlite::ledger_version())});
}

TEST_CASE("a database of every earlier version is brought up to date with what it holds") {
  auto steps = sqlite::ledger_steps();
  for (std::size_t version = 1; version < steps.size(); ++version) {
    sqlite_file file;
    write_file(file.path(), "");
    for (std::size_t step = 0; step < version; ++step) file.sql(std::string{steps[step]});
    file.sql(fmt::format("PRAGMA application_id = {}", sqlite::ledger_schema().application_id));
    file.sql(fmt::format("PRAGMA user_version = {}", version));
    file.sql("INSERT INTO imports (id, tenant, record_type, mode, system, state) "
             "VALUES ('acme.1', 'acme', 'customer', 'full', 'chunked', 'paused')");
    auto opened = must(open_tenant_store(file.url()));
    auto found = must(opened->load_import("acme.1"));
    CHECK(found.import.state == import_state::paused);
    CHECK(found.import.paused_by == pause_cause::none);
    CHECK(must(opened->take_ownership("node-a")).fence == 1);
  }
}

TEST_CASE("failed batches of a ledger from before retries can be retried, with every attempt forgiven") {
  auto steps = sqlite::ledger_steps().first(4);
  sqlite_file file;
  write_file(file.path(), "");
  for (auto step : steps) file.sql(std::string{step});
  file.sql(fmt::format("PRAGMA application_id = {}", sqlite::ledger_schema().application_id));
  file.sql("PRAGMA user_version = 4");
  file.sql("INSERT INTO imports (id, tenant, record_type, mode, system, state) "
           "VALUES ('acme.1', 'acme', 'customer', 'full', 'chunked', 'completed_with_errors');"
           "INSERT INTO import_types (import_number, name, wave, state, planned, estimated, records_planned, "
           "taken_from, error) VALUES (1, 'customer', 0, 'completed_with_errors', 1, 0, 10, '', '');"
           "INSERT INTO batches (import_number, number, record_type, up_to_key, weight, state, picked_up, "
           "failed_attempts, interrupted, deaths) VALUES (1, 1, 'customer', 10, 10, 'failed', 7, 5, 2, 2)");
  auto opened = must(open_tenant_store(file.url()));
  must(opened->take_ownership("node-a"));
  auto before = must(opened->load_import("acme.1")).batches.at(0);
  CHECK(before.forgiven == 0);
  CHECK(before.deaths == 2);
  CHECK(must(opened->retry("acme.1", 0)).batches == 1);
  auto after = must(opened->load_import("acme.1")).batches.at(0);
  CHECK(after.forgiven == 5);
  CHECK(after.counters == before.counters);
  CHECK(must(opened->pick_up("acme.1", 1)) == 8);
}

TEST_CASE_FIXTURE(store_fixture, "a truncated database is a defect that names the remedy") {
  auto import = start();
  for (int i = 0; i < 50; ++i)
    import_batch(import, "customer", {i * 10, i * 10 + 10},
                 {page({"id", "name"}, {{i * 10 + 1, std::string(2000, 'x')}})});
  store.reset();
  auto path = file_of(database);
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  auto opened = database->open(options);
  auto fault = opened ? (*opened)->take_ownership("node-a").error() : opened.error();
  CHECK(fault.code == ec::store_defect);
  CHECK(fault.message.find("restore it from a backup") != std::string::npos);
}

TEST_CASE_FIXTURE(store_fixture, "a scribbled page is a defect, and the store goes on answering") {
  auto import = start();
  for (int i = 0; i < 50; ++i)
    import_batch(import, "customer", {i * 10, i * 10 + 10},
                 {page({"id", "name"}, {{i * 10 + 1, std::string(2000, 'x')}})});
  auto root = sql("SELECT rootpage FROM sqlite_schema WHERE name = 'customer'").at(0);
  store.reset();
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  {
    std::fstream file{file_of(database), std::ios::in | std::ios::out | std::ios::binary};
    file.seekp((std::stoll(root) - 1) * 8192);
    file << std::string(8192, '\x7f');
  }
  restart();
  auto write = picked_up(import, plan(import, "customer", {900, 910}), {page({"id"}, {{901}})});
  CHECK(code_of(store->store_batch(write)) == ec::store_defect);
  CHECK(batch(import, write.batch).state == batch_state::running);
  must(store->move_watermark("customer", now));
}

TEST_CASE_FIXTURE(store_fixture, "nothing is written into a database that was moved away") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 10}), {page({"id"}, {{1}})});
  std::filesystem::path path{file_of(database)};
  std::filesystem::rename(path, path.string() + ".away");
  auto refused = store->store_batch(write);
  CHECK(code_of(refused) == ec::store_unavailable);
  CHECK(refused.error().message.find("was moved or removed") != std::string::npos);
  std::filesystem::rename(path.string() + ".away", path);
  CHECK(must(store->store_batch(write)).stored == 1);
}

TEST_CASE_FIXTURE(store_fixture, "a ledger value that tidemark did not write is a defect that names it") {
  auto import = start();
  sql("UPDATE imports SET state = 'sleeping'");
  auto loaded = store->load_import(import);
  CHECK(code_of(loaded) == ec::store_defect);
  CHECK(loaded.error().message.find("\"sleeping\"") != std::string::npos);
  sql("UPDATE imports SET state = 'running', started_at = 'yesterday'");
  CHECK(code_of(store->load_import(import)) == ec::store_defect);
}

TEST_CASE_FIXTURE(store_fixture, "a ledger table that was dropped is a defect") {
  auto import = start();
  sql("DROP TABLE import_notes");
  auto loaded = store->load_import(import);
  CHECK(code_of(loaded) == ec::store_defect);
  CHECK(loaded.error().message.find("import_notes") != std::string::npos);
}

TEST_CASE_FIXTURE(store_fixture,
                  "a record table that was dropped while it is written is a defect, not a loss") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 10}), {page({"id"}, {{1}})});
  sql("DROP TABLE customer");
  CHECK(code_of(store->store_batch(write)) == ec::store_defect);
  must(store->prepare_table(customer()));
  CHECK(must(store->store_batch(write)).stored == 1);
}

} // namespace damage_test
