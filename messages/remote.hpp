/// The messages that cross processes: what the command line (and later other nodes) says to a node, and what
/// the node answers. Times are unix_ms, zero for "not yet". Progress is in ten-thousandths of the planned
/// weight.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/ledger.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Raised whenever a message of this header changes its shape. Peers of different versions part at the hello.
inline constexpr std::uint32_t protocol_version = 1;

/// The first message on a link.
struct hello {
  std::uint32_t version = protocol_version;
  std::string client; ///< program and version, for the node's log
};
TIDEMARK_INSPECT(hello, x.version, x.client)

/// The answer to a hello: the actor that serves this link from now on.
struct welcome {
  std::uint32_t version = protocol_version;
  std::string node;
  std::string node_version;
  caf::strong_actor_ptr session; ///< a `session_actor`
};
TIDEMARK_INSPECT(welcome, x.version, x.node, x.node_version, x.session)

// -- status
// ------------------------------------------------------------------------------------------------------

struct batch_counts {
  std::uint64_t planned = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t running = 0;
  std::uint64_t pending = 0;
  friend bool operator==(const batch_counts&, const batch_counts&) = default;
};
TIDEMARK_INSPECT(batch_counts, x.planned, x.completed, x.failed, x.cancelled, x.running, x.pending)

struct record_counts {
  std::uint64_t planned = 0;
  std::uint64_t stored = 0;
  std::uint64_t rejected = 0;
  bool estimated = false; ///< `planned` is an estimate: the plan is not whole yet
  friend bool operator==(const record_counts&, const record_counts&) = default;
};
TIDEMARK_INSPECT(record_counts, x.planned, x.stored, x.rejected, x.estimated)

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
};
TIDEMARK_INSPECT(type_status, x.name, x.wave, x.state, x.batches, x.records, x.progress, x.taken_from,
                 x.error, x.started_at, x.finished_at)

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
};
TIDEMARK_INSPECT(import_status, x.id, x.tenant, x.record_type, x.mode, x.system, x.state, x.batches,
                 x.records, x.progress, x.eta_earliest, x.eta_latest, x.pick_ups, x.types, x.notes,
                 x.requested_at, x.started_at, x.finished_at, x.error, x.paused_by, x.requested_by)

// -- commands
// ----------------------------------------------------------------------------------------------------

/// Starts an import, or answers with the one of the same main record type and mode that is under way. A
/// paused one goes on.
struct start_import {
  std::string tenant;
  std::string record_type;
  import_mode mode = import_mode::full;
  std::string requested_by;
};
TIDEMARK_INSPECT(start_import, x.tenant, x.record_type, x.mode, x.requested_by)

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

/// Newest first.
struct list_imports {
  std::string tenant; ///< empty: all tenants
  std::uint32_t limit = 50;
};
TIDEMARK_INSPECT(list_imports, x.tenant, x.limit)

struct import_list {
  std::vector<import_status> imports; ///< without record types and notes
};
TIDEMARK_INSPECT(import_list, x.imports)

struct list_record_types {
  std::uint32_t unused = 0; ///< an empty struct has no wire form
};
TIDEMARK_INSPECT(list_record_types, x.unused)

struct record_type_info {
  std::string name;
  std::string table;
  std::string filter;
  std::string key;
  std::string set_of; ///< the parent type, if any
  std::string change_column;
  std::uint32_t fields = 0;
  std::uint32_t wave = 0; ///< of an import with this main type
  std::vector<std::string> depends_on;
};
TIDEMARK_INSPECT(record_type_info, x.name, x.table, x.filter, x.key, x.set_of, x.change_column, x.fields,
                 x.wave, x.depends_on)

struct record_type_list {
  std::vector<record_type_info> record_types;
};
TIDEMARK_INSPECT(record_type_list, x.record_types)

/// A dry run: plans against NetSuite, fetches and stores nothing.
struct plan_import {
  std::string tenant;
  std::string record_type;
};
TIDEMARK_INSPECT(plan_import, x.tenant, x.record_type)

struct planned_type {
  std::string name;
  std::uint32_t wave = 0;
  std::uint64_t records = 0;
  std::uint64_t batches = 0;
  std::uint64_t plan_requests = 0; ///< requests that planning it took, and takes again in the import
  bool walked = false;             ///< planned by a keyset walk: the counts are estimates
  std::string error;               ///< why it cannot be planned: the type would be skipped or fail
};
TIDEMARK_INSPECT(planned_type, x.name, x.wave, x.records, x.batches, x.plan_requests, x.walked, x.error)

struct plan_report {
  std::string tenant;
  std::string record_type;
  std::vector<planned_type> types; ///< in wave order, then by name
  std::uint64_t records = 0;
  std::uint64_t batches = 0;
  std::uint64_t expected_requests = 0;
};
TIDEMARK_INSPECT(plan_report, x.tenant, x.record_type, x.types, x.records, x.batches, x.expected_requests)

struct query_node {
  std::uint32_t unused = 0; ///< an empty struct has no wire form
};
TIDEMARK_INSPECT(query_node, x.unused)

struct pool_status {
  std::string account;
  std::uint32_t limit = 0;     ///< as configured
  std::uint32_t effective = 0; ///< what is granted at most right now
  std::uint32_t in_use = 0;
  std::uint32_t lingering = 0; ///< of these, aborted transfers that NetSuite may still be working on
  std::uint32_t waiting = 0;
  std::uint64_t granted = 0;
  std::uint64_t refused = 0;
  bool outage = false; ///< the account's breaker is open
  std::string outage_reason;
};
TIDEMARK_INSPECT(pool_status, x.account, x.limit, x.effective, x.in_use, x.lingering, x.waiting, x.granted,
                 x.refused, x.outage, x.outage_reason)

struct node_status {
  std::string name;
  std::string version;
  unix_ms started_at = 0;
  std::vector<std::string> tenants;
  std::vector<pool_status> pools;
  std::vector<std::string> recovered; ///< tenants whose database was left behind by a crash, at this start
  std::uint64_t imports_running = 0;
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t transfers = 0;
};
TIDEMARK_INSPECT(node_status, x.name, x.version, x.started_at, x.tenants, x.pools, x.recovered,
                 x.imports_running, x.connections_opened, x.connections_open, x.transfers)

// -- the live stream
// ---------------------------------------------------------------------------------------------

/// Follows one import, or every import for an empty id. The subscriber gets a `journal_snapshot`, then every
/// event in order as long as its credit lasts. One that falls too far behind gets a new snapshot instead of
/// what it missed.
struct subscribe {
  std::string import_id;
  std::uint32_t credit = 0; ///< messages that may be sent before more credit is asked for
};
TIDEMARK_INSPECT(subscribe, x.import_id, x.credit)

struct more_events {
  std::uint32_t credit = 0;
};
TIDEMARK_INSPECT(more_events, x.credit)

/// Events carry (epoch, sequence). An epoch other than the snapshot's means that the journal restarted:
/// subscribe again.
struct journal_snapshot {
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  std::vector<import_status> imports;
};
TIDEMARK_INSPECT(journal_snapshot, x.epoch, x.sequence, x.imports)

/// What changed in an import: its head (totals and state) with the one record type or note that changed; a
/// change of its own state carries them all.
struct import_event {
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  unix_ms at = 0;
  std::string
      kind; ///< stable: import_state, type_state, batch_completed, batch_failed, batch_released, note, ...
  import_status import; ///< types and notes hold what changed
  std::uint64_t batch = 0;
  std::string text;
};
TIDEMARK_INSPECT(import_event, x.epoch, x.sequence, x.at, x.kind, x.import, x.batch, x.text)

} // namespace tidemark
