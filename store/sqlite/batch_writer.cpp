#include "store/sqlite/batch_writer.hpp"

#include "store/sqlite/changed_parents.hpp"
#include "store/sqlite/failures.hpp"
#include "store/sqlite/kept_values.hpp"
#include "store/sqlite/missing_records.hpp"
#include "store/sqlite/row_json.hpp"
#include "store/sqlite/undated_types.hpp"
#include "store/utc_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tidemark::sqlite {

batch_writer::batch_writer(connection& db, record_writer& records, const batch_write& write,
                           std::int64_t import, write_scope scope, unix_ms now)
    : db_(db),
      records_(records),
      write_(write),
      import_(import),
      scope_(std::move(scope)),
      now_(now),
      synced_at_(to_utc_seconds(now)),
      stored_keys_(stored_keys_sql(records.table())) {}

outcome<batch_stored> batch_writer::run() {
  if (auto looked = look_for_stored(); !looked) return std::unexpected(std::move(looked.error()));
  for (const auto& page : write_.pages)
    if (auto done = write_page(*page); !done) return std::unexpected(std::move(done.error()));
  // Pages come in key order, so this is one look.
  if (!std::ranges::is_sorted(arrived_)) std::ranges::sort(arrived_);
  for (auto step :
       {&batch_writer::settle_earlier_rejections, &batch_writer::keep_rejections,
        &batch_writer::settle_kept_values, &batch_writer::note_undated, &batch_writer::note_missing,
        &batch_writer::take_back_missing, &batch_writer::note_changed})
    if (auto done = (this->*step)(); !done) return std::unexpected(std::move(done.error()));
  done_.rejected = rejected_.size();
  return done_;
}

// -- writing --------------------------------------------------------------------------------------

outcome<void> batch_writer::write_page(const record_set& page) {
  for (const auto& x : page.rejected()) note_rejected(x);
  if (page.empty()) return {};
  auto into = records_.with_columns(db_, page.columns(), scope_.rule);
  if (!into) return std::unexpected(std::move(into.error()));
  arrived_.reserve(arrived_.size() + page.size());
  auto change = std::ranges::find(page.columns(), table().change_field);
  auto changed_at = static_cast<std::size_t>(change - page.columns().begin());
  for (std::size_t i = 0; i < page.size(); ++i) {
    if (auto done = write_row(**into, page, i); !done) return done;
    if (change != page.columns().end() && page.row(i)[changed_at].is == cell::kind::null) has_undated_ = true;
  }
  return {};
}

outcome<void> batch_writer::write_row(upsert& into, const record_set& page, std::size_t index) {
  auto row = page.row(index);
  const auto& own = row[into.key_column()];
  const auto& parent = into.parent_column() ? row[*into.parent_column()] : own;
  // A missing integer key would not be refused: SQLite would make one up.
  if (own.is != cell::kind::integer || parent.is != cell::kind::integer) {
    every_key_is_known_ = false;
    reject(page, row, "", "its key is missing or not an integer");
    return {};
  }
  auto key = into.parent_column() ? record_key{parent.number, own.number} : record_key{own.number, 0};
  if (!contains(write_.range, key.ranged)) {
    reject(page, row, to_string(key, table().is_set()),
           fmt::format("its key lies outside the range {} that was asked for", to_string(write_.range)));
    return {};
  }
  arrived_.push_back(key);
  auto [code, changed] = into.write(page, row, import_, synced_at_);
  if (code == SQLITE_DONE) {
    ++done_.stored;
    done_.unchanged += changed ? 0 : 1;
    if (changed && !scope_.sets.empty()) changed_.push_back(key.ranged);
    for (auto& x : std::ranges::equal_range(page.kept(), index, {}, &kept_value::row))
      kept_.emplace_back(key, &x);
    return {};
  }
  if (!is_about_the_record(code)) return std::unexpected(db_.last_failure());
  reject(page, row, to_string(key, table().is_set()),
         fmt::format("the database refuses it: {}", sqlite3_errmsg(db_.handle())));
  return {};
}

// -- rejected records -----------------------------------------------------------------------------

void batch_writer::reject(const record_set& page, std::span<const cell> row, std::string key,
                          std::string reason) {
  rejected_.push_back({std::move(key), std::move(reason), row_json(page, row)});
}

void batch_writer::note_rejected(const rejected_record& x) {
  rejected_.push_back(x);
  auto key = parse_key(x.key, table().is_set());
  if (!key)
    every_key_is_known_ = false;
  else if (contains(write_.range, key->ranged))
    arrived_.push_back(*key);
}

