/// Pure core of a verifier: the account's counts by buckets of keys against the database's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/import/value_proof.hpp"
#include "messages/ledger.hpp"

namespace tidemark {

/// Keys per bucket so that one holds about 1000 of `total` records spread over the extent; at least 1000.
std::int64_t bucket_width(std::uint64_t total, const std::optional<key_range>& extent) noexcept;

/// The keys of a bucket, as a range.
key_range range_of(std::int64_t bucket, std::int64_t width) noexcept;

/// Whether these buckets can be the answer to a question for this range: in order, each once, and none of
/// them outside.
bool lie_within(const std::vector<key_bucket>& buckets, const key_range& range, std::int64_t width) noexcept;

/// Takes the account's buckets in order, part by part, each with the database's of the same range, and tells
/// those that differ in their number of records, in the sums of the keys or in those of values. Holds no more
/// than a few of them.
class key_comparison {
public:
  struct difference {
    std::int64_t bucket = 0;
    std::uint64_t theirs = 0; ///< records at the account
    std::uint64_t ours = 0;
  };

  /// Differing buckets, `first` to `last`, with no equal one in between.
  struct run {
    std::int64_t first = 0;
    std::int64_t last = 0;

    friend bool operator==(const run&, const run&) = default;
  };

  /// What differs in a part, in order.
  struct differences {
    std::vector<run> keys;
    std::vector<differing_values> values; ///< where the keys are the same
    std::vector<sum_coverage> coverage;   ///< by the sums' index; none if no sums were compared
  };

  differences add(const std::vector<key_bucket>& theirs, const std::vector<key_bucket>& ours);

  /// The number of buckets that differ, and the first few of them.
  std::uint64_t differing() const noexcept { return differing_; }
  const std::vector<difference>& first_differences() const noexcept { return first_; }
  std::uint64_t their_rows() const noexcept { return their_rows_; }

private:
  std::vector<difference> first_;
  std::uint64_t differing_ = 0;
  std::uint64_t their_rows_ = 0;
};

/// "(1000, 2000]: the account has 998 records, the database 1000; ..." of the first few.
std::string describe(const key_comparison& found, std::int64_t width);

} // namespace tidemark
