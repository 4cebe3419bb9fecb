#include "store/sqlite/sqlite_store.hpp"

#include "messages/store_words.hpp"
#include "store/import_transitions.hpp"
#include "store/sqlite/batch_writer.hpp"
#include "store/sqlite/batches.hpp"
#include "store/sqlite/cancels.hpp"
#include "store/sqlite/changed_parents.hpp"
#include "store/sqlite/cut_parents.hpp"
#include "store/sqlite/deletions.hpp"
#include "store/sqlite/errors.hpp"
#include "store/sqlite/failures.hpp"
#include "store/sqlite/held.hpp"
#include "store/sqlite/identity.hpp"
#include "store/sqlite/import_views.hpp"
#include "store/sqlite/imports.hpp"
#include "store/sqlite/kept_values.hpp"
#include "store/sqlite/key_counts.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/missing_records.hpp"
#include "store/sqlite/record_key.hpp"
#include "store/sqlite/record_tables.hpp"
#include "store/sqlite/retries.hpp"
#include "store/sqlite/stop_note.hpp"
#include "store/sqlite/tenant_rows.hpp"
#include "store/sqlite/undated_types.hpp"
#include "store/sqlite/value_sums.hpp"
#include "store/utc_text.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

bool is_unfinished(import_state state) noexcept { return !is_final(state); }

/// What is written lies in the batch, and ends it if it says so.
bool is_part_of(const batch_write& x, const key_range& batch) noexcept {
  bool begins_inside = !batch.after || (x.range.after && *x.range.after >= *batch.after);
  return x.last ? x.range.up_to == batch.up_to && begins_inside
                : x.range.up_to < batch.up_to && begins_inside;
}

constexpr auto page_bytes = 8192;
constexpr auto log_bytes = 16 << 20;
// A log is cut to its usual size by the next commit after it was written back, but there may be none.
constexpr std::uintmax_t tended_from = log_bytes + log_bytes / 4;

/// How the file is read and written.
///
/// Readers and the one writer do not wait for each other (WAL). With `synchronous = NORMAL` a power cut may
/// lose the newest commits, but it never separates records from the ledger row that was committed with them;
/// what it loses is fetched again. What somebody was told of is written with `FULL`. The death of the process
/// loses nothing. Cache, log and its leftovers are bounded, so that memory and disk stay flat however much is
/// written. References may dangle, so nothing enforces them.
std::string settings(const store_options& options) {
  return fmt::format("PRAGMA page_size = {};\n"
                     "PRAGMA journal_mode = WAL;\n"
                     "PRAGMA synchronous = NORMAL;\n"
                     "PRAGMA journal_size_limit = {};\n"
                     "PRAGMA cache_size = -{};\n"
                     "PRAGMA foreign_keys = OFF;",
                     page_bytes, log_bytes, options.cache_bytes / 1024);
}

constexpr auto brief_lock_patience = std::chrono::milliseconds{100};

} // namespace

// -- frame ----------------------------------------------------------------------------------------

sqlite_store::sqlite_store(connection db, const store_options& options)
    : db_(std::move(db)), options_(options), taken_(options.mine) {
  db_.keep_log({log_bytes / page_bytes, [this] { return check_file().has_value(); },
                [this] {
                  if (taken_) taken_->in_file = as_in_file(*taken_);
                },
                [this] { see_file(); }});
}

/// What is in the file now will be in it from now on.
void sqlite_store::see_file() {
  if (!taken_) return;
  if (auto found = read_owner_in_file(db_.path())) taken_->in_file = *found;
}

outcome<std::unique_ptr<tenant_store>> sqlite_store::open(const std::string& path,
                                                          const store_options& options) {
  if (options.mine)
    if (auto found = check_identity(path, *options.mine, options.lock_patience); !found)
      return std::unexpected(std::move(found.error()));
  if (!options.mine && options.known)
    if (auto found = check_not_older(path, *options.known, options.lock_patience); !found)
      return std::unexpected(std::move(found.error()));
  if (auto its = check_log(path); !its) return std::unexpected(std::move(its.error()));
  auto db = connection::open(path, options.lock_patience, options.hurry);
  if (!db) return std::unexpected(std::move(db.error()));
  if (auto ours = check_origin(*db, ledger_schema()); !ours) return std::unexpected(std::move(ours.error()));
  if (auto set = db->script(settings(options)); !set) return std::unexpected(std::move(set.error()));
  if (auto current = migrate(*db, ledger_schema()); !current)
    return std::unexpected(std::move(current.error()));
  return std::unique_ptr<tenant_store>{new sqlite_store(std::move(*db), options)};
}

