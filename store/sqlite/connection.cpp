#include "store/sqlite/connection.hpp"

#include "store/sqlite/failures.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

/// SQLite takes an empty file, or none, for a new database and removes the log that lies beside it, at the
/// first look, also for reading: the log of the one that was there may be all that is left of it.
outcome<void> check_log_is_safe(const std::string& path) {
  std::error_code error;
  bool is_there = std::filesystem::exists(path, error);
  if (error || (is_there && (std::filesystem::file_size(path, error) != 0 || error))) return {};
  auto log = path + "-wal";
  auto left = std::filesystem::file_size(log, error);
  if (error || left == 0) return {};
  return std::unexpected(emptied(path, log));
}

/// Nobody asks how much memory SQLite holds, and to count it takes a lock at each allocation, the same one in
/// all databases. Has an effect before SQLite is first used.
void count_no_memory() noexcept {
  static const auto once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

} // namespace

outcome<connection> connection::open(const std::string& path, std::chrono::milliseconds lock_patience,
                                     std::stop_token hurry) {
  count_no_memory();
  if (auto safe = check_log_is_safe(path); !safe) return std::unexpected(std::move(safe.error()));
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return std::unexpected(
        failure{ec::store_unavailable,
                fmt::format("the database {} is a folder: name a file, which is made if it is missing", path),
                path, std::string{store_words::not_openable}});
  sqlite3* db = nullptr;
  // No mutex: a store belongs to one thread at a time.
  constexpr auto flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  auto code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  connection opened{path, db, {lock_patience, std::move(hurry)}};
  if (code != SQLITE_OK)
    return std::unexpected(describe(code, path, db ? sqlite3_errmsg(db) : sqlite3_errstr(code)));
  // SQLite opens a file without write permission for reading instead.
  if (sqlite3_db_readonly(db, "main") == 1)
    return std::unexpected(describe(SQLITE_READONLY, path, "opened for reading only"));
  sqlite3_busy_handler(db, try_again, opened.waits_.get());
  return opened;
}

outcome<connection> connection::open_to_read(const std::string& path,
                                             std::chrono::milliseconds lock_patience) {
  count_no_memory();
  if (auto safe = check_log_is_safe(path); !safe) return std::unexpected(std::move(safe.error()));
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    return fail(ec::store_unavailable,
                fmt::format("the database {} is missing: put it back, or restart the node to begin with an "
                            "empty one",
                            path),
                path);
  sqlite3* db = nullptr;
  constexpr auto flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  auto code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  connection opened{path, db, {lock_patience, {}}};
  if (code != SQLITE_OK)
    return std::unexpected(describe(code, path, db ? sqlite3_errmsg(db) : sqlite3_errstr(code)));
  sqlite3_busy_handler(db, try_again, opened.waits_.get());
  return opened;
}

outcome<connection> connection::open_file_alone(const std::string& path) {
  count_no_memory();
  std::string uri = "file:";
  for (char c : path)
    if (c == '%' || c == '?' || c == '#')
      uri += fmt::format("%{:02x}", static_cast<unsigned>(c));
    else
      uri += c;
  sqlite3* db = nullptr;
  constexpr auto flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  auto code = sqlite3_open_v2((uri + "?immutable=1").c_str(), &db, flags, nullptr);
  connection opened{path, db, {}};
  if (code != SQLITE_OK)
    return std::unexpected(describe(code, path, db ? sqlite3_errmsg(db) : sqlite3_errstr(code)));
  return opened;
}

outcome<connection> connection::open_image(std::span<std::byte> bytes) {
  auto opened = open(":memory:", {});
  if (!opened) return opened;
  auto size = static_cast<sqlite3_int64>(bytes.size());
  auto code = sqlite3_deserialize(opened->handle(), "main", reinterpret_cast<unsigned char*>(bytes.data()),
                                  size, size, SQLITE_DESERIALIZE_READONLY);
  if (code != SQLITE_OK) return std::unexpected(describe(code, opened->path(), sqlite3_errstr(code)));
  return opened;
}

std::vector<std::byte> connection::image() const {
  sqlite3_int64 size = 0;
  std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes{sqlite3_serialize(handle(), "main", &size, 0),
                                                                sqlite3_free};
  if (!bytes) return {};
  auto* first = reinterpret_cast<const std::byte*>(bytes.get());
  return {first, first + size};
}

