#include "store/sqlite/undated_types.hpp"

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

outcome<void> set_known(connection& db, std::string_view record_type) {
  return db.change("UPDATE watermarks SET undated_known = 1 WHERE record_type = ?", record_type);
}

} // namespace

outcome<void> note_undated(connection& db, std::int64_t import, std::string_view record_type) {
  return db.change("INSERT INTO undated_types (record_type, import_number) VALUES (?, ?) "
                   "ON CONFLICT DO UPDATE SET import_number = excluded.import_number",
                   record_type, import);
}

outcome<void> settle_undated(connection& db, std::int64_t import, std::string_view record_type) {
  auto forgotten =
      db.change("DELETE FROM undated_types WHERE record_type = ? AND import_number < ?", record_type, import);
  return forgotten ? set_known(db, record_type) : forgotten;
}

outcome<bool> has_undated(connection& db, std::string_view record_type) {
  auto found = db.first(
      "SELECT 1 FROM undated_types WHERE record_type = ?", [](row& r) { return r.integer(); }, record_type);
  if (!found) return std::unexpected(std::move(found.error()));
  return found->has_value();
}

outcome<void> find_undated(connection& db, const record_table& table) {
  // Lines are told by their parents' dates.
  if (table.change_field.empty() || table.is_set()) return {};
  auto unknown = db.first(
      "SELECT 1 FROM watermarks WHERE record_type = ? AND undated_known = 0",
      [](row& r) { return r.integer(); }, table.record_type_name);
  if (!unknown) return std::unexpected(std::move(unknown.error()));
  if (!*unknown) return {};
  auto found = db.first(fmt::format("SELECT 1 FROM {} WHERE {} IS NULL AND \"_deleted_at\" IS NULL LIMIT 1",
                                    identifier(table.name), identifier(table.change_field)),
                        [](row& r) { return r.integer(); });
  if (!found) return std::unexpected(std::move(found.error()));
  if (*found)
    if (auto noted = note_undated(db, 0, table.record_type_name); !noted) return noted;
  return set_known(db, table.record_type_name);
}

} // namespace tidemark::sqlite
