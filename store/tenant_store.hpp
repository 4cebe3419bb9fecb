/// The database of one tenant: its records, and the ledger of the imports that brought them.
#pragma once

#include "config/criteria.hpp"
#include "messages/alerts.hpp"
#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "messages/value_sums.hpp"
#include "messages/words.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// A new state of an import. A time of zero leaves the time in the ledger as it is.
struct import_change {
  import_state state = import_state::queued;
  std::string error = {}; ///< why it is paused or failed; empty clears the old reason
  unix_ms started_at = 0;
  unix_ms finished_at = 0;
  pause_cause paused_by = pause_cause::none; ///< of `paused`; `none` otherwise
};

/// One real failure of a batch, as it is kept in `batch_attempts`.
struct failed_attempt {
  std::string category; ///< the error class that it was counted under
  std::string code;     ///< NetSuite's code or the HTTP status
  std::string text;
  std::string operation_id; ///< NetSuite's id of the request
  unix_ms at = 0;
};

/// How a pick-up ended that stored nothing.
struct pick_up_end {
  /// The batch as it stands afterwards: its new state, and counters of which exactly one has grown by one
  /// since the pick-up (`failed_attempts`, `split`, `released` or `interrupted`; `refusals` may grow freely).
  batch_row batch;
  /// Required if `failed_attempts` has grown, allowed for a split, meaningless otherwise.
  std::optional<failed_attempt> attempt;
  /// The parts of a split batch: they cover its range without gap or overlap, in key order.
  std::vector<batch_row> children;
};

/// A failed attempt as it is read back.
struct attempt_row {
  std::uint64_t batch = 0;
  std::uint32_t pick_up = 0;
  failed_attempt attempt;
};

/// An unfinished batch that was running when its process or its actor died, and how often that has happened.
struct batch_deaths {
  std::uint64_t batch = 0;
  std::uint32_t deaths = 0;
};

/// What `count_keys` counts.
struct key_totals {
  std::vector<key_bucket> buckets; ///< those that hold something, in order
  std::uint64_t total = 0;
  std::optional<key_range> extent;      ///< nothing if the table is empty
  std::uint64_t kept_aside = 0;         ///< of these, those that are not in the table: they were rejected
  std::uint64_t kept_older = 0;         ///< those that are there as they were before they were rejected
  std::vector<value_sum> sums_left_out; ///< for a width of zero: those that comparisons go without
};

/// The one writer of a tenant's database. Every function blocks and must be called from one thread at a time;
/// each writes in one transaction, which is rolled back as a whole if it fails, and leaves the store usable.
///
/// Every function may fail with
/// - `ec::store_unavailable`: locked, disk full, read-only, I/O error. Waiting may help.
/// - `ec::store_defect`: damaged, or changed by somebody else. Waiting does not help.
///
/// and every function that writes, with
/// - `ec::fenced`: another owner has come since `take_ownership`, or it was never called.
///
/// Functions that take an import's id fail with `ec::unknown_import` if the ledger does not have it.
class tenant_store {
public:
  tenant_store() = default;
  tenant_store(const tenant_store&) = delete;
  tenant_store& operator=(const tenant_store&) = delete;
  virtual ~tenant_store() = default;

  // -- ownership ----------------------------------------------------------------------------------

  /// Raises the fence: from now on this store may write, and every earlier owner may not. What an owner that
  /// did not release the database was running becomes pending again, interrupted by a death, but for imports
  /// that are being cancelled.
  /// `ec::fenced` if somebody else has taken it since it was as `store_options::known`, and has not left it.
  virtual outcome<ownership> take_ownership(std::string_view owner) = 0;

  /// As it was taken over, or opened again, and with this store's last write: what the file is to be known by
  /// when it is opened again (`store_options::mine`).
  virtual const std::optional<ownership>& taken() const noexcept = 0;

  /// Whether the database is still what it was under its name, and this owner's: `ec::store_unavailable` with
  /// `store_words::moved` if another file, or other contents of the same file, stand there; `ec::fenced`.
  virtual outcome<void> check() = 0;

  /// The bytes of what is written and stands beside the database still, since somebody reads it as it was
  /// before. If that is more than usual it is written back and given free, unless they are reading on.
  virtual std::uint64_t tend_log() = 0;

