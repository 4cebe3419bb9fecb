#include "store/sqlite/sqlite_store.hpp"

#include "store/import_transitions.hpp"
#include "store/sqlite/batch_writer.hpp"
#include "store/sqlite/batches.hpp"
#include "store/sqlite/cancels.hpp"
#include "store/sqlite/deletions.hpp"
#include "store/sqlite/errors.hpp"
#include "store/sqlite/failures.hpp"
#include "store/sqlite/identity.hpp"
#include "store/sqlite/import_views.hpp"
#include "store/sqlite/imports.hpp"
#include "store/sqlite/key_counts.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/record_key.hpp"
#include "store/sqlite/record_tables.hpp"
#include "store/sqlite/retries.hpp"
#include "store/sqlite/stop_note.hpp"
#include "store/sqlite/tenant_rows.hpp"
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

/// How the file is read and written.
///
/// Readers and the one writer do not wait for each other (WAL). With `synchronous = NORMAL` a power cut may
/// lose the newest commits, but it never separates records from the ledger row that was committed with them;
/// what it loses is fetched again. The death of the process loses nothing. Cache, log and its leftovers are
/// bounded, so that memory and disk stay flat however much is written. References may dangle, so nothing
/// enforces them.
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
  auto in_file = [this](std::uint64_t writes) {
    if (taken_) taken_->in_file = std::max(taken_->in_file, writes);
  };
  db_.keep_log({log_bytes / page_bytes, [this] { return check_file().has_value(); },
                [this, in_file] { in_file(taken_ ? taken_->writes : 0); },
                [this, in_file] { in_file(writes_in_file(db_.path()).value_or(0)); }});
}

outcome<std::unique_ptr<tenant_store>> sqlite_store::open(const std::string& path,
                                                          const store_options& options) {
  if (options.mine)
    if (auto found = check_identity(path, *options.mine, options.lock_patience); !found)
      return std::unexpected(std::move(found.error()));
  if (!options.mine && options.known)
    if (auto found = check_not_older(path, *options.known, options.lock_patience); !found)
      return std::unexpected(std::move(found.error()));
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
  auto tx = transaction::begin(db_, transaction::purpose::writing);
  // What stands in line behind a write that waited in vain would wait in vain as well, one after another.
  db_.wait_for_locks(tx ? options_.lock_patience : std::min(options_.lock_patience, brief_lock_patience));
  if (!tx) return std::unexpected(std::move(tx.error()));
  if (auto present = db_.check_present(); !present) return std::unexpected(std::move(present.error()));
  auto counted = count_write();
  if (!counted) return std::unexpected(std::move(counted.error()));
  auto result = body();
  if (!result) return result;
  if (auto done = tx->commit(); !done) return std::unexpected(std::move(done.error()));
  taken_->writes = *counted;
  return result;
}

template <class Body>
auto sqlite_store::read(Body&& body) -> std::invoke_result_t<Body> {
  auto tx = transaction::begin(db_, transaction::purpose::reading);
  if (!tx) return std::unexpected(std::move(tx.error()));
  return body();
}

/// What was copied over the file, under the log, while this one has it open: the log must not be written back
/// into that.
outcome<void> sqlite_store::check_file() {
  if (is_copied_over_) return std::unexpected(older_than_its_log(db_.path()));
  if (!taken_ || taken_->in_file == 0) return {};
  auto in_file = writes_in_file(db_.path());
  if (!in_file && in_file.error().code == ec::store_unavailable)
    return std::unexpected(std::move(in_file.error()));
  if (in_file.value_or(0) >= taken_->in_file) return {};
  is_copied_over_ = true;
  db_.leave_log();
  return std::unexpected(older_than_its_log(db_.path()));
}

/// The count of this owner's writes.
outcome<std::uint64_t> sqlite_store::check_owner() {
  struct owner {
    std::uint64_t fence = 0;
    std::string name;
    std::uint64_t writes = 0;
  };
  auto found = db_.first("SELECT fence, name, writes FROM owner", [](row& r) {
    owner x;
    x.fence = r.integer<std::uint64_t>();
    x.name = r.text();
    x.writes = r.integer<std::uint64_t>();
    return x;
  });
  if (!found) return std::unexpected(std::move(found.error()));
  auto present = found->value_or(owner{});
  if (!taken_)
    return fail(ec::fenced, fmt::format("the database {} was not taken over before writing", db_.path()),
                db_.path());
  if (present.fence != taken_->fence) return std::unexpected(taken_by_other(db_.path(), present.name));
  if (present.writes < taken_->writes) return std::unexpected(older_copy(db_.path()));
  return present.writes;
}

