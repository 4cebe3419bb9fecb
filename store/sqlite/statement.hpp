/// A prepared statement, its arguments and its rows.
#pragma once

#include "messages/words.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

namespace tidemark::sqlite {

/// A time as an argument: readable text, or NULL for zero.
struct utc {
  unix_ms time = 0;
};

struct finalizer {
  void operator()(sqlite3_stmt* x) const noexcept { sqlite3_finalize(x); }
};

using statement = std::unique_ptr<sqlite3_stmt, finalizer>;

/// The use of a prepared statement, which is given back reset when this goes. Text is bound without a copy
/// and has to live as long.
class statement_use {
public:
  explicit statement_use(sqlite3_stmt* what) noexcept : what_(what) {}
  statement_use(const statement_use&) = delete;
  statement_use& operator=(const statement_use&) = delete;
  ~statement_use();

  /// Binds the next argument.
  void bind(std::integral auto value) noexcept { sqlite3_bind_int64(what_, ++bound_, to_int64(value)); }
  void bind(std::string_view text) noexcept;
  void bind(std::optional<std::int64_t> value) noexcept;
  void bind(utc value);

  /// SQLITE_ROW, SQLITE_DONE or an error.
  int step() noexcept { return sqlite3_step(what_); }

private:
  static sqlite3_int64 to_int64(std::integral auto value) noexcept {
    return static_cast<sqlite3_int64>(value);
  }

  sqlite3_stmt* what_;
  int bound_ = 0;
};

/// The present row of a statement, read column by column from the left.
class row {
public:
  explicit row(sqlite3_stmt* what) noexcept : what_(what) {}

  std::string text();
  std::optional<std::int64_t> optional_integer();
  /// NULL counts as zero.
  unix_ms time();

  /// Hands the value to `use`, as a `std::int64_t` or, of a text, a `std::string_view` that lasts as long as
  /// the call; of NULL nothing.
  template <class Use>
  void number(Use use) {
    auto at = next_++;
    switch (sqlite3_column_type(what_, at)) {
    case SQLITE_NULL: return;
    case SQLITE_INTEGER: return use(std::int64_t{sqlite3_column_int64(what_, at)});
    default: return use(text_at(at));
    }
  }

  template <std::integral T = std::int64_t>
  T integer() {
    return static_cast<T>(sqlite3_column_int64(what_, next_++));
  }

  /// A word of the project's, such as a state.
  template <class Enum>
  Enum word() {
    auto name = text();
    auto value = from_string<Enum>(name);
    if (!value) complain(name);
    return value.value_or(Enum{});
  }

  /// The first value that could not be understood, if any. Somebody else must have written it.
  const std::optional<std::string>& misunderstood() const noexcept { return misunderstood_; }

private:
  void complain(std::string_view value);
  std::string_view text_at(int column);

  sqlite3_stmt* what_;
  int next_ = 0;
  std::optional<std::string> misunderstood_;
};

} // namespace tidemark::sqlite
