/// The typed table of a record type, and the SQL that makes and writes it. No database is needed here.
#pragma once

#include "config/criteria.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

/// An identifier in double quotes, so that SQL keywords (`transaction`) can be names.
std::string identifier(std::string_view name);

/// INTEGER or TEXT. Decimals are TEXT, since SQLite's own would round them.
std::string_view storage_of(field_type type) noexcept;

/// What the table of a record type looks like.
struct record_table {
  /// `removes`: records that are gone are removed, not marked. Rows of sets always are.
  record_table(const record_type& type, std::string_view prefix, bool removes = false);

  std::string record_type_name;
  std::string name;         ///< of the table
  std::string key;          ///< the key column; of a wide key, that of its number
  std::string parent;       ///< the column of the parent's key; empty unless the type is a set
  std::string change_field; ///< the field that tells when a record changed; empty if none does
  std::vector<field> fields;
  bool is_wide = false;              ///< a record's key is not one integer
  std::vector<std::string> wide_key; ///< the fields that it is made of, then
  std::optional<field> summed;       ///< of a wide key: what comparisons add up
  bool removes = false;
  std::uint32_t deletion_guard = 2; ///< percent: see `most_deletions`

  bool is_set() const noexcept { return !parent.empty(); }
  /// The column that batches are ranged by.
  const std::string& ranged() const noexcept { return is_set() ? parent : key; }
  /// Whether the field has an index of its own. The columns of the primary key need none.
  bool is_indexed(const field& x) const noexcept;
};

/// `CREATE TABLE`, commented for whoever opens the database with the sqlite3 shell.
std::string create_table_sql(const record_table& table);
std::string add_column_sql(const record_table& table, const field& column);

/// The index of a reference holds only rows that refer to something: many references are empty in most rows.
std::string index_name(const record_table& table, const field& reference);
std::string create_index_sql(const record_table& table, const field& reference);

/// Inserts a record, or updates these columns of the one with its key. Arguments: the columns, then
/// `_import_id` and `_synced_at`.
std::string upsert_sql(const record_table& table, std::span<const std::string> columns);

/// The same for a record whose indexed columns stay as they are; changes nothing if they do not. Leaving them
/// out of the assignments spares their indexes, which are most of the cost of an update.
std::string upsert_unless_moved_sql(const record_table& table, std::span<const std::string> columns);

/// The same for a record of which something has changed, or that was marked as deleted; changes nothing if
/// not.
std::string upsert_if_changed_sql(const record_table& table, std::span<const std::string> columns);

/// The keys of what is stored between two keys, both included, and not marked as deleted: the ranged column
/// and the key within a set (zero otherwise), in that order. Arguments: first, last.
std::string stored_keys_sql(const record_table& table);

} // namespace tidemark::sqlite
