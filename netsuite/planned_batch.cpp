#include "netsuite/planned_batch.hpp"

#include <limits>
#include <numeric>

namespace tidemark {

namespace {

/// A key below `up_to` that leaves about as many keys above it as below, as far as one can tell without the
/// first key.
std::int64_t guess_middle(std::int64_t up_to) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  if (up_to > 0) return up_to / 2;
  return up_to <= least / 2 ? least : 2 * up_to - 1;
}

} // namespace

std::optional<std::pair<planned_batch, planned_batch>> halve(const planned_batch& whole) {
  const auto [after, up_to] = whole.range;
  const auto middle = after ? std::midpoint(*after, up_to) : guess_middle(up_to);
  if (middle >= up_to || (after && middle <= *after)) return std::nullopt;
  const auto lower = whole.weight / 2;
  return std::pair{planned_batch{{after, middle}, lower},
                   planned_batch{{middle, up_to}, whole.weight - lower}};
}

} // namespace tidemark
