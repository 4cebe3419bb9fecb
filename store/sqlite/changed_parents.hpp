/// Records that have changed and whose sets have not been looked at since: an incremental import is told of
/// changed lines, but not that there is none left. Everything here runs inside a transaction of the caller's.
#pragma once

#include "messages/error.hpp"
#include "messages/words.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/deletions.hpp"
#include "store/sqlite/record_table.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

/// Those of these records that have rows in the sets.
outcome<void> note_changed_parents(connection& db, std::span<const set_table> sets,
                                   std::span<const std::int64_t> keys);

/// An import has read all of these records, but not this set: those that have changed since the set's
/// watermark, and a day before it.
outcome<void> note_changed_since(connection& db, std::int64_t import, const record_table& parents,
                                 const set_table& set);

/// The noted records that have rows in the set, in order; the others are forgotten.
outcome<std::vector<std::int64_t>> changed_parents(connection& db, const set_table& set);

outcome<void> forget_changed_parents(connection& db, std::string_view set,
                                     std::span<const std::int64_t> keys);

} // namespace tidemark::sqlite
