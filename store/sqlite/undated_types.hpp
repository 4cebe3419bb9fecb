/// Record types with records that have no change date, which no question for changes brings. Everything here
/// that writes runs inside a transaction of the caller's.
#pragma once

#include "messages/error.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/record_table.hpp"

#include <cstdint>
#include <string_view>

namespace tidemark::sqlite {

/// The import has met some.
outcome<void> note_undated(connection& db, std::int64_t import, std::string_view record_type);

/// The import has read the type whole: if it has met none, there are none.
outcome<void> settle_undated(connection& db, std::int64_t import, std::string_view record_type);

outcome<bool> has_undated(connection& db, std::string_view record_type);

/// Looks into the table of a type that was read before this was noted, once.
outcome<void> find_undated(connection& db, const record_table& table);

} // namespace tidemark::sqlite
