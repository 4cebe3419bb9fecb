/// A comparison of two SQLite files through one connection.
#pragma once

#include "store/sqlite/connection.hpp"
#include "store/sqlite/record_tables.hpp"
#include "store/store_comparison.hpp"

#include <map>
#include <string>
#include <vector>

namespace tidemark::sqlite {

class comparison final : public store_comparison {
public:
  static outcome<std::unique_ptr<store_comparison>> open(const std::string& chunked,
                                                         const std::string& legacy);

  outcome<std::vector<type_parity>> compare() override;

private:
  explicit comparison(connection db) : db_(std::move(db)) {}

  /// The rows of one record type on both sides.
  struct sides {
    std::string record_type;
    std::string chunked; ///< table, with its schema; empty if there is none
    std::string legacy;
    std::vector<std::string> keys;   ///< columns
    std::vector<std::string> fields; ///< columns, keys included
  };

  outcome<std::vector<sides>> find_sides();
  outcome<type_parity> compare(const sides& both);
  outcome<std::vector<std::string>> describe(const sides& both);

  connection db_;
  bool compared_ = false;
};

} // namespace tidemark::sqlite
