/// How many rows lie from a key on: remembered, so that whoever walks a table page by page does not make us
/// count the rest of it for each page.
#pragma once

#include "tools/netsuite_sim/table.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace tidemark::netsuite_sim {

class count_memo {
public:
  /// The rows from `lower` on. `what` names everything else that the number depends on (table, its version,
  /// upper bound, conditions); `count_between(from, before)` counts rows with from <= key < before,
  /// `count_from(from)` those from a key on.
  template <class CountFrom, class CountBetween>
  std::int64_t rows_from(const std::string& what, row_key lower, CountFrom&& count_from,
                         CountBetween&& count_between) {
    auto found = known_.find(what);
    if (found == known_.end() || lower < found->second.lower) {
      if (known_.size() >= kept) known_.clear();
      return (known_[what] = {lower, count_from(lower)}).rows;
    }
    auto& at = found->second;
    at = {lower, at.rows - count_between(at.lower, lower)};
    return at.rows;
  }

private:
  struct known {
    row_key lower;
    std::int64_t rows;
  };

  static constexpr std::size_t kept = 256;

  std::map<std::string, known> known_;
};

} // namespace tidemark::netsuite_sim
