/// What identifies a record in its table.
#pragma once

#include "messages/words.hpp"

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::sqlite {

/// A record's key: its own id, or the parent's id and its own id within the parent. Sorts as ranges do.
struct record_key {
  std::int64_t ranged = 0; ///< what batches are ranged by
  std::int64_t within = 0; ///< zero unless the type is a set

  friend auto operator<=>(const record_key&, const record_key&) = default;
};

/// "17", or "17/3" for a set.
std::string to_string(const record_key& key, bool is_set);

/// The reverse; nothing for any other form.
std::optional<record_key> parse_key(std::string_view text, bool is_set) noexcept;

/// The first key of a range, so that "from the start" can be compared like any other.
inline std::int64_t first_key(const key_range& range) noexcept {
  return range.after ? *range.after + 1 : std::numeric_limits<std::int64_t>::min();
}

/// The bucket of `width` keys that a key is in: rounded down, also below zero.
constexpr std::int64_t bucket_of(std::int64_t key, std::int64_t width) noexcept {
  return key / width - (key % width < 0 ? 1 : 0);
}

inline bool contains(const key_range& range, std::int64_t key) noexcept {
  return (!range.after || key > *range.after) && key <= range.up_to;
}

} // namespace tidemark::sqlite
