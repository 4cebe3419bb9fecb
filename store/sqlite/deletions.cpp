#include "store/sqlite/deletions.hpp"

#include "store/sqlite/cut_parents.hpp"

#include "store/sqlite/record_key.hpp"
#include "store/sqlite/record_table.hpp"
#include "store/sqlite/record_tables.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

/// The column by which its records are asked for.
const std::string& ranged(const made_table& table) { return table.parent.empty() ? table.key : table.parent; }

outcome<bool> any(connection& db, const std::string& sql, std::int64_t key) {
  auto found = db.first(sql, [](row& r) { return r.integer(); }, key);
  if (!found) return std::unexpected(std::move(found.error()));
  return found->has_value();
}

} // namespace

outcome<std::vector<set_table>> tables_of(connection& db, std::span<const std::string> sets) {
  std::vector<set_table> found;
  for (const auto& type : sets) {
    auto table = find_table(db, type);
    if (!table) return std::unexpected(std::move(table.error()));
    if (*table && !(*table)->parent.empty()) found.push_back({type, std::move(**table)});
  }
  return found;
}

outcome<std::vector<std::int64_t>> find_live(connection& db, std::string_view record_type,
                                             std::span<const std::int64_t> keys,
                                             std::span<const std::string> sets) {
  auto table = find_table(db, record_type);
  if (!table) return std::unexpected(std::move(table.error()));
  auto lines = tables_of(db, sets);
  if (!lines) return std::unexpected(std::move(lines.error()));
  std::vector<std::string> questions;
  if (*table)
    questions.push_back(fmt::format("SELECT 1 FROM {} WHERE {} = ? AND \"_deleted_at\" IS NULL LIMIT 1",
                                    identifier((*table)->name), identifier(ranged(**table))));
  for (const auto& set : *lines)
    questions.push_back(fmt::format("SELECT 1 FROM {} WHERE {} = ? LIMIT 1", identifier(set.table.name),
                                    identifier(set.table.parent)));
  std::vector<std::int64_t> live;
  for (auto key : keys) {
    for (const auto& sql : questions) {
      auto there = any(db, sql, key);
      if (!there) return std::unexpected(std::move(there.error()));
      if (!*there) continue;
      live.push_back(key);
      break;
    }
  }
  return live;
}

outcome<std::vector<std::int64_t>> sample_live(connection& db, std::string_view record_type,
                                               std::size_t count) {
  std::vector<std::int64_t> keys;
  auto table = find_table(db, record_type);
  if (!table) return std::unexpected(std::move(table.error()));
  if (!*table || count == 0) return keys;
  auto name = identifier((*table)->name);
  auto key = identifier(ranged(**table));
  // One look-up by key each: a table may hold millions.
  auto at_or_above = fmt::format(
      "SELECT {0} FROM {1} WHERE {0} >= ? AND \"_deleted_at\" IS NULL ORDER BY {0} LIMIT 1", key, name);
  auto last = db.first(fmt::format("SELECT max({}) FROM {}", key, name),
                       [](row& r) { return r.optional_integer().value_or(0); });
  if (!last) return std::unexpected(std::move(last.error()));
  auto next = std::numeric_limits<std::int64_t>::min();
  for (std::size_t left = count; left > 0; --left) {
    auto found = db.first(at_or_above, [](row& r) { return r.integer(); }, next);
    if (!found) return std::unexpected(std::move(found.error()));
    if (!*found) break;
    keys.push_back(**found);
    // No overflow: the difference of two keys may not fit.
    auto step =
        (static_cast<double>(last->value_or(0)) - static_cast<double>(**found)) / static_cast<double>(left);
    auto whole =
        step >= 9e18 ? std::numeric_limits<std::int64_t>::max() / 2 : static_cast<std::int64_t>(step);
    if (**found > std::numeric_limits<std::int64_t>::max() - std::max<std::int64_t>(whole, 1)) break;
    next = **found + std::max<std::int64_t>(whole, 1);
  }
  return keys;
}

outcome<std::vector<type_keys>> find_elsewhere(connection& db, std::string_view record_type,
                                               std::span<const std::int64_t> keys) {
  auto others = db.all(
      "SELECT record_type, table_name, key_column FROM record_tables WHERE record_type <> ? AND "
      "parent_column = '' ORDER BY record_type",
      [](row& r) {
        auto name = r.text();
        made_table table;
        table.name = r.text();
        table.key = r.text();
        return std::pair{std::move(name), std::move(table)};
      },
      record_type);
  if (!others) return std::unexpected(std::move(others.error()));
  std::vector<type_keys> found;
  for (const auto& [other, table] : *others) {
    auto sql =
        fmt::format("SELECT 1 FROM {} WHERE {} = ? LIMIT 1", identifier(table.name), identifier(table.key));
    type_keys here{other, {}};
    for (auto key : keys) {
      auto there = any(db, sql, key);
      if (!there) return std::unexpected(std::move(there.error()));
      if (*there) here.keys.push_back({key, 0});
    }
    if (!here.keys.empty()) found.push_back(std::move(here));
  }
  return found;
}

