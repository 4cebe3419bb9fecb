/// How many records of a type may be found gone at once before somebody is asked: a role that sees less than
/// before looks the same as an account that has deleted most of what it had.
#pragma once

#include <cstdint>

namespace tidemark {

/// So many are no trouble, however few records the type has.
inline constexpr std::uint64_t always_allowed_deletions = 100;

/// A type of so many records that comes without any is not believed to have lost them all.
inline constexpr std::uint64_t fewest_emptied = 10;

/// The most records that may go at once, of `live` ones: `percent` of them, and never less than
/// `always_allowed_deletions`. From 100 percent on there is no bound.
std::uint64_t most_deletions(std::uint32_t percent, std::uint64_t live) noexcept;

/// Whether so many of the `live` records may go: no more than that, and not all of a type.
bool may_go(std::uint32_t percent, std::uint64_t missing, std::uint64_t live) noexcept;

} // namespace tidemark