outcome<std::uint64_t> sqlite_store::count_write() {
  if (is_copied_over_) return std::unexpected(older_than_its_log(db_.path()));
  auto writes = check_owner();
  if (!writes) return writes;
  if (auto done = db_.run("UPDATE owner SET writes = ?", ++*writes); !done)
    return std::unexpected(std::move(done.error()));
  return writes;
}

outcome<void> sqlite_store::check() {
  if (auto present = db_.check_present(); !present) return present;
  if (auto whole = check_file(); !whole) return whole;
  return read([&]() -> outcome<void> {
    auto writes = check_owner();
    if (!writes) return std::unexpected(std::move(writes.error()));
    return {};
  });
}

outcome<record_writer*> sqlite_store::writer_of(std::string_view record_type) {
  auto found = records_.find(record_type);
  if (found != records_.end()) return &found->second;
  return fail(ec::unknown_record_type, fmt::format("the table of {} was not prepared", record_type),
              std::string{record_type});
}

// -- ownership ------------------------------------------------------------------------------------

outcome<ownership> sqlite_store::take_ownership(std::string_view owner) {
  auto tx = transaction::begin(db_, transaction::purpose::writing);
  if (!tx) return std::unexpected(std::move(tx.error()));
  auto before = db_.first("SELECT fence, since, writes FROM owner", read_ownership);
  if (!before) return std::unexpected(std::move(before.error()));
  auto released = db_.first("SELECT released FROM owner", [](row& r) { return r.integer() != 0; });
  if (!released) return std::unexpected(std::move(released.error()));
  auto name = db_.first("SELECT name FROM owner", [](row& r) { return r.text(); });
  if (!name) return std::unexpected(std::move(name.error()));
  bool noted = has_stop_note(db_.path(), before->value_or(ownership{}));
  bool is_left = noted || released->value_or(true);
  if (auto& known = options_.known; known && before->value_or(*known).fence > known->fence && !is_left)
    return std::unexpected(taken_by_other(db_.path(), name->value_or("")));
  auto raised =
      db_.first("UPDATE owner SET fence = fence + 1, name = ?, since = ?, released = 0, writes = writes + 1 "
                "RETURNING fence, since, writes",
                read_ownership, owner, utc{options_.now()});
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
  taken_->in_file = writes_in_file(db_.path()).value_or(0);
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
  return write([&]() -> outcome<void> {
    auto set = db_.run("UPDATE owner SET suspended_since = ?, suspended_reason = ?, suspended_by_command = ?",
                       utc{now.since}, now.reason, now.by_command);
    if (!set) return std::unexpected(std::move(set.error()));
    return {};
  });
}

// -- record tables --------------------------------------------------------------------------------

outcome<void> sqlite_store::prepare_table(const record_type& type) {
  record_table table{type, options_.table_prefix, options_.remove_deleted};
  auto prepared = write([&] { return sqlite::prepare_table(db_, table, to_utc_text(options_.now())); });
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
  return write([&] { return sqlite::create_import(db_, row); });
}

outcome<ledger_snapshot> sqlite_store::load_import(std::string_view import_id) {
  return read([&] { return read_snapshot(db_, import_id); });
}

outcome<std::vector<import_row>> sqlite_store::list_imports(std::size_t limit) {
  return sqlite::list_imports(db_, limit);
}

outcome<std::vector<import_row>> sqlite_store::unfinished_imports() {
  return sqlite::unfinished_imports(db_);
}

outcome<import_row> sqlite_store::set_import_state(std::string_view import_id, const import_change& change) {
  return write([&] { return sqlite::set_import_state(db_, import_id, change, options_.now()); });
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
    auto ran_here =
        type.taken_from.empty() && type.planned
        && (type.state == type_state::completed || type.state == type_state::completed_with_errors);
    auto whole = ran_here ? all_stored(db_, head->number, type.name) : outcome<bool>{false};
    if (!whole) return std::unexpected(std::move(whole.error()));
    auto drawn = !ran_here ? sqlite::cancel_batches(db_, head->number, type.name)
                 : *whole  ? finish_stored_type(head->number, row)
                           : outcome<void>{};
    if (!drawn) return std::unexpected(std::move(drawn.error()));
    if (auto saved = sqlite::save_types(db_, head->number, {&row, 1}); !saved)
      return std::unexpected(std::move(saved.error()));
    return row;
  });
}