std::vector<std::byte> connection::read_bytes(std::int64_t from, std::size_t count) const {
  sqlite3_file* file = nullptr;
  auto code = sqlite3_file_control(handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code != SQLITE_OK || file == nullptr || file->pMethods == nullptr) return {};
  std::vector<std::byte> bytes(count);
  code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(count), from);
  if (code != SQLITE_OK) bytes.clear();
  return bytes;
}

void connection::keep_log(log_keeping how) {
  *log_ = {std::move(how)};
  sqlite3_wal_hook(handle(), log_written, log_.get());
}

std::uintmax_t connection::log_size() const noexcept {
  std::error_code error;
  auto size = std::filesystem::file_size(path_ + "-wal", error);
  return error ? 0 : size;
}

void connection::empty_log() noexcept {
  if (!log_->how.may_be_moved || !log_->how.may_be_moved()) return;
  auto patience = std::exchange(waits_->patience, std::chrono::milliseconds{0});
  checkpoint(*log_, handle(), "main", SQLITE_CHECKPOINT_TRUNCATE);
  waits_->patience = patience;
}

void connection::leave_log() noexcept {
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

int connection::log_written(void* watch, sqlite3* db, const char* schema, int pages) noexcept {
  auto& log = *static_cast<log_watch*>(watch);
  if (pages < log.pages) log.how.on_new_log();
  log.pages = pages;
  if (pages < log.how.most_pages || !log.how.may_be_moved()) return SQLITE_OK;
  // One that a reader holds up is made up for after the next commit.
  checkpoint(log, db, schema, SQLITE_CHECKPOINT_PASSIVE);
  return SQLITE_OK;
}

void connection::checkpoint(log_watch& log, sqlite3* db, const char* schema, int mode) noexcept {
  int pages = 0;
  int moved = 0;
  auto code = sqlite3_wal_checkpoint_v2(db, schema, mode, &pages, &moved);
  // In part also where somebody was in the way.
  log.is_torn = code != SQLITE_OK || moved != pages;
  if (!log.is_torn) log.how.on_moved();
}

void connection::move_log() noexcept { checkpoint(*log_, handle(), "main", SQLITE_CHECKPOINT_PASSIVE); }

int connection::try_again(void* waits, int tries) noexcept {
  using namespace std::chrono;
  auto& how = *static_cast<lock_waits*>(waits);
  auto now = steady_clock::now();
  if (tries == 0) how.began = now;
  auto left = how.patience - duration_cast<milliseconds>(now - how.began);
  if (how.hurry.stop_requested() || left <= 0ms) return 0;
  // As SQLite's own handler: soon at first, for most locks are short.
  std::this_thread::sleep_for(std::min<milliseconds>({left, 25ms, milliseconds{1 + 2 * tries}}));
  return 1;
}

outcome<statement> connection::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  auto code = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()),
                                 SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code != SQLITE_OK) return std::unexpected(last_failure());
  return statement{prepared};
}

outcome<void> connection::script(const std::string& sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return std::unexpected(last_failure());
  return {};
}

outcome<void> connection::check_present() const {
  int moved = 0;
  sqlite3_file_control(handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved == 0) return {};
  return std::unexpected(moved_away(path_));
}

failure connection::last_failure() const {
  return describe(sqlite3_extended_errcode(handle()), path_, sqlite3_errmsg(handle()));
}

failure connection::foreign_value(std::string_view value) const {
  return describe(SQLITE_ERROR, path_, fmt::format("the ledger holds \"{}\"", value));
}

outcome<sqlite3_stmt*> connection::kept(std::string_view sql) {
  if (auto found = statements_.find(sql); found != statements_.end()) return found->second.get();
  auto made = prepare(sql);
  if (!made) return std::unexpected(std::move(made.error()));
  return statements_.emplace(sql, std::move(*made)).first->second.get();
}

outcome<transaction> transaction::begin(connection& db, purpose why) {
  auto begun = db.run(why == purpose::writing ? "BEGIN IMMEDIATE" : "BEGIN");
  if (!begun) return std::unexpected(std::move(begun.error()));
  return transaction{db};
}

transaction::~transaction() {
  // After a full disk or an I/O error SQLite may have rolled back already.
  if (db_ && sqlite3_get_autocommit(db_->handle()) == 0) (void)db_->run("ROLLBACK");
}

outcome<void> transaction::commit() {
  auto done = db_->run("COMMIT");
  if (!done) return std::unexpected(std::move(done.error()));
  db_ = nullptr;
  return {};
}

} // namespace tidemark::sqlite
