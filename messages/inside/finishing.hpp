/// finishing: what an import does with a record type after its batches.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/error.hpp"
#include "messages/inside/common.hpp"
#include "messages/ledger.hpp"

namespace tidemark {

/// verifier → import.
struct type_verified {
  std::string record_type;
  verification result;
  std::optional<type_row>
      settled;  ///< the type's row, with what its repairs found gone; none: not come so far
  failure what; ///< of a failed one
  /// Of one that differs: the code of the note that says so; empty if another note tells it.
  std::string code = "ranges_differ";
  std::vector<import_note> notes = {}; ///< on how it was compared, and what of it was stale
};
/// deletion run → import: `deletedrecord` is read, or cannot be.
struct deletions_done {
  failure what;                                 ///< code none if it was read
  std::map<std::string, std::uint64_t> deleted; ///< by record type
  std::vector<import_note> notes;               ///< on how it was read
  /// The rows of types of which more was found gone, as the ledger has them, without `deleted`.
  std::map<std::string, type_row> settled = {};
  /// Types of which it could not be told whether records are deleted or hidden.
  std::set<std::string> unsure = {};
};
/// What both need of their parent.
using finishing_parent = caf::typed_actor<sig<void, type_verified>, sig<void, deletions_done>>;
/// Verifier and deletion run: they report once, then end.
using finishing_actor = caf::typed_actor<sig<void, stop_branch>,
                                         /// Own loop: the delay before another try is over.
                                         sig<void, tick>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::type_verified)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::deletions_done)
