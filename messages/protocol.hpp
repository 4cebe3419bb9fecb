/// The whole protocol: every message that stays inside a node and the typed interface of every actor, in the
/// order in which an import meets them. What crosses processes stands in `messages/remote.hpp`.
///
/// Commands travel down, facts travel up. Messages marked "own loop" are sent by an actor to itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/control_remote.hpp"
#include "messages/http.hpp"
#include "messages/ledger.hpp"
#include "messages/metrics.hpp"
#include "messages/parity_remote.hpp"
#include "messages/remote.hpp"

namespace tidemark {

/// Own loop: a timer has run out. Timers cannot be cancelled, so one with an old generation is ignored.
struct tick {
  std::uint64_t generation = 0;
};
struct done {};
/// Stop now: begin nothing new, close what is open, then end. While `drain`, requests that are open may end
/// by themselves first; a second message without it closes them.
struct stop_branch {
  bool drain = false;
};
/// Asks a supervisor whom it looks after, to show or to test the tree. Those that are ending are left out.
struct list_children {};
struct child_actor {
  std::string
      name; ///< among its siblings: a tenant's or an import's id, "wave 3", "batch 12", "planner item"
  caf::strong_actor_ptr actor;
};
struct child_list {
  std::vector<child_actor> children;
};

// -- budget: bytes of response bodies that the node may hold at once
// -----------------------------------------------

/// Answered with `bytes_reserved` once there is room. Given back by `release_bytes` or the holder's end.
struct reserve_bytes {
  std::uint64_t bytes = 0;
};
struct bytes_reserved {
  std::uint64_t bytes = 0;
};
struct release_bytes {
  std::uint64_t bytes = 0;
};

/// The node's byte budget: whoever is going to hold a response body reserves its room before it asks for a
/// slot.
using budget_actor = caf::typed_actor<
    /// Answered in order of arrival, once there is room.
    sig<bytes_reserved, reserve_bytes>,
    /// Gives room back.
    sig<void, release_bytes>>;

// -- credential: one per tenant
// ------------------------------------------------------------------------------------

/// Asks for the Authorization header of one request; each try asks anew. Answered with `authorized`.
struct authorize {
  std::string method;
  std::string url;
  std::uint64_t refused_login = 0; ///< a generation that is known to be refused: not that one again
};
struct authorized {
  std::string header;           ///< a whole "Authorization: ..." line; empty where requests are not signed
  std::uint64_t generation = 0; ///< the login that it belongs to
};
/// What the answer to an authorized request said about its login and about the server's clock.
struct login_seen {
  std::uint64_t generation = 0;
  bool refused = false;
  unix_ms server_date = 0;
  unix_ms local = 0;
};
/// Signs requests of one tenant; keeps and renews its token, one renewal at a time.
using credential_actor = caf::typed_actor<sig<authorized, authorize>, sig<void, login_seen>>;

// -- pool: one per NetSuite account
// ----------------------------------------------------------------------------------

/// Asks for a slot. Answered with `lease` at the grant, or with `ec::authentication` once the tenant's login
/// counts as refused; a requester that ends before is forgotten.
struct acquire_slot {
  std::string
      import_id; ///< whom the wait is counted for, and who takes turns; a tenant's id for its own requests
  bool retry = false; ///< was refused a moment ago: goes to the head of the queue
  std::string tenant = {};
  std::uint64_t login = 0; ///< the generation that the request is signed with; zero if it is not
  urgency how_urgent = urgency::interactive;
  slot_purpose what = slot_purpose::work;
};
/// The right to have one request open, named by the transfer that uses it. The upper half of the id is the
/// pool's epoch: a late end of an earlier epoch's lease changes nothing.
struct lease {
  transfer_id id = 0;
  bool probe = false; ///< granted during an outage, to find out whether it is over
  /// Not zero: there is no lease, since this login was refused in the meantime. Sign anew, then ask again.
  std::uint64_t refused_login = 0;
};
/// Only this gives a lease back. Sent by the http actor when the transfer has closed, or was never opened.
struct transfer_closed {
  transfer_id id = 0;
  ec code = ec::none; ///< how it ended
  std::chrono::microseconds duration{0};
  std::chrono::seconds retry_after{0};
  bool opened = true; ///< false: the lease ended without a request
  std::string text;
  bool reused = false; ///< went over a kept connection
};
/// Whether the failure of a transfer was part of an outage, and so no attempt of whoever made the request.
/// Answered when that can be told, which takes a few seconds at most.
struct judge_failure {
  transfer_id id = 0;
};
struct judged {
  bool excused = false;
};
/// Opens a tenant's refused login for one more try.
struct retry_login {
  std::string tenant;
};
struct query_pool {};
/// Another limit for the account, and where it comes from. A limit of the account's own telling does not
/// replace an operator's.
struct set_limit {
  std::uint32_t limit = 0;
  limit_source source = limit_source::governance;
  std::string note;                          ///< why the account would not tell, for fallback
  std::optional<std::uint32_t> reserve = {}; ///< of it, left to other integrations; nothing: as it was
};
/// Forgets what was learnt about the limit, an operator's limit, and leases whose transfers are not open.
struct reset_pool {};
/// To the watchers of a pool (tenants): the account has not answered for the configured time.
struct account_unavailable {
  unix_ms since = 0;
  std::string reason;
};
/// To the watchers of a pool: it answers again.
struct account_available {};
/// To the watchers of a pool: a request failed and none is open that could tell whether the account is down.
/// Whoever can, asks it something.
struct account_suspect {};
/// To the watchers of a pool: NetSuite refused this tenant's login twice in a row.
struct login_refused {
  std::string tenant;
  std::string reason;
};
/// Whoever wants to know how the account is.
using account_watcher = caf::typed_actor<sig<void, account_unavailable>, sig<void, account_available>,
                                         sig<void, account_suspect>, sig<void, login_refused>>;
struct watch_pool {
  account_watcher watcher;
};

/// The slots of one NetSuite account.
using pool_actor = caf::typed_actor<
    /// Answered at the grant, which may take long; the pool watches the requester and forgets it when it
    /// ends.
    sig<lease, acquire_slot>,
    /// From the http actor: the lease is over.
    sig<void, transfer_closed>, sig<judged, judge_failure>, sig<pool_status, query_pool>,
    sig<void, watch_pool>, sig<void, retry_login>,
    /// Both are answered with the state after the change.
    sig<pool_status, set_limit>, sig<pool_status, reset_pool>,
    /// Own loop: a paced grant or a lingering slot is due.
    sig<void, tick>>;

// -- http: the thin actor in front of the http engine
// ------------------------------------------------------------------

struct fetch {
  http_request request;
  pool_actor pool; ///< hears of the transfer's end
};
/// `what.code` is none if the response is a good answer; otherwise its class.
struct fetched {
  http_response response;
  failure what;
};
/// Closes a transfer; its fetch is answered as cancelled. For a transfer that is not open, only the pool is
/// told.
struct cancel_transfer {
  transfer_id id = 0;
  pool_actor pool;
};
/// Own loop: the engine's thread reports a closed transfer.
struct transfer_ended {
  http_response response;
};
struct query_http {};
struct http_counts {
  std::uint64_t transfers = 0;
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t reused = 0;
  std::uint64_t lost = 0; ///< over kept connections that turned out to be dead
};
/// Which transfers are open.
struct list_transfers {};
struct open_transfers {
  std::vector<transfer_id> ids;
};

/// Performs requests through the one http engine of the process.
using http_actor = caf::typed_actor<
    /// Answered when the transfer has closed. The pool hears of it first.
    sig<fetched, fetch>, sig<void, cancel_transfer>, sig<http_counts, query_http>,
    sig<open_transfers, list_transfers>,
    /// Own loop.
    sig<void, transfer_ended>>;

// -- store: one per tenant database
// ------------------------------------------------------------------------------------

struct create_import {
  import_row row;
};
struct load_import {
  std::string id;
};
struct load_imports {
  std::uint32_t limit = 50;
  bool unfinished = false; ///< only those that have not ended; oldest first then
};
struct import_rows {
  std::vector<import_row> rows; ///< newest first
};
/// Moves an import on; `stale` if its state in the ledger forbids that. A time of zero leaves the ledger's.
struct save_import_state {
  std::string id;
  import_state state = import_state::queued;
  std::string error;
  unix_ms started_at = 0;
  unix_ms finished_at = 0;
  pause_cause paused_by = pause_cause::none;
};
/// Makes or completes the table of a record type before its first batch.
struct prepare_table {
  std::string record_type;
};
struct table_prepared {
  type_mark mark;
  /// The keys (of a set, of the parents) of records that were rejected before: to be asked for again.
  std::vector<std::int64_t> again;
  bool too_many_again = false; ///< there are more of them than one query can name
};
/// The marks of these record types.
struct load_marks {
  std::vector<std::string> record_types;
};
struct type_marks {
  std::vector<type_mark> marks;
};
struct save_types {
  std::string import_id;
  std::vector<type_row> types;
};
/// Writes a record type's final state, and moves its watermark if everything of it is in.
struct finish_type {
  std::string import_id;
  type_row type;
};
struct type_finished {
  type_row type; ///< with what was found gone above its last batch
};
/// Makes one index that the table of a completed record type still lacks; answered with how many are left.
/// One at a time, so that other writes get in between.
struct make_index {
  std::string record_type;
};
struct indexes_left {
  std::uint64_t count = 0;
};
/// A plan may have many thousand batches: they are shared on their way, not copied.
using planned_batches = std::shared_ptr<const std::vector<batch_row>>;
/// Adds a plan, or a part of it.
struct add_batches {
  std::string import_id;
  type_row type;
  planned_batches batches;
};
struct pick_up_batch {
  std::string import_id;
  std::uint64_t batch = 0;
};
struct picked_up {
  std::uint32_t pick_up = 0;
};
/// Of a batch that runs alone, before its answer is looked at: see `tenant_store::note_arrival`.
struct note_arrival {
  std::string import_id;
  std::uint64_t batch = 0;
  std::uint32_t pick_up = 0;
};
/// Ends a pick-up that stored nothing; `batch` is the row as it stands afterwards.
struct end_pick_up {
  std::string import_id;
  batch_row batch;
  bool failed_attempt = false; ///< keep the row's error among the failed attempts
  unix_ms at = 0;
  std::vector<batch_row> children; ///< of a split: the parts that its range lives on in
};
/// After a death: the running batches of these record types are pending again, interrupted. None named: of
/// all.
struct reset_running {
  std::string import_id;
  std::vector<std::string> record_types;
};
/// See `tenant_store::retry`.
struct retry_batches {
  std::string import_id;
  std::uint64_t batch = 0; ///< zero: every one that has failed
};
struct load_rejected {
  std::string record_type; ///< empty: of all
  std::uint32_t limit = 100;
};
struct begin_cancel {
  std::string import_id;
  std::string requested_by;
  unix_ms at = 0;
};
struct finish_cancel {
  std::string import_id;
  unix_ms at = 0;
};
/// The errors that the ledger holds: failed attempts, rejected records, failed record types and imports.
struct load_errors {
  std::string import_id; ///< empty: of all imports
  std::uint32_t limit = 20;
};
/// How the last imports of a main record type went that got through; newest first.
struct load_past {
  std::string record_type;
  import_mode mode = import_mode::full;
  std::uint32_t limit = 10;
};
struct past_imports {
  std::vector<past_import> imports;
};
/// How the database is. Answered in turn, so the time it takes is that of the queue.
struct query_store {};
struct store_health {
  std::uint64_t failures = 0; ///< requests that the database failed: away, full, locked, damaged
  failure last;               ///< the last of them
};
/// What the database's owner before this one left behind.
struct query_ownership {};
/// A clean stop: see `tenant_store::release_ownership`.
struct release_database {};
/// Whether the tenant is suspended; survives restarts.
struct query_suspension {};
struct save_suspension {
  suspension now;
};
// What an import does after its batches: deletions and verification.

/// Which of these records are in the database, not marked as deleted, or still have rows in their sets.
struct find_live {
  std::string record_type;
  std::vector<std::int64_t> keys;
  std::vector<std::string> sets; ///< the record types that are sets of this one
};
struct live_keys {
  std::vector<std::int64_t> keys;
};
/// Marks or removes records that the account has deleted, and removes the rows of their sets.
struct delete_records {
  std::string import_id;
  std::string record_type;
  std::vector<std::int64_t> keys;
  std::vector<std::string> sets;
};
struct records_deleted {
  std::uint64_t count = 0; ///< of the record type itself
};
/// Deletions of these record types are in the database up to this time.
struct deletes_read {
  std::vector<std::string> record_types;
  unix_ms up_to = 0;
};
/// Counts the records of the table by buckets of keys; a width of zero asks for the extent alone.
struct count_keys {
  std::string record_type;
  std::int64_t width = 0;
  key_range range;
};
struct key_counts {
  std::vector<key_bucket> buckets; ///< those that hold something, in order
  std::uint64_t total = 0;         ///< records of the whole table, for a width of zero
  std::optional<key_range> extent; ///< of the whole table, for a width of zero; nothing if it is empty
};
/// Puts a range in order that was found to differ: the pages are all that the account has in it.
struct repair_range {
  batch_write what; ///< without a batch and a pick-up
};
/// Removes the ledger rows of imports that finished before this time.
struct prune_ledger {
  unix_ms older_than = 0;
};
struct add_note {
  std::string import_id;
  import_note note;
};

/// The one writer of a tenant's database. Every answer may be an error of the store category; requests are
/// served in the order of their arrival.
using store_actor = caf::typed_actor<
    sig<done, create_import>, sig<ledger_snapshot, load_import>, sig<import_rows, load_imports>,
    sig<done, save_import_state>, sig<table_prepared, prepare_table>, sig<done, save_types>,
    sig<type_finished, finish_type>, sig<indexes_left, make_index>, sig<done, add_batches>,
    sig<picked_up, pick_up_batch>, sig<done, note_arrival>, sig<batch_stored, batch_write>,
    sig<done, end_pick_up>, sig<done, reset_running>, sig<retried, retry_batches>,
    sig<rejected_list, load_rejected>, sig<cancel_receipt, begin_cancel>, sig<cancel_receipt, finish_cancel>,
    sig<done, add_note>, sig<error_report, load_errors>, sig<past_imports, load_past>,
    sig<store_health, query_store>, sig<ownership, query_ownership>, sig<done, release_database>,
    sig<suspension, query_suspension>, sig<done, save_suspension>, sig<type_marks, load_marks>,
    sig<live_keys, find_live>, sig<records_deleted, delete_records>, sig<done, deletes_read>,
    sig<key_counts, count_keys>, sig<batch_stored, repair_range>, sig<done, prune_ledger>>;

// -- batch and planner: the children of a wave
// -----------------------------------------------------------------------

/// What one page took, so that the next ones get the right size.
struct page_seen {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::chrono::microseconds took{0};
};
/// batch → wave: the one message that ends a pick-up.
struct pick_up_ended {
  enum class how : std::uint8_t { completed, released, interrupted, failed };
  /// What a search for the cause of a repeated failure has found out.
  enum class finding : std::uint8_t {
    none,           ///< there was no search, or it came to no end
    columns_broken, ///< `columns` make every query fail
    columns_fine,   ///< the cause lies in records of the range
    table_broken    ///< every query of the table fails
  };
  std::uint64_t batch = 0;
  how ended = how::interrupted;
  failure what;             ///< of a failed one; of a released one, what it waited for
  std::string operation_id; ///< NetSuite's, of the request that failed
  std::uint32_t refusals = 0;
  batch_stored stored;
  std::uint64_t bytes = 0; ///< of the response bodies, so that the next batches reserve the right room
  finding found = finding::none;
  std::vector<std::string> columns; ///< SuiteQL columns, for `columns_broken`
  std::vector<page_seen> pages;
};
/// Asks a batch what its pick-up is at.
struct query_pick_up {};
struct pick_up_phase {
  enum class at : std::uint8_t { beginning, budget, login, slot, request, store };
  std::uint64_t batch = 0;
  at what = at::beginning;
};

/// planner → its parent: further ranges of the record type. `whole` comes with the last ones.
struct ranges_planned {
  std::string record_type;
  std::vector<key_range> ranges;
  std::vector<std::uint64_t> weights; ///< records, one per range
  std::uint64_t total = 0;            ///< records, as far as known
  bool walked = false;                ///< by a keyset walk: `total` is an estimate until whole
  bool whole = false;
  std::uint64_t requests = 0; ///< that planning has taken so far
  /// All records of the one range, where asking for them was the plan: they need not be fetched again.
  std::shared_ptr<const record_set> first_page;
};
struct planning_failed {
  std::string record_type;
  failure what;
};

/// One pick-up of one batch: slot → fetch → decode → store → report, then it ends.
using batch_actor = caf::typed_actor<sig<void, stop_branch>, sig<pick_up_phase, query_pick_up>,
                                     /// Own loop: a patience is over.
                                     sig<void, tick>>;

/// What a planner needs of its parent.
using planner_parent = caf::typed_actor<sig<void, ranges_planned>, sig<void, planning_failed>>;

/// Plans one record type, then ends.
using planner_actor = caf::typed_actor<sig<void, stop_branch>,
                                       /// Own loop: the delay before another try is over.
                                       sig<void, tick>>;

// -- wave: one level of the dependency graph
// ---------------------------------------------------------------------------

/// import → wave: the record type is this import's to run: plan it, or go on after a restart.
struct begin_type {
  type_row row;
  std::vector<batch_row> batches; ///< what the ledger holds of it
  std::vector<std::string> dropped_columns;
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

// -- finishing: what an import does with a record type after its batches
// -----------------------------------------------------------------------------------------------------

/// verifier → import.
struct type_verified {
  std::string record_type;
  verification result;
  std::uint64_t deleted = 0; ///< records that its repairs found gone
  failure what;              ///< of a failed one
};
/// deletion run → import: `deletedrecord` is read, or cannot be.
struct deletions_done {
  failure what;                                 ///< code none if it was read
  std::map<std::string, std::uint64_t> deleted; ///< by record type
};
/// What both need of their parent.
using finishing_parent = caf::typed_actor<sig<void, type_verified>, sig<void, deletions_done>>;
/// Verifier and deletion run: they report once, then end.
using finishing_actor = caf::typed_actor<sig<void, stop_branch>,
                                         /// Own loop: the delay before another try is over.
                                         sig<void, tick>>;

// -- import: one run
// -----------------------------------------------------------------------------------------------

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

// -- control: one per node
// -------------------------------------------------------------------------------------------------

struct load_schedules {};
struct schedule_rows {
  std::vector<schedule> rows; ///< by name
};
/// Writes a schedule down.
struct store_schedule {
  enum class how : std::uint8_t { add, save, remove };
  schedule what;
  how done = how::save;
};

/// Which path a tenant's next import takes. Answered also while the control database is away: then with what
/// was known last.
using flag_actor = caf::typed_actor<sig<flag_decision, explain_flag>>;

/// The one user of the control database. What cannot be read or written is an error of the store category.
using control_actor =
    caf::typed_actor<sig<flag_decision, explain_flag>, sig<flag_list, list_flags>,
                     sig<flag_record, change_flag>, sig<schedule_rows, load_schedules>,
                     sig<done, store_schedule>,
                     /// Adds to the audit; never refused: what cannot be written now is written later.
                     sig<void, audit_entry>, sig<audit_list, list_audit>>;

/// Answered with a tenant's imports that have not ended, oldest first.
struct find_unfinished {
  std::string tenant;
};
/// What the scheduler needs of the node.
using starter_actor = caf::typed_actor<sig<import_status, start_import>, sig<import_rows, find_unfinished>>;

/// Starts imports when their schedules say so. `add_schedule` has been checked by the node.
using scheduler_actor =
    caf::typed_actor<sig<schedule_list, list_schedules>, sig<schedule_status, add_schedule>,
                     sig<schedule_status, change_schedule>,
                     /// Own loop: looks at what is due.
                     sig<void, tick>>;

// -- tenant, journal, node, session
// -----------------------------------------------------------------------------------

/// import → tenant: asks to run a record type; answered by one `claim_decided`, and after a waiting one by
/// another.
struct claim_type {
  std::string import_id;
  std::string record_type;
  import_mode mode = import_mode::full;
  import_options options; ///< whose result it may take instead depends on these
};
/// import → tenant: the record type has ended here; whoever waited may take it or run it.
struct type_ended {
  std::string import_id;
  type_row row;
};
struct query_tenant {};
struct tenant_status {
  std::uint64_t imports_running = 0;
  bool recovered = false; ///< the node before this one crashed
  suspension suspended = {};
};

/// How a tenant and its database are.
struct query_health {};
struct tenant_health {
  store_health store;
  bool waited_for = false;            ///< the tenant, or an import of it, cannot go on without the database
  std::chrono::milliseconds delay{0}; ///< of the database's answer
  suspension suspended = {};
};

/// node → tenant: the limit of its account as the configuration has it now.
struct adopt_limit {
  std::uint32_t limit = 0;
  bool automatic = false; ///< the account is asked for it
};
/// import → tenant: its state in the ledger is final, or paused.
struct import_ended {
  import_status status;
};

/// What an import needs of whoever runs it.
using import_parent = caf::typed_actor<sig<void, claim_type>, sig<void, type_ended>, sig<void, import_ended>>;

/// The comparison of the two paths: answers one question, then ends.
using parity_actor = import_parent::extend<sig<parity_report, check_parity>>;

using tenant_actor = caf::typed_actor<
    sig<import_status, start_import>, sig<import_status, query_import>, sig<import_status, pause_import>,
    sig<import_status, resume_import>, sig<cancel_receipt, cancel_import>, sig<import_list, list_imports>,
    sig<plan_report, plan_import>, sig<import_status, retry_import>, sig<batch_list, list_batches>,
    sig<rejected_list, list_rejected>, sig<blocker_list, query_blockers>, sig<parity_report, check_parity>,
    sig<tenant_status, query_tenant>,
    /// Both are answered when the suspension is in the database.
    sig<tenant_status, suspend_tenant>, sig<tenant_status, resume_tenant>,
    sig<record_type_list, list_record_types>, sig<import_rows, find_unfinished>, sig<done, stop_branch>,
    sig<child_list, list_children>,
    // for the monitor
    sig<tenant_health, query_health>, sig<error_report, query_errors>, sig<past_imports, load_past>,
    sig<import_rows, load_imports>,
    // from its imports
    sig<void, claim_type>, sig<void, type_ended>, sig<void, import_ended>,
    // from the account's pool
    sig<void, account_unavailable>, sig<void, account_available>, sig<void, account_suspect>,
    sig<void, login_refused>,
    // from the node
    sig<void, adopt_limit>,
    /// Own loop: looks whether the account is back.
    sig<void, tick>>;

/// Whoever follows the journal; may live in another process.
using subscriber_actor = caf::typed_actor<sig<void, journal_snapshot>, sig<void, import_event>>;

using journal_actor = caf::typed_actor<
    /// From imports; the journal stamps epoch and sequence.
    sig<void, import_event>, sig<void, subscribe>, sig<void, more_events>>;

/// node → monitor: a tenant whose database is to be watched; again when it was restarted.
struct watch_tenant {
  std::string id;
  tenant_actor tenant;
  std::string account = {};
  pool_actor pool = {};
};
/// node → monitor: a reload has removed it.
struct forget_tenant {
  std::string id;
};
/// import → monitor: an error that is in the ledger, for the counts of this life of the node.
struct error_seen {
  error_entry what;
};
/// An alert that somebody else has decided on, under an id of its own. Raising it again renews its text.
struct raise_alert {
  alert what;
};
struct clear_alert {
  std::string id;
  alert_subject about;
};
struct query_metrics {};
struct metrics_snapshot {
  std::vector<metric_family> families;
};

/// Watches imports (through the journal), accounts, databases and the process; counts errors, keeps alerts.
using monitor_actor = caf::typed_actor<sig<void, watch_tenant>, sig<void, forget_tenant>,
                                       sig<void, error_seen>, sig<void, raise_alert>, sig<void, clear_alert>,
                                       // from the journal
                                       sig<void, journal_snapshot>, sig<void, import_event>,
                                       /// From memory, for a tenant whose ledger does not answer.
                                       sig<error_report, query_errors>, sig<alert_list, query_alerts>,
                                       sig<metrics_snapshot, query_metrics>,
                                       /// Own loop: a sample is due.
                                       sig<void, tick>>;

struct query_journal {};
struct journal_handle {
  journal_actor journal;
};

/// Reads the configuration again, which takes a while: whoever does it has a thread of its own.
struct read_settings {};
struct settings_read {
  std::shared_ptr<const struct node_settings> settings;
};
/// Answers once, then ends.
using settings_reader_actor = caf::typed_actor<sig<settings_read, read_settings>>;

/// What people ask of a node, through whichever door.
using command_actor = caf::typed_actor<
    sig<import_status, start_import>, sig<import_status, query_import>, sig<cancel_receipt, cancel_import>,
    sig<import_status, pause_import>, sig<import_status, resume_import>, sig<import_list, list_imports>,
    sig<record_type_list, list_record_types>, sig<plan_report, plan_import>, sig<parity_report, check_parity>,
    sig<import_status, retry_import>, sig<batch_list, list_batches>, sig<rejected_list, list_rejected>,
    sig<blocker_list, query_blockers>, sig<node_status, query_node>, sig<node_stopping, stop_node>,
    sig<reload_report, reload_node>, sig<pool_status, tune_concurrency>, sig<tenant_list, list_tenants>,
    sig<tenant_info, suspend_tenant>, sig<tenant_info, resume_tenant>, sig<error_report, query_errors>,
    sig<alert_list, query_alerts>, sig<flag_list, list_flags>, sig<flag_record, change_flag>,
    sig<flag_decision, explain_flag>, sig<schedule_list, list_schedules>, sig<schedule_status, add_schedule>,
    sig<schedule_status, change_schedule>, sig<audit_list, list_audit>>;

/// What a node does for whoever came through a door.
using session_actor = command_actor::extend<sig<void, subscribe>, sig<void, more_events>>;

/// Behind the door: the only actor that a new link can see.
using door_actor = caf::typed_actor<sig<welcome, hello>>;

using node_actor =
    command_actor::extend<sig<metrics_snapshot, query_metrics>, sig<import_rows, find_unfinished>,
                          /// Of the doors, about a command that changes something: when it has ended.
                          sig<void, audit_entry>, sig<journal_handle, query_journal>,
                          sig<child_list, list_children>,
                          /// Stops everything below, then answers.
                          sig<done, stop_branch>>;

} // namespace tidemark

// Messages that stay inside the process: they need no wire form.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_journal)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_errors)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_past)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::past_imports)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_store)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::store_health)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_health)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::tenant_health)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::watch_tenant)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::forget_tenant)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::error_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::raise_alert)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::clear_alert)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_metrics)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::metrics_snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::journal_handle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::adopt_limit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::read_settings)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::settings_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::stop_branch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::list_children)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::child_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::reserve_bytes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::bytes_reserved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::release_bytes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::authorize)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::authorized)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::login_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::retry_login)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::acquire_slot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::lease)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::transfer_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::judge_failure)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::judged)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_pool)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::set_limit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::reset_pool)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::account_unavailable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::account_available)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::account_suspect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::login_refused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::watch_pool)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::fetch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::fetched)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::cancel_transfer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::transfer_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_http)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::http_counts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::list_transfers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::open_transfers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ledger_snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::batch_write)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::batch_stored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::create_import)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_import)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_imports)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::import_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::save_import_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::save_types)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::add_batches)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::pick_up_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::picked_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::note_arrival)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::end_pick_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::reset_running)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::retry_batches)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::retried)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_rejected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_pick_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::pick_up_phase)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::solitude)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::solitude_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_waits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::wave_waits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::begin_cancel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::finish_cancel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::add_note)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::prepare_table)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::finish_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::make_index)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::indexes_left)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::type_finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::table_prepared)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_marks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::type_marks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::find_live)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::live_keys)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::delete_records)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::records_deleted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::deletes_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::count_keys)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::key_counts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::repair_range)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::prune_ledger)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::type_verified)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::deletions_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_tenant)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::tenant_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::pick_up_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ranges_planned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::planning_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::begin_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::run_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::branch_stopped)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::batches_planned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::batch_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::type_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::note_added)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::import_blocked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::halt_import)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_ownership)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::release_database)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::suspension)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_suspension)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::save_suspension)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ownership)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::claim_decided)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::claim_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::type_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::import_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_schedules)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::schedule_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::store_schedule)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::find_unfinished)

// Messages that cross processes, by name.
CAF_BEGIN_TYPE_ID_BLOCK(tidemark, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(tidemark, (tidemark::hello))
CAF_ADD_TYPE_ID(tidemark, (tidemark::welcome))
CAF_ADD_TYPE_ID(tidemark, (tidemark::start_import))
CAF_ADD_TYPE_ID(tidemark, (tidemark::query_import))
CAF_ADD_TYPE_ID(tidemark, (tidemark::import_status))
CAF_ADD_TYPE_ID(tidemark, (tidemark::cancel_import))
CAF_ADD_TYPE_ID(tidemark, (tidemark::pause_import))
CAF_ADD_TYPE_ID(tidemark, (tidemark::resume_import))
CAF_ADD_TYPE_ID(tidemark, (tidemark::cancel_receipt))
CAF_ADD_TYPE_ID(tidemark, (tidemark::list_imports))
CAF_ADD_TYPE_ID(tidemark, (tidemark::import_list))
CAF_ADD_TYPE_ID(tidemark, (tidemark::list_record_types))
CAF_ADD_TYPE_ID(tidemark, (tidemark::record_type_list))
CAF_ADD_TYPE_ID(tidemark, (tidemark::plan_import))
CAF_ADD_TYPE_ID(tidemark, (tidemark::plan_report))
CAF_ADD_TYPE_ID(tidemark, (tidemark::retry_import))
CAF_ADD_TYPE_ID(tidemark, (tidemark::list_batches))
CAF_ADD_TYPE_ID(tidemark, (tidemark::batch_list))
CAF_ADD_TYPE_ID(tidemark, (tidemark::list_rejected))
CAF_ADD_TYPE_ID(tidemark, (tidemark::rejected_list))
CAF_ADD_TYPE_ID(tidemark, (tidemark::query_blockers))
CAF_ADD_TYPE_ID(tidemark, (tidemark::blocker_list))
CAF_ADD_TYPE_ID(tidemark, (tidemark::query_node))
CAF_ADD_TYPE_ID(tidemark, (tidemark::node_status))
CAF_ADD_TYPE_ID(tidemark, (tidemark::query_errors))
CAF_ADD_TYPE_ID(tidemark, (tidemark::error_report))
CAF_ADD_TYPE_ID(tidemark, (tidemark::query_alerts))
CAF_ADD_TYPE_ID(tidemark, (tidemark::alert_list))
CAF_ADD_TYPE_ID(tidemark, (tidemark::pool_status))
CAF_ADD_TYPE_ID(tidemark, (tidemark::lane_status))
CAF_ADD_TYPE_ID(tidemark, (tidemark::login_status))
CAF_ADD_TYPE_ID(tidemark, (tidemark::stop_node))
CAF_ADD_TYPE_ID(tidemark, (tidemark::node_stopping))
CAF_ADD_TYPE_ID(tidemark, (tidemark::reload_node))
CAF_ADD_TYPE_ID(tidemark, (tidemark::reload_report))
CAF_ADD_TYPE_ID(tidemark, (tidemark::tune_concurrency))
CAF_ADD_TYPE_ID(tidemark, (tidemark::list_tenants))
CAF_ADD_TYPE_ID(tidemark, (tidemark::tenant_info))
CAF_ADD_TYPE_ID(tidemark, (tidemark::tenant_list))
CAF_ADD_TYPE_ID(tidemark, (tidemark::suspend_tenant))
CAF_ADD_TYPE_ID(tidemark, (tidemark::resume_tenant))
CAF_ADD_TYPE_ID(tidemark, (tidemark::subscribe))
CAF_ADD_TYPE_ID(tidemark, (tidemark::more_events))
CAF_ADD_TYPE_ID(tidemark, (tidemark::journal_snapshot))
CAF_ADD_TYPE_ID(tidemark, (tidemark::import_event))
CAF_ADD_TYPE_ID(tidemark, (tidemark::list_flags))
CAF_ADD_TYPE_ID(tidemark, (tidemark::flag_list))
CAF_ADD_TYPE_ID(tidemark, (tidemark::change_flag))
CAF_ADD_TYPE_ID(tidemark, (tidemark::flag_record))
CAF_ADD_TYPE_ID(tidemark, (tidemark::explain_flag))
CAF_ADD_TYPE_ID(tidemark, (tidemark::flag_decision))
CAF_ADD_TYPE_ID(tidemark, (tidemark::list_schedules))
CAF_ADD_TYPE_ID(tidemark, (tidemark::schedule_list))
CAF_ADD_TYPE_ID(tidemark, (tidemark::add_schedule))
CAF_ADD_TYPE_ID(tidemark, (tidemark::change_schedule))
CAF_ADD_TYPE_ID(tidemark, (tidemark::schedule_status))
CAF_ADD_TYPE_ID(tidemark, (tidemark::list_audit))
CAF_ADD_TYPE_ID(tidemark, (tidemark::audit_list))
CAF_ADD_TYPE_ID(tidemark, (tidemark::audit_entry))
CAF_ADD_TYPE_ID(tidemark, (tidemark::check_parity))
CAF_ADD_TYPE_ID(tidemark, (tidemark::parity_report))
CAF_END_TYPE_ID_BLOCK(tidemark)