outcome<std::uint64_t> delete_records(connection& db, std::string_view record_type, const deletion& what) {
  auto table = find_table(db, record_type);
  if (!table) return std::unexpected(std::move(table.error()));
  auto lines = tables_of(db, what.sets);
  if (!lines) return std::unexpected(std::move(lines.error()));
  std::string take_away;
  if (*table)
    take_away = what.removes ? fmt::format("DELETE FROM {} WHERE ?1 IS NOT NULL AND {} = ?2",
                                           identifier((*table)->name), identifier((*table)->key))
                             : fmt::format("UPDATE {} SET \"_deleted_at\" = ?1 WHERE {} = ?2 "
                                           "AND \"_deleted_at\" IS NULL",
                                           identifier((*table)->name), identifier((*table)->key));
  std::uint64_t count = 0;
  for (auto key : what.keys) {
    if (!take_away.empty()) {
      auto taken = db.run(take_away, what.at, key);
      if (!taken) return std::unexpected(std::move(taken.error()));
      count += static_cast<std::uint64_t>(*taken);
    }
    for (const auto& set : *lines) {
      auto noted = note_cut_parents(db, set, fmt::format("{} = ?2 AND ?1 = ''", identifier(set.table.parent)),
                                    "", key);
      if (!noted) return std::unexpected(std::move(noted.error()));
      auto gone = db.run(fmt::format("DELETE FROM {} WHERE {} = ?", identifier(set.table.name),
                                     identifier(set.table.parent)),
                         key);
      if (!gone) return std::unexpected(std::move(gone.error()));
    }
    auto settled = db.run("DELETE FROM rejected_records WHERE record_type = ? AND key = ?", record_type,
                          to_string(record_key{key, 0}, false));
    if (!settled) return std::unexpected(std::move(settled.error()));
  }
  return count;
}

outcome<deletion_log> load_deletion_log(connection& db) {
  deletion_log known;
  auto way = db.each("SELECT way, usual_tried_at FROM deletion_log", [&](row& r) {
    known.way = r.text();
    known.usual_tried_at = r.time();
  });
  if (!way) return std::unexpected(std::move(way.error()));
  auto names = db.each("SELECT record_type, named_as FROM deletion_names", [&](row& r) {
    auto record_type = r.text();
    known.names.push_back({std::move(record_type), r.text()});
  });
  if (!names) return std::unexpected(std::move(names.error()));
  auto settled = db.each("SELECT record_type, entry, deleted_at FROM deletion_entries", [&](row& r) {
    deletion_log::settled_entry entry;
    entry.record_type = r.text();
    entry.entry = r.text();
    entry.deleted_at = r.text();
    known.settled.push_back(std::move(entry));
  });
  if (!settled) return std::unexpected(std::move(settled.error()));
  return known;
}

outcome<void> add_to_deletion_log(connection& db, const deletion_log& found, std::string_view first_day,
                                  unix_ms now) {
  auto way = db.run("INSERT INTO deletion_log (only, way, usual_tried_at) VALUES (1, ?, ?) "
                    "ON CONFLICT (only) DO UPDATE SET way = excluded.way, "
                    "usual_tried_at = coalesce(excluded.usual_tried_at, usual_tried_at)",
                    found.way, utc{found.usual_tried_at});
  if (!way) return std::unexpected(std::move(way.error()));
  for (const auto& x : found.wrong) {
    auto gone = db.run("DELETE FROM deletion_names WHERE record_type = ? AND named_as = ?", x.record_type,
                       x.named_as);
    if (!gone) return std::unexpected(std::move(gone.error()));
  }
  for (const auto& x : found.names) {
    auto added = db.run("INSERT INTO deletion_names (record_type, named_as, found_at) VALUES (?, ?, ?) "
                        "ON CONFLICT DO NOTHING",
                        x.record_type, x.named_as, utc{now});
    if (!added) return std::unexpected(std::move(added.error()));
  }
  for (const auto& x : found.settled) {
    auto added = db.run("INSERT INTO deletion_entries (record_type, entry, deleted_at) VALUES (?, ?, ?) "
                        "ON CONFLICT DO NOTHING",
                        x.record_type, x.entry, x.deleted_at);
    if (!added) return std::unexpected(std::move(added.error()));
  }
  auto forgotten = db.run("DELETE FROM deletion_entries WHERE deleted_at < ?", first_day);
  if (!forgotten) return std::unexpected(std::move(forgotten.error()));
  return {};
}

} // namespace tidemark::sqlite
