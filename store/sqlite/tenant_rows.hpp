/// The rows that outlive an import. Everything here runs inside a transaction of the caller's.
#pragma once

#include "messages/ledger.hpp"
#include "store/sqlite/connection.hpp"
#include "store/tenant_store.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

outcome<unix_ms> watermark(connection& db, std::string_view record_type);
outcome<unix_ms> move_watermark(connection& db, std::string_view record_type, unix_ms server_time);

outcome<std::vector<kept_record>> rejected_records(connection& db, std::string_view record_type,
                                                   std::size_t limit);

outcome<bool> add_schema_note(connection& db, const import_note& note);
outcome<bool> drop_schema_note(connection& db, const import_note& note);
outcome<std::vector<import_note>> schema_notes(connection& db);

} // namespace tidemark::sqlite
