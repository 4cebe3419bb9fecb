/// The rows that outlive an import. Everything here runs inside a transaction of the caller's.
#pragma once

#include "messages/ledger.hpp"
#include "store/ledger_reader.hpp"
#include "store/sqlite/connection.hpp"
#include "store/tenant_store.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

outcome<unix_ms> watermark(connection& db, std::string_view record_type);
/// Forward only, but for one that lies in the future by `now`. `description`: as which everything up to there
/// was read; an empty one leaves what is known.
outcome<unix_ms> move_watermark(connection& db, std::string_view record_type, unix_ms server_time,
                                std::string_view description, unix_ms now);

/// What is known of a type, or zeros. A mark that lies in the future by `now` is what some account told whose
/// clock was ahead: it counts as the time by the node's clock at which its import began, or, if that is not
/// known any more, not at all.
outcome<type_mark> mark(connection& db, std::string_view record_type, unix_ms now);
/// Changes are asked for from this moment on, at the latest.
outcome<void> take_watermark_back(connection& db, std::string_view record_type, unix_ms to);
/// The type is to be read whole again.
outcome<void> drop_watermark(connection& db, std::string_view record_type);
/// As `move_watermark`, and only of types that have one.
outcome<void> move_deletes(connection& db, std::string_view record_type, unix_ms up_to, unix_ms now);

outcome<list_page<kept_record, std::uint64_t>> rejected_records(connection& db, std::string_view record_type,
                                                                std::uint64_t after, std::size_t limit);

/// Of a set the parents' keys; each once, in order.
outcome<std::vector<std::int64_t>> rejected_keys(connection& db, std::string_view record_type,
                                                 std::size_t limit);

/// Which kept records an import of the type has settled: it asked for all that have a readable key, or for
/// everything.
enum class rejections { with_key, all };
/// Forgets records that other imports kept.
outcome<void> settle_rejections(connection& db, std::int64_t import, std::string_view record_type,
                                rejections which);

outcome<bool> add_schema_note(connection& db, const import_note& note);
/// Drops the notes of a type that this import did not add again. Returns whether a column was among them.
/// What is asked of changes alone (`departures_by_key`) goes only with an import that has read the type
/// whole.
outcome<bool> settle_schema_notes(connection& db, std::int64_t import, std::string_view record_type,
                                  bool whole);
outcome<bool> drop_schema_note(connection& db, const import_note& note);
outcome<std::vector<import_note>> schema_notes(connection& db);

} // namespace tidemark::sqlite
