#include "store/sqlite/missing_records.hpp"

#include "store/deletion_guard.hpp"
#include "store/sqlite/changed_parents.hpp"
#include "store/sqlite/cut_parents.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark::sqlite {

namespace {

/// Everywhere: ?1 the record type, ?2 the import's number.
constexpr std::string_view of_import = "record_type = ?1 AND import_number = ?2";
constexpr std::string_view live_and_not_written_since = "\"_deleted_at\" IS NULL AND \"_import_id\" <= ?2";

/// The condition that finds the missing records in their table.
std::string is_missing(const record_place& x) {
  auto& table = x.table;
  auto keys = table.parent.empty() ? fmt::format("{} IN (SELECT ranged", identifier(table.key))
                                   : fmt::format("({}, {}) IN (SELECT ranged, within",
                                                 identifier(table.parent), identifier(table.key));
  return fmt::format("{} FROM missing_records WHERE {}) AND {}", keys, of_import, live_and_not_written_since);
}

template <class... Args>
outcome<std::uint64_t> count(connection& db, const std::string& sql, const Args&... args) {
  auto found = db.first(sql, [](row& r) { return r.integer<std::uint64_t>(); }, args...);
  if (!found) return std::unexpected(std::move(found.error()));
  return found->value_or(0);
}

/// Of what is noted and not live, that is gone, or was before. The table's alias is x, its key columns are
/// named by what stands there.
std::string no_live(const record_place& where, std::string_view ranged, std::string_view within) {
  auto& table = where.table;
  auto same = table.parent.empty() ? fmt::format("x.{} = {}", identifier(table.key), ranged)
                                   : fmt::format("x.{} = {} AND x.{} = {}", identifier(table.parent), ranged,
                                                 identifier(table.key), within);
  return fmt::format("NOT EXISTS (SELECT 1 FROM {} x WHERE {} AND x.\"_deleted_at\" IS NULL)",
                     identifier(table.name), same);
}

/// Rows of sets whose parent is noted and not live. Those that may be there without it are asked for by their
/// own type.
outcome<void> take_sets_along(connection& db, std::int64_t import, const record_place& where) {
  if (where.filtered && !where.sets.empty()) {
    auto noted = db.all(
        "SELECT ranged FROM missing_records WHERE record_type = ? AND import_number = ?",
        [](row& r) { return r.integer(); }, where.record_type, import);
    if (!noted) return std::unexpected(std::move(noted.error()));
    return note_changed_parents(db, where.sets, *noted);
  }
  for (auto& set : where.sets) {
    auto parent = fmt::format("{}.{}", identifier(set.table.name), identifier(set.table.parent));
    auto with_their_parents =
        fmt::format("{} IN (SELECT ranged FROM missing_records WHERE {}) AND \"_import_id\" <= ?2 AND {}",
                    parent, of_import, no_live(where, parent, "0"));
    if (auto noted = note_cut_parents(db, set, with_their_parents, where.record_type, import); !noted)
      return noted;
    auto gone =
        db.change(fmt::format("DELETE FROM {} WHERE {}", identifier(set.table.name), with_their_parents),
                  where.record_type, import);
    if (!gone) return gone;
  }
  return {};
}

/// What was rejected of noted records that are not live; not by a later import, which has seen the record.
outcome<void> settle_rejections_of(connection& db, std::int64_t import, const record_place& where) {
  auto key = where.table.parent.empty() ? "CAST(m.ranged AS TEXT)" : "m.ranged || '/' || m.within";
  return db.change(
      fmt::format("DELETE FROM rejected_records WHERE record_type = ?1 AND key IN (SELECT {} FROM "
                  "missing_records m WHERE m.record_type = ?1 AND m.import_number = ?2 AND {}) AND "
                  "coalesce((SELECT number FROM imports i WHERE i.id = import_id), 0) <= ?2",
                  key, no_live(where, "m.ranged", "m.within")),
      where.record_type, import);
}

outcome<void> forget_missing_of(connection& db, std::int64_t import, const record_place& where) {
  return forget_missing(db, import, where.record_type);
}

const auto noted = fmt::format("SELECT count(*) FROM missing_records WHERE {}", of_import);
const auto forget = fmt::format("DELETE FROM missing_records WHERE {}", of_import);
const auto forget_range = forget + " AND ranged BETWEEN ?3 AND ?4";

/// The fields that an import makes the numbers of: those of the key that the account has.
outcome<std::string> numbered_by(connection& db, std::int64_t import, const record_table& table) {
  auto lacking = db.all(
      "SELECT subject FROM import_notes WHERE import_number = ? AND record_type = ? AND code = "
      "'column_dropped'",
      [](row& r) { return r.text(); }, import, table.record_type_name);
  if (!lacking) return std::unexpected(std::move(lacking.error()));
  std::string fields;
  for (const auto& name : table.wide_key) {
    auto part = std::ranges::find(table.fields, name, &field::name);
    if (part == table.fields.end() || std::ranges::find(*lacking, part->column) != lacking->end()) continue;
    fields += (fields.empty() ? "" : ",") + name;
  }
  return fields;
}

outcome<void> remove_renumbered(connection& db, std::int64_t import, const record_place& where,
                                std::span<const std::string> key_fields) {
  auto all = count_missing(db, import, where.record_type);
  if (!all) return std::unexpected(std::move(all.error()));
  if (*all == 0 || key_fields.empty()) return {};
  auto table = identifier(where.table.name);
  // Which fields of the key a row has: 1 or 0 for each.
  std::vector<std::string> there;
  for (const auto& name : key_fields) there.push_back(fmt::format("({} IS NOT NULL)", identifier(name)));
  auto fields_there = fmt::format("'' || {}", fmt::join(there, " || "));
  auto kinds = db.all(
      fmt::format("SELECT DISTINCT {} FROM {} WHERE {}", fields_there, table, is_missing(where)),
      [](row& r) { return r.text(); }, where.record_type, import);
  if (!kinds) return std::unexpected(std::move(kinds.error()));
  for (const auto& kind : *kinds) {
    std::vector<std::string> values;
    if (!where.table.parent.empty())
      values.push_back(fmt::format("quote({})", identifier(where.table.parent)));
    auto of_parent = values.size();
    for (std::size_t i = 0; i < key_fields.size() && i < kind.size(); ++i)
      if (kind[i] == '1') values.push_back(fmt::format("quote({})", identifier(key_fields[i])));
    if (values.size() == of_parent) continue;
    auto same = fmt::format("{}", fmt::join(values, " || ',' || "));
    auto removed =
        db.change(fmt::format("DELETE FROM {0} WHERE {1} AND {2} = ?3 AND {3} IN (SELECT {3} FROM {0} "
                              "WHERE \"_deleted_at\" IS NULL AND NOT ({1}))",
                              table, is_missing(where), fields_there, same),
                  where.record_type, import, kind);
    if (!removed) return removed;
  }
  return {};
}

} // namespace