template <class Body>
auto sqlite_store::write(Body&& body) -> std::invoke_result_t<Body> {
  if (auto right = notice_change(); !right) return std::unexpected(std::move(right.error()));
  auto tx = transaction::begin(db_, transaction::purpose::writing);
  // What stands in line behind a write that waited in vain would wait in vain as well, one after another.
  db_.wait_for_locks(tx ? options_.lock_patience : std::min(options_.lock_patience, brief_lock_patience));
  if (!tx) return std::unexpected(std::move(tx.error()));
  if (auto present = db_.check_present(); !present) return std::unexpected(std::move(present.error()));
  auto counted = count_write();
  if (!counted) return std::unexpected(std::move(counted.error()));
  auto result = body();
  if (!result) return result;
  if (auto right = notice_change(); !right) return std::unexpected(std::move(right.error()));
  if (auto done = tx->commit(); !done) return std::unexpected(std::move(done.error()));
  taken_->writes = *counted;
  return result;
}

template <class Body>
auto sqlite_store::write_for_good(Body&& body) -> std::invoke_result_t<Body> {
  // Takes effect as it is prepared, and not within a transaction.
  if (auto set = db_.script("PRAGMA synchronous = FULL"); !set)
    return std::unexpected(std::move(set.error()));
  auto result = write(std::forward<Body>(body));
  if (auto back = db_.script("PRAGMA synchronous = NORMAL"); !back && result)
    return std::unexpected(std::move(back.error()));
  return result;
}

template <class Body>
auto sqlite_store::read(Body&& body) -> std::invoke_result_t<Body> {
  if (auto right = notice_change(); !right) return std::unexpected(std::move(right.error()));
  auto tx = transaction::begin(db_, transaction::purpose::reading);
  if (!tx) return std::unexpected(std::move(tx.error()));
  return body();
}

/// The file changes when its log is written back, which is seldom: by any other change it has become another
/// file, out of which nothing is to be read, and nothing is to be written into its log on the strength of
/// that.
outcome<void> sqlite_store::notice_change() {
  auto now = stamp_of(db_.path());
  if (!now || *now == file_seen_) return {}; // a missing one is told by whoever writes
  db_.forget_pages();
  auto right = check_file();
  if (right) file_seen_ = *now;
  return right;
}

/// What was copied over the file, under the log, while this one has it open: the log must not be written back
/// into that.
outcome<void> sqlite_store::check_file() {
  if (copied_over_) return std::unexpected(*copied_over_);
  if (!taken_) return {};
  auto in_file = read_owner_in_file(db_.path());
  if (!in_file && is_damaged(in_file.error()) && db_.may_be_torn()) return {};
  bool is_put_there = !in_file && in_file.error().native_code == store_words::moved;
  if (!in_file && !is_put_there) return std::unexpected(std::move(in_file.error()));
  // The write that is being committed is not counted yet.
  if (in_file && is_file_of(*in_file, *taken_, taken_->writes + 1)) {
    taken_->in_file = *in_file;
    return {};
  }
  if (in_file && is_later(*in_file, *taken_)) {
    // Whoever has it now has written that, if its log, or the file without one, says so too.
    auto present = db_.first(owner_sql, read_ownership);
    if (!present) return std::unexpected(std::move(present.error()));
    if (*present && (*present)->database == in_file->database && (*present)->fence >= in_file->fence)
      return {};
  }
  copied_over_ = in_file ? not_of_its_log(db_.path(), *in_file, *taken_) : in_file.error();
  db_.leave_log();
  return std::unexpected(*copied_over_);
}

/// The count of this owner's writes, if what is read is what this owner has.
outcome<std::uint64_t> sqlite_store::check_owner() {
  if (!taken_)
    return fail(ec::fenced, fmt::format("the database {} was not taken over before writing", db_.path()),
                db_.path());
  auto found = db_.first(owner_sql, read_ownership);
  if (!found) return std::unexpected(std::move(found.error()));
  auto present = found->value_or(ownership{});
  auto moved = [&](failure what) -> outcome<std::uint64_t> {
    copied_over_ = std::move(what);
    db_.leave_log();
    return std::unexpected(*copied_over_);
  };
  if (present.database != taken_->database) return moved(replaced(db_.path()));
  if (present.fence > taken_->fence) return std::unexpected(taken_by_owner(db_));
  if (present.fence < taken_->fence || present.writes < taken_->writes) return moved(older_copy(db_.path()));
  if (present.since != taken_->since) return moved(replaced(db_.path()));
  return present.writes;
}

outcome<std::uint64_t> sqlite_store::count_write() {
  if (copied_over_) return std::unexpected(*copied_over_);
  auto writes = check_owner();
  if (!writes) return writes;
  if (auto done = db_.run("UPDATE owner SET writes = ?", ++*writes); !done)
    return std::unexpected(std::move(done.error()));
  return writes;
}

outcome<void> sqlite_store::check() {
  if (auto present = db_.check_present(); !present) return present;
  // One that another owner writes differs for a good reason.
  auto is_mine = read([&]() -> outcome<void> {
    auto writes = check_owner();
    if (!writes) return std::unexpected(std::move(writes.error()));
    return {};
  });
  bool may_be_damaged = !is_mine && is_mine.error().code == ec::store_defect;
  if (!is_mine && !may_be_damaged) return is_mine;
  auto whole = check_file();
  return whole ? is_mine : whole;
}

