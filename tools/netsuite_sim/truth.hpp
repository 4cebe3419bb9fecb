/// The data as it is, for tests to compare with: written from the rows themselves, not by way of SuiteQL.
#pragma once

#include "messages/error.hpp"
#include "tools/netsuite_sim/world.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tidemark::netsuite_sim {

/// Writes a new SQLite file with a table for each name (all tables if there is none), every column included.
/// Canonical values: integers and references INTEGER; decimals TEXT with the characters of the wire; booleans
/// 0 or 1; dates TEXT YYYY-MM-DD; datetimes TEXT YYYY-MM-DDTHH:MM:SSZ; multi-selects and texts TEXT; null
/// NULL. Beside them stands `_hidden` ("table", id, line), the keys of the rows that the role does not see;
/// the tables have these rows as well. An existing file is replaced. Gives the number of rows by table.
outcome<std::map<std::string, std::int64_t>> export_truth(const world& data, const std::string& path,
                                                          const std::vector<std::string>& tables);

} // namespace tidemark::netsuite_sim
