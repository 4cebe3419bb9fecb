/// The ledger's rows of imports, their record types and their notes. Everything here runs inside a
/// transaction of the caller's.
#pragma once

#include "messages/ledger.hpp"
#include "store/ledger_reader.hpp"
#include "store/sqlite/connection.hpp"
#include "store/tenant_store.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::sqlite {

/// What most writes need to know of an import.
struct import_head {
  std::int64_t number = 0; ///< its key in every other table
  import_state state = import_state::queued;
  import_mode mode = import_mode::full;
};

outcome<import_head> find_import(connection& db, std::string_view import_id);

/// The same, or `ec::stale` if its state does not pass. `doing` completes "import x is paused: it takes no
/// ...".
outcome<import_head> find_import(connection& db, std::string_view import_id,
                                 bool (*passes)(import_state) noexcept, std::string_view doing);

outcome<void> create_import(connection& db, const import_row& row);
outcome<import_row> read_import(connection& db, std::int64_t number);
outcome<std::vector<import_row>> latest_imports(connection& db);
/// Newest first, as `ledger_reader::imports`, each with its number.
outcome<list_page<std::pair<std::int64_t, import_row>, import_place>>
imports_behind(connection& db, const import_place& after, std::size_t limit);
outcome<std::vector<import_row>> unfinished_imports(connection& db);

/// `now` is the time of a final state that comes without one.
outcome<import_row> set_import_state(connection& db, std::string_view import_id, const import_change& change,
                                     unix_ms now);

/// The import ends: batches and types that are not in a final state become `cancelled`, and the sums of the
/// batches are kept.
outcome<void> cancel_unfinished(connection& db, std::int64_t import, unix_ms at);
/// The same for the batches of one record type, which ends without them.
outcome<void> cancel_batches(connection& db, std::int64_t import, std::string_view record_type);

outcome<void> save_types(connection& db, std::int64_t import, std::span<const type_row> types);
outcome<std::vector<type_row>> read_types(connection& db, std::int64_t import);
/// `ec::unknown_record_type` if the import does not have the type.
outcome<type_row> read_type(connection& db, std::int64_t import, std::string_view record_type);

/// Zero if every record of the type is asked for.
outcome<unix_ms> read_changed_since(connection& db, std::int64_t import, std::string_view record_type);

outcome<bool> add_note(connection& db, std::int64_t import, const import_note& note);
outcome<std::vector<import_note>> read_notes(connection& db, std::int64_t import);

/// What another import has noted of a record type is noted of this one, too.
outcome<void> inherit_notes(connection& db, std::int64_t import, std::string_view from,
                            std::string_view record_type);

outcome<std::uint64_t> prune(connection& db, unix_ms older_than);

} // namespace tidemark::sqlite
