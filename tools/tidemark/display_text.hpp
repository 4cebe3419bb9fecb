/// Text as it stands on a terminal: how wide it is, cut to a width, and without anything that the terminal
/// would obey.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "messages/plain_line.hpp"

namespace tidemark::cli {

/// The text in one line, safe for a terminal. Text from a node or from NetSuite goes through here.
inline std::string printable(std::string_view text) { return plain_line(text); }

/// The columns that printable text takes: 2 for wide East Asian characters and emoji, 0 for combining marks.
std::size_t display_width(std::string_view text) noexcept;

/// The text in exactly `width` columns: padded at its end, or cut with ".." as its last columns.
std::string fit_left(std::string_view text, std::size_t width);

/// The same, padded at its start.
std::string fit_right(std::string_view text, std::size_t width);

/// The longest beginning that takes at most `width` columns.
std::string_view head_of(std::string_view text, std::size_t width) noexcept;

/// The text in at most `width` columns, with ".." where it goes on.
std::string cut(std::string_view text, std::size_t width);

/// The text in lines of at most `width` columns, broken at spaces where there are any. At least one line.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

} // namespace tidemark::cli
