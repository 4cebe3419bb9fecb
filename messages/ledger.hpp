/// The rows of the ledger as values, as they pass between the store and the actors.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "messages/error.hpp"
#include "messages/record_set.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// How often a batch was picked up, and how each of these pick-ups ended. At every moment
/// picked_up = completed + failed_attempts + split + released + interrupted + (1 while it runs).
struct batch_counters {
  std::uint32_t picked_up = 0;
  std::uint32_t completed = 0;       ///< 0 or 1
  std::uint32_t failed_attempts = 0; ///< real failures only
  std::uint32_t split = 0;           ///< 0 or 1
  std::uint32_t released = 0;        ///< gave up waiting for a slot
  std::uint32_t interrupted = 0;     ///< by a stop, a pause, a cancel or a death
  std::uint32_t refusals = 0;        ///< refused for concurrency and waited on; ends no pick-up

  friend bool operator==(const batch_counters&, const batch_counters&) = default;
};

/// One batch of one record type. `number` is unique in the import and starts at 1.
struct batch_row {
  std::uint64_t number = 0;
  std::string record_type;
  key_range range;
  std::uint64_t weight = 0; ///< records it was planned to hold
  std::uint32_t deaths = 0; ///< interruptions by the death of the process, or of what ran it
  /// Of these, those that came while it ran alone and had its answer in hand: its own doing.
  std::uint32_t blamed = 0;
  /// Failed attempts before it was last retried by command: the budget begins anew after these.
  std::uint32_t forgiven = 0;
  batch_state state = batch_state::pending;
  batch_counters counters;
  std::uint64_t stored = 0;    ///< records that arrived and are in the database, once completed
  std::uint64_t rejected = 0;  ///< records kept aside, once completed
  std::uint64_t unchanged = 0; ///< of the stored ones, those that stood there like this before
  std::uint64_t deleted = 0;   ///< found gone, by an older version; since then the type's row counts them
  std::string error_code;      ///< of the last failed attempt
  std::string error_text;
  std::string operation_id; ///< NetSuite's id of the request that failed
  std::string native_code;  ///< NetSuite's code of it; kept with the failed attempt, not with the batch
};

/// What the comparison of a record type with the account said.
struct verification {
  proof result = proof::none;
  unix_ms at = 0;             ///< by the account's clock
  std::uint64_t rows = 0;     ///< records of the account then
  std::uint64_t repaired = 0; ///< ranges that differed at first and were imported once more
  std::string text;           ///< the ranges that differ and why, or why nothing could be compared
  std::string method;         ///< what was compared, for people; empty: nothing was
};

/// One record type in one import.
struct type_row {
  std::string name;
  std::uint32_t wave = 0;
  type_state state = type_state::waiting;
  bool planned = false;   ///< the plan is whole: no further batch will be added
  bool estimated = false; ///< `records_planned` is an estimate until the plan is whole
  std::uint64_t records_planned = 0;
  std::string taken_from;    ///< the other import that ran this type for this one, if any
  std::string error;         ///< why it failed or was skipped
  unix_ms server_time = 0;   ///< server time taken before its first query
  unix_ms changed_since = 0; ///< only records changed since then were asked for; zero: all of them
  std::uint64_t deleted = 0; ///< records found gone
  /// Records that were found gone and are not deleted, since they are too many, and of how many live ones;
  /// until somebody accepts it, or a newer import takes their place.
  std::uint64_t held = 0;
  std::uint64_t held_of = 0;
  verification verified;
  unix_ms started_at = 0;
  unix_ms finished_at = 0;
  /// At its end: that values of its records are kept aside, which and how many, for people; empty if none
  /// are. The ledger has it as a note.
  std::string kept_aside = {};
  /// How the type was described when this import planned it (`describe`); empty in an older ledger's rows.
  std::string description;
};

/// Batches by state. A split one lives on in its parts and is not counted.
struct batch_counts {
  std::uint64_t planned = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t running = 0;
  std::uint64_t pending = 0;
  friend bool operator==(const batch_counts&, const batch_counts&) = default;
};
struct record_counts {
  std::uint64_t planned = 0;
  std::uint64_t stored = 0;
  std::uint64_t rejected = 0;
  bool estimated = false;      ///< `planned` is an estimate: the plan is not whole yet
  std::uint64_t unchanged = 0; ///< of the stored ones, those that stood in the database like this before
  std::uint64_t deleted = 0;   ///< found gone
  std::uint64_t held = 0;      ///< found gone and not deleted, since they are too many
  friend bool operator==(const record_counts&, const record_counts&) = default;
};

