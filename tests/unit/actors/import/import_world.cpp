#include "import/import_world.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

#include <doctest/doctest.h>

#include "actors/pool/pool.hpp"
#include "actors/request/budget.hpp"
#include "actors/request/credential.hpp"
#include "actors/tenant/store.hpp"
#include "config/logging.hpp"

namespace tidemark {

scratch_folder::scratch_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "tidemark-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::system_error{errno, std::generic_category(), pattern};
  path_ = pattern;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

namespace {

void log_nothing() {
  log_config quiet;
  quiet.level = log_level::off;
  static_cast<void>(start_logging(quiet));
}

} // namespace

told_log::told_log() {
  log_config to_file;
  to_file.file = folder_.file("told.log");
  REQUIRE(start_logging(to_file));
}

told_log::~told_log() { log_nothing(); }

std::string told_log::text() {
  log_nothing(); // which writes all that is on its way
  std::ifstream in{folder_.file("told.log")};
  return {std::istreambuf_iterator<char>{in}, {}};
}

import_world::import_world(const slot_policy_options& options) {
  transfers = spawn(http, engine.transport());
  transfers_front = caf::actor_cast<http_actor>(spawn([this](caf::event_based_actor* self) {
    return caf::behavior{
        [this, self](const fetch& what) {
          fetchers.push_back(self->current_sender()->address());
          return self->delegate(transfers, what);
        },
        [this, self](const cancel_transfer& what) { return self->delegate(transfers, what); }};
  }));
  slots = spawn(pool, "DEMO", options, transfers);
  login = spawn(credential_keeper, std::string{"demo"}, *credential::make(tenant_config{}), slots, transfers,
                std::string{}, note_taker{});
  room = spawn(budget, std::uint64_t{64} << 20U);
  database = spawn(store, store_settings{"sqlite:" + folder.file("demo.db"), "test", types});
  front.emplace(*this, database);
}

import_row import_world::create(const std::string& main_type, import_state state, import_mode mode,
                                import_options options) {
  import_row row;
  row.id = "demo.1";
  row.tenant = "demo";
  row.record_type = main_type;
  row.mode = mode;
  row.options = options;
  row.requested_at = 1'772'359'200'000;
  REQUIRE(ask<done>(database, create_import{row}).arrived());
  if (state != import_state::queued)
    REQUIRE_FALSE(ask<done>(database, save_import_state{row.id, state, "", row.requested_at, 0}).failed());
  row.state = state;
  return row;
}

void import_world::adopt_criteria(std::shared_ptr<const criteria> now) {
  crash(database);
  types = std::move(now);
  database = spawn(store, store_settings{"sqlite:" + folder.file("demo.db"), "test", types});
  front.emplace(*this, database);
}

void import_world::fill(const std::string& table, std::int64_t count) {
  for (std::int64_t id = 1; id <= count; ++id) account.tables[table].insert(id);
}

void import_world::hold_pages(std::set<std::string> tables) {
  engine.rule = [this, tables](const http_request& request) -> std::optional<http_response> {
    auto table = table_of_page(request);
    if (table.empty() || (!tables.empty() && !tables.contains(table))) return account.answer(request);
    return std::nullopt;
  };
}

void import_world::answer_all() {
  settle();
  while (!engine.open.empty()) answer(account.answer(engine.open[0].request));
}

std::vector<std::string> import_world::open_pages() const {
  std::vector<std::string> tables;
  for (auto& open : engine.open)
    if (auto table = table_of_page(open.request); !table.empty()) tables.push_back(table);
  return tables;
}

batch_row import_world::in_ledger(std::uint64_t batch) {
  auto snapshot = ledger();
  auto found = std::ranges::find(snapshot.batches, batch, &batch_row::number);
  REQUIRE(found != snapshot.batches.end());
  return *found;
}

} // namespace tidemark
