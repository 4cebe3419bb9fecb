/// Writing single records into the table of a record type.
#pragma once

#include "messages/error.hpp"
#include "messages/record_set.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/record_table.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

/// Whether a record that is there already is written anew although nothing in it has changed.
enum class rewriting { always, if_changed };

/// The prepared upsert of one record type and one list of columns.
class upsert {
public:
  static outcome<upsert> prepare(connection& db, const record_table& table,
                                 const std::vector<std::string>& columns, rewriting rule);

  bool is_for(const std::vector<std::string>& columns, rewriting rule) const noexcept {
    return rule_ == rule && columns_ == columns;
  }
  const std::vector<std::string>& columns() const noexcept { return columns_; }
  std::size_t key_column() const noexcept { return key_; }
  std::optional<std::size_t> parent_column() const noexcept { return parent_; }

  struct written {
    int code = 0;        ///< SQLite's result code, SQLITE_DONE for success
    bool changed = true; ///< false if the record stood there like this before
  };

  /// Writes one row of a set with these columns.
  written write(const record_set& records, std::span<const cell> row, std::int64_t import,
                std::string_view synced_at);

private:
  upsert() = default;

  std::vector<std::string> columns_;
  std::size_t key_ = 0;
  std::optional<std::size_t> parent_;
  rewriting rule_ = rewriting::always;
  statement unless_moved_; ///< null if no column is indexed, or only what has changed is written
  statement always_;       ///< or, by the rule, if something has changed
};

/// The upserts of one record type. There are as many as ways to drop columns, so few are kept.
class record_writer {
public:
  explicit record_writer(record_table table) : table_(std::move(table)) {}

  const record_table& table() const noexcept { return table_; }

  /// The upsert for these columns, valid until the next call. `ec::internal` if they lack the key or name one
  /// that the table does not have.
  outcome<upsert*> with_columns(connection& db, const std::vector<std::string>& columns, rewriting rule);

private:
  record_table table_;
  std::deque<upsert> upserts_;
};

} // namespace tidemark::sqlite
