#include "store/sqlite/imports.hpp"

#include "store/sqlite/tenant_rows.hpp"

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

/// What the account lacks, or takes otherwise than most, is told of the tenant as well.
bool is_about_the_account(std::string_view code) noexcept {
  return code == "column_dropped" || code == "column_misfit" || code == "type_skipped"
         || code == "time_by_text" || code == "time_by_clock" || code == "departures_by_key";
}

type_row to_type(row& r) {
  type_row x;
  x.name = r.text();
  x.wave = r.integer<std::uint32_t>();
  x.state = r.word<type_state>();
  x.planned = r.integer() != 0;
  x.estimated = r.integer() != 0;
  x.records_planned = r.integer<std::uint64_t>();
  x.taken_from = r.text();
  x.error = r.text();
  x.server_time = r.time();
  x.started_at = r.time();
  x.finished_at = r.time();
  x.changed_since = r.time();
  x.deleted = r.integer<std::uint64_t>();
  x.verified.result = r.word<proof>();
  x.verified.at = r.time();
  x.verified.rows = r.integer<std::uint64_t>();
  x.verified.repaired = r.integer<std::uint64_t>();
  x.verified.text = r.text();
  x.verified.method = r.text();
  x.description = r.text();
  x.held = r.integer<std::uint64_t>();
  x.held_of = r.integer<std::uint64_t>();
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

const std::string types_of_import =
    "SELECT name, wave, state, planned, estimated, records_planned, taken_from, error, server_time, "
    "started_at, finished_at, changed_since, deleted, proof, proof_at, proof_rows, proof_repaired, "
    "proof_text, proof_method, description, held, held_of FROM import_types WHERE import_number = ?";

} // namespace

outcome<void> save_types(connection& db, std::int64_t import, std::span<const type_row> types) {
  for (const auto& x : types) {
    auto saved = db.run(
        "INSERT OR REPLACE INTO import_types (import_number, name, wave, state, planned, estimated, "
        "records_planned, taken_from, error, server_time, started_at, finished_at, changed_since, deleted, "
        "proof, proof_at, proof_rows, proof_repaired, proof_text, proof_method, description, held, held_of) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        import, x.name, x.wave, to_string(x.state), x.planned, x.estimated, x.records_planned, x.taken_from,
        x.error, utc{x.server_time}, utc{x.started_at}, utc{x.finished_at}, utc{x.changed_since}, x.deleted,
        to_string(x.verified.result), utc{x.verified.at}, x.verified.rows, x.verified.repaired,
        x.verified.text, x.verified.method, x.description, x.held, x.held_of);
    if (!saved) return std::unexpected(std::move(saved.error()));
  }
  return {};
}

outcome<std::vector<type_row>> read_types(connection& db, std::int64_t import) {
  return db.all(types_of_import + " ORDER BY wave, name", to_type, import);
}

outcome<type_row> read_type(connection& db, std::int64_t import, std::string_view record_type) {
  auto found = db.first(types_of_import + " AND name = ?", to_type, import, record_type);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found)
    return fail(ec::unknown_record_type, fmt::format("the import has no record type {}", record_type),
                std::string{record_type});
  return std::move(**found);
}

outcome<bool> add_note(connection& db, std::int64_t import, const import_note& x) {
  auto added = db.run("INSERT INTO import_notes (import_number, code, record_type, subject, text, at) "
                      "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET text = excluded.text "
                      "WHERE code = 'value_kept_aside' AND text <> excluded.text",
                      import, x.code, x.record_type, x.subject, x.text, utc{x.at});
  if (!added) return std::unexpected(std::move(added.error()));
  // Until the account is otherwise.
  if (is_about_the_account(x.code))
    if (auto kept = add_schema_note(db, x); !kept) return kept;
  return *added > 0;
}

outcome<void> inherit_notes(connection& db, std::int64_t import, std::string_view from,
                            std::string_view record_type) {
  return db.change("INSERT INTO import_notes (import_number, code, record_type, subject, text, at) "
                   "SELECT ?1, n.code, n.record_type, n.subject, n.text, n.at FROM import_notes n "
                   "JOIN imports i ON i.number = n.import_number WHERE i.id = ?2 AND n.record_type = ?3 "
                   "ON CONFLICT DO NOTHING",
                   import, from, record_type);
}

outcome<unix_ms> read_changed_since(connection& db, std::int64_t import, std::string_view record_type) {
  auto found = db.first(
      "SELECT changed_since FROM import_types WHERE import_number = ? AND name = ?",
      [](row& r) { return r.time(); }, import, record_type);
  if (!found) return std::unexpected(std::move(found.error()));
  return found->value_or(0);
}

outcome<std::vector<import_note>> read_notes(connection& db, std::int64_t import) {
  return db.all("SELECT record_type, code, subject, text, at FROM import_notes WHERE import_number = ? "
                "ORDER BY at, record_type, code, subject",
                to_note, import);
}

} // namespace tidemark::sqlite
