#include "store/sqlite/changed_parents.hpp"

#include "store/sqlite/tenant_rows.hpp"
#include "store/utc_text.hpp"

#include <chrono>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

std::string has_rows(const set_table& set, std::string_view parent) {
  return fmt::format("EXISTS (SELECT 1 FROM {} s WHERE s.{} = {})", identifier(set.table.name),
                     identifier(set.table.parent), parent);
}

} // namespace

outcome<void> note_changed_parents(connection& db, std::span<const set_table> sets,
                                   std::span<const std::int64_t> keys) {
  for (const auto& set : sets) {
    auto sql = fmt::format("INSERT INTO changed_parents (record_type, parent) SELECT ?1, ?2 WHERE {} "
                           "ON CONFLICT DO NOTHING",
                           has_rows(set, "?2"));
    for (auto key : keys)
      if (auto noted = db.change(sql, set.record_type, key); !noted) return noted;
  }
  return {};
}

outcome<void> note_changed_since(connection& db, std::int64_t import, const record_table& parents,
                                 const set_table& set) {
  if (parents.change_field.empty()) return {};
  auto since = watermark(db, set.record_type);
  if (!since) return std::unexpected(std::move(since.error()));
  if (*since == 0) return {};
  // By days, so that a column that tells the day alone compares as well.
  auto day = to_utc_text(*since - std::chrono::milliseconds{std::chrono::days{1}}.count()).substr(0, 10);
  return db.change(
      fmt::format("INSERT INTO changed_parents (record_type, parent) SELECT ?1, p.{} FROM {} p WHERE "
                  "p.{} >= ?2 AND {} AND NOT EXISTS (SELECT 1 FROM import_types t "
                  "WHERE t.import_number = ?3 AND t.name = ?1) ON CONFLICT DO NOTHING",
                  identifier(parents.key), identifier(parents.name), identifier(parents.change_field),
                  has_rows(set, "p." + identifier(parents.key))),
      set.record_type, day, import);
}

outcome<std::vector<std::int64_t>> changed_parents(connection& db, const set_table& set) {
  auto forgotten = db.run(fmt::format("DELETE FROM changed_parents WHERE record_type = ? AND NOT {}",
                                      has_rows(set, "changed_parents.parent")),
                          set.record_type);
  if (!forgotten) return std::unexpected(std::move(forgotten.error()));
  return db.all(
      "SELECT parent FROM changed_parents WHERE record_type = ? ORDER BY parent",
      [](row& r) { return r.integer(); }, set.record_type);
}

outcome<void> forget_changed_parents(connection& db, std::string_view set,
                                     std::span<const std::int64_t> keys) {
  for (auto key : keys)
    if (auto done = db.change("DELETE FROM changed_parents WHERE record_type = ? AND parent = ?", set, key);
        !done)
      return done;
  return {};
}

} // namespace tidemark::sqlite
