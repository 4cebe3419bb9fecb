#include "store/sqlite/missing_records.hpp"

#include "store/deletion_guard.hpp"

#include <fmt/format.h>

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

template <class... Args>
outcome<void> run(connection& db, std::string_view sql, const Args&... args) {
  auto done = db.run(sql, args...);
  if (!done) return std::unexpected(std::move(done.error()));
  return {};
}

const auto noted = fmt::format("SELECT count(*) FROM missing_records WHERE {}", of_import);
const auto forget = fmt::format("DELETE FROM missing_records WHERE {}", of_import);
const auto forget_range = forget + " AND ranged BETWEEN ?3 AND ?4";

} // namespace

record_place place_of(const record_table& table) {
  return {table.record_type_name, {table.name, table.key, table.parent}, table.removes};
}

outcome<void> note_missing(connection& db, std::int64_t import, std::string_view record_type,
                           const record_key& key) {
  return run(db,
             "INSERT INTO missing_records (record_type, import_number, ranged, within) VALUES (?, ?, ?, ?) "
             "ON CONFLICT DO NOTHING",
             record_type, import, key.ranged, key.within);
}

outcome<void> note_missing_from(connection& db, std::int64_t import, const record_place& where,
                                std::int64_t first) {
  bool is_set = !where.table.parent.empty();
  auto ranged = identifier(is_set ? where.table.parent : where.table.key);
  auto sql = fmt::format("INSERT INTO missing_records (record_type, import_number, ranged, within) "
                         "SELECT ?1, ?2, {0}, {1} FROM {2} WHERE {0} >= ?3 AND {3} ON CONFLICT DO NOTHING",
                         ranged, is_set ? identifier(where.table.key) : "0", identifier(where.table.name),
                         live_and_not_written_since);
  return run(db, sql, where.record_type, import, first);
}

outcome<std::uint64_t> count_missing(connection& db, std::int64_t import, std::string_view record_type) {
  return count(db, noted, record_type, import);
}

outcome<void> forget_missing(connection& db, std::int64_t import, std::string_view record_type) {
  return run(db, forget, record_type, import);
}

outcome<void> forget_missing(connection& db, std::int64_t import, std::string_view record_type,
                             const key_range& range) {
  return run(db, forget_range, record_type, import, first_key(range), range.up_to);
}

outcome<void> forget_not_held(connection& db, std::int64_t import) {
  return run(db,
             "DELETE FROM missing_records WHERE record_type IN (SELECT name FROM import_types "
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
    auto gone = run(db,
                    "DELETE FROM missing_records WHERE record_type = ? AND import_number = ? AND ranged = ? "
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
  if (*all > always_allowed_deletions) {
    auto missing = count(
        db, fmt::format("SELECT count(*) FROM {} WHERE {}", identifier(where.table.name), is_missing(where)),
        where.record_type, import);
    if (!missing) return std::unexpected(std::move(missing.error()));
    auto live = count(db, fmt::format("SELECT count(*) FROM {} WHERE \"_deleted_at\" IS NULL",
                                      identifier(where.table.name)));
    if (!live) return std::unexpected(std::move(live.error()));
    if (*missing > most_deletions(guard_percent, *live)) return settled_missing{0, *missing, *live};
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
  if (auto done = forget_missing(db, import, where.record_type); !done)
    return std::unexpected(std::move(done.error()));
  return static_cast<std::uint64_t>(*taken);
}

outcome<void> replace_older_missing(connection& db, std::int64_t import, std::string_view record_type,
                                    unix_ms changed_since) {
  auto forgotten = run(db,
                       "DELETE FROM missing_records WHERE record_type = ?1 AND import_number < ?2 "
                       "AND EXISTS (SELECT 1 FROM import_types t WHERE t.import_number = "
                       "missing_records.import_number AND t.name = ?1 "
                       "AND coalesce(t.changed_since, '') >= coalesce(?3, ''))",
                       record_type, import, utc{changed_since});
  if (!forgotten) return forgotten;
  // Whoever holds what has all come since holds nothing.
  return run(db,
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
