/// What the account has deleted, by key. Everything here runs inside a transaction of the caller's.
#pragma once

#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/record_tables.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

/// The table of a set.
struct set_table {
  std::string record_type;
  made_table table;
};

/// Those of these sets that there are.
outcome<std::vector<set_table>> tables_of(connection& db, std::span<const std::string> sets);

/// Those of the keys that are in the type's table and not marked as deleted, or have rows in the tables of
/// these sets. Of a set, the parents that have rows.
outcome<std::vector<std::int64_t>> find_live(connection& db, std::string_view record_type,
                                             std::span<const std::int64_t> keys,
                                             std::span<const std::string> sets);

/// Live records, at most so many, spread over the keys of the type; of a set, parents that have rows.
outcome<std::vector<std::int64_t>> sample_live(connection& db, std::string_view record_type,
                                               std::size_t count);

/// See `tenant_store::find_elsewhere`.
outcome<std::vector<type_keys>> find_elsewhere(connection& db, std::string_view record_type,
                                               std::span<const std::int64_t> keys);

struct deletion {
  std::span<const std::int64_t> keys;
  std::span<const std::string> sets; ///< the record types whose rows go with them
  bool removes = false;              ///< the records themselves are removed, not marked
  std::string at;                    ///< for the mark
};

/// What was rejected of them is forgotten. Returns how many records were there, without the rows of sets.
outcome<std::uint64_t> delete_records(connection& db, std::string_view record_type, const deletion& what);

/// What was found out about the account's log of deletions.
outcome<deletion_log> load_deletion_log(connection& db);

/// Adds what is new, and forgets entries of before `first_day`.
outcome<void> add_to_deletion_log(connection& db, const deletion_log& found, std::string_view first_day,
                                  unix_ms now);

} // namespace tidemark::sqlite
