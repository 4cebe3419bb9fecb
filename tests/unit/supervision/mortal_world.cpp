#include "mortal_world.hpp"

#include <filesystem>
#include <system_error>

#include <cstdlib>
#include <doctest/doctest.h>
#include <sqlite3.h>

#include "actors/clock.hpp"
#include "actors/monitor/journal.hpp"
#include "actors/pool/pool.hpp"
#include "actors/request/budget.hpp"
#include "actors/request/http.hpp"
#include "actors/tenant/reader.hpp"
#include "messages/inside/node.hpp"

namespace tidemark {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// Whoever keeps a process running gives up in the end.
constexpr int most_processes = 5;

/// In memory where there is such a place: hundreds of databases are made.
fs::path new_folder() {
  std::error_code none;
  auto base = fs::is_directory("/dev/shm", none) ? fs::path{"/dev/shm"} : fs::temp_directory_path();
  auto pattern = (base / "tidemark-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::system_error{errno, std::generic_category(), pattern};
  return pattern;
}

/// Calls `row` for each row that the query finds.
void select(const std::string& file, const char* sql, const std::function<void(sqlite3_stmt*)>& row) {
  sqlite3* database = nullptr;
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  REQUIRE_MESSAGE(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) == SQLITE_OK,
                  sqlite3_errmsg(database));
  while (sqlite3_step(statement) == SQLITE_ROW) row(statement);
  sqlite3_finalize(statement);
  sqlite3_close(database);
}

std::int64_t count_of(const std::string& file, const char* sql) {
  std::int64_t count = -1;
  select(file, sql, [&](sqlite3_stmt* row) { count = sqlite3_column_int64(row, 0); });
  return count;
}

} // namespace

std::set<std::string> mortal_world::actors() {
  return {"tenant", "store",    "credential", "import", "wave",   "planner", "batch",
          "pool",   "verifier", "deletions",  "http",   "budget", "journal", "reader"};
}

mortal_world::mortal_world(const std::optional<injection>& what)
    : defect(actors()), file_((new_folder() / "tenant.db").string()) {
  if (what) defect.plan(*what);
  begin_process();
  work_until([] { return true; }, 1s);
  actors_at_rest_ = system.registry().running();
}

mortal_world::~mortal_world() {
  end_process();
  std::error_code ignored;
  fs::remove_all(fs::path{file_}.parent_path(), ignored);
}

// -- the process
// ---------------------------------------------------------------------------------------------------

void mortal_world::begin_process() {
  ++processes_;
  restarts_ = restart_intensity{};
  node_lives_ = true;
  node_ = system.spawn([this](caf::event_based_actor* self) { return node(self); });
  settle();
}

void mortal_world::end_process() {
  caf::anon_send_exit(node_, caf::exit_reason::kill);
  settle();
  engine_.open.clear();
}

http_transport mortal_world::transport() {
  auto engine = engine_.transport();
  engine.submit = [this, submit = engine.submit](http_request wanted, http_engine::closed on_closed) {
    submit(std::move(wanted), std::move(on_closed));
    most_open_ = std::max<std::uint64_t>(most_open_, engine_.open.size());
  };
  return engine;
}

caf::behavior mortal_world::node(caf::event_based_actor* self) {
  http_ = self->spawn<caf::linked>(http, transport());
  pool_ = self->spawn<caf::linked>(pool, std::string{"DEMO"}, slot_policy_options{.limit = limit, .seed = 5},
                                   http_);
  budget_ = self->spawn<caf::linked>(budget, std::uint64_t{64} << 20U);
  journal_ = self->spawn<caf::linked>(journal, std::uint64_t{1});
  flags_ = caf::actor_cast<flag_actor>(self->spawn<caf::linked>([](caf::event_based_actor*) {
    return caf::behavior{[](const explain_flag& wanted) {
      return flag_decision{wanted.name, wanted.tenant, true, "test", "the test says so", {}};
    }};
  }));
  reader_ = self->spawn<caf::linked>(reader, reader_settings{.threads = false});
  spawn_tenant(self);
  self->set_down_handler([this, self](const caf::down_msg& down) {
    if (down.source != tenant_.address()) return;
    if (restarts_.allow(steady_now(self))) return spawn_tenant(self);
    given_up_ = true;
  });
  self->set_exit_handler([this, self](const caf::exit_msg& message) {
    auto& from = message.source;
    bool service = from == http_.address() || from == pool_.address() || from == budget_.address()
                   || from == journal_.address() || from == reader_.address();
    if (!service) return;
    node_lives_ = false;
    self->quit(message.reason);
  });
  return {
      [self](const play& what) { what.act(self); },
      [this](const database_taken& what) { taken_ = what.as; },
  };
}

