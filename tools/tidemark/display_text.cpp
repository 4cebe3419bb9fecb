#include "tools/tidemark/display_text.hpp"

#include <algorithm>
#include <array>

namespace tidemark::cli {

namespace {

struct interval {
  char32_t first;
  char32_t last;
};

// Coarse, but right for the scripts that names and messages are written in.
constexpr std::array combining{interval{0x0300, 0x036F}, interval{0x0483, 0x0489}, interval{0x0591, 0x05BD},
                               interval{0x064B, 0x065F}, interval{0x0E34, 0x0E3A}, interval{0x0E47, 0x0E4E},
                               interval{0x1AB0, 0x1AFF}, interval{0x1DC0, 0x1DFF}, interval{0x200B, 0x200F},
                               interval{0x20D0, 0x20FF}, interval{0xFE00, 0xFE0F}, interval{0xFE20, 0xFE2F}};
constexpr std::array wide{interval{0x1100, 0x115F},   interval{0x2E80, 0x303E},   interval{0x3041, 0xA4CF},
                          interval{0xA960, 0xA97F},   interval{0xAC00, 0xD7A3},   interval{0xF900, 0xFAFF},
                          interval{0xFE30, 0xFE6F},   interval{0xFF00, 0xFF60},   interval{0xFFE0, 0xFFE6},
                          interval{0x1F300, 0x1F64F}, interval{0x1F680, 0x1F6FF}, interval{0x1F900, 0x1FAFF},
                          interval{0x20000, 0x3FFFD}};

template <class Intervals>
bool within(const Intervals& intervals, char32_t point) noexcept {
  return std::ranges::any_of(intervals, [&](auto& x) { return x.first <= point && point <= x.last; });
}

std::size_t width_of(char32_t point) noexcept {
  if (within(combining, point)) return 0;
  return within(wide, point) ? 2 : 1;
}

} // namespace

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  while (!text.empty()) {
    auto next = first_character(text);
    width += next ? width_of(next->point) : 1;
    text.remove_prefix(next ? next->bytes : 1);
  }
  return width;
}

std::string_view head_of(std::string_view text, std::size_t width) noexcept {
  std::size_t end = 0;
  for (std::size_t taken = 0; end < text.size();) {
    auto next = first_character(text.substr(end));
    taken += next ? width_of(next->point) : 1;
    if (taken > width) break;
    end += next ? next->bytes : 1;
  }
  return text.substr(0, end);
}

std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string{text};
  constexpr std::string_view dots = "..";
  if (width <= dots.size()) return std::string{dots.substr(0, width)};
  return std::string{head_of(text, width - dots.size())}.append(dots);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines{""};
  std::size_t used = 0;
  auto put = [&](std::string_view word) {
    auto own = display_width(word);
    if (used > 0 && used + 1 + own > width) {
      lines.emplace_back();
      used = 0;
    }
    if (used > 0) lines.back() += ' ';
    used += own + (used > 0 ? 1 : 0);
    lines.back() += word;
  };
  while (!text.empty()) {
    auto end = std::min(text.find(' '), text.size());
    auto word = text.substr(0, end);
    // A word that no line can hold is broken anywhere.
    while (display_width(word) > std::max<std::size_t>(width, 2)) {
      auto head = head_of(word, std::max<std::size_t>(width, 2));
      put(head);
      word.remove_prefix(head.size());
    }
    if (!word.empty()) put(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string fit_left(std::string_view text, std::size_t width) {
  auto result = cut(text, width);
  result.append(width - display_width(result), ' ');
  return result;
}

std::string fit_right(std::string_view text, std::size_t width) {
  auto result = cut(text, width);
  result.insert(0, width - display_width(result), ' ');
  return result;
}

} // namespace tidemark::cli
