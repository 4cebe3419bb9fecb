/// Pure core of a record type's run: how many more tries its batches get.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tidemark {

/// A type that gets batches through earns tries; one that gets none runs out of them, and does not ask an
/// account in vain, batch after batch: retry throttling as in gRPC (proposal A6), counted in whole tries.
class retry_budget {
public:
  static constexpr std::uint32_t at_first = 20;
  static constexpr std::uint32_t at_most = 200;

  /// Pays for one more try; false if nothing is left.
  bool spend() noexcept {
    if (left_ == 0) return false;
    --left_;
    return true;
  }

  /// A batch came through.
  void earn() noexcept { left_ = std::min(left_ + 1, at_most); }

  std::uint32_t left() const noexcept { return left_; }

private:
  std::uint32_t left_ = at_first;
};

} // namespace tidemark
