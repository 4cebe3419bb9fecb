#include "screen_model.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace tidemark::cli {

void screen_model::next_line() {
  column_ = 0;
  if (++row_ == lines_.size()) lines_.emplace_back();
}

void screen_model::put(char c) {
  if (column_ == columns_) next_line();
  auto& line = lines_[row_];
  if (line.size() <= column_) line.resize(column_ + 1, ' ');
  line[column_++] = c;
}

void screen_model::feed(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      column_ = 0;
    } else if (text[i] == '\n') {
      next_line();
    } else if (text[i] == '\x1b') {
      REQUIRE(text[++i] == '[');
      auto begin = ++i;
      while (std::isdigit(static_cast<unsigned char>(text[i])) != 0 || text[i] == ';') ++i;
      auto number = i > begin ? std::stoul(text.substr(begin, i - begin)) : 1;
      if (text[i] == 'A') {
        row_ = std::max(top(), row_ - std::min<std::size_t>(row_, number));
      } else if (text[i] == 'K' || text[i] == 'J') {
        lines_[row_].resize(std::min(lines_[row_].size(), column_));
        if (text[i] == 'J') lines_.resize(row_ + 1);
      } else {
        REQUIRE(text[i] == 'm');
      }
    } else {
      put(text[i]);
    }
  }
}

void screen_model::resize(std::size_t columns) {
  std::vector<std::string> wrapped;
  for (auto& line : lines_) {
    auto rest = line;
    for (; rest.size() > columns; rest.erase(0, columns)) wrapped.push_back(rest.substr(0, columns));
    wrapped.push_back(rest);
  }
  lines_ = std::move(wrapped);
  row_ = lines_.size() - 1; // the live screen leaves the cursor below its frame
  columns_ = columns;
}

std::vector<std::string> screen_model::lines() const {
  auto result = lines_;
  for (auto& line : result) line.erase(line.find_last_not_of(' ') + 1);
  while (!result.empty() && result.back().empty()) result.pop_back();
  return result;
}

} // namespace tidemark::cli