outcome<record_place> place_of(connection& db, std::string_view record_type, made_table table, bool removes,
                               const type_families& families) {
  record_place place{std::string{record_type}, std::move(table), removes};
  auto family = families.find(record_type);
  if (family == families.end()) return place;
  place.filtered = family->second.filtered;
  auto sets = tables_of(db, family->second.sets);
  if (!sets) return std::unexpected(std::move(sets.error()));
  place.sets = std::move(*sets);
  return place;
}

outcome<record_place> place_of(connection& db, const record_table& table, const type_families& families) {
  return place_of(db, table.record_type_name, {table.name, table.key, table.parent}, table.removes, families);
}

outcome<void> note_missing(connection& db, std::int64_t import, std::string_view record_type,
                           const record_key& key) {
  return db.change(
      "INSERT INTO missing_records (record_type, import_number, ranged, within) VALUES (?, ?, ?, ?) "
      "ON CONFLICT DO NOTHING",
      record_type, import, key.ranged, key.within);
}

outcome<void> note_missing_from(connection& db, std::int64_t import, const record_table& table,
                                std::int64_t first) {
  auto ranged = identifier(table.ranged());
  auto sql = fmt::format("INSERT INTO missing_records (record_type, import_number, ranged, within) "
                         "SELECT ?1, ?2, {0}, {1} FROM {2} WHERE {0} >= ?3 AND {3} ON CONFLICT DO NOTHING",
                         ranged, table.is_set() ? identifier(table.key) : "0", identifier(table.name),
                         live_and_not_written_since);
  return db.change(sql, table.record_type_name, import, first);
}