/// Whatever was rejected before and has come again, or was looked for again, is settled: stored, gone, or
/// about to be kept anew.
outcome<void> batch_writer::settle_earlier_rejections() {
  struct kept {
    std::int64_t number;
    std::string key;
  };
  auto earlier = db_.all(
      "SELECT number, key FROM rejected_records WHERE record_type = ?",
      [](row& r) {
        kept x;
        x.number = r.integer();
        x.key = r.text();
        return x;
      },
      write_.record_type);
  if (!earlier) return std::unexpected(std::move(earlier.error()));
  for (const auto& x : *earlier) {
    auto key = parse_key(x.key, table().is_set());
    if (!key || !contains(write_.range, key->ranged)) continue;
    auto looked_for = scope_.whole || arrived(*key) || (table().is_set() && parent_arrived(key->ranged));
    if (!looked_for) continue;
    auto settled = db_.run("DELETE FROM rejected_records WHERE number = ?", x.number);
    if (!settled) return std::unexpected(std::move(settled.error()));
  }
  return {};
}

outcome<void> batch_writer::keep_rejections() {
  for (const auto& x : rejected_) {
    auto kept =
        db_.run("INSERT INTO rejected_records (record_type, key, reason, raw, import_id, batch, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                write_.record_type, x.key, x.reason, x.raw, write_.import_id, write_.batch, utc{now_});
    if (!kept) return std::unexpected(std::move(kept.error()));
  }
  return {};
}

outcome<void> batch_writer::note_changed() { return note_changed_parents(db_, scope_.sets, changed_); }

/// The same for values that were kept aside.
outcome<void> batch_writer::settle_kept_values() {
  auto earlier = keys_of_kept_values(db_, write_.record_type, write_.range);
  if (!earlier) return std::unexpected(std::move(earlier.error()));
  for (const auto& key : *earlier) {
    if (!scope_.whole && !arrived(key) && !(table().is_set() && parent_arrived(key.ranged))) continue;
    if (auto done = forget_kept_values(db_, write_.record_type, key); !done) return done;
  }
  for (const auto& [key, x] : kept_)
    if (auto done = keep_value(db_, write_, key, table().is_set(), *x, now_); !done) return done;
  return {};
}

outcome<void> batch_writer::note_undated() {
  return has_undated_ ? sqlite::note_undated(db_, import_, write_.record_type) : outcome<void>{};
}

// -- what is missing ------------------------------------------------------------------------------

/// What the range does not hold before it is written cannot be missing afterwards, and the ranges of a first
/// import hold nothing: that is one look, where to compare keys is a look at each.
outcome<void> batch_writer::look_for_stored() {
  auto found = db_.first(
      stored_keys_ + " LIMIT 1", [](row&) { return true; }, first_key(write_.range), write_.range.up_to);
  if (!found) return std::unexpected(std::move(found.error()));
  holds_some_ = found->has_value();
  return {};
}

outcome<void> batch_writer::note_missing() {
  if (!scope_.whole && !table().is_set()) return {};
  // The range may have been read before.
  if (auto done = forget_missing(db_, import_, write_.record_type, write_.range); !done) return done;
  if (!every_key_is_known_ || !holds_some_) return {};
  if (scope_.whole) return note_missing_in(first_key(write_.range), write_.range.up_to);
  for (std::size_t i = 0; i < arrived_.size(); ++i) {
    auto parent = arrived_[i].ranged;
    if (i > 0 && arrived_[i - 1].ranged == parent) continue;
    if (auto done = note_missing_in(parent, parent); !done) return done;
  }
  return {};
}

outcome<void> batch_writer::note_missing_in(std::int64_t first, std::int64_t last) {
  outcome<void> result;
  auto walked = db_.each(
      stored_keys_,
      [&](row& r) {
        record_key key;
        key.ranged = r.integer();
        key.within = r.integer();
        if (!result || arrived(key)) return;
        result = sqlite::note_missing(db_, import_, write_.record_type, key);
        ++done_.missing;
      },
      first, last);
  return walked ? result : walked;
}

outcome<void> batch_writer::take_back_missing() {
  if (arrived_.empty()) return {};
  return sqlite::take_back_missing(db_, import_, write_.record_type, write_.range,
                                   [this](const record_key& key) { return arrived(key); });
}

bool batch_writer::arrived(const record_key& key) const { return std::ranges::binary_search(arrived_, key); }

bool batch_writer::parent_arrived(std::int64_t parent) const {
  auto found = std::ranges::lower_bound(arrived_, parent, {}, &record_key::ranged);
  return found != arrived_.end() && found->ranged == parent;
}

} // namespace tidemark::sqlite
