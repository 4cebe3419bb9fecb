/// The messages that cross processes: what the command line (and later other nodes) says to a node, and what
/// the node answers. Times are unix_ms, zero for "not yet". Progress is in ten-thousandths of the planned
/// weight.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/alerts.hpp"
#include "messages/caf_compat.hpp"
#include "messages/ledger.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Raised whenever a message of this header changes its shape. Peers of different versions part at the hello.
inline constexpr std::uint32_t protocol_version = 5;

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
  bool estimated = false;      ///< `planned` is an estimate: the plan is not whole yet
  std::uint64_t unchanged = 0; ///< of the stored ones, those that stood in the database like this before
  std::uint64_t deleted = 0;   ///< found gone
  friend bool operator==(const record_counts&, const record_counts&) = default;
};
TIDEMARK_INSPECT(record_counts, x.planned, x.stored, x.rejected, x.estimated, x.unchanged, x.deleted)

TIDEMARK_INSPECT(verification, x.result, x.at, x.rows, x.repaired, x.text)
TIDEMARK_INSPECT(import_options, x.since, x.reconcile, x.verify)

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
};
TIDEMARK_INSPECT(import_status, x.id, x.tenant, x.record_type, x.mode, x.system, x.state, x.batches,
                 x.records, x.progress, x.eta_earliest, x.eta_latest, x.pick_ups, x.types, x.notes,
                 x.requested_at, x.started_at, x.finished_at, x.error, x.paused_by, x.requested_by, x.options)

// -- commands
// ----------------------------------------------------------------------------------------------------

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
  std::string tenant; ///< with what its own criteria add; empty: the node's criteria alone
};
TIDEMARK_INSPECT(list_record_types, x.tenant)

struct record_type_info {
  std::string name;
  std::string table;
  std::string filter;
  std::string key;
  std::string set_of; ///< the parent type, if any
  std::string change_column;
  std::string deleted_as; ///< what `deletedrecord` calls it, as a condition; empty if it does not cover it
  std::uint32_t fields = 0;
  std::uint32_t wave = 0; ///< of an import with this main type
  std::vector<std::string> depends_on;
};
TIDEMARK_INSPECT(record_type_info, x.name, x.table, x.filter, x.key, x.set_of, x.change_column, x.deleted_as,
                 x.fields, x.wave, x.depends_on)

struct record_type_list {
  std::vector<record_type_info> record_types;
};
TIDEMARK_INSPECT(record_type_list, x.record_types)

/// A dry run: plans against NetSuite, fetches and stores nothing.
struct plan_import {
  std::string tenant;
  std::string record_type;
  import_mode mode = import_mode::full;
  unix_ms since = 0;
};
TIDEMARK_INSPECT(plan_import, x.tenant, x.record_type, x.mode, x.since)

struct planned_type {
  std::string name;
  std::uint32_t wave = 0;
  std::uint64_t records = 0;
  std::uint64_t batches = 0;
  std::uint64_t plan_requests = 0; ///< requests that planning it took, and takes again in the import
  bool walked = false;             ///< planned by a keyset walk: the counts are estimates
  std::string error;               ///< why it cannot be planned: the type would be skipped or fail
  unix_ms changed_since = 0;       ///< only records changed since then; zero: all
};
TIDEMARK_INSPECT(planned_type, x.name, x.wave, x.records, x.batches, x.plan_requests, x.walked, x.error,
                 x.changed_since)

struct plan_report {
  std::string tenant;
  std::string record_type;
  std::vector<planned_type> types; ///< in wave order, then by name
  std::uint64_t records = 0;
  std::uint64_t batches = 0;
  std::uint64_t expected_requests = 0;
  import_mode mode = import_mode::full;
  std::string system; ///< the path that the import would take now
};
TIDEMARK_INSPECT(plan_report, x.tenant, x.record_type, x.types, x.records, x.batches, x.expected_requests,
                 x.mode, x.system)