outcome<void> note_missing_of(connection& db, std::int64_t import, const record_table& set,
                              std::int64_t parent) {
  return db.change(
      fmt::format("INSERT INTO missing_records (record_type, import_number, ranged, within) "
                  "SELECT ?1, ?2, {0}, {1} FROM {2} WHERE {0} = ?3 AND {3} ON CONFLICT DO NOTHING",
                  identifier(set.parent), identifier(set.key), identifier(set.name),
                  live_and_not_written_since),
      set.record_type_name, import, parent);
}

outcome<std::uint64_t> count_missing(connection& db, std::int64_t import, std::string_view record_type) {
  return count(db, noted, record_type, import);
}

outcome<void> forget_missing(connection& db, std::int64_t import, std::string_view record_type) {
  return db.change(forget, record_type, import);
}

outcome<void> forget_missing(connection& db, std::int64_t import, std::string_view record_type,
                             const key_range& range) {
  return db.change(forget_range, record_type, import, first_key(range), range.up_to);
}

outcome<void> forget_not_held(connection& db, std::int64_t import) {
  return db.change("DELETE FROM missing_records WHERE record_type IN (SELECT name FROM import_types "
                   "WHERE import_number = ?1 AND held = 0) AND import_number = ?1",
                   import);
}

outcome<void> take_back_missing(connection& db, std::int64_t import, std::string_view record_type,
                                const key_range& range,
                                const std::function<bool(const record_key&)>& has_come) {
  struct note {
    std::int64_t import;
    record_key key;
  };
  // From one import that has noted something to the next, and in each to the range.
  auto notes = db.all(
      "WITH RECURSIVE noting (number) AS (SELECT min(import_number) FROM missing_records "
      "WHERE record_type = ?1 UNION ALL SELECT (SELECT min(import_number) FROM missing_records "
      "WHERE record_type = ?1 AND import_number > noting.number) FROM noting WHERE noting.number IS NOT "
      "NULL) "
      "SELECT m.import_number, m.ranged, m.within FROM noting CROSS JOIN missing_records m "
      "ON m.record_type = ?1 AND m.import_number = noting.number AND m.ranged BETWEEN ?3 AND ?4 "
      "WHERE noting.number <> ?2",
      [](row& r) {
        note x{};
        x.import = r.integer();
        x.key.ranged = r.integer();
        x.key.within = r.integer();
        return x;
      },
      record_type, import, first_key(range), range.up_to);
  if (!notes) return std::unexpected(std::move(notes.error()));
  for (const auto& x : *notes) {
    if (!has_come(x.key)) continue;
    auto gone =
        db.change("DELETE FROM missing_records WHERE record_type = ? AND import_number = ? AND ranged = ? "
                  "AND within = ?",
                  record_type, x.import, x.key.ranged, x.key.within);
    if (!gone) return gone;
  }
  return {};
}

outcome<settled_missing> settle_missing(connection& db, std::int64_t import, const record_place& where,
                                        std::uint32_t guard_percent, const std::string& at) {
  auto all = count_missing(db, import, where.record_type);
  if (!all) return std::unexpected(std::move(all.error()));
  if (*all == 0) return settled_missing{};
  if (*all >= fewest_emptied) {
    auto missing = count(
        db, fmt::format("SELECT count(*) FROM {} WHERE {}", identifier(where.table.name), is_missing(where)),
        where.record_type, import);
    if (!missing) return std::unexpected(std::move(missing.error()));
    auto live = count(db, fmt::format("SELECT count(*) FROM {} WHERE \"_deleted_at\" IS NULL",
                                      identifier(where.table.name)));
    if (!live) return std::unexpected(std::move(live.error()));
    if (!may_go(guard_percent, *missing, *live)) return settled_missing{0, *missing, *live};
  }
  auto taken = take_missing_away(db, import, where, at);
  if (!taken) return std::unexpected(std::move(taken.error()));
  return settled_missing{*taken, 0, 0};
}

