/// Text from outside in one line of a terminal or a log, without anything that would be obeyed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

struct utf8_character {
  char32_t point;
  std::size_t bytes;
};

/// The first character of a text that is not empty, unless it is malformed.
std::optional<utf8_character> first_character(std::string_view text) noexcept;

/// Control characters (those of C1, line ends and escapes among them) and those that turn the direction of
/// what follows become spaces, and bytes that are not UTF-8 question marks.
std::string plain_line(std::string_view text);

} // namespace tidemark