/// Failed batches of an import that has ended with errors, or is paused, run again with a fresh budget of
/// attempts, and the import with them. Of a failed import everything that is not done goes on.
struct retry_import {
  std::string id;
  std::uint64_t batch = 0; ///< zero: every batch that has failed
  std::string requested_by;
};
TIDEMARK_INSPECT(retry_import, x.id, x.batch, x.requested_by)

/// The batches of an import, in the order of their numbers.
struct list_batches {
  std::string id;
  std::string record_type; ///< empty: all
  std::string state;       ///< the word of a batch state; empty: all
  std::uint32_t limit = 100;
};
TIDEMARK_INSPECT(list_batches, x.id, x.record_type, x.state, x.limit)

struct batch_info {
  std::uint64_t number = 0;
  std::string record_type;
  bool from_start = false; ///< the range has no lower bound; `after` means nothing then
  std::int64_t after = 0;
  std::int64_t up_to = 0;
  std::uint64_t weight = 0;
  batch_state state = batch_state::pending;
  batch_counters counters;
  std::uint32_t deaths = 0;
  std::uint64_t stored = 0;
  std::uint64_t rejected = 0;
  std::string error_code; ///< of the last failed attempt
  std::string error_text;
  std::string operation_id;
};
TIDEMARK_INSPECT(batch_info, x.number, x.record_type, x.from_start, x.after, x.up_to, x.weight, x.state,
                 x.counters, x.deaths, x.stored, x.rejected, x.error_code, x.error_text, x.operation_id)

struct batch_list {
  std::string import_id;
  std::vector<batch_info> batches;
  std::uint64_t left_off = 0; ///< so many more match
};
TIDEMARK_INSPECT(batch_list, x.import_id, x.batches, x.left_off)

/// Records of a tenant that were kept aside.
struct list_rejected {
  std::string tenant;
  std::string record_type; ///< empty: all
  std::uint32_t limit = 100;
};
TIDEMARK_INSPECT(list_rejected, x.tenant, x.record_type, x.limit)

TIDEMARK_INSPECT(rejected_record, x.key, x.reason, x.raw)
TIDEMARK_INSPECT(kept_record, x.record_type, x.record, x.import_id, x.batch, x.at)

struct rejected_list {
  std::vector<kept_record> records; ///< oldest first
};
TIDEMARK_INSPECT(rejected_list, x.records)

/// Why an import, or a part of it, waits.
struct query_blockers {
  std::string id;
};
TIDEMARK_INSPECT(query_blockers, x.id)

/// The one thing that a record type, or batches of it, wait for.
struct blocker {
  std::string record_type = {}; ///< empty: the whole import
  std::uint64_t batch = 0;      ///< the first of the batches; zero: the record type itself
  std::uint64_t batches = 0;
  /// Stable: slot, outage, dependency, taken, back_off, paused, store, memory, login,
  /// solitude, suspicion, cancelling.
  std::string what = {};
  std::string subject = {}; ///< the dependency, the other import, the account, who paused
  unix_ms until = 0;        ///< when it is known
  std::string text = {};    ///< the whole of it as a sentence
};
TIDEMARK_INSPECT(blocker, x.record_type, x.batch, x.batches, x.what, x.subject, x.until, x.text)

struct blocker_list {
  std::string import_id;
  import_state state = import_state::queued;
  std::vector<blocker> blockers;
};
TIDEMARK_INSPECT(blocker_list, x.import_id, x.state, x.blockers)

// -- errors and alerts
// ----------------------------------------------------------------------------------------------

TIDEMARK_INSPECT(alert_subject, x.tenant, x.account, x.import_id, x.name)
TIDEMARK_INSPECT(alert, x.id, x.level, x.about, x.since, x.cleared_at, x.value, x.threshold, x.unit, x.text,
                 x.remedy)