std::uint64_t sqlite_store::tend_log() {
  if (taken_ && db_.log_size() > tended_from) db_.empty_log();
  return db_.log_size();
}

outcome<record_writer*> sqlite_store::writer_of(std::string_view record_type) {
  auto found = records_.find(record_type);
  if (found != records_.end()) return &found->second;
  return fail(ec::unknown_record_type, fmt::format("the table of {} was not prepared", record_type),
              std::string{record_type});
}

// -- ownership ------------------------------------------------------------------------------------

/// Records of two accounts in one table would be told apart by nobody. Commands find an import by the id of
/// its tenant.
outcome<void> sqlite_store::check_whose() {
  if (!options_.tenant.empty()) {
    auto other = db_.first(
        "SELECT tenant FROM imports WHERE tenant <> ?1 AND (number = (SELECT max(number) "
        "FROM imports) OR state NOT IN ('cancelled', 'completed', "
        "'completed_with_errors', 'failed')) LIMIT 1",
        [](row& r) { return r.text(); }, options_.tenant);
    if (!other) return std::unexpected(std::move(other.error()));
    if (*other) return std::unexpected(other_tenant(db_.path(), **other, options_.tenant));
  }
  if (options_.account.empty()) return {};
  auto found = db_.first("SELECT account FROM owner", [](row& r) { return r.text(); });
  if (!found) return std::unexpected(std::move(found.error()));
  auto known = found->value_or("");
  if (known.empty() || known == options_.account) return {};
  return std::unexpected(other_account(db_.path(), known, options_.account));
}

outcome<ownership> sqlite_store::take_ownership(std::string_view owner) {
  auto tx = transaction::begin(db_, transaction::purpose::writing);
  if (!tx) return std::unexpected(std::move(tx.error()));
  auto before = db_.first(owner_sql, read_ownership);
  if (!before) return std::unexpected(std::move(before.error()));
  auto released = db_.first("SELECT released FROM owner", [](row& r) { return r.integer() != 0; });
  if (!released) return std::unexpected(std::move(released.error()));
  if (auto same = check_whose(); !same) return std::unexpected(std::move(same.error()));
  bool noted = has_stop_note(db_.path(), before->value_or(ownership{}));
  bool is_left = noted || released->value_or(true);
  if (auto& known = options_.known; known && before->value_or(*known).fence > known->fence && !is_left)
    return std::unexpected(taken_by_owner(db_));
  auto raised =
      db_.first("UPDATE owner SET fence = fence + 1, name = ?, since = ?, released = 0, writes = writes + 1, "
                "account = iif(?3 = '', account, ?3), "
                "database = iif(database = '', lower(hex(randomblob(8))), database) "
                "RETURNING database, fence, since, writes",
                read_ownership, owner, utc{options_.now()}, options_.account);
  if (!raised) return std::unexpected(std::move(raised.error()));
  if (!*raised) return fail(ec::store_defect, fmt::format("the database {} lacks its owner row", db_.path()));
  // Here alone it is known that whoever ran them is dead, and not just back from a database that was away.
  bool died = !is_left;
  if (auto reset = died ? reset_all_running(db_) : outcome<void>{}; !reset)
    return std::unexpected(std::move(reset.error()));
  if (auto done = tx->commit(); !done) return std::unexpected(std::move(done.error()));
  // One that is about another file stays: that may come back.
  if (noted) remove_stop_note(db_.path());
  taken_ = **raised;
  taken_->after_crash = died;
  // From here on the file is known to be this owner's, as far as no reader holds that up.
  db_.move_log();
  see_file();
  return *taken_;
}

outcome<void> sqlite_store::release_ownership() {
  auto released = write([&]() -> outcome<void> {
    if (auto whole = check_file(); !whole) return whole;
    auto done = db_.run("UPDATE owner SET released = 1");
    if (!done) return std::unexpected(std::move(done.error()));
    return {};
  });
  if (!released && released.error().code == ec::store_unavailable && taken_
      && leave_stop_note(db_.path(), *taken_))
    return {};
  return released;
}

outcome<suspension> sqlite_store::present_suspension() {
  return read([&]() -> outcome<suspension> {
    auto found =
        db_.first("SELECT suspended_since, suspended_reason, suspended_by_command FROM owner", [](row& r) {
          suspension x;
          x.since = r.time();
          x.reason = r.text();
          x.by_command = r.integer() != 0;
          return x;
        });
    if (!found) return std::unexpected(std::move(found.error()));
    return found->value_or(suspension{});
  });
}

outcome<void> sqlite_store::set_suspension(const suspension& now) {
  return write_for_good([&]() -> outcome<void> {
    auto set = db_.run("UPDATE owner SET suspended_since = ?, suspended_reason = ?, suspended_by_command = ?",
                       utc{now.since}, now.reason, now.by_command);
    if (!set) return std::unexpected(std::move(set.error()));
    return {};
  });
}

