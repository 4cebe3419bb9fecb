/// Sums of the values of stored records, to compare with the account's.
#pragma once

#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "messages/value_sums.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/record_table.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

/// Gives these buckets of `width` keys, all that the range has and in order, their sums. Those with records
/// that are not as the account has them, which were rejected or had to be stored without a value, get none.
outcome<void> add_value_sums(connection& db, const record_table& table, std::int64_t width,
                             const key_range& range, std::span<const value_sum> sums,
                             std::vector<key_bucket>& buckets);

/// The sums that comparisons of the type go without.
outcome<std::vector<value_sum>> value_sums_left_out(connection& db, std::string_view record_type);

/// Inside a transaction of the caller's. The reason is for people.
outcome<void> leave_out_value_sums(connection& db, std::string_view record_type,
                                   std::span<const value_sum> sums, std::string_view reason, unix_ms now);

/// Comparisons of the type make all sums again. Inside a transaction of the caller's.
outcome<void> forget_value_sums_left_out(connection& db, std::string_view record_type);

} // namespace tidemark::sqlite
