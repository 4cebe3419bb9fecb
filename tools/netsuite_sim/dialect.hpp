/// SuiteQL checked, and put into SQLite's words where the two differ.
#pragma once

#include "tools/netsuite_sim/schema.hpp"
#include "tools/netsuite_sim/sql_tokens.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace tidemark::netsuite_sim {

struct translation {
  /// For SQLite.
  std::string sql;
  /// The tables of the query, the first one first; without repeats.
  std::vector<const table*> tables;
  /// "{t=customer}": for the sentence about unknown identifiers.
  std::string identifiers;
  /// Whether the outermost query has an ORDER BY.
  bool ordered = false;
  bool directed = true; ///< its ORDER BY, if there is one, says ASC or DESC everywhere
};

struct dialect_options {
  bool window_functions = true;
  bool case_expressions = true;
  std::string_view builtin_df = "works";
  std::span<const std::string> functions_off = {}; ///< in upper case
  bool length_in_bytes = false;
  std::string_view decimals_as = "point";
};

/// Refusals carry the sentence of NetSuite's detail (without its final point), with the codes of
/// `database::run`: `missing_table` if a table is unknown (its subject) or off (`permission`),
/// `unknown_column`, `rejected`, `server`.
outcome<translation> translate(const std::vector<token>& tokens, const schema& visible,
                               const dialect_options& options);

} // namespace tidemark::netsuite_sim
