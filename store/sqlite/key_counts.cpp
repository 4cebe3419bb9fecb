#include "store/sqlite/key_counts.hpp"

#include "store/sqlite/record_key.hpp"
#include "store/sqlite/value_sums.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

/// What the keys of stored records add up to, as `key_sum` asks the account.
std::string sum_of_stored(const record_table& table) {
  if (!table.is_wide) return fmt::format("sum({})", identifier(table.key));
  if (!table.summed) return "0";
  auto column = identifier(table.summed->name);
  return table.summed->type == field_type::text ? fmt::format("coalesce(sum(length({})), 0)", column)
                                                : fmt::format("coalesce(sum({}), 0)", column);
}

/// The same of one record that is kept as it came.
std::string sum_of_raw(const record_table& table) {
  if (!table.summed) return "0";
  auto value =
      fmt::format("CASE WHEN json_valid(raw) THEN json_extract(raw, '$.\"{}\"') END", table.summed->name);
  return table.summed->type == field_type::text ? fmt::format("coalesce(length({}), 0)", value)
                                                : fmt::format("coalesce(CAST({} AS INTEGER), 0)", value);
}

/// `of_wide`: what a wide key adds to the sum.
void add(key_bucket& to, const record_table& table, const record_key& key, std::int64_t of_wide) {
  ++to.count;
  to.keys += table.is_wide ? of_wide : table.is_set() ? key.within : key.ranged;
  to.parents += table.is_set() ? key.ranged : 0;
}

/// A record that is kept aside has arrived: it is not missing, it could not be stored, or not as it is now.
outcome<void> add_rejected(connection& db, const record_table& table, std::int64_t width,
                           const key_range& range, std::map<std::int64_t, key_bucket>& buckets,
                           key_totals& to) {
  auto kept = db.all(
      fmt::format("SELECT key, {} FROM rejected_records WHERE record_type = ?", sum_of_raw(table)),
      [](row& r) {
        auto key = r.text();
        return std::pair{std::move(key), r.integer()};
      },
      table.record_type_name);
  if (!kept) return std::unexpected(std::move(kept.error()));
  auto is_stored = table.is_set()
                       ? fmt::format("SELECT 1 FROM {} WHERE {} = ? AND {} = ?", identifier(table.name),
                                     identifier(table.parent), identifier(table.key))
                       : fmt::format("SELECT 1 FROM {} WHERE {} = ? AND \"_deleted_at\" IS NULL AND ? = 0",
                                     identifier(table.name), identifier(table.key));
  std::set<record_key> counted;
  for (const auto& [text, of_wide] : *kept) {
    auto key = parse_key(text, table.is_set());
    if (!key || !contains(range, key->ranged) || !counted.insert(*key).second) continue;
    auto stored = db.first(is_stored, [](row& r) { return r.integer(); }, key->ranged, key->within);
    if (!stored) return std::unexpected(std::move(stored.error()));
    if (stored->has_value()) {
      ++to.kept_older;
      continue;
    }
    add(buckets[bucket_of(key->ranged, width)], table, *key, of_wide);
    ++to.kept_aside;
  }
  return {};
}

/// The last key of the bucket that a key is in, if there can be such keys.
std::int64_t end_of_bucket(std::int64_t key, std::int64_t width) noexcept {
  const auto behind = key % width;
  const auto within = behind < 0 ? behind + width : behind;
  std::int64_t last = 0;
  return __builtin_add_overflow(key, width - 1 - within, &last) ? std::numeric_limits<std::int64_t>::max()
                                                                : last;
}

/// Bucket by bucket: grouped by what is computed of the key SQLite would sort them all first, though they lie
/// in order.
outcome<void> count_stored(connection& db, const record_table& table, std::int64_t width,
                           const key_range& range, std::map<std::int64_t, key_bucket>& buckets) {
  const auto live = fmt::format("FROM {} WHERE {} BETWEEN ? AND ? AND \"_deleted_at\" IS NULL",
                                identifier(table.name), identifier(table.ranged()));
  const auto next = fmt::format("SELECT min({}) {}", identifier(table.ranged()), live);
  const auto sums =
      fmt::format("SELECT count(*), {}, {} {}", sum_of_stored(table),
                  table.is_set() ? fmt::format("sum({})", identifier(table.parent)) : "0", live);
  for (auto from = first_key(range); from <= range.up_to;) {
    auto first = db.first(next, [](row& r) { return r.optional_integer(); }, from, range.up_to);
    if (!first) return std::unexpected(std::move(first.error()));
    const auto key = first->value_or(std::nullopt);
    if (!key) return {};
    const auto last = std::min(end_of_bucket(*key, width), range.up_to);
    auto counted = db.each(
        sums,
        [&](row& r) {
          key_bucket x;
          x.bucket = bucket_of(*key, width);
          x.count = r.integer<std::uint64_t>();
          x.keys = r.integer();
          x.parents = r.integer();
          buckets.emplace(x.bucket, x);
        },
        *key, last);
    if (!counted) return counted;
    if (last == range.up_to) return {};
    from = last + 1;
  }
  return {};
}

} // namespace

outcome<key_totals> count_all(connection& db, const record_table& table) {
  key_totals all;
  auto counted =
      db.each(fmt::format("SELECT count(*), min({0}), max({0}) FROM {1} WHERE \"_deleted_at\" IS NULL",
                          identifier(table.ranged()), identifier(table.name)),
              [&](row& r) {
                all.total = r.integer<std::uint64_t>();
                auto first = r.optional_integer();
                auto last = r.optional_integer();
                if (!first || !last) return;
                all.extent = key_range{{}, *last};
                if (*first != std::numeric_limits<std::int64_t>::min()) all.extent->after = *first - 1;
              });
  if (!counted) return std::unexpected(std::move(counted.error()));
  auto left_out = value_sums_left_out(db, table.record_type_name);
  if (!left_out) return std::unexpected(std::move(left_out.error()));
  all.sums_left_out = std::move(*left_out);
  return all;
}

outcome<key_totals> count_buckets(connection& db, const record_table& table, std::int64_t width,
                                  const key_range& range, std::span<const value_sum> sums) {
  std::map<std::int64_t, key_bucket> buckets;
  if (auto counted = count_stored(db, table, width, range, buckets); !counted)
    return std::unexpected(std::move(counted.error()));
  key_totals result;
  if (auto added = add_rejected(db, table, width, range, buckets, result); !added)
    return std::unexpected(std::move(added.error()));
  for (auto& [number, bucket] : buckets) {
    bucket.bucket = number;
    result.total += bucket.count;
    result.buckets.push_back(bucket);
  }
  if (auto added = add_value_sums(db, table, width, range, sums, result.buckets); !added)
    return std::unexpected(std::move(added.error()));
  return result;
}

} // namespace tidemark::sqlite