TIDEMARK_INSPECT(error_entry, x.at, x.tenant, x.import_id, x.record_type, x.batch, x.category, x.code, x.text,
                 x.operation_id)
TIDEMARK_INSPECT(error_count, x.record_type, x.category, x.code, x.count, x.last_at)
TIDEMARK_INSPECT(error_report, x.tenant, x.import_id, x.counts, x.last, x.remark)

/// The errors that a tenant's ledger holds; of one import, or of all. Answered with `error_report`.
struct query_errors {
  std::string tenant;
  std::string import_id;    ///< empty: all
  std::uint32_t limit = 20; ///< of the last errors; all are counted
};
TIDEMARK_INSPECT(query_errors, x.tenant, x.import_id, x.limit)

struct query_alerts {
  std::uint32_t unused = 0; ///< an empty struct has no wire form
};
TIDEMARK_INSPECT(query_alerts, x.unused)

struct alert_list {
  std::vector<alert> up;      ///< worst first
  std::vector<alert> cleared; ///< in this life of the node, last first
};
TIDEMARK_INSPECT(alert_list, x.up, x.cleared)

struct query_node {
  std::uint32_t unused = 0; ///< an empty struct has no wire form
};
TIDEMARK_INSPECT(query_node, x.unused)

/// How many requests of one import wait for a slot.
struct lane_status {
  std::string import_id; ///< a tenant's id for requests of no import
  std::uint32_t waiting = 0;
};
TIDEMARK_INSPECT(lane_status, x.import_id, x.waiting)

/// One tenant's login at an account.
struct login_status {
  std::string tenant;
  std::string state; ///< unproven, proven, suspected, refused
};
TIDEMARK_INSPECT(login_status, x.tenant, x.state)

/// One NetSuite account and its slots. Shares are in ten-thousandths.
struct pool_status {
  std::string account;
  std::uint32_t limit = 0; ///< of the account
  limit_source source = limit_source::configured;
  std::string source_note;     ///< why the account would not tell its limit, for fallback
  std::uint32_t reserve = 0;   ///< of the limit, left to other integrations
  std::uint32_t effective = 0; ///< what is granted at most right now
  std::uint32_t in_use = 0;
  std::uint32_t lingering = 0; ///< of these, aborted transfers that NetSuite may still be working on
  std::uint32_t waiting = 0;
  std::vector<lane_status> lanes; ///< those with somebody who waits
  std::uint64_t granted = 0;
  std::uint64_t refused = 0;
  std::uint64_t refused_as_401 = 0; ///< of these
  std::uint32_t busy_1m = 0;        ///< share of the slots that we may use, over the last minute
  std::uint32_t busy_5m = 0;
  std::uint32_t busy_15m = 0;
  std::uint64_t transfers = 0; ///< that were answered
  std::uint64_t reused = 0;    ///< of these, on a kept connection: as many handshakes were saved
  std::vector<login_status> logins;
  bool outage = false; ///< the account's breaker is open
  std::string outage_reason;
};
TIDEMARK_INSPECT(pool_status, x.account, x.limit, x.source, x.source_note, x.reserve, x.effective, x.in_use,
                 x.lingering, x.waiting, x.lanes, x.granted, x.refused, x.refused_as_401, x.busy_1m,
                 x.busy_5m, x.busy_15m, x.transfers, x.reused, x.logins, x.outage, x.outage_reason)

/// Stops the node as SIGTERM does. Answered with `node_stopping` before it begins.
struct stop_node {
  std::string requested_by;
};
TIDEMARK_INSPECT(stop_node, x.requested_by)

struct node_stopping {
  std::string node;
  std::uint32_t longest_seconds =
      0; ///< until it has stopped; its imports have stopped by then or are cut off
};
TIDEMARK_INSPECT(node_stopping, x.node, x.longest_seconds)