void mortal_world::spawn_tenant(caf::event_based_actor* node) {
  tenant_settings with;
  with.config.id = "demo";
  with.config.account = "DEMO";
  with.config.base_url = "https://demo.example";
  with.config.concurrency_limit = limit;
  with.config.database.location = file_;
  with.node = "test";
  with.parent = node->address();
  with.known_database = taken_;
  with.types = shop_types();
  with.pool = pool_;
  with.http = http_;
  with.budget = budget_;
  with.journal = journal_;
  with.flags = flags_;
  with.retry = {.max_attempts = 3};
  with.patience = {5s, 10s, 15s};
  with.store_thread = false;
  with.reader = reader_;
  tenant_ =
      node->spawn<caf::linked + caf::monitored>(tenant, std::move(with), *credential::make(tenant_config{}));
}

void mortal_world::begin_anew() {
  end_process();
  given_up_ = false;
  processes_ = 0;
  begin_process();
}

// -- time
// ----------------------------------------------------------------------------------------------------------

/// `at_rest`: looks only when nothing is left to do at that moment.
void mortal_world::work_until(const std::function<bool()>& over, std::chrono::seconds at_most, bool at_rest) {
  auto passed = 0ms;
  while (passed < at_most) {
    settle();
    if (!at_rest && over()) return;
    if (!node_lives_) {
      end_process();
      given_up_ = given_up_ || processes_ == most_processes;
      if (given_up_) return;
      begin_process();
    } else if (!engine_.open.empty()) {
      engine_.close(account.answer(engine_.open.front().request));
    } else {
      if (over()) return;
      auto step = passed < 1s ? 50ms : 500ms;
      advance(step);
      passed += step;
    }
  }
}

void mortal_world::calm_down() {
  work_until([] { return false; }, 5s);
}

// -- imports
// -------------------------------------------------------------------------------------------------------

/// An operator whose command fails, or is not answered, gives it again.
template <class Answer, class Message>
std::optional<Answer> mortal_world::command(const Message& message) {
  for (int tries = 0; tries < 10 && !given_up_; ++tries) {
    auto answer = ask<Answer>(tenant_, message);
    work_until([&] { return answer.arrived(); }, 30s, false);
    if (answer.arrived() && !answer.failed()) return answer.value();
    work_until([] { return false; }, 1s);
  }
  return {};
}

std::string mortal_world::start(import_mode mode) {
  start_import wanted{"demo", "line", mode, "anna"};
  wanted.options.verify = mode == import_mode::full;
  auto answer = command<import_status>(wanted);
  return answer ? answer->id : std::string{};
}

std::optional<import_status> mortal_world::run(import_mode mode) {
  auto id = start(mode);
  if (id.empty()) return {};
  return end_of(id);
}

std::optional<import_status> mortal_world::end_of(const std::string& id) {
  std::optional<import_status> last;
  auto over = [&] {
    auto answer = ask<import_status>(tenant_, query_import{id});
    if (answer.arrived() && !answer.failed()) last = answer.value();
    return given_up_ || (last && is_final(last->state));
  };
  work_until(over, 300s);
  return last;
}

std::optional<import_status> mortal_world::pause(const std::string& id) {
  return command<import_status>(pause_import{id, "anna"});
}

std::optional<import_status> mortal_world::resume(const std::string& id) {
  return command<import_status>(resume_import{id, "anna"});
}

std::optional<cancel_receipt> mortal_world::cancel(const std::string& id) {
  return command<cancel_receipt>(cancel_import{id, "anna"});
}

void mortal_world::answer_requests(std::size_t count) {
  for (std::size_t n = 0; n < count; ++n) {
    settle();
    if (node_lives_ && !engine_.open.empty()) engine_.close(account.answer(engine_.open.front().request));
  }
  settle();
}

std::uint32_t mortal_world::leases() {
  auto answer = ask<pool_status>(pool_, query_pool{});
  if (answer.failed()) {
    calm_down(); // it died of the question
    answer = ask<pool_status>(pool_, query_pool{});
  }
  auto taken = answer.value().in_use;
  if (!node_lives_) calm_down(); // it died right after it
  return taken;
}

std::int64_t mortal_world::surplus_actors() {
  return static_cast<std::int64_t>(system.registry().running()) - static_cast<std::int64_t>(actors_at_rest_);
}

// -- the database
// --------------------------------------------------------------------------------------------------

std::vector<std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t>> mortal_world::stored() const {
  std::vector<std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t>> all;
  select(file_,
         "SELECT 'customer', 0, id, revision FROM customer WHERE _deleted_at IS NULL UNION ALL "
         "SELECT 'line', sale, id, revision FROM line UNION ALL "
         "SELECT 'sale', 0, id, revision FROM sale WHERE _deleted_at IS NULL ORDER BY 1, 2, 3",
         [&](sqlite3_stmt* row) {
           all.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(row, 0)),
                            sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
                            sqlite3_column_int64(row, 3));
         });
  return all;
}

std::int64_t mortal_world::unlawful_batches() const {
  return count_of(file_,
                  "SELECT count(*) FROM batches WHERE picked_up != completed + failed_attempts + split + "
                  "released + interrupted");
}

std::int64_t mortal_world::unfinished_batches() const {
  return count_of(file_, "SELECT count(*) FROM batches WHERE state NOT IN ('completed', 'split')");
}

} // namespace tidemark