/// What the batches of one record type come to.
struct type_totals {
  batch_counts batches;
  record_counts records; ///< without what was planned, which is the type's own to say
  std::uint64_t weight_planned = 0;
  std::uint64_t weight_done = 0; ///< of those that are completed or failed
  batch_counters pick_ups;       ///< summed over all batches, split ones included
};

/// Something that people should know about an import and that did not stop it: a dropped column, a skipped
/// type.
struct import_note {
  std::string record_type;
  std::string code; ///< stable, snake_case: column_dropped, type_skipped, plan_walked, ...
  std::string subject;
  std::string text;
  unix_ms at = 0;
};

/// Of a type that has values kept aside.
inline import_note note_on_kept_values(const type_row& type, unix_ms now) {
  return {type.name, "value_kept_aside", {}, type.name + ": " + type.kept_aside, now};
}

/// A record that could not be stored, or a value of one that is stored without it, and waits to be fetched
/// again.
struct kept_record {
  std::string record_type;
  rejected_record record;
  std::string import_id;
  std::uint64_t batch = 0;
  unix_ms at = 0;
};

/// What the file of a database itself, without its log, says of its owner.
struct owner_in_file {
  std::string database;    ///< its mark, which copies share; empty: it has none yet
  std::uint64_t fence = 0; ///< zero: it names no owner yet
  unix_ms since = 0;
  std::uint64_t writes = 0;
};

/// What a new owner of a tenant's database finds.
struct ownership {
  std::string database; ///< its mark, made at random once: tells it from any other, but not from its copies
  std::uint64_t fence = 0;
  unix_ms since = 0; ///< with the fence: tells what this owner has from what others had or copied
  /// How often owners have written it: tells it from an older copy of itself.
  std::uint64_t writes = 0;
  /// What the file itself has been seen to hold; nothing if that could not be seen. It may say more since,
  /// and never less: tells a file that was put under the log of this one.
  std::optional<owner_in_file> in_file = {};
  /// The owner before did not release the database: it crashed, or it is still at work and will be refused.
  bool after_crash = false;
};

/// What an import does beside fetching.
struct import_options {
  unix_ms since = 0;      ///< incremental: at least what has changed since then
  bool reconcile = false; ///< incremental: compare what `deletedrecord` does not cover, to find what is gone
  bool verify = false;    ///< compare each record type with the account once it is in
  std::uint32_t deep = 0; ///< mode verify: so many ranges, chosen at random, are compared value by value

  friend bool operator==(const import_options&, const import_options&) = default;
};

/// What is asked for when an import starts.
struct import_row {
  std::string id;
  std::string tenant;
  std::string record_type;
  import_mode mode = import_mode::full;
  std::string system = "chunked"; ///< or "legacy"
  import_state state = import_state::queued;
  std::string error;                         ///< why it is paused or failed
  pause_cause paused_by = pause_cause::none; ///< of a paused one
  unix_ms requested_at = 0;
  unix_ms started_at = 0;
  unix_ms finished_at = 0;
  std::string requested_by;
  urgency how_urgent = urgency::interactive; ///< a schedule's imports wait for those of people
  import_options options;
};

/// Where an import stands among all, which are listed with the newest first.
struct import_place {
  unix_ms requested_at = 0;
  std::string id; ///< empty: nowhere

  friend auto operator<=>(const import_place&, const import_place&) = default;
};

/// Why a tenant sends nothing to NetSuite, also over restarts; no reason: it is not suspended.
struct suspension {
  std::string reason;
  unix_ms since = 0;
  bool by_command = false; ///< by an operator, not by a refused login

  bool active() const noexcept { return since != 0; }
};

/// What a retry by command has brought back.
struct retried {
  import_row import; ///< as it stands afterwards
  std::uint64_t batches = 0;
};