/// Reads the configuration file again, as SIGHUP does. A file that does not do changes nothing:
/// `ec::bad_config`.
struct reload_node {
  std::string requested_by;
};
TIDEMARK_INSPECT(reload_node, x.requested_by)

struct reload_report {
  std::vector<std::string> changes; ///< a line each; none: the node runs with this configuration already
  std::vector<std::string> hints;   ///< what is left to do, a sentence each
};
TIDEMARK_INSPECT(reload_report, x.changes, x.hints)

/// Shows the slots of a tenant's account, after changing them if asked to. Answered with `pool_status`.
struct tune_concurrency {
  std::string tenant;
  bool reset = false;      ///< forget what was learnt, an operator's limit and stale leases
  std::uint32_t limit = 0; ///< the account's limit from now on, until the next start or reset; zero: leave it
  std::string requested_by;
};
TIDEMARK_INSPECT(tune_concurrency, x.tenant, x.reset, x.limit, x.requested_by)

struct list_tenants {
  std::uint32_t unused = 0; ///< an empty struct has no wire form
};
TIDEMARK_INSPECT(list_tenants, x.unused)

struct tenant_info {
  std::string id;
  std::string account;
  std::string state;  ///< active, suspended, given_up (its actor died too often)
  std::string reason; ///< of a suspended one
  unix_ms since = 0;  ///< of a suspended one
  std::uint64_t imports_running = 0;
};
TIDEMARK_INSPECT(tenant_info, x.id, x.account, x.state, x.reason, x.since, x.imports_running)

struct tenant_list {
  std::vector<tenant_info> tenants; ///< by id
};
TIDEMARK_INSPECT(tenant_list, x.tenants)

/// Nothing of this tenant goes to NetSuite until `resume_tenant`, also over restarts: its imports are paused,
/// and no new one starts.
struct suspend_tenant {
  std::string tenant;
  std::string requested_by;
};
TIDEMARK_INSPECT(suspend_tenant, x.tenant, x.requested_by)

/// Ends a suspension, whatever began it: the login is tried once more, and imports that it paused go on.
struct resume_tenant {
  std::string tenant;
  std::string requested_by;
};
TIDEMARK_INSPECT(resume_tenant, x.tenant, x.requested_by)

struct node_status {
  std::string name;
  std::string version;
  unix_ms started_at = 0;
  std::vector<std::string> tenants;
  std::vector<pool_status> pools;
  std::vector<std::string> recovered; ///< tenants whose database was left behind by a crash, at this start
  std::vector<std::string> suspended; ///< tenants
  std::uint64_t imports_running = 0;
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t transfers = 0;
  std::uint64_t transfers_reused = 0;  ///< of these, on a kept connection
  std::uint64_t transfers_retried = 0; ///< repeated at once since a kept connection turned out to be dead
  std::vector<alert> alerts;           ///< up, worst first
};
TIDEMARK_INSPECT(node_status, x.name, x.version, x.started_at, x.tenants, x.pools, x.recovered, x.suspended,
                 x.imports_running, x.connections_opened, x.connections_open, x.transfers, x.transfers_reused,
                 x.transfers_retried, x.alerts)

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
/// change of its own state carries them all. An alert that is about no import has no head, and goes to every
/// subscriber.
struct import_event {
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  unix_ms at = 0;
  std::string kind;     ///< stable: import_state, type_state, batch_completed, batch_failed, batch_released,
                        ///< note, alert_raised, alert_cleared, ...
  import_status import; ///< types and notes hold what changed
  std::uint64_t batch = 0;
  std::string text;
  std::vector<alert> alerts; ///< the one that was raised or cleared
};
TIDEMARK_INSPECT(import_event, x.epoch, x.sequence, x.at, x.kind, x.import, x.batch, x.text, x.alerts)

/// True for the kinds of events that tell of an alert: their head is only there for orientation.
inline bool is_alert(const import_event& event) { return event.kind.starts_with("alert_"); }

} // namespace tidemark