  /// Leaves its log as it is when this is closed: what stands in the file may not be what the log belongs to.
  virtual void leave_log() noexcept = 0;

  /// A clean stop: the next owner is told that nothing was cut off, also if somebody else's lock, a full disk
  /// or the like keeps that out of the database. This store may still write afterwards.
  virtual outcome<void> release_ownership() = 0;

  /// Whether the tenant is suspended; `since` zero: it is not.
  virtual outcome<suspension> present_suspension() = 0;
  virtual outcome<void> set_suspension(const suspension& now) = 0;

  // -- record tables ------------------------------------------------------------------------------

  /// Makes the table of a record type, or adds the columns that its criteria have gained, and learns how to
  /// write it. To be called before the first batch of the type is stored. A column that the criteria have
  /// lost stays; one that they have gained lacks its values in the rows that are there, so the type's
  /// watermark goes. So may a field without any value change its type. `ec::bad_config` for a table that
  /// tidemark did not make, a changed key, or a changed type of a field that has values.
  virtual outcome<void> prepare_table(const record_type& type) = 0;

  /// Makes one of the indexes that the references of a type lack, and returns how many are lacking still. To
  /// be called until that is none once the type has finished, with other writes in between: building an index
  /// over a filled table costs a small part of keeping it while the table is filled, but a second or so per
  /// million records. `ec::unknown_record_type` if the table was not prepared.
  virtual outcome<std::size_t> make_next_index(std::string_view record_type) = 0;

  // -- imports ------------------------------------------------------------------------------------

  /// `ec::conflict` if the id exists.
  virtual outcome<void> create_import(const import_row& row) = 0;
  virtual outcome<ledger_snapshot> load_import(std::string_view import_id) = 0;
  /// Of each record type and mode the newest in each state, newest first: what later imports may have
  /// overtaken, however many there were. Pages of all imports are `ledger_reader::imports`.
  virtual outcome<std::vector<import_row>> latest_imports() = 0;
  /// Those in no final state, oldest first.
  virtual outcome<std::vector<import_row>> unfinished_imports() = 0;

  /// Moves an import on; `ec::stale` if its present state does not allow that (`import_transitions.hpp`).
  /// `cancelling` and `cancelled` are reached through `begin_cancel` alone: `ec::bad_request`.
  /// A final state finishes whatever is left of the import's batches and types as `cancelled`, and forgets
  /// what was noted as missing and is not held, unless it is `failed`, which may be retried;
  /// `completed` with a batch that is neither completed nor split is refused as `ec::conflict`.
  virtual outcome<import_row> set_import_state(std::string_view import_id, const import_change& change) = 0;

  /// Writes record types, new or known. `ec::stale` if the import is cancelling or final.
  virtual outcome<void> save_types(std::string_view import_id, std::span<const type_row> types) = 0;
  outcome<void> save_type(std::string_view import_id, const type_row& type) {
    return save_types(import_id, {&type, 1});
  }

  /// Writes a record type in a final state and draws the consequences in the same transaction. If each of its
  /// batches is completed or split, the watermark moves to its server time, and of a type that was read whole
  /// what lies above its last batch is missing too. The schema notes of what the account has again are
  /// dropped; if the type was not read whole, its watermark goes with them. A type that ends otherwise leaves
  /// no batch pending or running: they become `cancelled`.
  ///
  /// What its batches have noted as missing is gone: marked or removed, unless a later import has written it,
  /// with the rows of its sets (of a type without a filter), and counted in the row's `deleted`. If that is
  /// more than the type's guard allows (`may_go`), nothing of it is: the row says what is `held`, is
  /// completed with errors, and the watermark stays where it was, as not all is in. What older imports hold
  /// of the type is forgotten, if this one has asked for all that they had asked for and has got it. A type
  /// that has failed or is skipped holds nothing: what is too much stays noted, for a retry of the import.
  ///
  /// As long as values of live records are kept aside the type is completed with errors, and a note tells how
  /// many (`type_row::kept_aside`). Returns the row. `ec::stale` as for `save_types`.
  /// A type that another import has run takes along what that one has noted of it.
  virtual outcome<type_row> finish_type(std::string_view import_id, const type_row& type) = 0;

