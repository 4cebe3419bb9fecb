#include "tools/tidemark/live_screen.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::cli {

std::string live_screen::draw(const std::vector<line>& frame, std::size_t width) {
  std::size_t up = 0;
  // A terminal that became narrower has wrapped the lines that no longer fitted.
  for (auto drawn : drawn_)
    up += std::max<std::size_t>(1, (drawn + width - 1) / std::max<std::size_t>(width, 1));
  std::string out = "\r";
  if (up > 0) out += fmt::format("\x1b[{}A", up);
  if (!drawn_.empty() && width != width_) out += "\x1b[J";
  for (auto& x : frame) out += paint(x, colour_) + "\x1b[K\n";
  out += "\x1b[J";
  drawn_.clear();
  for (auto& x : frame) drawn_.push_back(width_of(x));
  width_ = width;
  return out;
}

} // namespace tidemark::cli
