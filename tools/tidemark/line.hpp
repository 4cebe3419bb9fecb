/// A line of output: pieces of text, each with a tone that becomes a colour where there are colours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/words.hpp"

namespace tidemark::cli {

enum class tone : std::uint8_t { plain, strong, dim, active, good, warning, bad };

tone tone_of(import_state state) noexcept;
tone tone_of(type_state state) noexcept;

struct span {
  std::string text; ///< printable, without a line end
  tone in = tone::plain;
};

using line = std::vector<span>;

std::size_t width_of(const line& what) noexcept;

/// The line in at most `width` columns.
line cut(line what, std::size_t width);

/// The line in as many lines as it needs to fit `width` columns, broken at spaces. A longer word stays whole.
std::vector<line> folded(const line& what, std::size_t width);

/// Pieces side by side with two spaces in between, as many in a line as fit.
std::vector<line> flow(const std::vector<span>& pieces, std::size_t width);

/// The line without spaces at its end.
line trimmed(line what);

/// The text of a line, with the terminal's codes for its tones if `colour`.
std::string paint(const line& what, bool colour);

} // namespace tidemark::cli
