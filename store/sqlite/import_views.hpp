/// Imports as people look at them: one as a whole, or many as summaries. Everything here runs inside a
/// transaction of the caller's.
#pragma once

#include "messages/ledger.hpp"
#include "store/ledger_reader.hpp"
#include "store/sqlite/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemark::sqlite {

outcome<ledger_snapshot> read_snapshot(connection& db, std::string_view import_id);

/// See `ledger_reader::imports`. Costs as much as there are record types in the page's imports: the batches
/// of those that have ended are not looked at.
outcome<list_page<import_summary, import_place>> list_summaries(connection& db, const import_place& after,
                                                                std::size_t limit);

/// Of an import that has just come into a final state: keeps the sums of its batches, which do not change any
/// more.
outcome<void> keep_totals(connection& db, std::int64_t import);
/// Of one that goes on all the same.
outcome<void> drop_totals(connection& db, std::int64_t import);

} // namespace tidemark::sqlite
