/// Pure core of a deep comparison: which ranges are compared value by value, and what that says of the
/// others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// A choice of buckets in which each of those that were told is as likely as any other, however many they
/// are (algorithm R, Vitter 1985).
class range_sample {
public:
  range_sample() = default;
  /// `seed`: the same one chooses the same.
  range_sample(std::size_t size, std::string_view seed);

  void add(std::int64_t bucket);

  std::uint64_t told() const noexcept { return told_; }

  /// In order.
  std::vector<std::int64_t> chosen() const;

private:
  std::size_t size_ = 0;
  std::mt19937_64 random_;
  std::vector<std::int64_t> chosen_;
  std::uint64_t told_ = 0;
};

/// What the comparison of a sample came to.
struct sample_result {
  std::uint64_t ranges = 0; ///< that there are
  std::uint64_t sampled = 0;
  std::uint64_t records = 0;       ///< of the sampled ones
  std::uint64_t stale_ranges = 0;  ///< in which records held other values
  std::uint64_t stale_records = 0; ///< that were renewed

  /// Whether others may be stale that were not looked at.
  bool says_of_others() const noexcept { return stale_ranges > 0 && sampled < ranges; }
};

/// "60 of 1200 ranges compared value by value ...", for people.
std::string describe(const sample_result& x);

/// Where `found` of `sampled` ranges had a fault: with 95 % confidence no more than this share of all has one
/// (Clopper and Pearson 1934; without a fault 1 - 0.05^(1/sampled)). One for an empty sample.
double most_with_fault(std::uint64_t sampled, std::uint64_t found) noexcept;

} // namespace tidemark
