#include "store/sqlite/kept_values.hpp"

#include <utility>

#include <fmt/format.h>

namespace tidemark::sqlite {

outcome<void> keep_value(connection& db, const batch_write& from, const record_key& key, bool is_set,
                         const kept_value& x, unix_ms now) {
  return db.change("INSERT OR REPLACE INTO kept_values (record_type, ranged, within, name, key, reason, raw, "
                   "import_id, batch, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   from.record_type, key.ranged, key.within, x.column, to_string(key, is_set),
                   fmt::format("{}; the record is stored without it", x.reason), x.raw, from.import_id,
                   from.batch, utc{now});
}

outcome<std::vector<record_key>> keys_of_kept_values(connection& db, std::string_view record_type,
                                                     const key_range& range) {
  return db.all(
      "SELECT DISTINCT ranged, within FROM kept_values WHERE record_type = ? AND ranged BETWEEN ? AND ? "
      "ORDER BY ranged, within",
      [](row& r) {
        record_key key;
        key.ranged = r.integer();
        key.within = r.integer();
        return key;
      },
      record_type, first_key(range), range.up_to);
}

outcome<void> forget_kept_values(connection& db, std::string_view record_type, const record_key& key) {
  return db.change("DELETE FROM kept_values WHERE record_type = ? AND ranged = ? AND within = ?", record_type,
                   key.ranged, key.within);
}

outcome<void> forget_kept_values_of_gone(connection& db, std::string_view record_type,
                                         const made_table& table) {
  auto is_the_record = table.parent.empty()
                           ? fmt::format("t.{} = kept_values.ranged", identifier(table.key))
                           : fmt::format("t.{} = kept_values.ranged AND t.{} = kept_values.within",
                                         identifier(table.parent), identifier(table.key));
  return db.change(
      fmt::format("DELETE FROM kept_values WHERE record_type = ? AND NOT EXISTS (SELECT 1 FROM {} t "
                  "WHERE {} AND t.\"_deleted_at\" IS NULL)",
                  identifier(table.name), is_the_record),
      record_type);
}

outcome<std::string> tell_kept_values(connection& db, std::string_view record_type) {
  std::string columns;
  auto counted = db.each(
      "SELECT name, count(*) FROM kept_values WHERE record_type = ? GROUP BY name ORDER BY name",
      [&](row& r) {
        auto name = r.text();
        fmt::format_to(std::back_inserter(columns), "{}{} of {}", columns.empty() ? "" : ", ", r.integer(),
                       name);
      },
      record_type);
  if (!counted) return std::unexpected(std::move(counted.error()));
  if (columns.empty()) return columns;
  return fmt::format("values that do not fit are kept aside, and their records stored without them: {}; "
                     "\"tidemark rejected TENANT {}\" tells them",
                     columns, record_type);
}

outcome<void> add_keys_of_kept_values(connection& db, std::string_view record_type, std::size_t limit,
                                      std::set<std::int64_t>& to) {
  return db.each(
      "SELECT DISTINCT ranged FROM kept_values WHERE record_type = ? ORDER BY ranged",
      [&](row& r) {
        to.insert(r.integer());
        return to.size() <= limit;
      },
      record_type);
}

} // namespace tidemark::sqlite
