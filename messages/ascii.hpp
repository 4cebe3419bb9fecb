/// Letters of names and codes, which are ASCII wherever case matters.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tidemark {

/// A to Z as a to z; every other byte as it is, whatever the locale.
inline char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

inline std::string lower_case(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(), [](char c) { return to_lower(c); });
  return result;
}

} // namespace tidemark
