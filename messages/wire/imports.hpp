/// Imports: how they stand, and the commands that start, stop and continue them. Times are unix_ms, zero for
/// "not yet". Progress is in ten-thousandths of the planned weight.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/ledger.hpp"
#include "messages/words.hpp"

namespace tidemark {

TIDEMARK_INSPECT(batch_counts, x.planned, x.completed, x.failed, x.cancelled, x.running, x.pending)
TIDEMARK_INSPECT(record_counts, x.planned, x.stored, x.rejected, x.estimated, x.unchanged, x.deleted, x.held)

TIDEMARK_INSPECT(verification, x.result, x.at, x.rows, x.repaired, x.text, x.method)
TIDEMARK_INSPECT(import_options, x.since, x.reconcile, x.verify, x.deep)

TIDEMARK_INSPECT(batch_counters, x.picked_up, x.completed, x.failed_attempts, x.split, x.released,
                 x.interrupted, x.refusals)
TIDEMARK_INSPECT(import_note, x.record_type, x.code, x.subject, x.text, x.at)
TIDEMARK_INSPECT(cancel_receipt, x.import_id, x.requested_by, x.requested_at, x.finished_at,
                 x.batches_completed, x.batches_interrupted, x.batches_never_started)

struct type_status {
  std::string name;
  std::uint32_t wave = 0;
  type_state state = type_state::waiting;
  batch_counts batches;
  record_counts records;
  std::uint32_t progress = 0;
  std::string taken_from; ///< the other import that runs this type for this one
  std::string error;
  unix_ms started_at = 0;
  unix_ms finished_at = 0;
  unix_ms changed_since = 0; ///< as in `type_row`
  verification verified;
};
TIDEMARK_INSPECT(type_status, x.name, x.wave, x.state, x.batches, x.records, x.progress, x.taken_from,
                 x.error, x.started_at, x.finished_at, x.changed_since, x.verified)

struct import_status {
  std::string id;
  std::string tenant;
  std::string record_type;
  import_mode mode = import_mode::full;
  std::string system;
  import_state state = import_state::queued;
  batch_counts batches;
  record_counts records;
  std::uint32_t progress = 0;
  unix_ms eta_earliest = 0; ///< when it is expected to end, as an interval; zero while nothing can be said
  unix_ms eta_latest = 0;
  batch_counters pick_ups;        ///< summed over all batches
  std::vector<type_status> types; ///< in wave order, then by name
  std::vector<import_note> notes;
  unix_ms requested_at = 0;
  unix_ms started_at = 0;
  unix_ms finished_at = 0;
  std::string error;
  pause_cause paused_by = pause_cause::none; ///< of a paused one
  std::string requested_by;
  import_options options;
  /// Its ledger could not be read: figures, record types and notes are not known, and not zero.
  bool unseen = false;
};
TIDEMARK_INSPECT(import_status, x.id, x.tenant, x.record_type, x.mode, x.system, x.state, x.batches,
                 x.records, x.progress, x.eta_earliest, x.eta_latest, x.pick_ups, x.types, x.notes,
                 x.requested_at, x.started_at, x.finished_at, x.error, x.paused_by, x.requested_by, x.options,
                 x.unseen)

/// Starts an import, or answers with the one of the same main record type and mode that is under way. A
/// paused one goes on. One that is under way in another mode is a conflict, unless `queue` puts this one
/// behind it. Mode `verify` takes the main record type alone.
struct start_import {
  std::string tenant;
  std::string record_type;
  import_mode mode = import_mode::full;
  std::string requested_by;
  urgency how_urgent = urgency::interactive;
  import_options options = {};
  bool queue = false;
};
TIDEMARK_INSPECT(start_import, x.tenant, x.record_type, x.mode, x.requested_by, x.how_urgent, x.options,
                 x.queue)

struct query_import {
  std::string id;
};
TIDEMARK_INSPECT(query_import, x.id)

/// Answered with the receipt when the cancel is done: nothing runs, nothing is written any more.
struct cancel_import {
  std::string id;
  std::string requested_by;
};
TIDEMARK_INSPECT(cancel_import, x.id, x.requested_by)

/// Stops an import for now: requests that are open end first, then it rests until `resume_import`, also over
/// restarts of the node. Answered when nothing of it runs any more.
struct pause_import {
  std::string id;
  std::string requested_by;
};
TIDEMARK_INSPECT(pause_import, x.id, x.requested_by)

/// A paused import goes on, whatever paused it.
struct resume_import {
  std::string id;
  std::string requested_by;
};
TIDEMARK_INSPECT(resume_import, x.id, x.requested_by)

TIDEMARK_INSPECT(import_place, x.requested_at, x.id)

/// Newest first. The answer is a page: as many as `limit` says, or less.
struct list_imports {
  std::string tenant; ///< empty: all tenants
  std::uint32_t limit = 50;
  import_place after = {}; ///< `next` of the page before; none: from the newest
};
TIDEMARK_INSPECT(list_imports, x.tenant, x.limit, x.after)

/// A tenant whose imports could not be listed.
struct missing_part {
  std::string tenant;
  std::string reason;

  friend auto operator<=>(const missing_part&, const missing_part&) = default;
};
TIDEMARK_INSPECT(missing_part, x.tenant, x.reason)

struct import_list {
  std::vector<import_status> imports;     ///< without record types and notes
  import_place next = {};                 ///< where another page goes on; none: there are no more
  std::vector<missing_part> missing = {}; ///< by tenant
};
TIDEMARK_INSPECT(import_list, x.imports, x.next, x.missing)

/// Failed batches of an import that has ended with errors, or is paused, run again with a fresh budget of
/// attempts, and the import with them. Of a failed import everything that is not done goes on.
struct retry_import {
  std::string id;
  std::uint64_t batch = 0; ///< zero: every batch that has failed
  std::string requested_by;
};
TIDEMARK_INSPECT(retry_import, x.id, x.batch, x.requested_by)

/// The deletions that an import that has ended holds are carried out: records that have not been written
/// since are marked or removed. Accepting what was accepted changes nothing.
struct accept_deletions {
  std::string id;
  std::string record_type; ///< empty: of every type that it holds deletions of
  std::string requested_by;
};
TIDEMARK_INSPECT(accept_deletions, x.id, x.record_type, x.requested_by)

} // namespace tidemark
