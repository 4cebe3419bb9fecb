/// Counts and sums of the keys of a record type, to compare with the account's.
#pragma once

#include "messages/error.hpp"
#include "messages/value_sums.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/record_table.hpp"
#include "store/tenant_store.hpp"

#include <cstdint>
#include <span>

namespace tidemark::sqlite {

/// Total and extent of the live records, and the sums that are left out.
outcome<key_totals> count_all(connection& db, const record_table& table);

/// The live records of the range by buckets of `width` keys (at least 1), and those kept aside as rejected
/// that are not live. `sums`: of their values.
outcome<key_totals> count_buckets(connection& db, const record_table& table, std::int64_t width,
                                  const key_range& range, std::span<const value_sum> sums);

} // namespace tidemark::sqlite
