/// Foreign text made fit for a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

/// The start of a text as one printable line: runs of blanks and control characters become one space, bytes
/// that are not UTF-8 a question mark, and what exceeds `limit` bytes becomes "...".
std::string excerpt(std::string_view text, std::size_t limit = 200);

} // namespace tidemark
