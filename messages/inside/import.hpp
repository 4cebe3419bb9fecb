/// import: one run.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "messages/caf_compat.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/finishing.hpp"
#include "messages/inside/wave.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/imports.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// tenant → import: stop for now, keep everything for later. Without a cause (the node stops) the ledger's
/// state stays as it is, so that the next start goes on by itself. Open requests may end first if there is a
/// grace.
struct halt_import {
  std::string reason;
  pause_cause cause = pause_cause::none;
  std::chrono::milliseconds grace{0};
};
struct query_status {};

/// tenant → import: whether this import runs the record type itself.
struct claim_decided {
  enum class how : std::uint8_t { granted, waiting, taken };
  how decided = how::granted;
  std::string record_type;
  std::string other; ///< the import that runs it, for waiting and taken
  type_row result;   ///< for taken: how it ended there
};

using import_actor =
    caf::typed_actor<sig<import_status, query_status>,
                     /// Answered when the cancel is done.
                     sig<cancel_receipt, cancel_import>, sig<done, halt_import>, sig<void, claim_decided>,
                     sig<child_list, list_children>,
                     // from its waves
                     sig<void, batches_planned>, sig<void, batch_changed>, sig<void, type_changed>,
                     sig<void, note_added>, sig<void, import_blocked>, sig<void, branch_stopped>,
                     sig<void, solitude>, sig<blocker_list, query_blockers>,
                     // from verifiers and the deletion run
                     sig<void, type_verified>, sig<void, deletions_done>,
                     /// Own loop: the grace of a halt is over.
                     sig<void, tick>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::halt_import)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::claim_decided)