outcome<void> sqlite_store::finish_stored_type(std::int64_t import, type_row& type) {
  auto whole = type.changed_since == 0;
  auto settled = sqlite::settle_schema_notes(db_, import, type.name);
  if (!settled) return std::unexpected(std::move(settled.error()));
  // A column that the account has again lacks its values in the rows that were not read.
  if (*settled && !whole) return sqlite::drop_watermark(db_, type.name);
  auto moved = sqlite::move_watermark(db_, type.name, type.server_time);
  if (!moved) return std::unexpected(std::move(moved.error()));
  if (!whole) return sqlite::settle_rejections(db_, import, type.name, rejections::with_key);
  if (auto gone = take_tail_away(import, type); !gone) return gone;
  if (auto deletes = sqlite::move_deletes(db_, type.name, type.server_time); !deletes) return deletes;
  // Everything was read anew, so what an earlier import rejected without a readable key is settled.
  return sqlite::settle_rejections(db_, import, type.name, rejections::all);
}

/// What lies above the last batch of a type that was read whole.
outcome<void> sqlite_store::take_tail_away(std::int64_t import, type_row& type) {
  auto writer = writer_of(type.name);
  if (!writer) return std::unexpected(std::move(writer.error()));
  auto last = last_planned_key(db_, import, type.name);
  if (!last) return std::unexpected(std::move(last.error()));
  // A plan may end at the greatest key there is; nothing lies above that.
  if (*last == std::numeric_limits<std::int64_t>::max()) return {};
  auto gone = db_.run(take_all_away_sql((*writer)->table()), to_utc_seconds(options_.now()),
                      first_key({*last, std::numeric_limits<std::int64_t>::max()}), import);
  if (!gone) return std::unexpected(std::move(gone.error()));
  type.deleted += static_cast<std::uint64_t>(*gone);
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
  write_scope scope{whole, head.mode == import_mode::full ? rewriting::always : rewriting::if_changed};
  return batch_writer{db_, **writer, what, head.number, scope, options_.now()}.run();
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
  return write([&] { return sqlite::retry(db_, import_id, batch); });
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

outcome<std::vector<std::int64_t>> sqlite_store::find_live(std::string_view record_type,
                                                           std::span<const std::int64_t> keys,
                                                           std::span<const std::string> sets) {
  return read([&] { return sqlite::find_live(db_, record_type, keys, sets); });
}

outcome<std::uint64_t> sqlite_store::delete_records(std::string_view import_id, std::string_view record_type,
                                                    std::span<const std::int64_t> keys,
                                                    std::span<const std::string> sets) {
  return write([&]() -> outcome<std::uint64_t> {
    auto head = find_import(db_, import_id, accepts_batches, "deletions");
    if (!head) return std::unexpected(std::move(head.error()));
    deletion what{keys, sets, options_.remove_deleted, to_utc_seconds(options_.now())};
    return sqlite::delete_records(db_, record_type, what);
  });
}

outcome<void> sqlite_store::move_deletes(std::string_view record_type, unix_ms up_to) {
  return write([&] { return sqlite::move_deletes(db_, record_type, up_to); });
}

outcome<deletion_log> sqlite_store::load_deletion_log() {
  return read([&] { return sqlite::load_deletion_log(db_); });
}

outcome<void> sqlite_store::add_to_deletion_log(const deletion_log& found, std::string_view first_day) {
  return write([&] { return sqlite::add_to_deletion_log(db_, found, first_day, options_.now()); });
}

outcome<key_totals> sqlite_store::count_keys(std::string_view record_type, std::int64_t width,
                                             const key_range& range) {
  auto writer = writer_of(record_type);
  if (!writer) return std::unexpected(std::move(writer.error()));
  return read([&] {
    auto& table = (*writer)->table();
    return width == 0 ? count_all(db_, table) : count_buckets(db_, table, width, range);
  });
}

outcome<batch_stored> sqlite_store::repair_range(const batch_write& x) {
  return write([&]() -> outcome<batch_stored> {
    auto head = find_import(db_, x.import_id, accepts_batches, "records");
    if (!head) return std::unexpected(std::move(head.error()));
    return write_records(x, *head, true);
  });
}

// -- cancelling -----------------------------------------------------------------------------------

outcome<cancel_receipt> sqlite_store::begin_cancel(std::string_view import_id, std::string_view requested_by,
                                                   unix_ms at) {
  return write([&] { return sqlite::begin_cancel(db_, import_id, requested_by, at); });
}

outcome<cancel_receipt> sqlite_store::finish_cancel(std::string_view import_id, unix_ms at) {
  return write([&] { return sqlite::finish_cancel(db_, import_id, at); });
}

outcome<cancel_receipt> sqlite_store::receipt(std::string_view import_id) {
  return read([&] { return sqlite::receipt(db_, import_id); });
}

// -- what outlives an import ----------------------------------------------------------------------

outcome<type_mark> sqlite_store::mark(std::string_view record_type) { return sqlite::mark(db_, record_type); }

outcome<unix_ms> sqlite_store::move_watermark(std::string_view record_type, unix_ms server_time) {
  return write([&] { return sqlite::move_watermark(db_, record_type, server_time); });
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