  /// What an import has noted of a record type.
  virtual outcome<std::vector<import_note>> notes_on(std::string_view import_id,
                                                     std::string_view record_type) = 0;

  /// Keeps a note, once per code, record type and subject. A dropped column, one that holds something else
  /// than declared and a skipped type become a schema note as well. Returns whether it is new.
  virtual outcome<bool> add_note(std::string_view import_id, const import_note& note) = 0;

  // -- batches ------------------------------------------------------------------------------------

  /// Adds a plan, or a part of it, and writes the type's row with it. Numbers, ranges and weights never
  /// change afterwards. `ec::stale` if the import is cancelling or final, `ec::conflict` if a number exists.
  virtual outcome<void> add_batches(std::string_view import_id, const type_row& type,
                                    std::span<const batch_row> batches) = 0;

  /// Notes that a batch which runs alone has its answer: if the process dies before the pick-up ends, that is
  /// its own doing (`batch_row::blamed`). `ec::stale` if it is not running in this pick-up.
  virtual outcome<void> note_arrival(std::string_view import_id, std::uint64_t batch,
                                     std::uint32_t pick_up) = 0;

  /// Sets a pending batch running and returns the number of this pick-up. `ec::stale` if the batch is not
  /// pending, or the import neither planning nor running.
  virtual outcome<std::uint32_t> pick_up(std::string_view import_id, std::uint64_t batch) = 0;

  /// Stores the records of a batch and completes it, all or nothing. `ec::stale` if the import is neither
  /// planning nor running, or the batch is not running in this pick-up; `ec::unknown_record_type` if the
  /// table was not prepared; `ec::internal` if range, record type or columns are not those of the batch and
  /// its table.
  ///
  /// Columns that the pages do not have keep their values. A record that the database refuses, without a key
  /// or with one outside the batch's range, is kept aside as rejected; the others go through. Unless the
  /// import is full, a record that stands there like this already is not written. Of a type that is read
  /// whole (`type_row::changed_since` is zero), live records of the range that did not arrive are noted as
  /// missing, until `finish_type`. So are, of a set, lines that did not arrive: of all parents of the range
  /// if the type is read whole, otherwise of the parents that have lines in the pages (which must be all of
  /// their lines). A rejected record has arrived; if its key is unreadable (for a set, not of the form
  /// `parent/key`), nothing of this range is noted. Values that did not fit are kept with the key of their
  /// record; what was kept of it before, or was looked for again, is settled.
  virtual outcome<batch_stored> store_batch(const batch_write& write) = 0;

  /// Ends a pick-up that stored nothing. `ec::stale` if the batch is not running in the pick-up that
  /// `counters.picked_up` names; `ec::internal` if the counters, the children or the state do not fit
  /// together. Allowed in every state of the import that is not final.
  virtual outcome<void> end_pick_up(std::string_view import_id, const pick_up_end& end) = 0;

  /// Running batches of these types (without a list, of all) become pending again, interrupted: whoever ran
  /// them is gone. `after_death`: by a death, which counts; otherwise it ended because its database was away.
  /// Returns every unfinished batch of these types that a death has interrupted, now or before.
  virtual outcome<std::vector<batch_deaths>> reset_running(std::string_view import_id,
                                                           std::optional<std::span<const std::string>> types,
                                                           bool after_death = true) = 0;

  /// Brings back what failed of an import that is completed with errors, failed or paused: one batch, or all
  /// for a `batch` of zero. They become pending with a fresh budget of attempts (`forgiven`) and untouched
  /// counters, their record types unfinished, the import `running`. Of a failed import, what its failure
  /// cancelled comes back too. `ec::conflict` for an import in another state, for a batch that has not
  /// failed, and if nothing has.
  virtual outcome<retried> retry(std::string_view import_id, std::uint64_t batch) = 0;

  /// The failed attempts of an import, newest first.
  virtual outcome<std::vector<attempt_row>> failed_attempts(std::string_view import_id,
                                                            std::size_t limit) = 0;

  /// How the last imports of a main record type went that completed, with or without errors; newest first.
  virtual outcome<std::vector<past_import>> past_imports(std::string_view record_type, import_mode mode,
                                                         std::size_t limit) = 0;

