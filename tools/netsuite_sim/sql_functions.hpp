/// Oracle's functions for the SQL engine.
#pragma once

#include "tools/netsuite_sim/time_text.hpp"
#include "tools/netsuite_sim/world.hpp"

#include <functional>
#include <string>

struct sqlite3;

namespace tidemark::netsuite_sim {

/// What the functions look at. Must outlive the database.
struct sql_session {
  const world& data;
  zone account_zone;
  std::string date_format;
  /// The server's clock: seconds UTC.
  std::function<std::int64_t()> now;
  /// Numbers of ten million and more are sent as Java prints a double: 1.0E7.
  bool floating_numbers = false;
};

void register_functions(sqlite3* db, const sql_session& session);

/// Appends a number as Oracle prints it: whole numbers without a point.
void append_number(std::string& out, double value);

} // namespace tidemark::netsuite_sim