/// What a cancel did. It is kept with the import and can be asked for again.
struct cancel_receipt {
  std::string import_id;
  std::string requested_by;
  unix_ms requested_at = 0;
  unix_ms finished_at = 0;
  std::uint64_t batches_completed = 0;
  std::uint64_t batches_interrupted = 0;   ///< were running when the cancel came
  std::uint64_t batches_never_started = 0; ///< never picked up; those that waited for another try are neither
};

/// Everything the ledger knows of one import.
struct ledger_snapshot {
  import_row import;
  std::vector<type_row> types;
  std::vector<batch_row> batches;
  std::vector<import_note> notes;
  bool has_receipt = false;
  cancel_receipt receipt;
};

/// A record type in the summary of an import.
struct type_summary {
  type_row row; ///< what progress depends on; no texts
  type_totals totals;
};

/// An import without its single batches.
struct import_summary {
  import_row import;
  std::vector<type_summary> types;
};

/// The records of one finished batch, to be stored together with its ledger row in one transaction.
struct batch_write {
  std::string import_id;
  std::string record_type;
  std::uint64_t batch = 0;
  std::uint32_t pick_up = 0; ///< the pick-up that fetched them; another one since makes this write stale
  key_range range;
  std::uint32_t refusals = 0; ///< of this pick-up
  /// The pages of the range in key order. Shared, so that a message copy costs nothing.
  std::vector<std::shared_ptr<const record_set>> pages;
  /// False: a part of the batch, from where the part before it ended; the batch goes on running.
  bool last = true;
};

/// What a write of a batch did.
struct batch_stored {
  std::uint64_t stored = 0;
  std::uint64_t rejected = 0;  ///< refused by decoding or by the database; kept in rejected_records
  std::uint64_t unchanged = 0; ///< of the stored ones, those that needed no write
  std::uint64_t missing = 0;   ///< noted, since they did not arrive
};

/// Deletions of a record type that an import has found and not carried out.
struct held_deletions {
  std::string record_type;
  std::string import_id;
  std::uint64_t count = 0;
  std::uint64_t of = 0; ///< live records of the type then

  friend bool operator==(const held_deletions&, const held_deletions&) = default;
};

/// A record by what identifies it: its own key, or its parent's and its own within that.
struct stored_key {
  std::int64_t ranged = 0;
  std::int64_t within = 0; ///< zero unless the type is a set

  friend auto operator<=>(const stored_key&, const stored_key&) = default;
};

/// Records of one record type.
struct type_keys {
  std::string record_type;
  std::vector<stored_key> keys; ///< in order

  friend bool operator==(const type_keys&, const type_keys&) = default;
};

/// What was found out about an account's log of deletions.
struct deletion_log {
  /// The log calls the record type so.
  struct name {
    std::string record_type;
    std::string named_as;
  };
  /// An entry that might have been about a record of the type, which the account has still.
  struct settled_entry {
    std::string record_type;
    std::string entry;
    std::string deleted_at; ///< as the log says it: "2024-03-21 12:00:00"
  };
  std::string way; ///< how it can be asked; empty if that is not known
  std::vector<name> names;
  std::vector<settled_entry> settled;
  std::vector<name> wrong = {}; ///< names that were learned and are not so
  unix_ms usual_tried_at = 0;   ///< when the usual way was last tried; zero: never, or not just now
};

/// Up to when a record type is in a tenant's database.
struct type_mark {
  std::string record_type;
  unix_ms watermark = 0;     ///< changes; zero if it was never read whole
  unix_ms deletes_until = 0; ///< deletions
  std::string description;   ///< as which it was read (`describe`); empty: not known
  bool undated = false;      ///< it has records without a change date, as far as is known
};

/// The records of a bucket of keys, `[bucket * width, (bucket + 1) * width)`, of the parent's key for a set.
struct key_bucket {
  std::int64_t bucket = 0;
  std::uint64_t count = 0;
  std::int64_t keys = 0;    ///< the sum of the records' keys
  std::int64_t parents = 0; ///< of a set, the sum of the parents' keys
  /// The sums of values that were asked for, in their order, in the form of `decimal_sum`; empty where one is
  /// not known. None at all where the records are not expected to have the account's values.
  std::vector<std::string> values = {};
};

} // namespace tidemark
