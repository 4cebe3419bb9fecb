/// Which ids a table uses: a strictly growing sequence with gaps, computable in both directions without a
/// search.
#pragma once

#include "tools/netsuite_sim/hash.hpp"

#include <cstdint>

namespace tidemark::netsuite_sim {

/// With gaps, each five ids hold four rows (a hash picks the missing one) and each 4096 rows are followed by
/// a hole of 777 ids. Without gaps the ids are consecutive.
class id_layout {
public:
  constexpr id_layout(std::int64_t first_id, std::uint64_t salt, bool gaps) noexcept
      : first_(first_id), salt_(salt), gaps_(gaps) {}

  constexpr std::int64_t first_id() const noexcept { return first_; }

  /// The id of the row with this ordinal (0, 1, 2...).
  constexpr std::int64_t id_at(std::int64_t ordinal) const noexcept {
    if (!gaps_) return first_ + ordinal;
    auto five = ordinal / 4;
    auto slot = ordinal % 4;
    if (slot >= missing_slot(five)) ++slot;
    return first_ + five * 5 + slot + (five / fives_per_block) * hole;
  }

  /// How many ordinals have an id less than `id`: the ordinal of the first row at or after it.
  constexpr std::int64_t rank(std::int64_t id) const noexcept {
    if (id <= first_) return 0;
    auto distance = id - first_;
    if (!gaps_) return distance;
    auto block = distance / block_span;
    auto within = distance % block_span;
    if (within >= fives_per_block * 5) return (block + 1) * fives_per_block * 4;
    auto five = block * fives_per_block + within / 5;
    auto slot = within % 5;
    return five * 4 + slot - (missing_slot(five) < slot ? 1 : 0);
  }

private:
  static constexpr std::int64_t fives_per_block = 1024;
  static constexpr std::int64_t hole = 777;
  static constexpr std::int64_t block_span = fives_per_block * 5 + hole;

  constexpr std::int64_t missing_slot(std::int64_t five) const noexcept {
    return static_cast<std::int64_t>(mix(salt_, static_cast<std::uint64_t>(five)) % 5);
  }

  std::int64_t first_;
  std::uint64_t salt_;
  bool gaps_;
};

} // namespace tidemark::netsuite_sim
