#include "tools/tidemark/line.hpp"

#include "tools/tidemark/display_text.hpp"

#include <array>
#include <string_view>

namespace tidemark::cli {

namespace {

// In the order of the enumerators. Only the 8 colours that every terminal has, in its own theme.
constexpr std::array<std::string_view, 7> codes{"",         "\x1b[1m",  "\x1b[2m", "\x1b[36m",
                                                "\x1b[32m", "\x1b[33m", "\x1b[31m"};
static_assert(codes.size() == static_cast<std::size_t>(tone::bad) + 1);

constexpr std::string_view reset = "\x1b[0m";

} // namespace

tone tone_of(import_state state) noexcept {
  switch (state) {
  case import_state::queued: return tone::dim;
  case import_state::planning:
  case import_state::running: return tone::active;
  case import_state::completed: return tone::good;
  case import_state::failed: return tone::bad;
  default: return tone::warning;
  }
}

tone tone_of(type_state state) noexcept {
  switch (state) {
  case type_state::waiting: return tone::dim;
  case type_state::planning:
  case type_state::running: return tone::active;
  case type_state::completed: return tone::good;
  case type_state::failed: return tone::bad;
  default: return tone::warning;
  }
}

std::size_t width_of(const line& what) noexcept {
  std::size_t width = 0;
  for (auto& piece : what) width += display_width(piece.text);
  return width;
}

line cut(line what, std::size_t width) {
  if (width_of(what) <= width) return what;
  line result;
  std::size_t left = width;
  for (auto& piece : what) {
    auto own = display_width(piece.text);
    // The piece that does not fit gets the dots; one that just fits must leave no room for more.
    if (own >= left) {
      piece.text = cut(own == left ? piece.text + "..." : piece.text, left);
      result.push_back(std::move(piece));
      return result;
    }
    left -= own;
    result.push_back(std::move(piece));
  }
  return result;
}

std::string paint(const line& what, bool colour) {
  std::string result;
  for (auto& piece : what) {
    if (!colour || piece.in == tone::plain) {
      result += piece.text;
      continue;
    }
    result.append(codes[static_cast<std::size_t>(piece.in)]).append(piece.text).append(reset);
  }
  return result;
}

} // namespace tidemark::cli