// -- record tables --------------------------------------------------------------------------------

outcome<void> sqlite_store::prepare_table(const record_type& type) {
  record_table table{type, options_.table_prefix, options_.remove_deleted};
  auto prepared = write([&]() -> outcome<void> {
    if (auto made = sqlite::prepare_table(db_, table, to_utc_text(options_.now())); !made) return made;
    return find_undated(db_, table);
  });
  if (prepared) records_.insert_or_assign(type.name, record_writer{std::move(table)});
  return prepared;
}

outcome<std::size_t> sqlite_store::make_next_index(std::string_view record_type) {
  auto writer = writer_of(record_type);
  if (!writer) return std::unexpected(std::move(writer.error()));
  return write([&] { return sqlite::make_next_index(db_, (*writer)->table()); });
}

// -- imports --------------------------------------------------------------------------------------

outcome<void> sqlite_store::create_import(const import_row& row) {
  return write_for_good([&] { return sqlite::create_import(db_, row); });
}

outcome<ledger_snapshot> sqlite_store::load_import(std::string_view import_id) {
  return read([&] { return read_snapshot(db_, import_id); });
}

outcome<std::vector<import_row>> sqlite_store::latest_imports() {
  return read([&] { return sqlite::latest_imports(db_); });
}

outcome<std::vector<import_row>> sqlite_store::unfinished_imports() {
  return read([&] { return sqlite::unfinished_imports(db_); });
}

outcome<import_row> sqlite_store::set_import_state(std::string_view import_id, const import_change& change) {
  return write_for_good([&] { return sqlite::set_import_state(db_, import_id, change, options_.now()); });
}

outcome<void> sqlite_store::save_types(std::string_view import_id, std::span<const type_row> types) {
  return write([&]() -> outcome<void> {
    auto head = find_import(db_, import_id, accepts_plans, "changes of its record types");
    if (!head) return std::unexpected(std::move(head.error()));
    return sqlite::save_types(db_, head->number, types);
  });
}

outcome<type_row> sqlite_store::finish_type(std::string_view import_id, const type_row& type) {
  return write([&]() -> outcome<type_row> {
    auto head = find_import(db_, import_id, accepts_plans, "changes of its record types");
    if (!head) return std::unexpected(std::move(head.error()));
    auto row = type;
    if (auto drawn = draw_consequences(head->number, row); !drawn)
      return std::unexpected(std::move(drawn.error()));
    if (auto saved = sqlite::save_types(db_, head->number, {&row, 1}); !saved)
      return std::unexpected(std::move(saved.error()));
    return row;
  });
}

outcome<std::vector<import_note>> sqlite_store::notes_on(std::string_view import_id,
                                                         std::string_view record_type) {
  return read([&]() -> outcome<std::vector<import_note>> {
    auto head = find_import(db_, import_id);
    if (!head) return std::unexpected(std::move(head.error()));
    auto notes = read_notes(db_, head->number);
    if (notes) std::erase_if(*notes, [&](auto& x) { return x.record_type != record_type; });
    return notes;
  });
}

outcome<void> sqlite_store::draw_consequences(std::int64_t import, type_row& type) {
  auto ran_here = type.taken_from.empty() && type.planned
                  && (type.state == type_state::completed || type.state == type_state::completed_with_errors);
  if (!ran_here) {
    if (auto ended = sqlite::cancel_batches(db_, import, type.name); !ended) return ended;
    if (type.taken_from.empty()) return settle(import, type);
    type.held = 0;
    if (auto noted = inherit_notes(db_, import, type.taken_from, type.name); !noted) return noted;
    return forget_missing(db_, import, type.name);
  }
  auto stored = all_stored(db_, import, type.name);
  if (!stored) return std::unexpected(std::move(stored.error()));
  if (*stored && type.changed_since == 0)
    if (auto noted = note_tail(import, type); !noted) return noted;
  if (auto settled = settle(import, type); !settled) return settled;
  if (auto told = settle_kept_values(import, type, true); !told) return told;
  return *stored ? finish_stored_type(import, type) : outcome<void>{};
}

