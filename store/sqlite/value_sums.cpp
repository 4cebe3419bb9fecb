#include "store/sqlite/value_sums.hpp"

#include "messages/decimal_sum.hpp"
#include "store/sqlite/kept_values.hpp"
#include "store/sqlite/record_key.hpp"
#include "store/utc_text.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

/// A stored value as the number that is added up; a decimal as its text.
std::string addend(const record_table& table, const value_sum& sum) {
  if (std::ranges::find(table.fields, sum.name, &field::name) == table.fields.end()) return "NULL";
  auto column = identifier(sum.name);
  switch (sum.kind) {
  case sum_kind::numbers:
  case sum_kind::trues: break;
  case sum_kind::days: return fmt::format("CAST(replace({}, '-', '') AS INTEGER)", column);
  case sum_kind::moments:
    return fmt::format("CAST(replace(replace(replace({}, '-', ''), ':', ''), 'T', '') AS INTEGER)", column);
  // The empty text is a null of the account's.
  case sum_kind::lengths: return fmt::format("length({})", column);
  }
  return column;
}

/// The buckets in which some records are not stored as the account has them.
outcome<std::set<std::int64_t>> unlike_buckets(connection& db, const record_table& table, std::int64_t width,
                                               const key_range& range) {
  std::set<std::int64_t> found;
  auto note = [&](const record_key& key) {
    if (contains(range, key.ranged)) found.insert(bucket_of(key.ranged, width));
  };
  auto rejected = db.each(
      "SELECT key FROM rejected_records WHERE record_type = ?",
      [&](row& r) {
        if (auto key = parse_key(r.text(), table.is_set())) note(*key);
      },
      table.record_type_name);
  if (!rejected) return std::unexpected(std::move(rejected.error()));
  auto kept = keys_of_kept_values(db, table.record_type_name, range);
  if (!kept) return std::unexpected(std::move(kept.error()));
  std::ranges::for_each(*kept, note);
  return found;
}

} // namespace

outcome<void> add_value_sums(connection& db, const record_table& table, std::int64_t width,
                             const key_range& range, std::span<const value_sum> sums,
                             std::vector<key_bucket>& buckets) {
  if (sums.empty() || buckets.empty()) return {};
  auto unlike = unlike_buckets(db, table, width, range);
  if (!unlike) return std::unexpected(std::move(unlike.error()));
  std::string columns;
  for (auto& x : sums) columns += ", " + addend(table, x);
  auto bucket = buckets.begin();
  std::vector<decimal_sum> adding(sums.size());
  auto finish = [&] {
    if (!unlike->contains(bucket->bucket))
      for (auto& x : adding) bucket->values.push_back(x.text().value_or(""));
    adding.assign(sums.size(), {});
    ++bucket;
  };
  auto added = db.each(
      fmt::format("SELECT {0}{1} FROM {2} WHERE {0} BETWEEN ? AND ? AND \"_deleted_at\" IS NULL ORDER BY {0}",
                  identifier(table.ranged()), columns, identifier(table.name)),
      [&](row& r) {
        auto number = bucket_of(r.integer(), width);
        while (bucket != buckets.end() && bucket->bucket < number) finish();
        if (bucket == buckets.end()) return false;
        for (auto& x : adding) r.number([&](auto value) { x.add(value); });
        return true;
      },
      first_key(range), range.up_to);
  if (!added) return added;
  while (bucket != buckets.end()) finish();
  return {};
}

outcome<std::vector<value_sum>> value_sums_left_out(connection& db, std::string_view record_type) {
  return db.all(
      "SELECT name, kind FROM value_sums_left_out WHERE record_type = ? ORDER BY name, kind",
      [](row& r) {
        value_sum x;
        x.name = r.text();
        x.kind = r.word<sum_kind>();
        return x;
      },
      record_type);
}

outcome<void> leave_out_value_sums(connection& db, std::string_view record_type,
                                   std::span<const value_sum> sums, std::string_view reason, unix_ms now) {
  for (auto& x : sums)
    if (auto done =
            db.change("INSERT OR REPLACE INTO value_sums_left_out (record_type, name, kind, reason, at) "
                      "VALUES (?, ?, ?, ?, ?)",
                      record_type, x.name, to_string(x.kind), reason, utc{now});
        !done)
      return done;
  return {};
}

outcome<void> forget_value_sums_left_out(connection& db, std::string_view record_type) {
  return db.change("DELETE FROM value_sums_left_out WHERE record_type = ?", record_type);
}

} // namespace tidemark::sqlite
