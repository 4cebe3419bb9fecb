/// Making the tables of record types and keeping track of which ones are tidemark's. Everything here runs
/// inside a transaction of the caller's.
#pragma once

#include "messages/error.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/record_table.hpp"

#include <cstddef>
#include <string_view>

namespace tidemark::sqlite {

/// Makes the table, or adds the columns that it lacks. `ec::bad_config` for a table of somebody else's, a
/// changed key or a changed field type.
outcome<void> prepare_table(connection& db, const record_table& table, std::string_view now);

/// Makes one index that a reference of the table lacks. Returns how many are lacking still.
outcome<std::size_t> make_next_index(connection& db, const record_table& table);

} // namespace tidemark::sqlite