outcome<std::uint64_t> take_missing_away(connection& db, std::int64_t import, const record_place& where,
                                         const std::string& at) {
  auto table = identifier(where.table.name);
  // What is removed needs no time; it is asked for only to keep the arguments alike.
  auto taken =
      db.run(where.removes || !where.table.parent.empty()
                 ? fmt::format("DELETE FROM {} WHERE {} AND ?3 <> ''", table, is_missing(where))
                 : fmt::format("UPDATE {} SET \"_deleted_at\" = ?3 WHERE {}", table, is_missing(where)),
             where.record_type, import, at);
  if (!taken) return std::unexpected(std::move(taken.error()));
  for (auto step : {take_sets_along, settle_rejections_of, forget_missing_of})
    if (auto done = step(db, import, where); !done) return std::unexpected(std::move(done.error()));
  return static_cast<std::uint64_t>(*taken);
}

outcome<void> settle_numbers(connection& db, std::int64_t import, const record_place& where,
                             const record_table& table) {
  auto now = numbered_by(db, import, table);
  if (!now) return std::unexpected(std::move(now.error()));
  auto before = db.first(
      "SELECT numbered_by FROM record_tables WHERE record_type = ?", [](row& r) { return r.text(); },
      table.record_type_name);
  if (!before) return std::unexpected(std::move(before.error()));
  bool is_other = !before->value_or("").empty() && before->value_or("") != *now;
  return is_other ? remove_renumbered(db, import, where, table.wide_key) : outcome<void>{};
}

outcome<void> keep_numbers(connection& db, std::int64_t import, const record_table& table) {
  auto now = numbered_by(db, import, table);
  if (!now) return std::unexpected(std::move(now.error()));
  return db.change("UPDATE record_tables SET numbered_by = ?1 WHERE record_type = ?2 AND numbered_by <> ?1",
                   *now, table.record_type_name);
}

outcome<void> replace_older_missing(connection& db, std::int64_t import, std::string_view record_type,
                                    unix_ms changed_since) {
  auto forgotten = db.change("DELETE FROM missing_records WHERE record_type = ?1 AND import_number < ?2 "
                             "AND EXISTS (SELECT 1 FROM import_types t WHERE t.import_number = "
                             "missing_records.import_number AND t.name = ?1 "
                             "AND coalesce(t.changed_since, '') >= coalesce(?3, ''))",
                             record_type, import, utc{changed_since});
  if (!forgotten) return forgotten;
  // Whoever holds what has all come since holds nothing.
  return db.change(
      "UPDATE import_types SET held = 0 WHERE name = ?1 AND held > 0 AND ((import_number < ?2 "
      "AND coalesce(changed_since, '') >= coalesce(?3, '')) OR NOT EXISTS (SELECT 1 FROM "
      "missing_records m WHERE m.record_type = ?1 AND m.import_number = import_types.import_number))",
      record_type, import, utc{changed_since});
}

outcome<std::vector<held_deletions>> list_held(connection& db) {
  return db.all("SELECT t.name, i.id, t.held, t.held_of FROM import_types t JOIN imports i ON i.number = "
                "t.import_number "
                "WHERE t.held > 0 ORDER BY t.name, t.import_number",
                [](row& r) {
                  held_deletions x;
                  x.record_type = r.text();
                  x.import_id = r.text();
                  x.count = r.integer<std::uint64_t>();
                  x.of = r.integer<std::uint64_t>();
                  return x;
                });
}

outcome<bool> holds_any(connection& db, std::string_view record_type) {
  auto found = db.first(
      "SELECT 1 FROM import_types WHERE name = ? AND held > 0 LIMIT 1", [](row& r) { return r.integer(); },
      record_type);
  if (!found) return std::unexpected(std::move(found.error()));
  return found->has_value();
}

} // namespace tidemark::sqlite
