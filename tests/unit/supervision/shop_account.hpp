/// A made-up account of a shop: customers, sales with a customer each, and lines as a set of their sale.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "config/criteria.hpp"
#include "netsuite/http_engine.hpp"

namespace tidemark {

/// `customer`, `sale` (needs customer; its deletions are told) and `line` (a set of sale).
std::shared_ptr<const criteria> shop_types();

/// Answers what planners, batches, verifications and deletion runs ask. Its pages are small, and it counts a
/// row for many, so that few rows make several batches of several pages each.
class shop_account {
public:
  shop_account();

  http_response answer(const http_request& request) const;

  /// What happens between two imports: some rows are new, some changed, some gone; a sale loses a line.
  void let_a_day_pass();

  /// What a database that holds everything has: (record type, the parent's key or zero, key, revision).
  std::vector<std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t>> contents() const;

private:
  struct row {
    std::int64_t parent = 0;
    std::int64_t key = 0;
    std::int64_t revision = 1;
    std::int64_t customer = 0; ///< of a sale
    bool changed = false;      ///< since the last import
  };

  std::vector<row> select(const std::string& sql, const std::string& table) const;
  void change_sale(std::int64_t id);

  std::map<std::string, std::map<std::pair<std::int64_t, std::int64_t>, row>> tables; ///< by parent and key
  std::vector<std::int64_t> deleted_sales;
};

} // namespace tidemark
