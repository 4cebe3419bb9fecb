/// The versions of tidemark's own tables in a SQLite database.
#pragma once

#include "store/sqlite/connection.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace tidemark::sqlite {

/// What a database of one kind holds.
struct schema {
  std::int32_t application_id; ///< tells databases of this kind from all others (`PRAGMA application_id`)
  std::span<const std::string_view> steps; ///< one per version (`PRAGMA user_version`), oldest first
};

/// Of a tenant's database: "tdmk".
schema ledger_schema() noexcept;

/// The version of the ledger that this tidemark reads and writes.
int ledger_version() noexcept;

/// Whether nothing was ever made in it.
outcome<bool> is_empty(connection& db);

/// Refuses a database that is of another kind, or of a newer version, before anything is written to it:
/// `ec::store_defect`. An empty one is welcome.
outcome<void> check_origin(connection& db, const schema& wanted);

/// For whoever reads beside a writer: refuses also a database that is empty or older than the schema, for it
/// is not the one that its writer has open: `ec::store_unavailable`.
outcome<void> check_current(connection& db, const schema& wanted);

/// Brings the database to the newest version, one transaction per step.
outcome<void> migrate(connection& db, const schema& wanted);

} // namespace tidemark::sqlite
