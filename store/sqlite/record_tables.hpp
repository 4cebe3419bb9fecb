/// Making the tables of record types and keeping track of which ones are tidemark's. Everything here runs
/// inside a transaction of the caller's.
#pragma once

#include "messages/error.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/record_table.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::sqlite {

/// A table as it was made, according to `record_tables`.
struct made_table {
  std::string name;
  std::string key;
  std::string parent; ///< empty unless the type is a set
};

/// The table of a record type, if there is one.
outcome<std::optional<made_table>> find_table(connection& db, std::string_view record_type);

/// Makes the table, or adds the columns that it lacks. `ec::bad_config` for a table of somebody else's, a
/// changed key, or a changed type of a field that has values.
outcome<void> prepare_table(connection& db, const record_table& table, std::string_view now);

/// Makes one index that a reference of the table lacks. Returns how many are lacking still.
outcome<std::size_t> make_next_index(connection& db, const record_table& table);

} // namespace tidemark::sqlite
