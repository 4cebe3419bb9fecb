/// The one source of chance in generated data: a mixing function, so that every value is a pure function of
/// its place.
#pragma once

#include <cstdint>
#include <string_view>

namespace tidemark::netsuite_sim {

/// SplitMix64's finaliser: every bit of the result depends on every bit of `x`.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept { return mix(a ^ mix(b)); }

/// A salt from the name of a table, or of a column of it (FNV-1a).
constexpr std::uint64_t salt_of(std::string_view table, std::string_view column = {}) noexcept {
  std::uint64_t result = 0xcbf29ce484222325ULL;
  for (char c : table) result = (result ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  for (char c : column) result = (result ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mix(result);
}

/// True once in `n` times.
constexpr bool one_in(std::uint64_t hash, std::uint64_t n) noexcept {
  return mix(hash ^ 0x5bd1e995) % n == 0;
}

} // namespace tidemark::netsuite_sim