outcome<void> sqlite_store::finish_stored_type(std::int64_t import, const type_row& type) {
  if (auto done = replace_older_missing(db_, import, type.name, type.changed_since); !done) return done;
  if (type.changed_since == 0)
    if (auto noted = note_changed_parents_of(import, type.name); !noted) return noted;
  auto whole = type.changed_since == 0 && type.held == 0;
  auto writer = writer_of(type.name);
  if (writer && (*writer)->table().is_wide && type.changed_since == 0)
    if (auto kept = keep_numbers(db_, import, (*writer)->table()); !kept) return kept;
  if (writer && (*writer)->table().is_set())
    if (auto done = settle_cut_parents(db_, (*writer)->table(), whole); !done) return done;
  auto settled = sqlite::settle_schema_notes(db_, import, type.name, whole);
  if (!settled) return std::unexpected(std::move(settled.error()));
  // A column that the account has again lacks its values in the rows that were not read.
  if (*settled && !whole) return sqlite::drop_watermark(db_, type.name);
  // What is held may be there and not have been seen, with all that has changed in it.
  if (type.held > 0) return {};
  // Nor is it where only the changes were read, as long as an earlier import holds any.
  auto held_before = whole ? outcome<bool>{false} : holds_any(db_, type.name);
  if (!held_before) return std::unexpected(std::move(held_before.error()));
  if (*held_before) return {};
  auto moved = sqlite::move_watermark(db_, type.name, type.server_time, type.description, options_.now());
  if (!moved) return std::unexpected(std::move(moved.error()));
  if (!whole) return sqlite::settle_rejections(db_, import, type.name, rejections::with_key);
  // What was said of sums was said of other values, and perhaps of another column.
  if (auto forgotten = forget_value_sums_left_out(db_, type.name); !forgotten) return forgotten;
  if (auto known = settle_undated(db_, import, type.name); !known) return known;
  if (auto deletes = sqlite::move_deletes(db_, type.name, type.server_time, options_.now()); !deletes)
    return deletes;
  // Everything was read anew, so what an earlier import rejected without a readable key is settled.
  return sqlite::settle_rejections(db_, import, type.name, rejections::all);
}

/// A full import writes every record, changed or not.
outcome<void> sqlite_store::note_changed_parents_of(std::int64_t import, const std::string& record_type) {
  auto sets = tables_of(db_, sets_of(record_type));
  if (!sets) return std::unexpected(std::move(sets.error()));
  if (sets->empty()) return {};
  auto writer = writer_of(record_type);
  if (!writer) return std::unexpected(std::move(writer.error()));
  for (const auto& set : *sets)
    if (auto noted = note_changed_since(db_, import, (*writer)->table(), set); !noted) return noted;
  return {};
}

/// What lies above the last batch of a type that was read whole.
outcome<void> sqlite_store::note_tail(std::int64_t import, const type_row& type) {
  auto writer = writer_of(type.name);
  if (!writer) return std::unexpected(std::move(writer.error()));
  auto last = last_planned_key(db_, import, type.name);
  if (!last) return std::unexpected(std::move(last.error()));
  // A plan may end at the greatest key there is; nothing lies above that.
  if (*last == std::numeric_limits<std::int64_t>::max()) return {};
  return note_missing_from(db_, import, (*writer)->table(),
                           first_key({*last, std::numeric_limits<std::int64_t>::max()}));
}

/// What was noted as missing goes, or is held; of a type that has failed it may stay noted.
outcome<void> sqlite_store::settle(std::int64_t import, type_row& type) {
  auto holds = type.state != type_state::failed && type.state != type_state::skipped
               && type.state != type_state::cancelled;
  auto writer = writer_of(type.name);
  if (!writer) {
    auto noted = count_missing(db_, import, type.name);
    if (!noted) return std::unexpected(std::move(noted.error()));
    // A type that fails before its table is known leaves everything as it is.
    return *noted == 0 || !holds ? outcome<void>{} : std::unexpected(std::move(writer.error()));
  }
  auto& table = (*writer)->table();
  auto place = place_of(db_, table, options_.families);
  if (!place) return std::unexpected(std::move(place.error()));
  if (table.is_wide)
    if (auto done = settle_numbers(db_, import, *place, table); !done) return done;
  auto found =
      sqlite::settle_missing(db_, import, *place, table.deletion_guard, to_utc_seconds(options_.now()));
  if (!found) return std::unexpected(std::move(found.error()));
  type.deleted += found->deleted;
  if (found->held > 0 && !holds) return {};
  type.held = found->held;
  type.held_of = found->held_of;
  if (type.held > 0 && type.state == type_state::completed) type.state = type_state::completed_with_errors;
  return {};
}

/// A value that is not in its record is missing, whenever that was found.
outcome<void> sqlite_store::settle_kept_values(std::int64_t import, type_row& type, bool counts) {
  auto writer = writer_of(type.name);
  if (!writer) return {}; // never had a batch
  auto& table = (*writer)->table();
  if (auto done = forget_kept_values_of_gone(db_, type.name, {table.name, table.key, table.parent}); !done)
    return done;
  auto told = tell_kept_values(db_, type.name);
  if (!told) return std::unexpected(std::move(told.error()));
  type.kept_aside = std::move(*told);
  if (type.kept_aside.empty()) return {};
  if (counts && type.state == type_state::completed) type.state = type_state::completed_with_errors;
  auto noted = sqlite::add_note(db_, import, note_on_kept_values(type, options_.now()));
  if (!noted) return std::unexpected(std::move(noted.error()));
  return {};
}

outcome<bool> sqlite_store::add_note(std::string_view import_id, const import_note& note) {
  return write([&]() -> outcome<bool> {
    auto head = find_import(db_, import_id);
    if (!head) return std::unexpected(std::move(head.error()));
    return sqlite::add_note(db_, head->number, note);
  });
}

