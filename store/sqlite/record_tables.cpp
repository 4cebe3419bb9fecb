#include "store/sqlite/record_tables.hpp"

#include "store/sqlite/tenant_rows.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

outcome<std::optional<made_table>> find_made(connection& db, std::string_view record_type) {
  return db.first(
      "SELECT table_name, key_column, parent_column FROM record_tables WHERE record_type = ?",
      [](row& r) {
        made_table x;
        x.name = r.text();
        x.key = r.text();
        x.parent = r.text();
        return x;
      },
      record_type);
}

std::unexpected<failure> refuse(const record_table& table, std::string sentence) {
  return fail(ec::bad_config, std::move(sentence), table.record_type_name);
}

std::unexpected<failure> refuse_foreign(connection& db, const record_table& table) {
  return refuse(table,
                fmt::format("the database {} has a {} that is not a record table of tidemark's: rename it, "
                            "or give the tenant another database",
                            db.path(), identifier(table.name)));
}

outcome<bool> exists(connection& db, std::string_view name) {
  auto found = db.first(
      "SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE LIMIT 1", [](row& r) { return r.integer(); },
      name);
  if (!found) return std::unexpected(std::move(found.error()));
  return found->has_value();
}

outcome<void> check_columns(const record_table& table) {
  for (const auto& x : table.fields)
    if (x.name == "_import_id" || x.name == "_synced_at" || x.name == "_deleted_at")
      return refuse(table,
                    fmt::format("the field {} of {} has the name of one of tidemark's own columns: give "
                                "it another name",
                                x.name, table.record_type_name));
  for (const auto* needed : {&table.key, &table.parent})
    if (!needed->empty() && std::ranges::find(table.fields, *needed, &field::name) == table.fields.end())
      return refuse(table, fmt::format("the key column {} of {} is not among its fields: add it", *needed,
                                       table.record_type_name));
  return {};
}

outcome<void> check_identity(const record_table& table, const made_table& made) {
  if (made.name != table.name)
    return refuse(table, fmt::format("{} is kept in the table {}, not in {}: set the old table prefix again",
                                     table.record_type_name, identifier(made.name), identifier(table.name)));
  if (made.key != table.key || made.parent != table.parent)
    return refuse(table,
                  fmt::format("the key of {} has changed: undo that, or drop the table {} and import {} in "
                              "full",
                              table.record_type_name, identifier(table.name), table.record_type_name));
  return {};
}

outcome<void> create(connection& db, const record_table& table, std::string_view now) {
  if (auto made = db.script(create_table_sql(table)); !made) return made;
  // Somebody may have dropped a table of this name, and with it what the watermark speaks of.
  if (auto dropped = drop_watermark(db, table.record_type_name); !dropped) return dropped;
  auto forgotten = db.run("DELETE FROM record_columns WHERE record_type = ?", table.record_type_name);
  if (!forgotten) return std::unexpected(std::move(forgotten.error()));
  auto kept =
      db.run("INSERT OR REPLACE INTO record_tables (record_type, table_name, key_column, parent_column, "
             "made_at) VALUES (?, ?, ?, ?, ?)",
             table.record_type_name, table.name, table.key, table.parent, now);
  if (!kept) return std::unexpected(std::move(kept.error()));
  return {};
}

/// Ids, references and integers are kept alike, so one may become another. Other types differ in form.
bool may_become(std::string_view was, field_type is) {
  if (was == to_string(is)) return true;
  auto is_plain_integer = [](std::string_view x) { return x == "id" || x == "reference" || x == "integer"; };
  return is_plain_integer(was) && is_plain_integer(to_string(is));
}

using column_types = std::map<std::string, std::string>;

outcome<column_types> pairs(connection& db, std::string_view sql, std::string_view argument) {
  column_types found;
  auto done = db.each(
      sql,
      [&](row& r) {
        auto name = r.text();
        found[std::move(name)] = r.text();
      },
      argument);
  if (!done) return std::unexpected(std::move(done.error()));
  return found;
}

outcome<void> keep_column(connection& db, const record_table& table, const field& x) {
  auto kept = db.run("INSERT OR REPLACE INTO record_columns (record_type, name, type) VALUES (?, ?, ?)",
                     table.record_type_name, x.name, to_string(x.type));
  if (!kept) return std::unexpected(std::move(kept.error()));
  return {};
}

