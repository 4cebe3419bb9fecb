/// Pure core: why records are rejected, counted, so that whoever has too many of them can be told the
/// commonest reason.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "messages/record_set.hpp"

namespace tidemark {

class rejection_tally {
public:
  void add(std::span<const rejection_count> counts);

  /// A write of these pages is done, and has rejected so many records in all: those that were not rejected
  /// before were refused by the database.
  void add_written(std::span<const std::shared_ptr<const record_set>> pages, std::uint64_t rejected);

  std::vector<rejection_count> counts() const;

  /// The sentence of a record type that fails with `rejected` records where `allowed` may be: the commonest
  /// reason and how many had it, as far as any is known.
  std::string too_many(std::uint64_t rejected, std::uint64_t allowed) const;

private:
  void count(const std::string& kind, const std::string& reason, std::uint64_t records);

  std::map<std::string, rejection_count> kinds_; ///< a bounded number of them
};

} // namespace tidemark