// -- batches --------------------------------------------------------------------------------------

outcome<void> sqlite_store::add_batches(std::string_view import_id, const type_row& type,
                                        std::span<const batch_row> batches) {
  return write([&]() -> outcome<void> {
    auto head = find_import(db_, import_id, accepts_plans, "batches");
    if (!head) return std::unexpected(std::move(head.error()));
    if (auto saved = sqlite::save_types(db_, head->number, {&type, 1}); !saved) return saved;
    return sqlite::add_batches(db_, head->number, type.name, batches);
  });
}

outcome<std::uint32_t> sqlite_store::pick_up(std::string_view import_id, std::uint64_t batch) {
  return write([&]() -> outcome<std::uint32_t> {
    auto head = find_import(db_, import_id, accepts_batches, "pick-ups");
    if (!head) return std::unexpected(std::move(head.error()));
    return sqlite::pick_up(db_, head->number, batch);
  });
}

outcome<void> sqlite_store::note_arrival(std::string_view import_id, std::uint64_t batch,
                                         std::uint32_t pick_up) {
  return write([&]() -> outcome<void> {
    auto head = find_import(db_, import_id, accepts_batches, "pick-ups");
    if (!head) return std::unexpected(std::move(head.error()));
    return sqlite::note_arrival(db_, head->number, batch, pick_up);
  });
}

outcome<batch_stored> sqlite_store::store_batch(const batch_write& x) {
  return write([&]() -> outcome<batch_stored> {
    auto head = find_import(db_, x.import_id, accepts_batches, "records");
    if (!head) return std::unexpected(std::move(head.error()));
    auto batch = find_running(db_, head->number, x.batch, x.pick_up);
    if (!batch) return std::unexpected(std::move(batch.error()));
    if (batch->record_type != x.record_type || !is_part_of(x, batch->range))
      return fail(ec::internal,
                  fmt::format("batch {} is {} of {}, not {} of {}", x.batch, to_string(batch->range),
                              batch->record_type, to_string(x.range), x.record_type));
    auto since = read_changed_since(db_, head->number, x.record_type);
    if (!since) return std::unexpected(std::move(since.error()));
    auto stored = write_records(x, *head, *since == 0);
    if (!stored) return stored;
    if (auto done = add_stored(db_, head->number, x, *stored); !done)
      return std::unexpected(std::move(done.error()));
    return stored;
  });
}

outcome<batch_stored> sqlite_store::write_records(const batch_write& what, const import_head& head,
                                                  bool whole) {
  auto writer = writer_of(what.record_type);
  if (!writer) return std::unexpected(std::move(writer.error()));
  write_scope scope{whole, head.mode == import_mode::full ? rewriting::always : rewriting::if_changed, {}};
  if (scope.rule == rewriting::if_changed) {
    auto sets = tables_of(db_, sets_of(what.record_type));
    if (!sets) return std::unexpected(std::move(sets.error()));
    scope.sets = std::move(*sets);
  }
  return batch_writer{db_, **writer, what, head.number, std::move(scope), options_.now()}.run();
}

outcome<void> sqlite_store::end_pick_up(std::string_view import_id, const pick_up_end& end) {
  return write([&]() -> outcome<void> {
    auto head = find_import(db_, import_id, is_unfinished, "ends of pick-ups");
    if (!head) return std::unexpected(std::move(head.error()));
    return sqlite::end_pick_up(db_, head->number, end);
  });
}

outcome<std::vector<batch_deaths>>
sqlite_store::reset_running(std::string_view import_id, std::optional<std::span<const std::string>> types,
                            bool after_death) {
  return write([&]() -> outcome<std::vector<batch_deaths>> {
    auto head = find_import(db_, import_id);
    if (!head) return std::unexpected(std::move(head.error()));
    if (!types) return sqlite::reset_running(db_, head->number, every_type, after_death);
    std::vector<batch_deaths> all;
    for (const auto& type : *types) {
      auto deaths = sqlite::reset_running(db_, head->number, type, after_death);
      if (!deaths) return deaths;
      all.insert(all.end(), deaths->begin(), deaths->end());
    }
    return all;
  });
}

outcome<retried> sqlite_store::retry(std::string_view import_id, std::uint64_t batch) {
  return write_for_good([&] { return sqlite::retry(db_, import_id, batch); });
}

outcome<std::vector<attempt_row>> sqlite_store::failed_attempts(std::string_view import_id,
                                                                std::size_t limit) {
  return read([&]() -> outcome<std::vector<attempt_row>> {
    auto head = find_import(db_, import_id);
    if (!head) return std::unexpected(std::move(head.error()));
    return sqlite::failed_attempts(db_, head->number, limit);
  });
}

outcome<std::vector<past_import>> sqlite_store::past_imports(std::string_view record_type, import_mode mode,
                                                             std::size_t limit) {
  return read([&] { return sqlite::past_imports(db_, record_type, mode, limit); });
}