outcome<bool> holds_no_value(connection& db, const record_table& table, const field& x) {
  auto value = db.first(fmt::format("SELECT 1 FROM {} WHERE {} IS NOT NULL LIMIT 1", identifier(table.name),
                                    identifier(x.name)),
                        [](row& r) { return r.integer(); });
  if (!value) return std::unexpected(std::move(value.error()));
  return !value->has_value();
}

/// A column that was never filled, as one whose values did not fit its declaration, may be declared anew.
outcome<void> drop_column(connection& db, const record_table& table, const field& x) {
  return db.script(fmt::format("DROP INDEX IF EXISTS {}; ALTER TABLE {} DROP COLUMN {}",
                               identifier(index_name(table, x)), identifier(table.name), identifier(x.name)));
}

/// A table that gains a column lacks its values in the rows that are there, so the type has to be read whole.
outcome<void> match_columns(connection& db, const record_table& table) {
  auto known =
      pairs(db, "SELECT name, type FROM record_columns WHERE record_type = ?", table.record_type_name);
  if (!known) return std::unexpected(std::move(known.error()));
  auto present = pairs(db, "SELECT name, type FROM pragma_table_info(?)", table.name);
  if (!present) return std::unexpected(std::move(present.error()));
  // Somebody may have dropped the table and made another of its name.
  for (auto own : {"_import_id", "_synced_at", "_deleted_at"})
    if (!present->contains(own)) return refuse_foreign(db, table);
  for (const auto& x : table.fields) {
    bool there = present->contains(x.name);
    if (auto was = known->find(x.name); was != known->end() && !may_become(was->second, x.type)) {
      bool is_key = x.name == table.key || x.name == table.parent;
      auto empty = there && !is_key ? holds_no_value(db, table, x) : outcome<bool>{!is_key};
      if (!empty) return std::unexpected(std::move(empty.error()));
      if (!*empty)
        return refuse(
            table, fmt::format("the field {} of {} was {} and is {} now: give it another name, or drop the "
                               "table {} and import {} in full",
                               x.name, table.record_type_name, was->second, to_string(x.type),
                               identifier(table.name), table.record_type_name));
      if (auto dropped = there ? drop_column(db, table, x) : outcome<void>{}; !dropped) return dropped;
      there = false;
    }
    if (!there) {
      if (auto added = db.script(add_column_sql(table, x)); !added) return added;
      if (auto dropped = drop_watermark(db, table.record_type_name); !dropped) return dropped;
    }
    if (auto kept = keep_column(db, table, x); !kept) return kept;
  }
  return {};
}

} // namespace

outcome<std::optional<made_table>> find_table(connection& db, std::string_view record_type) {
  auto made = find_made(db, record_type);
  if (!made || !*made) return made;
  auto there = exists(db, (*made)->name);
  if (!there) return std::unexpected(std::move(there.error()));
  return *there ? made : std::nullopt;
}

outcome<void> prepare_table(connection& db, const record_table& table, std::string_view now) {
  if (auto sound = check_columns(table); !sound) return sound;
  auto made = find_made(db, table.record_type_name);
  if (!made) return std::unexpected(std::move(made.error()));
  auto still_there = *made ? exists(db, (*made)->name) : outcome<bool>{false};
  if (!still_there) return std::unexpected(std::move(still_there.error()));
  if (*still_there) {
    if (auto same = check_identity(table, **made); !same) return same;
    return match_columns(db, table);
  }
  auto taken = exists(db, table.name);
  if (!taken) return std::unexpected(std::move(taken.error()));
  if (*taken) return refuse_foreign(db, table);
  if (auto fresh = create(db, table, now); !fresh) return fresh;
  return match_columns(db, table);
}

outcome<std::size_t> make_next_index(connection& db, const record_table& table) {
  std::vector<const field*> lacking;
  for (const auto& x : table.fields) {
    if (!table.is_indexed(x)) continue;
    auto found = exists(db, index_name(table, x));
    if (!found) return std::unexpected(std::move(found.error()));
    if (!*found) lacking.push_back(&x);
  }
  if (lacking.empty()) return 0;
  if (auto made = db.script(create_index_sql(table, *lacking.front())); !made)
    return std::unexpected(std::move(made.error()));
  return lacking.size() - 1;
}

} // namespace tidemark::sqlite
