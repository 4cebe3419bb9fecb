#include "store/sqlite/record_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

std::string column_sql(const record_table& table, const field& x) {
  auto sql = fmt::format("{} {}", identifier(x.name), storage_of(x.type));
  if (table.is_set() && (x.name == table.key || x.name == table.parent)) sql += " NOT NULL";
  if (!table.is_set() && x.name == table.key) sql += " PRIMARY KEY";
  return sql;
}

/// When an upsert updates a record that is there.
enum class update_rule { always, unless_moved, if_changed };

/// The assignments of an update, and its condition: that no indexed column changes, or that any column does.
std::string update_sql(const record_table& table, std::span<const std::string> columns, update_rule rule) {
  std::string assignments;
  std::string condition;
  for (const auto& column : columns) {
    if (column == table.key || column == table.parent) continue;
    auto name = identifier(column);
    auto declared = std::ranges::find(table.fields, column, &field::name);
    auto indexed = declared != table.fields.end() && table.is_indexed(*declared);
    if (rule == update_rule::if_changed) condition += fmt::format("{0} IS NOT excluded.{0} OR ", name);
    if (rule == update_rule::unless_moved && indexed)
      condition += fmt::format("{}{} IS excluded.{}", condition.empty() ? " WHERE " : " AND ", name, name);
    else
      assignments += fmt::format("{0} = excluded.{0}, ", name);
  }
  if (rule == update_rule::if_changed) condition = " WHERE " + condition + "\"_deleted_at\" IS NOT NULL";
  return fmt::format("{}\"_import_id\" = excluded.\"_import_id\", \"_synced_at\" = excluded.\"_synced_at\", "
                     "\"_deleted_at\" = NULL{}",
                     assignments, condition);
}

std::string upsert_sql(const record_table& table, std::span<const std::string> columns, update_rule rule) {
  std::string names;
  std::string places;
  for (const auto& column : columns) {
    names += identifier(column) + ", ";
    places += "?, ";
  }
  auto conflict =
      table.is_set() ? identifier(table.parent) + ", " + identifier(table.key) : identifier(table.key);
  return fmt::format(
      "INSERT INTO {} ({}\"_import_id\", \"_synced_at\") VALUES ({}?, ?) ON CONFLICT ({}) DO UPDATE "
      "SET {}",
      identifier(table.name), names, places, conflict, update_sql(table, columns, rule));
}

} // namespace

std::string identifier(std::string_view name) {
  std::string sql = "\"";
  for (auto c : name) sql.append(c == '"' ? 2 : 1, c);
  return sql + '"';
}

std::string_view storage_of(field_type type) noexcept {
  using enum field_type;
  return type == id || type == reference || type == integer || type == boolean ? "INTEGER" : "TEXT";
}

record_table::record_table(const record_type& type, std::string_view prefix, bool removes_gone)
    : record_type_name(type.name),
      name(std::string{prefix} + type.name),
      key(type.key_column()),
      parent(type.set ? type.set->column : ""),
      fields(type.fields),
      is_wide(!type.wide_key.empty()),
      wide_key(type.wide_key),
      removes(removes_gone),
      deletion_guard(type.deletion_guard) {
  auto found = std::ranges::find(type.fields, type.change_column, &field::column);
  if (!type.change_column.empty() && found != type.fields.end()) change_field = found->name;
  if (!is_wide) return;
  field number;
  number.name = key_number_column;
  number.type = field_type::id;
  fields.push_back(std::move(number));
  if (const auto* part = type.summed_key()) summed = *part;
}

bool record_table::is_indexed(const field& x) const noexcept {
  return x.type == field_type::reference && x.name != key && x.name != parent;
}

std::string create_table_sql(const record_table& table) {
  std::string columns;
  for (const auto& x : table.fields) columns += fmt::format("  {},\n", column_sql(table, x));
  std::string key;
  if (table.is_set())
    key = fmt::format(",\n  PRIMARY KEY ({}, {})", identifier(table.parent), identifier(table.key));
  return fmt::format("CREATE TABLE {} (\n{}"
                     "  \"_import_id\" INTEGER NOT NULL /* imports.number of the import that brought it */,\n"
                     "  \"_synced_at\" TEXT NOT NULL,\n"
                     "  \"_deleted_at\" TEXT /* when it was found gone */{}\n) STRICT",
                     identifier(table.name), columns, key);
}

std::string add_column_sql(const record_table& table, const field& column) {
  return fmt::format("ALTER TABLE {} ADD COLUMN {}", identifier(table.name), column_sql(table, column));
}

std::string index_name(const record_table& table, const field& reference) {
  return fmt::format("{}.{}", table.name, reference.name);
}

std::string create_index_sql(const record_table& table, const field& reference) {
  return fmt::format("CREATE INDEX {} ON {} ({}) WHERE {} IS NOT NULL",
                     identifier(index_name(table, reference)), identifier(table.name),
                     identifier(reference.name), identifier(reference.name));
}

std::string upsert_sql(const record_table& table, std::span<const std::string> columns) {
  return upsert_sql(table, columns, update_rule::always);
}

std::string upsert_unless_moved_sql(const record_table& table, std::span<const std::string> columns) {
  return upsert_sql(table, columns, update_rule::unless_moved);
}

std::string upsert_if_changed_sql(const record_table& table, std::span<const std::string> columns) {
  return upsert_sql(table, columns, update_rule::if_changed);
}

std::string stored_keys_sql(const record_table& table) {
  if (table.is_set())
    return fmt::format("SELECT {0}, {1} FROM {2} WHERE {0} BETWEEN ? AND ? ORDER BY {0}, {1}",
                       identifier(table.parent), identifier(table.key), identifier(table.name));
  return fmt::format(
      "SELECT {0}, 0 FROM {1} WHERE {0} BETWEEN ? AND ? AND \"_deleted_at\" IS NULL ORDER BY {0}",
      identifier(table.key), identifier(table.name));
}

} // namespace tidemark::sqlite
