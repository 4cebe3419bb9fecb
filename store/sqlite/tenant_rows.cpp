#include "store/sqlite/tenant_rows.hpp"

namespace tidemark::sqlite {

namespace {

kept_record to_kept(row& r) {
  kept_record x;
  x.record_type = r.text();
  x.record.key = r.text();
  x.record.reason = r.text();
  x.record.raw = r.text();
  x.import_id = r.text();
  x.batch = r.integer<std::uint64_t>();
  x.at = r.time();
  return x;
}

import_note to_note(row& r) {
  import_note x;
  x.record_type = r.text();
  x.code = r.text();
  x.subject = r.text();
  x.text = r.text();
  x.at = r.time();
  return x;
}

outcome<bool> changed_any(outcome<std::int64_t> rows) {
  if (!rows) return std::unexpected(std::move(rows.error()));
  return *rows > 0;
}

} // namespace

outcome<unix_ms> watermark(connection& db, std::string_view record_type) {
  auto found = db.first(
      "SELECT server_time FROM watermarks WHERE record_type = ?", [](row& r) { return r.time(); },
      record_type);
  if (!found) return std::unexpected(std::move(found.error()));
  return found->value_or(0);
}

outcome<unix_ms> move_watermark(connection& db, std::string_view record_type, unix_ms server_time) {
  if (server_time == 0) return watermark(db, record_type);
  auto moved =
      db.run("INSERT INTO watermarks (record_type, server_time) VALUES (?, ?) ON CONFLICT (record_type) "
             "DO UPDATE SET server_time = max(server_time, excluded.server_time)",
             record_type, utc{server_time});
  if (!moved) return std::unexpected(std::move(moved.error()));
  return watermark(db, record_type);
}

outcome<std::vector<kept_record>> rejected_records(connection& db, std::string_view record_type,
                                                   std::size_t limit) {
  return db.all("SELECT record_type, key, reason, raw, import_id, batch, at FROM rejected_records "
                "WHERE ?1 = '' OR record_type = ?1 ORDER BY number LIMIT ?2",
                to_kept, record_type, limit);
}

outcome<bool> add_schema_note(connection& db, const import_note& x) {
  return changed_any(db.run("INSERT INTO schema_notes (code, record_type, subject, text, at) "
                            "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                            x.code, x.record_type, x.subject, x.text, utc{x.at}));
}

outcome<bool> drop_schema_note(connection& db, const import_note& x) {
  return changed_any(db.run("DELETE FROM schema_notes WHERE code = ? AND record_type = ? AND subject = ?",
                            x.code, x.record_type, x.subject));
}

outcome<std::vector<import_note>> schema_notes(connection& db) {
  return db.all(
      "SELECT record_type, code, subject, text, at FROM schema_notes ORDER BY record_type, code, subject",
      to_note);
}

} // namespace tidemark::sqlite
