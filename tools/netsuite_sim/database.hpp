/// The SQL engine behind SuiteQL: SQLite over the account's virtual tables.
#pragma once

#include "messages/error.hpp"
#include "tools/netsuite_sim/json_text.hpp"
#include "tools/netsuite_sim/schema.hpp"
#include "tools/netsuite_sim/sql_functions.hpp"

#include <memory>
#include <string>
#include <vector>

struct sqlite3;

namespace tidemark::netsuite_sim {

struct page_request {
  std::int64_t limit = 1000;
  std::int64_t offset = 0;
  /// The page begins so many rows before its offset (or after, if negative): how an order that is not stable
  /// looks from outside.
  std::int64_t slip = 0;
  bool empty_above_100_columns = false;
};

class database {
public:
  /// All three must outlive the database.
  database(const world& data, const schema& visible, const sql_session& session);
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  /// Runs SQLite text. A refusal's code is `unknown_column`, `missing_table` (with the name as its subject),
  /// `rejected` for what cannot be understood, or `server` where the query hits a broken record.
  outcome<result_page> run(const std::string& sql, const std::vector<std::string>& parameters,
                           const page_request& page);

private:
  class statement;

  outcome<std::int64_t> count(const std::string& sql, const std::vector<std::string>& parameters);

  const schema& schema_;
  const sql_session& session_;
  sqlite3* db_ = nullptr;
};

} // namespace tidemark::netsuite_sim
