#include "actors/import/key_comparison.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tidemark {

namespace {

constexpr std::int64_t records_per_bucket = 1000;
constexpr std::size_t most_described = 5;

bool same(const key_bucket& a, const key_bucket& b) {
  return a.count == b.count && a.keys == b.keys && a.parents == b.parents;
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
  return {bucket * width - 1, bucket * width + width - 1};
}

void key_comparison::add(const std::vector<key_bucket>& theirs, const std::vector<key_bucket>& ours) {
  auto mine = ours.begin();
  auto only_mine = [&] { differences_.push_back({mine->bucket, 0, (mine++)->count}); };
  for (auto& bucket : theirs) {
    their_rows_ += bucket.count;
    while (mine != ours.end() && mine->bucket < bucket.bucket) only_mine();
    if (mine == ours.end() || mine->bucket > bucket.bucket) {
      differences_.push_back({bucket.bucket, bucket.count, 0});
      continue;
    }
    if (!same(bucket, *mine)) differences_.push_back({bucket.bucket, bucket.count, mine->count});
    ++mine;
  }
  while (mine != ours.end()) only_mine();
}

std::string describe(const std::vector<key_comparison::difference>& differences, std::int64_t width) {
  std::string text;
  for (std::size_t i = 0; i < std::min(differences.size(), most_described); ++i) {
    auto& x = differences[i];
    auto what = x.theirs == x.ours
                    ? fmt::format("{} records in both, but not the same ones", x.ours)
                    : fmt::format("the account has {} records, the database {}", x.theirs, x.ours);
    text += fmt::format("{}{}: {}", i == 0 ? "" : "; ", to_string(range_of(x.bucket, width)), what);
  }
  if (differences.size() > most_described)
    text += fmt::format("; and {} ranges more", differences.size() - most_described);
  return text;
}

} // namespace tidemark
