/// The whole protocol: every message that stays inside a node and the typed interface of every actor, in the
/// order in which an import meets them. What crosses processes stands in `messages/remote.hpp`.
///
/// Commands travel down, facts travel up. Messages marked "own loop" are sent by an actor to itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/http.hpp"
#include "messages/ledger.hpp"
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
};
struct authorized {
  std::string header;           ///< a whole "Authorization: ..." line; empty where requests are not signed
  std::uint64_t generation = 0; ///< the login that it belongs to
};
/// What the answer to an authorized request said about its login and about the server's clock.
struct login_seen {
  std::uint64_t generation = 0;
  bool accepted = false;
  bool refused = false;
  unix_ms server_date = 0;
  unix_ms local = 0;
};
/// Opens a refused login for one more try.
struct retry_login {};
/// Signs requests of one tenant; keeps and renews its token, one renewal at a time.
using credential_actor =
    caf::typed_actor<sig<authorized, authorize>, sig<void, login_seen>, sig<void, retry_login>>;

// -- pool: one per NetSuite account
// ----------------------------------------------------------------------------------

/// Asks for a slot. Answered with `lease` at the grant; a requester that ends before is forgotten.
struct acquire_slot {
  std::string import_id; ///< whom the wait is counted for; empty for the node's own requests
  bool retry = false;    ///< was refused a moment ago: goes to the head of the queue
};
/// The right to have one request open, named by the transfer that uses it.
struct lease {
  transfer_id id = 0;
  bool probe = false; ///< granted during an outage to find out whether it is over: its failure is no attempt
};
/// Only this gives a lease back. Sent by the http actor when the transfer has closed, or was never opened.
struct transfer_closed {
  transfer_id id = 0;
  ec code = ec::none; ///< how it ended
  std::chrono::microseconds duration{0};
  std::chrono::seconds retry_after{0};
  bool opened = true; ///< false: the lease ended without a request
  std::string text;
};
struct query_pool {};
/// To the watchers of a pool (tenants): the account has not answered for the configured time.
struct account_unavailable {
  unix_ms since = 0;
  std::string reason;
};
/// To the watchers of a pool: it answers again.
struct account_available {};
/// Whoever wants to know how the account is.
using account_watcher = caf::typed_actor<sig<void, account_unavailable>, sig<void, account_available>>;
struct watch_pool {
  account_watcher watcher;
};

/// The slots of one NetSuite account.
using pool_actor = caf::typed_actor<
    /// Answered at the grant, which may take long; the pool watches the requester and forgets it when it
    /// ends.
    sig<lease, acquire_slot>,
    /// From the http actor: the lease is over.
    sig<void, transfer_closed>, sig<pool_status, query_pool>, sig<void, watch_pool>,
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
};

