/// Values that do not fit their columns, of records that are stored without them. Everything here that writes
/// runs inside a transaction of the caller's.
#pragma once

#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/record_key.hpp"
#include "store/sqlite/record_tables.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

/// Keeps a value of a record of this batch; one of the same column that was kept before goes.
outcome<void> keep_value(connection& db, const batch_write& from, const record_key& key, bool is_set,
                         const kept_value& x, unix_ms now);

/// The records of the type in the range of which values are kept, each once and in order.
outcome<std::vector<record_key>> keys_of_kept_values(connection& db, std::string_view record_type,
                                                     const key_range& range);

outcome<void> forget_kept_values(connection& db, std::string_view record_type, const record_key& key);

/// Forgets what is kept of records that are not live any more.
outcome<void> forget_kept_values_of_gone(connection& db, std::string_view record_type,
                                         const made_table& table);

/// How many values of which columns are kept, as a sentence for people; empty if there are none.
outcome<std::string> tell_kept_values(connection& db, std::string_view record_type);

/// Adds the keys (of a set, of the parents) of these records, but stops once there are more than `limit`.
outcome<void> add_keys_of_kept_values(connection& db, std::string_view record_type, std::size_t limit,
                                      std::set<std::int64_t>& to);

} // namespace tidemark::sqlite
