/// One connection to a SQLite database, with its prepared statements.
#pragma once

#include "messages/error.hpp"
#include "store/sqlite/statement.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <sqlite3.h>

namespace tidemark::sqlite {

class connection {
public:
  /// Opens a file for reading and writing, and makes an empty one if there is none. Once `hurry` is asked
  /// for, no statement waits for a lock any more.
  static outcome<connection> open(const std::string& path, std::chrono::milliseconds lock_patience,
                                  std::stop_token hurry = {});

  /// Opens a file that is there, for reading alone; `ec::store_unavailable` if it is missing.
  static outcome<connection> open_to_read(const std::string& path, std::chrono::milliseconds lock_patience);

  /// Opens what the file itself holds, without its log. Only for a look: nobody is kept from writing
  /// meanwhile.
  static outcome<connection> open_file_alone(const std::string& path);

  /// A database in memory: these bytes, which have to live as long and are not changed.
  static outcome<connection> open_image(std::span<std::byte> bytes);

  /// The bytes of the whole database, for a small one.
  std::vector<std::byte> image() const;

  /// Bytes of the file itself; none if they cannot be had. Whoever opens a database's file by other means
  /// than SQLite's lets go of all locks that this process has on it.
  std::vector<std::byte> read_bytes(std::int64_t from, std::size_t count) const;

  /// Forgets what was read of the file, which somebody may have changed behind SQLite's back.
  void forget_pages() noexcept { sqlite3_db_release_memory(handle()); }

  /// When and how the log is written back into the file.
  struct log_keeping {
    int most_pages = 0;                 ///< that the log may have before
    std::function<bool()> may_be_moved; ///< whether the file is still the one that the log belongs to
    /// All that had been committed before the last commit is in the file: that commit began the log anew.
    std::function<void()> on_new_log;
    std::function<void()> on_moved; ///< all that is committed is in the file
  };
  void keep_log(log_keeping how);

  /// In bytes; zero if there is none.
  std::uintmax_t log_size() const noexcept;

  /// Writes as much of the log back into the file as readers leave to.
  void move_log() noexcept;

  /// Whether the file may hold a part of the log alone, so that it makes sense only together with that. A
  /// page is written back as it is last in the log, or not at all: what a reader holds up may be torn.
  bool may_be_torn() const noexcept { return log_->is_torn && log_size() > 0; }

  /// Writes all of the log back into the file and gives its space free, without waiting for whoever reads.
  void empty_log() noexcept;

  /// Whatever is in the log stays there when this is closed.
  void leave_log() noexcept;

  /// How long a statement waits from now on for somebody else's lock.
  void wait_for_locks(std::chrono::milliseconds patience) noexcept { waits_->patience = patience; }

  const std::string& path() const noexcept { return path_; }
  sqlite3* handle() const noexcept { return db_.get(); }

  /// Prepares a statement for its owner; see `run` for those that are kept here.
  outcome<statement> prepare(std::string_view sql);

  /// Runs SQL that takes no arguments, one statement or several, and forgets it.
  outcome<void> script(const std::string& sql);

  /// Runs one statement with these arguments and returns the number of rows that it changed. It stays
  /// prepared.
  template <class... Args>
  outcome<std::int64_t> run(std::string_view sql, const Args&... args) {
    auto done = each(sql, [](row&) {}, args...);
    if (!done) return std::unexpected(std::move(done.error()));
    return sqlite3_changes64(handle());
  }

  /// The same where nobody asks how many.
  template <class... Args>
  outcome<void> change(std::string_view sql, const Args&... args) {
    auto done = run(sql, args...);
    if (!done) return std::unexpected(std::move(done.error()));
    return {};
  }

  /// Runs one statement with these arguments and hands each `row&` to a function, which may return false to
  /// have no more. It stays prepared.
  template <class OnRow, class... Args>
  outcome<void> each(std::string_view sql, OnRow&& on_row, const Args&... args) {
    auto found = kept(sql);
    if (!found) return std::unexpected(std::move(found.error()));
    statement_use use{*found};
    (use.bind(args), ...);
    auto code = use.step();
    for (; code == SQLITE_ROW; code = use.step()) {
      row present{*found};
      bool more = true;
      if constexpr (std::is_same_v<std::invoke_result_t<OnRow&, row&>, bool>)
        more = on_row(present);
      else
        on_row(present);
      if (present.misunderstood()) return std::unexpected(foreign_value(*present.misunderstood()));
      if (!more) return {};
    }
    if (code != SQLITE_DONE) return std::unexpected(last_failure());
    return {};
  }

  /// The rows of one statement, each made into a value by `read(row&)`.
  template <class Read, class... Args>
  auto all(std::string_view sql, Read&& read, const Args&... args)
      -> outcome<std::vector<std::invoke_result_t<Read, row&>>> {
    std::vector<std::invoke_result_t<Read, row&>> values;
    auto done = each(sql, [&](row& present) { values.push_back(read(present)); }, args...);
    if (!done) return std::unexpected(std::move(done.error()));
    return values;
  }

  /// The first of the rows, if there are any.
  template <class Read, class... Args>
  auto first(std::string_view sql, Read&& read, const Args&... args)
      -> outcome<std::optional<std::invoke_result_t<Read, row&>>> {
    auto values = all(sql, std::forward<Read>(read), args...);
    if (!values) return std::unexpected(std::move(values.error()));
    if (values->empty()) return std::nullopt;
    return std::move(values->front());
  }

  /// `ec::store_unavailable` if the file was moved or removed since it was opened. Writes would go on without
  /// an error, into a file that nobody will find again.
  outcome<void> check_present() const;

  /// What the last call on this connection failed with.
  failure last_failure() const;

private:
  struct closer {
    void operator()(sqlite3* x) const noexcept { sqlite3_close_v2(x); }
  };

  /// How this connection waits for locks.
  struct lock_waits {
    std::chrono::milliseconds patience;
    std::stop_token hurry;
    std::chrono::steady_clock::time_point began = {}; ///< of the present wait
  };

  struct log_watch {
    log_keeping how;
    int pages = 0;       ///< after the last commit
    bool is_torn = true; ///< written back in part, if at all, as far as is known
  };

  connection(std::string path, sqlite3* db, lock_waits waits)
      : path_(std::move(path)), waits_(std::make_unique<lock_waits>(std::move(waits))), db_(db) {}

  static void checkpoint(log_watch& log, sqlite3* db, const char* schema, int mode) noexcept;

  /// SQLite's hook after a commit into the log.
  static int log_written(void* watch, sqlite3* db, const char* schema, int pages) noexcept;

  /// SQLite's busy handler: whether a statement that has met a lock so often is to try again.
  static int try_again(void* waits, int tries) noexcept;

  /// The statement of this text, prepared once.
  outcome<sqlite3_stmt*> kept(std::string_view sql);
  failure foreign_value(std::string_view value) const;

  std::string path_;
  std::unique_ptr<lock_waits> waits_;
  std::unique_ptr<log_watch> log_ = std::make_unique<log_watch>();
  std::unique_ptr<sqlite3, closer> db_;
  std::map<std::string, statement, std::less<>> statements_;
};

/// A transaction that is rolled back unless it is committed.
class transaction {
public:
  enum class purpose { reading, writing };

  /// To write, takes the database's one write lock at once, so that what is read before the write stays true.
  static outcome<transaction> begin(connection& db, purpose why);

  transaction(transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  transaction& operator=(transaction&&) = delete;
  ~transaction();

  outcome<void> commit();

private:
  explicit transaction(connection& db) noexcept : db_(&db) {}

  connection* db_;
};

} // namespace tidemark::sqlite
