/// planner: plans one record type, the child of a wave or of a dry run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/error.hpp"
#include "messages/inside/common.hpp"
#include "messages/ledger.hpp"

namespace tidemark {

/// planner → its parent: further ranges of the record type. `whole` comes with the last ones.
struct ranges_planned {
  std::string record_type;
  std::vector<key_range> ranges;
  std::vector<std::uint64_t> weights; ///< records, one per range
  std::uint64_t total = 0;            ///< records, as far as known
  bool walked = false;                ///< by a keyset walk: `total` is an estimate until whole
  bool by_windows = false;            ///< since numbering all rows took too long
  bool whole = false;
  std::uint64_t requests = 0; ///< that planning has taken so far
  /// Once, of a type with a filter of which changes are asked for: the keys of changed rows that lay outside
  /// of it, in order. Null if that has not been asked.
  std::shared_ptr<const std::vector<std::int64_t>> outside;
  bool outside_by_keys = false; ///< these are the keys of all changed rows, wherever they lay
  /// All records of the one range, where asking for them was the plan: they need not be fetched again.
  std::shared_ptr<const record_set> first_page;
  /// The account answers a query with all columns: those that it lacked are there again, so that the type has
  /// to be read whole. Nothing is planned.
  bool columns_back = false;
  bool columns_unseen = false; ///< such a query was refused; what is planned was found without it
};
struct planning_failed {
  std::string record_type;
  failure what;
};

/// What a planner needs of its parent.
using planner_parent = caf::typed_actor<sig<void, ranges_planned>, sig<void, planning_failed>>;

/// Plans one record type, then ends.
using planner_actor = caf::typed_actor<sig<void, stop_branch>,
                                       /// Own loop: the delay before another try is over.
                                       sig<void, tick>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ranges_planned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::planning_failed)
