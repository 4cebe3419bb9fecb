/// One key range of a plan, and how it is halved.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "messages/words.hpp"

namespace tidemark {

/// The most records that a batch is planned to hold.
inline constexpr std::uint64_t max_batch_records = 1000;

/// `weight` is the number of records that the range was planned to hold.
struct planned_batch {
  key_range range;
  std::uint64_t weight = 0;

  friend bool operator==(const planned_batch&, const planned_batch&) = default;
};

/// Two halves by key that share the weight; nothing if the range holds a single key. A range without lower
/// end is taken to start at 0, or below its upper end if that is not positive.
std::optional<std::pair<planned_batch, planned_batch>> halve(const planned_batch& whole);

} // namespace tidemark
