#include "store/sqlite/tenant_rows.hpp"

#include "messages/clock_bounds.hpp"
#include "store/sqlite/kept_values.hpp"
#include "store/sqlite/record_key.hpp"
#include "store/sqlite/undated_types.hpp"

#include <set>

#include <fmt/format.h>

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

/// Cuts a value that would not fit into a page.
void shorten(std::string& raw) {
  if (raw.size() <= most_page_bytes) return;
  auto whole = raw.size();
  auto end = most_page_bytes;
  while (end > 0 && (static_cast<unsigned char>(raw[end]) & 0xc0U) == 0x80U) --end; // inside a character
  raw.resize(end);
  raw += fmt::format("... ({} bytes in all: see rejected_records in the tenant's database)", whole);
}

std::size_t bytes_of(const kept_record& x) noexcept {
  return x.record.key.size() + x.record.reason.size() + x.record.raw.size();
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

outcome<unix_ms> move_watermark(connection& db, std::string_view record_type, unix_ms server_time,
                                std::string_view description, unix_ms now) {
  if (server_time == 0) return watermark(db, record_type);
  auto moved = db.run("INSERT INTO watermarks (record_type, server_time, description) VALUES (?1, ?2, ?3) "
                      "ON CONFLICT (record_type) DO UPDATE SET server_time = iif(server_time > ?4, "
                      "excluded.server_time, max(server_time, excluded.server_time)), "
                      "description = iif(excluded.description = '', description, excluded.description)",
                      record_type, utc{server_time}, description, utc{now + most_ahead});
  if (!moved) return std::unexpected(std::move(moved.error()));
  return watermark(db, record_type);
}

namespace {

/// The time up to which something is known, as it can be believed by `now`.
outcome<unix_ms> believed(connection& db, std::string_view record_type, unix_ms mark, unix_ms now) {
  if (mark <= now + most_ahead) return mark;
  auto began = db.first(
      "SELECT min(i.started_at) FROM import_types t JOIN imports i ON i.number = t.import_number "
      "WHERE t.name = ? AND t.server_time = ?",
      [](row& r) { return r.time(); }, record_type, utc{mark});
  if (!began) return std::unexpected(std::move(began.error()));
  auto then = began->value_or(0);
  return then == 0 || then > now + most_ahead ? 0 : then - margin_of_doubt;
}

} // namespace

outcome<type_mark> mark(connection& db, std::string_view record_type, unix_ms now) {
  auto found = db.first(
      "SELECT server_time, coalesce(deletes_until, server_time), description FROM watermarks "
      "WHERE record_type = ?",
      [](row& r) {
        type_mark x;
        x.watermark = r.time();
        x.deletes_until = r.time();
        x.description = r.text();
        return x;
      },
      record_type);
  if (!found) return std::unexpected(std::move(found.error()));
  auto undated = has_undated(db, record_type);
  if (!undated) return std::unexpected(std::move(undated.error()));
  auto result = found->value_or(type_mark{});
  result.record_type = record_type;
  result.undated = *undated;
  for (auto* time : {&result.watermark, &result.deletes_until}) {
    auto real = believed(db, record_type, *time, now);
    if (!real) return std::unexpected(std::move(real.error()));
    *time = *real;
  }
  return result;
}

outcome<void> take_watermark_back(connection& db, std::string_view record_type, unix_ms to) {
  auto set = db.run("UPDATE watermarks SET server_time = min(server_time, ?1), "
                    "deletes_until = min(coalesce(deletes_until, server_time), ?1) WHERE record_type = ?2",
                    utc{to}, record_type);
  if (!set) return std::unexpected(std::move(set.error()));
  return {};
}

outcome<void> drop_watermark(connection& db, std::string_view record_type) {
  auto dropped = db.run("DELETE FROM watermarks WHERE record_type = ?", record_type);
  if (!dropped) return std::unexpected(std::move(dropped.error()));
  return {};
}

outcome<void> move_deletes(connection& db, std::string_view record_type, unix_ms up_to, unix_ms now) {
  if (up_to == 0) return {};
  auto moved = db.run("UPDATE watermarks SET deletes_until = iif(coalesce(deletes_until, server_time) > ?3, "
                      "?1, max(coalesce(deletes_until, server_time), ?1)) WHERE record_type = ?2",
                      utc{up_to}, record_type, utc{now + most_ahead});
  if (!moved) return std::unexpected(std::move(moved.error()));
  return {};
}

outcome<list_page<kept_record, std::uint64_t>> rejected_records(connection& db, std::string_view record_type,
                                                                std::uint64_t after, std::size_t limit) {
  list_page<kept_record, std::uint64_t> page;
  page_filler filler{page, limit};
  auto read = db.each(
      // Values that were kept aside follow, numbered from 2^62 on.
      "SELECT record_type, key, reason, raw, import_id, batch, at, number FROM rejected_records "
      "WHERE number > ?1 AND (?2 = '' OR record_type = ?2) UNION ALL "
      "SELECT record_type, key, reason, raw, import_id, batch, at, number + (1 << 62) FROM kept_values "
      "WHERE number > ?1 - (1 << 62) AND (?2 = '' OR record_type = ?2) ORDER BY 8",
      [&](row& r) {
        auto kept = to_kept(r);
        shorten(kept.record.raw);
        auto bytes = bytes_of(kept);
        return filler.add(std::move(kept), r.integer<std::uint64_t>(), bytes);
      },
      after, record_type);
  if (!read) return std::unexpected(std::move(read.error()));
  return page;
}

namespace {

struct kept_key {
  std::int64_t number = 0;
  std::string key;
  std::string import_id;
};

outcome<std::vector<kept_key>> kept_keys(connection& db, std::string_view record_type) {
  return db.all(
      "SELECT number, key, import_id FROM rejected_records WHERE record_type = ? ORDER BY number",
      [](row& r) {
        kept_key x;
        x.number = r.integer();
        x.key = r.text();
        x.import_id = r.text();
        return x;
      },
      record_type);
}

/// The key by which a record is asked for again: the part before the slash, if there is one.
std::optional<std::int64_t> asked_key(std::string_view text) {
  auto key = parse_key(text, text.find('/') != std::string_view::npos);
  if (!key) return std::nullopt;
  return key->ranged;
}

} // namespace

outcome<std::vector<std::int64_t>> rejected_keys(connection& db, std::string_view record_type,
                                                 std::size_t limit) {
  auto kept = kept_keys(db, record_type);
  if (!kept) return std::unexpected(std::move(kept.error()));
  std::set<std::int64_t> keys;
  for (const auto& x : *kept)
    if (auto key = asked_key(x.key); key && keys.size() < limit) keys.insert(*key);
  // Records that are there without a value are no reason to read all: they come along if there is room.
  auto with_values = keys;
  if (auto added = add_keys_of_kept_values(db, record_type, limit, with_values); !added)
    return std::unexpected(std::move(added.error()));
  if (with_values.size() < limit) keys = std::move(with_values);
  return std::vector<std::int64_t>{keys.begin(), keys.end()};
}

outcome<void> settle_rejections(connection& db, std::int64_t import, std::string_view record_type,
                                rejections which) {
  auto own_id = db.first("SELECT id FROM imports WHERE number = ?", [](row& r) { return r.text(); }, import);
  if (!own_id) return std::unexpected(std::move(own_id.error()));
  auto kept = kept_keys(db, record_type);
  if (!kept) return std::unexpected(std::move(kept.error()));
  for (const auto& x : *kept) {
    if (x.import_id == own_id->value_or("")) continue;
    if (which == rejections::with_key && !asked_key(x.key)) continue;
    auto settled = db.run("DELETE FROM rejected_records WHERE number = ?", x.number);
    if (!settled) return std::unexpected(std::move(settled.error()));
  }
  return {};
}

outcome<bool> settle_schema_notes(connection& db, std::int64_t import, std::string_view record_type,
                                  bool whole) {
  auto had = db.all(
      "SELECT code, subject FROM schema_notes WHERE record_type = ?1 AND NOT EXISTS (SELECT 1 FROM "
      "import_notes n "
      "WHERE n.import_number = ?2 AND n.code = schema_notes.code AND n.record_type = ?1 "
      "AND n.subject = schema_notes.subject)",
      [](row& r) {
        import_note x;
        x.code = r.text();
        x.subject = r.text();
        return x;
      },
      record_type, import);
  if (!had) return std::unexpected(std::move(had.error()));
  auto column = false;
  for (auto& x : *had) {
    if (x.code == "departures_by_key" && !whole) continue;
    x.record_type = record_type;
    column = column || x.code == "column_dropped" || x.code == "column_misfit";
    if (auto dropped = drop_schema_note(db, x); !dropped) return dropped;
  }
  return column;
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
