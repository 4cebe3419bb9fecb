#include "netsuite/excerpt.hpp"

#include <cstdint>

namespace tidemark {

namespace {

/// The bytes of the UTF-8 character at the start of `text`, or 0 if there is none.
std::size_t character_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  // Overlong forms, surrogates, and what lies above U+10FFFF.
  if (length >= 3) {
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
  }
  return length;
}

} // namespace

std::string excerpt(std::string_view text, std::size_t limit) {
  std::string out;
  bool blank = false;
  while (!text.empty()) {
    const auto first = static_cast<std::uint8_t>(text.front());
    if (first <= 0x20 || first == 0x7F) {
      blank = true;
      text.remove_prefix(1);
      continue;
    }
    const auto length = character_length(text);
    const auto piece = length == 0 ? std::string_view{"?"} : text.substr(0, length);
    const bool space = blank && !out.empty();
    if (out.size() + piece.size() + (space ? 1 : 0) > limit) return out + "...";
    if (space) out += ' ';
    blank = false;
    out += piece;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

} // namespace tidemark
