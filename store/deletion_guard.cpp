#include "store/deletion_guard.hpp"

#include <algorithm>
#include <limits>

namespace tidemark {

std::uint64_t most_deletions(std::uint32_t percent, std::uint64_t live) noexcept {
  if (percent >= 100) return std::numeric_limits<std::uint64_t>::max();
  // Whole hundreds first, so that nothing overflows.
  auto share = live / 100 * percent + live % 100 * percent / 100;
  return std::max(always_allowed_deletions, share);
}

bool may_go(std::uint32_t percent, std::uint64_t missing, std::uint64_t live) noexcept {
  if (percent >= 100) return true;
  const bool is_emptied = missing >= live && live >= fewest_emptied;
  return !is_emptied && missing <= most_deletions(percent, live);
}

} // namespace tidemark
