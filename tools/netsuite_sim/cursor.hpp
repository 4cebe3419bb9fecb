/// Walks the rows of a table in the order of their key: generated rows and run-time changes merged.
#pragma once

#include "tools/netsuite_sim/world.hpp"

namespace tidemark::netsuite_sim {

/// Valid while the world does not change.
class cursor {
public:
  cursor(const world& w, const table& t, const key_range& range);

  /// Steps to the next row; false at the end.
  bool next(row& out);

private:
  bool peek_generated();
  bool peek_record();
  bool peek_line();
  void step_transaction();

  const world* world_;
  const table* table_;
  key_range range_;
  world::patches::const_iterator patch_;
  world::patches::const_iterator patches_end_;
  bool has_generated_ = false;
  row generated_;
  // records
  std::int64_t ordinal_ = 0;
  std::int64_t ordinal_end_ = 0;
  // lines: the transactions, merged with their own changes
  struct transaction_walk {
    const table* transactions;
    std::int64_t ordinal;
    std::int64_t ordinal_end;
    world::patches::const_iterator patch;
    world::patches::const_iterator patches_end;
    bool valid = false;
    std::int64_t id = 0;
    std::uint64_t hash = 0;
    line_ids lines = {};
    std::int64_t index = 0;
  } walk_{};
};

} // namespace tidemark::netsuite_sim