// -- after the batches ----------------------------------------------------------------------------

outcome<std::vector<std::int64_t>>
sqlite_store::find_live(std::string_view record_type, std::span<const std::int64_t> keys, bool by_sets_too) {
  return read([&] {
    auto sets = by_sets_too ? sets_of(record_type) : decltype(sets_of(record_type)){};
    return sqlite::find_live(db_, record_type, keys, sets);
  });
}

outcome<std::uint64_t> sqlite_store::delete_records(std::string_view import_id, std::string_view record_type,
                                                    std::span<const std::int64_t> keys) {
  return write([&]() -> outcome<std::uint64_t> {
    auto head = find_import(db_, import_id, accepts_batches, "deletions");
    if (!head) return std::unexpected(std::move(head.error()));
    deletion what{keys, sets_of(record_type), options_.remove_deleted, to_utc_seconds(options_.now())};
    return sqlite::delete_records(db_, record_type, what);
  });
}

outcome<std::vector<std::int64_t>> sqlite_store::sample_live(std::string_view record_type,
                                                             std::size_t count) {
  return read([&] { return sqlite::sample_live(db_, record_type, count); });
}

outcome<std::vector<std::int64_t>>
sqlite_store::parents_back(std::string_view set, std::string_view parent_type, std::size_t most) {
  return read([&] { return sqlite::parents_back(db_, set, parent_type, most); });
}

outcome<std::vector<type_keys>> sqlite_store::find_elsewhere(std::string_view record_type,
                                                             std::span<const std::int64_t> keys) {
  return read([&] { return sqlite::find_elsewhere(db_, record_type, keys); });
}

outcome<std::vector<std::int64_t>> sqlite_store::changed_parents(std::string_view set) {
  return write([&]() -> outcome<std::vector<std::int64_t>> {
    auto table = tables_of(db_, std::vector<std::string>{std::string{set}});
    if (!table) return std::unexpected(std::move(table.error()));
    if (table->empty()) return std::vector<std::int64_t>{};
    return sqlite::changed_parents(db_, table->front());
  });
}

outcome<type_row> sqlite_store::settle_gone(std::string_view import_id, std::string_view record_type,
                                            std::span<const std::int64_t> keys,
                                            std::span<const std::int64_t> looked_at) {
  return write([&]() -> outcome<type_row> {
    auto head = find_import(db_, import_id, accepts_batches, "deletions");
    if (!head) return std::unexpected(std::move(head.error()));
    auto type = read_type(db_, head->number, record_type);
    if (!type) return type;
    auto writer = keys.empty() ? outcome<record_writer*>{nullptr} : writer_of(record_type);
    if (!writer) return std::unexpected(std::move(writer.error()));
    for (auto key : keys) {
      auto& table = (*writer)->table();
      auto noted = table.is_set() ? note_missing_of(db_, head->number, table, key)
                                  : note_missing(db_, head->number, record_type, {key, 0});
      if (!noted) return std::unexpected(std::move(noted.error()));
    }
    if (!keys.empty())
      if (auto saved = settle_and_save(*head, *type); !saved)
        return std::unexpected(std::move(saved.error()));
    if (auto done = forget_changed_parents(db_, record_type, looked_at); !done)
      return std::unexpected(std::move(done.error()));
    // What is held has to be found again by whoever takes its place.
    if (keys.empty() || type->held == 0)
      if (auto done = forget_changed_parents(db_, record_type, keys); !done)
        return std::unexpected(std::move(done.error()));
    return type;
  });
}

std::span<const std::string> sqlite_store::sets_of(std::string_view record_type) const {
  auto found = options_.families.find(record_type);
  if (found == options_.families.end()) return {};
  return found->second.sets;
}

outcome<void> sqlite_store::move_deletes(std::string_view record_type, unix_ms up_to) {
  return write([&] { return sqlite::move_deletes(db_, record_type, up_to, options_.now()); });
}

outcome<deletion_log> sqlite_store::load_deletion_log() {
  return read([&] { return sqlite::load_deletion_log(db_); });
}

outcome<void> sqlite_store::add_to_deletion_log(const deletion_log& found, std::string_view first_day) {
  return write([&] { return sqlite::add_to_deletion_log(db_, found, first_day, options_.now()); });
}

outcome<key_totals> sqlite_store::count_keys(std::string_view record_type, std::int64_t width,
                                             const key_range& range, std::span<const value_sum> sums) {
  auto writer = writer_of(record_type);
  if (!writer) return std::unexpected(std::move(writer.error()));
  return read([&] {
    auto& table = (*writer)->table();
    return width == 0 ? count_all(db_, table) : count_buckets(db_, table, width, range, sums);
  });
}

outcome<void> sqlite_store::leave_out_value_sums(std::string_view record_type,
                                                 std::span<const value_sum> sums, std::string_view reason) {
  return write([&] {
    return sums.empty() ? forget_value_sums_left_out(db_, record_type)
                        : sqlite::leave_out_value_sums(db_, record_type, sums, reason, options_.now());
  });
}

