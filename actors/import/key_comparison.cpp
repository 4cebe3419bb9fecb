#include "actors/import/key_comparison.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tidemark {

namespace {

constexpr std::int64_t records_per_bucket = 1000;
constexpr std::size_t most_described = 5;

bool same(const key_bucket& a, const key_bucket& b) {
  return a.count == b.count && a.keys == b.keys && a.parents == b.parents;
}

std::int64_t first_key(const key_range& range) noexcept {
  if (!range.after) return std::numeric_limits<std::int64_t>::min();
  return *range.after == std::numeric_limits<std::int64_t>::max() ? *range.after : *range.after + 1;
}

std::int64_t bucket_of(std::int64_t key, std::int64_t width) noexcept {
  return key / width - (key % width < 0 ? 1 : 0);
}

} // namespace

std::int64_t bucket_width(std::uint64_t total, const std::optional<key_range>& extent) noexcept {
  if (!extent || !extent->after || total == 0) return records_per_bucket;
  // The extent of 64-bit keys may not fit into 64 bits itself.
  auto keys = static_cast<long double>(extent->up_to) - static_cast<long double>(*extent->after);
  auto width = keys / static_cast<long double>(total) * records_per_bucket;
  constexpr long double widest = 1e15L;
  return std::max(records_per_bucket, static_cast<std::int64_t>(std::min(width, widest)));
}

key_range range_of(std::int64_t bucket, std::int64_t width) noexcept {
  // The first and the last bucket that there can be reach beyond the keys that there can be.
  key_range range{std::nullopt, std::numeric_limits<std::int64_t>::max()};
  std::int64_t first = 0;
  if (__builtin_mul_overflow(bucket, width, &first)) {
    // Below the least key: only its upper end is one.
    std::int64_t next = 0;
    if (bucket < 0 && !__builtin_mul_overflow(bucket + 1, width, &next)
        && next > std::numeric_limits<std::int64_t>::min())
      range.up_to = next - 1;
    return range;
  }
  if (first != std::numeric_limits<std::int64_t>::min()) range.after = first - 1;
  std::int64_t last = 0;
  if (!__builtin_add_overflow(first, width - 1, &last)) range.up_to = last;
  return range;
}

bool lie_within(const std::vector<key_bucket>& buckets, const key_range& range, std::int64_t width) noexcept {
  const auto first = bucket_of(first_key(range), width);
  const auto last = bucket_of(range.up_to, width);
  const auto is_outside = [&](const key_bucket& x) { return x.bucket < first || x.bucket > last; };
  const auto is_behind = [](const key_bucket& a, const key_bucket& b) { return a.bucket >= b.bucket; };
  return std::ranges::none_of(buckets, is_outside)
         && std::ranges::adjacent_find(buckets, is_behind) == buckets.end();
}

key_comparison::differences key_comparison::add(const std::vector<key_bucket>& theirs,
                                                const std::vector<key_bucket>& ours) {
  differences found;
  auto& runs = found.keys;
  bool goes_on = false; // the bucket before differs, too
  auto differs = [&](const difference& x) {
    if (++differing_ <= most_described) first_.push_back(x);
    if (goes_on)
      runs.back().last = x.bucket;
    else
      runs.push_back({x.bucket, x.bucket});
    goes_on = true;
  };
  auto mine = ours.begin();
  auto only_mine = [&] {
    differs({mine->bucket, 0, mine->count});
    ++mine;
  };
  for (auto& bucket : theirs) {
    their_rows_ += bucket.count;
    while (mine != ours.end() && mine->bucket < bucket.bucket) only_mine();
    if (mine == ours.end() || mine->bucket > bucket.bucket) {
      differs({bucket.bucket, bucket.count, 0});
      continue;
    }
    if (same(bucket, *mine)) {
      goes_on = false;
      add_coverage(found.coverage, bucket, *mine);
      if (auto sums = differing_sums(bucket, *mine); !sums.empty())
        found.values.push_back({bucket.bucket, std::move(sums)});
    } else {
      differs({bucket.bucket, bucket.count, mine->count});
    }
    ++mine;
  }
  while (mine != ours.end()) only_mine();
  return found;
}

std::string describe(const key_comparison& found, std::int64_t width) {
  std::string text;
  for (auto& x : found.first_differences()) {
    auto what = x.theirs == x.ours
                    ? fmt::format("{} records in both, but not the same ones", x.ours)
                    : fmt::format("the account has {} records, the database {}", x.theirs, x.ours);
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", to_string(range_of(x.bucket, width)), what);
  }
  if (found.differing() > found.first_differences().size())
    text += fmt::format("; and {} ranges more", found.differing() - found.first_differences().size());
  return text;
}

} // namespace tidemark