  // -- after the batches --------------------------------------------------------------------------

  /// Which of these records are in the database and not marked as deleted, or still have rows in the tables
  /// of the type's sets (if `by_sets_too`); of a set, which of these parents have rows. A record type without
  /// a table has none.
  virtual outcome<std::vector<std::int64_t>>
  find_live(std::string_view record_type, std::span<const std::int64_t> keys, bool by_sets_too = true) = 0;

  /// Marks or removes records that the account has deleted, and removes the rows of their sets. Returns how
  /// many records it were, without the rows of sets. `ec::stale` if the import is neither planning nor
  /// running.
  virtual outcome<std::uint64_t> delete_records(std::string_view import_id, std::string_view record_type,
                                                std::span<const std::int64_t> keys) = 0;

  /// Live records of the type, at most so many, spread over its keys; of a set, parents that have rows. None
  /// of a type without a table.
  virtual outcome<std::vector<std::int64_t>> sample_live(std::string_view record_type, std::size_t count) = 0;

  /// Which of these keys of the type other types that are no sets have too, by type: of live records or of
  /// marked ones.
  virtual outcome<std::vector<type_keys>> find_elsewhere(std::string_view record_type,
                                                         std::span<const std::int64_t> keys) = 0;

  /// Of a type of which changes alone were read, these records were found gone in another way: they are
  /// missing, and settled with whatever else the import has noted of the type, as by `finish_type`. What is
  /// held takes the type's marks back to before the import. Returns the type's row as it is in the ledger
  /// then. Of a set the keys are its parents', and stand for all their rows; these parents, and others that
  /// were looked at, are not among `changed_parents` any more, unless they are held. `ec::stale` and
  /// `ec::unknown_record_type` as for `settle_missing`.
  virtual outcome<type_row> settle_gone(std::string_view import_id, std::string_view record_type,
                                        std::span<const std::int64_t> keys,
                                        std::span<const std::int64_t> looked_at) = 0;

  /// The parents that have changed since somebody has looked whether they have rows in this set, and have
  /// some in the database. An import that is not full notes them with their change; a full one that does not
  /// read the set, at the end of their type.
  virtual outcome<std::vector<std::int64_t>> changed_parents(std::string_view set) = 0;

  /// Parents, at most so many, whose rows went from this set since they were found gone, and that are there
  /// again: nothing tells of these rows but the parents' keys. They are forgotten when a reading of the set
  /// that brought rows of theirs, or all of it, has ended.
  virtual outcome<std::vector<std::int64_t>> parents_back(std::string_view set, std::string_view parent_type,
                                                          std::size_t most) = 0;

  /// Deletions of the type are in the database up to this time. Forward only, and only for a type that has a
  /// watermark.
  virtual outcome<void> move_deletes(std::string_view record_type, unix_ms up_to) = 0;

  /// What was found out about the account's log of deletions.
  virtual outcome<deletion_log> load_deletion_log() = 0;

  /// Adds what is new, and forgets entries of before `first_day` ("2024-03-21").
  virtual outcome<void> add_to_deletion_log(const deletion_log& found, std::string_view first_day) = 0;

  /// The live records of the range by buckets of `width` keys, those that are kept aside as rejected
  /// included. For a width of zero the total and the extent of the whole table. `ec::unknown_record_type` if
  /// the table was not prepared.
  /// Each bucket with these sums of values.
  virtual outcome<key_totals> count_keys(std::string_view record_type, std::int64_t width,
                                         const key_range& range, std::span<const value_sum> sums = {}) = 0;

  /// Comparisons of the type go without these sums from now on, since they say nothing; with none of them,
  /// all are made again.
  virtual outcome<void> leave_out_value_sums(std::string_view record_type, std::span<const value_sum> sums,
                                             std::string_view reason) = 0;

  /// Stores the pages of a range that was found to differ; they are all that the account has in it. As
  /// `store_batch` of a type that is read whole, without a batch: `batch` and `pick_up` are not looked at.
  /// `first`: what the import has noted of the type before is forgotten.
  virtual outcome<batch_stored> repair_range(const batch_write& write, bool first) = 0;

