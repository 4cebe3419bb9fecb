/// wave: one level of the dependency graph.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/error.hpp"
#include "messages/inside/batch.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/planner.hpp"
#include "messages/inside/store.hpp"

namespace tidemark {

/// import → wave: the record type is this import's to run: plan it, or go on after a restart.
struct begin_type {
  type_row row;
  std::vector<batch_row> batches;   ///< what the ledger holds of it
  std::vector<import_note> ways;    ///< of the import, on columns that are left out or asked for otherwise
  bool is_needed = false;           ///< other types of the import depend on it
  bool hold = false;                ///< plan only: its batches wait for `run_type`
  std::uint64_t first_number = 1;   ///< of the batches that planning adds
  std::uint32_t remaining_path = 0; ///< waves from here to the main type: the longest goes first
};
/// import → wave: what the record type depends on is in; its batches may run.
struct run_type {
  std::string record_type;
};
/// wave → import, after `stop_branch`: every child has ended.
struct branch_stopped {
  std::uint32_t wave = 0;
};
/// wave → import: a plan, or a part of it, is in the ledger.
struct batches_planned {
  planned_batches rows;
  std::string record_type = {};
  std::shared_ptr<const std::vector<std::int64_t>> outside = {}; ///< see `ranges_planned`
};
struct batch_changed {
  batch_row row;
  bool failed_attempt = false; ///< it has just had one: the row's error is new
};
struct type_changed {
  type_row row;
};
struct note_added {
  import_note note;
};
/// The whole import cannot go on now: credentials, or its own ledger.
struct import_blocked {
  failure what;
};
/// A batch that was running at several deaths runs with nothing else of its import beside it. wave → import:
/// `wanted` by such a batch; `quiet` when no batch of the wave runs any more after `hold`; `over` when it has
/// ended.
struct solitude {
  enum class step : std::uint8_t { wanted, quiet, over };
  std::uint32_t wave = 0;
  step what = step::wanted;
};
/// import → wave: begin no batch (`hold`), begin the one that wants to be alone, or go on as usual.
struct solitude_order {
  enum class step : std::uint8_t { hold, alone, resume };
  step what = step::resume;
};
/// Asks a wave what its batches wait for.
struct query_waits {};
/// Batches of one record type that wait for the same thing.
struct batch_wait {
  enum class reason : std::uint8_t { queue, back_off, suspicion, solitude, hold, budget, login, slot, store };
  std::string record_type;
  std::uint64_t batch = 0; ///< the first of them
  std::uint64_t batches = 0;
  reason why = reason::queue;
  std::chrono::milliseconds left{0}; ///< of a back-off
};
struct wave_waits {
  std::vector<batch_wait> waits;
};

using wave_actor = caf::typed_actor<sig<void, begin_type>, sig<void, run_type>, sig<void, stop_branch>,
                                    sig<void, solitude_order>, sig<wave_waits, query_waits>,
                                    // from its children
                                    sig<void, pick_up_ended>, sig<void, ranges_planned>,
                                    sig<void, planning_failed>, sig<child_list, list_children>,
                                    /// Own loop: a batch's delay is over.
                                    sig<void, tick>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::solitude)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::solitude_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_waits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::wave_waits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::begin_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::run_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::branch_stopped)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::batches_planned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::batch_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::type_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::note_added)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::import_blocked)