/// Performs requests through the one http engine of the process.
using http_actor = caf::typed_actor<
    /// Answered when the transfer has closed. The pool hears of it first.
    sig<fetched, fetch>, sig<void, cancel_transfer>, sig<http_counts, query_http>,
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
struct save_types {
  std::string import_id;
  std::vector<type_row> types;
};
/// Writes a record type's final state, and moves its watermark if everything of it is in.
struct finish_type {
  std::string import_id;
  type_row type;
};
/// Makes one index that the table of a completed record type still lacks; answered with how many are left.
/// One at a time, so that other writes get in between.
struct make_index {
  std::string record_type;
};
struct indexes_left {
  std::uint64_t count = 0;
};
/// Adds a plan, or a part of it.
struct add_batches {
  std::string import_id;
  type_row type;
  std::vector<batch_row> batches;
};
struct pick_up_batch {
  std::string import_id;
  std::uint64_t batch = 0;
};
struct picked_up {
  std::uint32_t pick_up = 0;
};
/// Ends a pick-up that stored nothing; `batch` is the row as it stands afterwards.
struct end_pick_up {
  std::string import_id;
  batch_row batch;
  bool failed_attempt = false; ///< keep the row's error among the failed attempts
  unix_ms at = 0;
};
/// After a death: the running batches of these record types are pending again, interrupted. None named: of
/// all.
struct reset_running {
  std::string import_id;
  std::vector<std::string> record_types;
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
/// What the database's owner before this one left behind.
struct query_ownership {};
/// A clean stop: see `tenant_store::release_ownership`.
struct release_database {};
struct add_note {
  std::string import_id;
  import_note note;
};

/// The one writer of a tenant's database. Every answer may be an error of the store category; requests are
/// served in the order of their arrival.
using store_actor =
    caf::typed_actor<sig<done, create_import>, sig<ledger_snapshot, load_import>,
                     sig<import_rows, load_imports>, sig<done, save_import_state>, sig<done, prepare_table>,
                     sig<done, save_types>, sig<done, finish_type>, sig<indexes_left, make_index>,
                     sig<done, add_batches>, sig<picked_up, pick_up_batch>, sig<batch_stored, batch_write>,
                     sig<done, end_pick_up>, sig<done, reset_running>, sig<cancel_receipt, begin_cancel>,
                     sig<cancel_receipt, finish_cancel>, sig<done, add_note>, sig<ownership, query_ownership>,
                     sig<done, release_database>>;

// -- batch and planner: the children of a wave
// -----------------------------------------------------------------------

/// batch → wave: the one message that ends a pick-up.
struct pick_up_ended {
  enum class how : std::uint8_t { completed, released, interrupted, failed };
  std::uint64_t batch = 0;
  how ended = how::interrupted;
  failure what;             ///< of a failed one; of a released one, what it waited for
  std::string operation_id; ///< NetSuite's, of the request that failed
  std::uint32_t refusals = 0;
  batch_stored stored;
  std::uint64_t bytes = 0; ///< of the response bodies, so that the next batches reserve the right room
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
};
struct planning_failed {
  std::string record_type;
  failure what;
};

/// One pick-up of one batch: slot → fetch → decode → store → report, then it ends.
using batch_actor = caf::typed_actor<sig<void, stop_branch>,
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
struct batch_changed {
  batch_row row;
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

using wave_actor = caf::typed_actor<sig<void, begin_type>, sig<void, run_type>, sig<void, stop_branch>,
                                    // from its children
                                    sig<void, pick_up_ended>, sig<void, ranges_planned>,
                                    sig<void, planning_failed>, sig<child_list, list_children>,
                                    /// Own loop: a batch's delay is over.
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
                     sig<void, batch_changed>, sig<void, type_changed>, sig<void, note_added>,
                     sig<void, import_blocked>, sig<void, branch_stopped>,
                     /// Own loop: the grace of a halt is over.
                     sig<void, tick>>;

// -- tenant, journal, node, session
// -----------------------------------------------------------------------------------

/// import → tenant: asks to run a record type; answered by one `claim_decided`, and after a waiting one by
/// another.
struct claim_type {
  std::string import_id;
  std::string record_type;
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
};

/// import → tenant: its state in the ledger is final, or paused.
struct import_ended {
  import_status status;
};

using tenant_actor = caf::typed_actor<sig<import_status, start_import>, sig<import_status, query_import>,
                                      sig<import_status, pause_import>, sig<import_status, resume_import>,
                                      sig<cancel_receipt, cancel_import>, sig<import_list, list_imports>,
                                      sig<plan_report, plan_import>, sig<tenant_status, query_tenant>,
                                      sig<done, stop_branch>, sig<child_list, list_children>,
                                      // from its imports
                                      sig<void, claim_type>, sig<void, type_ended>, sig<void, import_ended>,
                                      // from the account's pool
                                      sig<void, account_unavailable>, sig<void, account_available>,
                                      /// Own loop: looks whether the account is back.
                                      sig<void, tick>>;

/// Whoever follows the journal; may live in another process.
using subscriber_actor = caf::typed_actor<sig<void, journal_snapshot>, sig<void, import_event>>;

using journal_actor = caf::typed_actor<
    /// From imports; the journal stamps epoch and sequence.
    sig<void, import_event>, sig<void, subscribe>, sig<void, more_events>>;

struct query_journal {};
struct journal_handle {
  journal_actor journal;
};

/// What a node does for whoever came through a door.
using session_actor =
    caf::typed_actor<sig<import_status, start_import>, sig<import_status, query_import>,
                     sig<cancel_receipt, cancel_import>, sig<import_status, pause_import>,
                     sig<import_status, resume_import>, sig<import_list, list_imports>,
                     sig<record_type_list, list_record_types>, sig<plan_report, plan_import>,
                     sig<node_status, query_node>, sig<void, subscribe>, sig<void, more_events>>;

/// Behind the door: the only actor that a new link can see.
using door_actor = caf::typed_actor<sig<welcome, hello>>;

using node_actor = caf::typed_actor<
    sig<import_status, start_import>, sig<import_status, query_import>, sig<cancel_receipt, cancel_import>,
    sig<import_status, pause_import>, sig<import_status, resume_import>, sig<import_list, list_imports>,
    sig<record_type_list, list_record_types>, sig<plan_report, plan_import>, sig<node_status, query_node>,
    sig<journal_handle, query_journal>, sig<child_list, list_children>,
    /// Stops everything below, then answers.
    sig<done, stop_branch>>;

} // namespace tidemark

// Messages that stay inside the process: they need no wire form.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_journal)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::journal_handle)
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
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_pool)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::account_unavailable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::account_available)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::watch_pool)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::fetch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::fetched)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::cancel_transfer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::transfer_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_http)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::http_counts)
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
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::end_pick_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::reset_running)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::begin_cancel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::finish_cancel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::add_note)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::prepare_table)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::finish_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::make_index)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::indexes_left)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_tenant)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::tenant_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::pick_up_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ranges_planned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::planning_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::begin_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::run_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::branch_stopped)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::batch_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::type_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::note_added)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::import_blocked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::halt_import)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_ownership)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::release_database)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ownership)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::claim_decided)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::claim_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::type_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::import_ended)

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
CAF_ADD_TYPE_ID(tidemark, (tidemark::query_node))
CAF_ADD_TYPE_ID(tidemark, (tidemark::node_status))
CAF_ADD_TYPE_ID(tidemark, (tidemark::pool_status))
CAF_ADD_TYPE_ID(tidemark, (tidemark::subscribe))
CAF_ADD_TYPE_ID(tidemark, (tidemark::more_events))
CAF_ADD_TYPE_ID(tidemark, (tidemark::journal_snapshot))
CAF_ADD_TYPE_ID(tidemark, (tidemark::import_event))
CAF_END_TYPE_ID_BLOCK(tidemark)
