/// The account's tables as SQLite virtual tables: rows are computed as they are read; key ranges and key
/// order are pushed down.
#pragma once

#include "tools/netsuite_sim/schema.hpp"

struct sqlite3;

namespace tidemark::netsuite_sim {

/// Makes the table available under its name. `view` and `data` must outlive the database.
void register_table(sqlite3* db, const world& data, const visible_table& view);

} // namespace tidemark::netsuite_sim
