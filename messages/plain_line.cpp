#include "messages/plain_line.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tidemark {

namespace {

struct span_of_points {
  char32_t first;
  char32_t last;
};

// Line ends of Unicode's own, and what changes the direction of its line without being seen (UAX #9): a name
// must not rearrange what stands beside it.
constexpr std::array steering{span_of_points{0x061C, 0x061C}, span_of_points{0x200E, 0x200F},
                              span_of_points{0x2028, 0x202E}, span_of_points{0x2066, 0x2069}};

bool is_obeyed(char32_t point) noexcept {
  bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
  return control
         || std::ranges::any_of(steering, [&](auto& x) { return x.first <= point && point <= x.last; });
}

} // namespace

std::optional<utf8_character> first_character(std::string_view text) noexcept {
  auto lead = static_cast<std::uint8_t>(text.front());
  if (lead < 0x80) return utf8_character{lead, 1};
  std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return std::nullopt;
  char32_t point = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0U) != 0x80U) return std::nullopt;
    point = point << 6U | (next & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < smallest[bytes] || point > 0x10FFFF || surrogate) return std::nullopt;
  return utf8_character{point, bytes};
}

std::string plain_line(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    auto next = first_character(text);
    if (!next)
      result += '?';
    else if (is_obeyed(next->point))
      result += ' ';
    else
      result += text.substr(0, next->bytes);
    text.remove_prefix(next ? next->bytes : 1);
  }
  return result;
}

} // namespace tidemark