outcome<batch_stored> sqlite_store::repair_range(const batch_write& x, bool first) {
  return write([&]() -> outcome<batch_stored> {
    auto head = find_import(db_, x.import_id, accepts_batches, "records");
    if (!head) return std::unexpected(std::move(head.error()));
    if (first)
      if (auto forgotten = forget_missing(db_, head->number, x.record_type); !forgotten)
        return std::unexpected(std::move(forgotten.error()));
    return write_records(x, *head, true);
  });
}

outcome<type_row> sqlite_store::settle_missing(std::string_view import_id, std::string_view record_type,
                                               bool repaired) {
  return write([&]() -> outcome<type_row> {
    auto head = find_import(db_, import_id, accepts_batches, "deletions");
    if (!head) return std::unexpected(std::move(head.error()));
    if (auto prepared = writer_of(record_type); !prepared)
      return std::unexpected(std::move(prepared.error()));
    auto type = read_type(db_, head->number, record_type);
    if (!type) return type;
    if (!repaired)
      if (auto forgotten = forget_missing(db_, head->number, record_type); !forgotten)
        return std::unexpected(std::move(forgotten.error()));
    if (auto done = replace_older_missing(db_, head->number, record_type, 0); !done)
      return std::unexpected(std::move(done.error()));
    if (auto saved = settle_and_save(*head, *type); !saved) return std::unexpected(std::move(saved.error()));
    return type;
  });
}

outcome<void> sqlite_store::settle_and_save(const import_head& import, type_row& type) {
  if (auto settled = settle(import.number, type); !settled) return settled;
  if (auto told = settle_kept_values(import.number, type, import.mode != import_mode::verify); !told)
    return told;
  // What is hidden may have changed unseen since the changes were asked for.
  auto back = type.held > 0 && type.changed_since != 0
                  ? sqlite::take_watermark_back(db_, type.name, type.changed_since)
                  : outcome<void>{};
  if (!back) return back;
  return sqlite::save_types(db_, import.number, {&type, 1});
}

// -- deletions that are held ----------------------------------------------------------------------

outcome<std::vector<type_keys>> sqlite_store::held_records(std::string_view import_id,
                                                           std::string_view record_type) {
  return read([&] { return sqlite::held_records(db_, import_id, record_type); });
}

outcome<std::uint64_t> sqlite_store::accept_deletions(std::string_view import_id,
                                                      std::string_view record_type,
                                                      std::string_view accepted_by,
                                                      std::span<const type_keys> shown) {
  return write_for_good([&]() -> outcome<std::uint64_t> {
    return sqlite::accept_deletions(
        db_, import_id, record_type,
        {accepted_by, options_.remove_deleted, options_.now(), options_.families, shown});
  });
}

outcome<std::vector<held_deletions>> sqlite_store::list_held() {
  return read([&] { return sqlite::list_held(db_); });
}

// -- cancelling -----------------------------------------------------------------------------------

outcome<cancel_receipt> sqlite_store::begin_cancel(std::string_view import_id, std::string_view requested_by,
                                                   unix_ms at) {
  return write_for_good([&] { return sqlite::begin_cancel(db_, import_id, requested_by, at); });
}

outcome<cancel_receipt> sqlite_store::finish_cancel(std::string_view import_id, unix_ms at) {
  return write_for_good([&] { return sqlite::finish_cancel(db_, import_id, at); });
}

outcome<cancel_receipt> sqlite_store::receipt(std::string_view import_id) {
  return read([&] { return sqlite::receipt(db_, import_id); });
}

// -- what outlives an import ----------------------------------------------------------------------

outcome<type_mark> sqlite_store::mark(std::string_view record_type) {
  return sqlite::mark(db_, record_type, options_.now());
}

outcome<unix_ms> sqlite_store::move_watermark(std::string_view record_type, unix_ms server_time) {
  return write([&] { return sqlite::move_watermark(db_, record_type, server_time, {}, options_.now()); });
}

outcome<unix_ms> sqlite_store::watermark(std::string_view record_type) {
  return sqlite::watermark(db_, record_type);
}

outcome<std::vector<std::int64_t>> sqlite_store::rejected_keys(std::string_view record_type,
                                                               std::size_t limit) {
  return sqlite::rejected_keys(db_, record_type, limit);
}

outcome<bool> sqlite_store::add_schema_note(const import_note& note) {
  return write([&] { return sqlite::add_schema_note(db_, note); });
}

outcome<std::vector<import_note>> sqlite_store::schema_notes() { return sqlite::schema_notes(db_); }

outcome<bool> sqlite_store::drop_schema_note(const import_note& note) {
  return write([&] { return sqlite::drop_schema_note(db_, note); });
}

outcome<std::uint64_t> sqlite_store::prune(unix_ms older_than) {
  return write([&] { return sqlite::prune(db_, older_than); });
}

} // namespace tidemark::sqlite
