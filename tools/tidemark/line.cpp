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
  constexpr std::string_view dots = "..";
  auto left = width > dots.size() ? width - dots.size() : 0;
  line result;
  for (auto& piece : what) {
    auto head = head_of(piece.text, left);
    left -= display_width(head);
    result.push_back({std::string{head}, piece.in});
    if (head.size() < piece.text.size()) break;
  }
  result.back().text += dots.substr(0, width);
  return result;
}

std::vector<line> folded(const line& what, std::size_t width) {
  std::vector<line> lines(1);
  line word; // and the spaces before it
  std::size_t used = 0;
  auto end_word = [&] {
    if (used > 0 && used + width_of(word) > width) {
      lines.emplace_back();
      used = 0;
      auto& text = word.front().text;
      text.erase(0, text.find_first_not_of(' '));
    }
    used += width_of(word);
    for (auto& piece : word) lines.back().push_back(std::move(piece));
    word.clear();
  };
  bool in_word = false;
  for (auto& piece : what) {
    word.push_back({{}, piece.in});
    for (auto c : piece.text) {
      if (c == ' ' && in_word) {
        end_word();
        word.push_back({{}, piece.in});
      }
      in_word = c != ' ';
      word.back().text += c;
    }
  }
  end_word();
  return lines;
}

std::vector<line> flow(const std::vector<span>& pieces, std::size_t width) {
  std::vector<line> lines(1);
  for (auto& piece : pieces) {
    auto needed = display_width(piece.text) + (lines.back().empty() ? 0 : 2);
    if (!lines.back().empty() && width_of(lines.back()) + needed > width) lines.emplace_back();
    if (!lines.back().empty()) lines.back().push_back({"  "});
    lines.back().push_back(piece);
  }
  return lines;
}

line trimmed(line what) {
  while (!what.empty()) {
    auto& text = what.back().text;
    text.erase(text.find_last_not_of(' ') + 1);
    if (!text.empty()) break;
    what.pop_back();
  }
  return what;
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
