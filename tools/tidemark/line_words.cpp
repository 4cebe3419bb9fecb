#include "tools/tidemark/line_words.hpp"

#include <fmt/format.h>

namespace tidemark::cli {

namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view special = " \t\r\n;#'\"\\";

struct token {
  enum class kind { word, next_command, remark, end } what = kind::end;
  std::string text;
  std::size_t begin = 0;
  char open_quote = 0; ///< of a word that has no end yet
  bool at_end = false; ///< nothing follows, not even a blank
};

class scanner {
public:
  explicit scanner(std::string_view line) : line_(line) {}

  token next() {
    at_ = std::min(line_.find_first_not_of(blanks, at_), line_.size());
    token result;
    result.begin = at_;
    if (at_ == line_.size()) return result;
    if (line_[at_] == '#') {
      at_ = line_.size();
      result.what = token::kind::remark;
      return result;
    }
    if (line_[at_] == ';') {
      ++at_;
      result.what = token::kind::next_command;
      return result;
    }
    read_word(result);
    return result;
  }

private:
  void read_word(token& into) {
    into.what = token::kind::word;
    char quote = 0;
    for (; at_ < line_.size(); ++at_) {
      auto c = line_[at_];
      if (quote == 0 && (c == ';' || blanks.find(c) != std::string_view::npos)) return;
      if (c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == '\\' && quote != '\'' && at_ + 1 < line_.size()) {
        into.text += line_[++at_];
      } else {
        into.text += c;
      }
    }
    into.open_quote = quote;
    into.at_end = true;
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

} // namespace

attempt<std::vector<std::vector<std::string>>> split_line(std::string_view line) {
  std::vector<std::vector<std::string>> commands(1);
  scanner scan{line};
  for (auto part = scan.next(); part.what != token::kind::end; part = scan.next()) {
    if (part.open_quote != 0)
      return std::unexpected(
          trouble{exit_code::refused, fmt::format("the quote {} is not closed", part.open_quote)});
    if (part.what == token::kind::word) commands.back().push_back(std::move(part.text));
    if (part.what == token::kind::next_command) commands.emplace_back();
  }
  std::erase_if(commands, [](auto& words) { return words.empty(); });
  return commands;
}

unfinished split_unfinished(std::string_view line) {
  unfinished result;
  result.begin = line.size();
  scanner scan{line};
  for (auto part = scan.next(); part.what != token::kind::end; part = scan.next()) {
    if (part.what == token::kind::remark) result.remark = true;
    if (part.what == token::kind::next_command) result.words.clear();
    if (part.what != token::kind::word) continue;
    if (part.at_end) {
      result.word = std::move(part.text);
      result.begin = part.begin;
    } else {
      result.words.push_back(std::move(part.text));
    }
  }
  return result;
}

std::string as_typed(const std::string& word) {
  std::string result;
  for (auto c : word) {
    if (special.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

} // namespace tidemark::cli
