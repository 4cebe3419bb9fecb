#include "tools/tidemark/bar.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tidemark::cli {

namespace {

constexpr std::uint64_t whole = 10'000;

// Eighths of a column, from one to eight.
constexpr std::array<std::string_view, 8> eighths{"\u258F", "\u258E", "\u258D", "\u258C",
                                                  "\u258B", "\u258A", "\u2589", "\u2588"};
constexpr std::string_view rest = "\u2591";

} // namespace

std::string bar_text(std::size_t width, std::uint32_t ten_thousandths, bool unicode) {
  if (width == 0) return {};
  auto steps_of_column = unicode ? eighths.size() : std::size_t{1};
  auto steps = width * steps_of_column;
  auto filled = static_cast<std::size_t>(steps * std::min<std::uint64_t>(ten_thousandths, whole) / whole);
  if (ten_thousandths < whole) filled = std::min(filled, steps - 1);
  if (ten_thousandths > 0 && unicode) filled = std::max<std::size_t>(filled, 1);

  std::string result;
  auto columns = filled / steps_of_column;
  for (std::size_t i = 0; i < columns; ++i) result += unicode ? eighths.back() : "#";
  if (auto part = filled % steps_of_column; part > 0) {
    result += eighths[part - 1];
    ++columns;
  }
  for (; columns < width; ++columns) result += unicode ? rest : ".";
  return result;
}

} // namespace tidemark::cli
