/// store: one per tenant database.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/alerts.hpp"
#include "messages/caf_compat.hpp"
#include "messages/error.hpp"
#include "messages/inside/common.hpp"
#include "messages/ledger.hpp"
#include "messages/value_sums.hpp"
#include "messages/wire/imports.hpp"
#include "messages/words.hpp"

namespace tidemark {

struct create_import {
  import_row row;
};
struct load_import {
  std::string id;
};
enum class import_choice : std::uint8_t {
  unfinished, ///< oldest first
  latest,     ///< of each record type and mode the newest in each state, newest first
};
struct load_imports {
  import_choice which = import_choice::unfinished;
};
struct import_rows {
  std::vector<import_row> rows;
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
  std::string changed_criteria; ///< why it has to be read whole, although it was; empty: it has not to be
  /// The keys (of a set, of the parents) of records that were rejected before: to be asked for again.
  std::vector<std::int64_t> again;
  bool too_many_again = false; ///< there are more of them than one query can name
  /// Records that tell this type's changes have no change date: of a set the parents', if they have any.
  bool undated = false;
  /// Notes on columns that hold something else than declared: only who reads the type whole asks for them.
  std::vector<import_note> left_out;
  /// The columns that the numbers of its stored records are made of, of a wide key: without one of them every
  /// record would have another number.
  std::vector<std::string> key_columns = {};
  std::vector<import_note> lacks; ///< notes on columns that the account lacked when the type was last read
  std::optional<import_note> skipped = {}; ///< the note that the account lacks the type, as it was last seen
  /// Notes on what the account has to be asked otherwise than most, of the type and of a set's parent.
  std::vector<import_note> ways = {};
};
/// The marks of these record types.
struct load_marks {
  std::vector<std::string> record_types;
};
struct type_marks {
  std::vector<type_mark> marks;
  std::map<std::string, std::string> changed_criteria = {}; ///< by record type, as of `table_prepared`
  std::vector<import_note> ways = {};                       ///< as of `table_prepared`
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
  type_row type; ///< with what was found gone
  /// Of a type that another import has run: what that one has noted of it, which is this one's as well.
  std::vector<import_note> notes = {};
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
/// The running batches of these record types (without a list, of all) are pending again, interrupted: whoever
/// ran them is gone.
struct reset_running {
  std::string import_id;
  std::optional<std::vector<std::string>> record_types;
  bool after_death = true; ///< it died; otherwise it ended because its database was away
};
/// See `tenant_store::retry`.
struct retry_batches {
  std::string import_id;
  std::uint64_t batch = 0; ///< zero: every one that has failed
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
/// How the last imports of a main record type went that got through; newest first.
struct load_past {
  std::string record_type;
  import_mode mode = import_mode::full;
  std::uint32_t limit = 10;
};
struct past_imports {
  std::vector<past_import> imports;
};
/// How the database is: a look at it, if it is open. Answered in turn, so the time it takes is that of the
/// queue.
struct query_store {};
struct store_health {
  std::uint64_t failures = 0; ///< requests that the database failed: away, full, locked, damaged
  failure last;               ///< the last of them
  ownership taken = {};       ///< as it is known by; none yet if its fence is zero
  bool is_lost = false;       ///< to another owner, by this look
  std::optional<std::vector<held_deletions>> held = {}; ///< by record type; nothing if it is not known
  std::uint64_t log_bytes = 0;                          ///< see `tenant_store::tend_log`
};
/// What the database's owner before this one left behind.
struct query_ownership {};
/// Whether another process serves the tenant at this moment, and what became of the one before this one.
struct find_other_owner {};
struct other_owner {
  bool at_work = false;
  std::string who;  ///< that one, for people; empty if it is not known
  std::string fate; ///< of an owner before this one that did not say that it stopped: a sentence
};
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
  bool by_sets_too = true; ///< false: only those that are there themselves
};
struct live_keys {
  std::vector<std::int64_t> keys;
};
/// Marks or removes records that the account has deleted, and removes the rows of their sets.
struct delete_records {
  std::string import_id;
  std::string record_type;
  std::vector<std::int64_t> keys;
};
struct records_deleted {
  std::uint64_t count = 0; ///< of the record type itself
};
/// See `tenant_store::sample_live`.
struct sample_live {
  std::string record_type;
  std::uint32_t count = 0;
};
/// See `tenant_store::settle_gone`.
struct settle_gone {
  std::string import_id;
  std::string record_type;
  std::vector<std::int64_t> keys;
  std::vector<std::int64_t> looked_at = {};
};
/// See `tenant_store::changed_parents`.
struct load_changed_parents {
  std::string set;
};
/// Which of these keys of the type other types have as well, whether their records are live or marked.
struct find_elsewhere {
  std::string record_type;
  std::vector<std::int64_t> keys;
};
struct keys_elsewhere {
  std::vector<type_keys> found; ///< by the other types
};
/// What imports before this one have found out about the account's log of deletions.
struct load_deletion_log {};
/// Deletions of these record types are in the database up to this time.
struct deletes_read {
  std::vector<std::string> record_types;
  unix_ms up_to = 0;
  deletion_log found;    ///< what is new
  std::string first_day; ///< older entries are not asked for any more: what was kept of them may go
};
/// Counts the records of the table by buckets of keys; a width of zero asks for the extent alone.
struct count_keys {
  std::string record_type;
  std::int64_t width = 0;
  key_range range;
  std::vector<value_sum> sums = {}; ///< of each bucket
};
struct key_counts {
  std::vector<key_bucket> buckets; ///< those that hold something, in order
  std::uint64_t total = 0;         ///< records of the whole table, for a width of zero
  std::optional<key_range> extent; ///< of the whole table, for a width of zero; nothing if it is empty
  std::uint64_t kept_aside = 0; ///< of those in buckets, those that are not in the table: they were rejected
  std::uint64_t kept_older = 0; ///< those that are there as they were before they were rejected
  std::vector<value_sum> sums_left_out =
      {}; ///< for a width of zero: see `tenant_store::leave_out_value_sums`
};
/// See `tenant_store::leave_out_value_sums`.
struct leave_out_sums {
  std::string record_type;
  std::vector<value_sum> sums;
  std::string reason;
};
/// Puts a range in order that was found to differ: the pages are all that the account has in it.
struct repair_range {
  batch_write what;   ///< without a batch and a pick-up
  bool first = false; ///< of a comparison: what one before it has noted as missing is forgotten
};
/// The comparison of a record type is through: see `tenant_store::settle_missing`.
struct settle_missing {
  std::string import_id;
  std::string record_type;
  bool repaired = false; ///< this comparison has repaired ranges; if not, nothing is missing
};
/// See `tenant_store::list_held`.
struct find_held {};
struct held_list {
  std::vector<held_deletions> held;
};
/// See `tenant_store::held_records`.
struct load_held {
  std::string import_id;
  std::string record_type; ///< empty: of all
};
struct held_records {
  std::vector<type_keys> types;
};
/// See `tenant_store::accept_deletions`.
struct take_held {
  std::string import_id;
  std::string record_type; ///< empty: of all
  std::string requested_by;
  std::vector<type_keys> shown = {}; ///< of what is held, what the account shows
};
struct held_taken {
  std::uint64_t count = 0; ///< records
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
    sig<cancel_receipt, begin_cancel>, sig<cancel_receipt, finish_cancel>, sig<done, add_note>,
    sig<past_imports, load_past>, sig<store_health, query_store>, sig<ownership, query_ownership>,
    sig<done, release_database>, sig<suspension, query_suspension>, sig<done, save_suspension>,
    sig<type_marks, load_marks>, sig<live_keys, find_live>, sig<records_deleted, delete_records>,
    sig<done, deletes_read>, sig<deletion_log, load_deletion_log>, sig<key_counts, count_keys>,
    sig<batch_stored, repair_range>, sig<done, prune_ledger>, sig<other_owner, find_other_owner>,
    sig<type_finished, settle_missing>, sig<held_taken, take_held>, sig<live_keys, sample_live>,
    sig<type_finished, settle_gone>, sig<live_keys, load_changed_parents>, sig<done, leave_out_sums>,
    sig<keys_elsewhere, find_elsewhere>, sig<held_list, find_held>, sig<held_records, load_held>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_past)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::past_imports)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_store)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::store_health)
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
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_deletion_log)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::deletion_log)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::count_keys)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::key_counts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::leave_out_sums)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::repair_range)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::prune_ledger)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::settle_missing)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::sample_live)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::settle_gone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_changed_parents)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::find_elsewhere)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::keys_elsewhere)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::find_held)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::held_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_held)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::held_records)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::take_held)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::held_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_ownership)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::find_other_owner)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::other_owner)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::release_database)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_suspension)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::save_suspension)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ledger_snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::batch_write)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::batch_stored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::retried)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::suspension)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ownership)
