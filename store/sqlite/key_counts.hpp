/// Counts and sums of the keys of a record type, to compare with the account's.
#pragma once

#include "messages/error.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/record_table.hpp"
#include "store/tenant_store.hpp"

#include <cstdint>

namespace tidemark::sqlite {

/// Total and extent of the live records.
outcome<key_totals> count_all(connection& db, const record_table& table);

/// The live records of the range by buckets of `width` keys (at least 1), and those kept aside as rejected
/// that are not live.
outcome<key_totals> count_buckets(connection& db, const record_table& table, std::int64_t width,
                                  const key_range& range);

} // namespace tidemark::sqlite