  /// The type has been compared with the account, and ranges that differed were repaired: what they have
  /// noted as missing is settled as by `finish_type`, and what older imports hold of the type is forgotten.
  /// `repaired` is false if none differed: what the import has noted before is forgotten then.
  /// Returns the type's row as it is in the ledger then. `ec::stale` if the import is neither planning nor
  /// running, `ec::unknown_record_type` if it does not have the type or its table was not prepared.
  virtual outcome<type_row> settle_missing(std::string_view import_id, std::string_view record_type,
                                           bool repaired) = 0;

  // -- deletions that are held --------------------------------------------------------------------

  /// The records whose deletions an import holds, of one record type or of all for an empty name: those that
  /// are live and that no later import has written. Nothing if they were accepted before. `ec::conflict` if
  /// the import has not ended, if it holds none, if it was cancelled before the type had ended, and while
  /// another import that reads the type has not ended; `ec::unknown_record_type` if it does not have the
  /// type.
  virtual outcome<std::vector<type_keys>> held_records(std::string_view import_id,
                                                       std::string_view record_type) = 0;

  /// Carries out the deletions that `held_records` tells of, but for those that the account has `shown`
  /// since, which are held no more. The type's watermark follows, if it was read whole and has one, and if
  /// none was shown: what was hidden may have changed unseen. Notes who accepted it, and both figures, and
  /// returns how many records went; zero, and nothing changes, if it was accepted before. Errors as
  /// `held_records`.
  virtual outcome<std::uint64_t> accept_deletions(std::string_view import_id, std::string_view record_type,
                                                  std::string_view accepted_by,
                                                  std::span<const type_keys> shown = {}) = 0;

  /// What imports hold, by record type, of one the oldest import first.
  virtual outcome<std::vector<held_deletions>> list_held() = 0;

  // -- cancelling ---------------------------------------------------------------------------------

  /// Commits `cancelling`: from here on no batch of the import is picked up or stored. The receipt that it
  /// returns is final but for `finished_at`; what is pending and was never picked up counts as never started,
  /// what was running as interrupted, and what waited to be tried again as neither. Calling it again,
  /// also after the end, returns the same receipt. `ec::conflict` if the import ended otherwise.
  virtual outcome<cancel_receipt> begin_cancel(std::string_view import_id, std::string_view requested_by,
                                               unix_ms at) = 0;

  /// Ends what `begin_cancel` began: everything unfinished becomes `cancelled`. Calling it again returns the
  /// same receipt. `ec::conflict` if nobody began.
  virtual outcome<cancel_receipt> finish_cancel(std::string_view import_id, unix_ms at) = 0;

  /// `ec::conflict` if the import was not cancelled.
  virtual outcome<cancel_receipt> receipt(std::string_view import_id) = 0;

  // -- what outlives an import --------------------------------------------------------------------

  /// Up to when a type is in the database.
  virtual outcome<type_mark> mark(std::string_view record_type) = 0;
  /// Moves a record type's watermark forward; back only if it lies in the future. Returns where it stands.
  virtual outcome<unix_ms> move_watermark(std::string_view record_type, unix_ms server_time) = 0;
  /// Zero if there is none yet.
  virtual outcome<unix_ms> watermark(std::string_view record_type) = 0;

  /// The keys of the records that wait to be fetched again, of a set those of their parents, each once and in
  /// order. Records without a readable key have none. Records with a value kept aside are among them if all
  /// of these are fewer than `limit`.
  virtual outcome<std::vector<std::int64_t>> rejected_keys(std::string_view record_type,
                                                           std::size_t limit) = 0;

  /// Keeps what this account lacks (a dropped column, a skipped type), once per code, record type and
  /// subject. Returns whether it is new.
  virtual outcome<bool> add_schema_note(const import_note& note) = 0;
  virtual outcome<std::vector<import_note>> schema_notes() = 0;
  /// Forgets a note, since the account has the thing now. Returns whether there was one.
  virtual outcome<bool> drop_schema_note(const import_note& note) = 0;

  /// Removes the ledger rows of imports that finished before this time. Records, rejected records, watermarks
  /// and schema notes stay, and so do imports that hold deletions. Returns the number of imports.
  virtual outcome<std::uint64_t> prune(unix_ms older_than) = 0;
};

} // namespace tidemark
