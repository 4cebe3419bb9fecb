/// The versions of the ledger in a SQLite database.
#pragma once

#include "store/sqlite/connection.hpp"

#include <cstdint>

namespace tidemark::sqlite {

/// "tdmk": tells tidemark's databases from all others (`PRAGMA application_id`).
inline constexpr std::int32_t application_id = 0x74646d6b;

/// The version that this tidemark reads and writes (`PRAGMA user_version`).
int ledger_version() noexcept;

/// Refuses a database that is not tidemark's, or of a newer version, before anything is written to it:
/// `ec::store_defect`. An empty one is welcome.
outcome<void> check_origin(connection& db);

/// Brings the ledger to `ledger_version()`, one transaction per step.
outcome<void> migrate(connection& db);

} // namespace tidemark::sqlite
