#include "config/problems.hpp"

#include <fmt/format.h>

namespace tidemark {

namespace {

// Enough to correct a file in one sitting; a file of another kind would fill the screen otherwise.
constexpr std::size_t max_listed = 50;

constexpr std::size_t max_quoted = 60;

} // namespace

void problem_list::at_path(std::string_view path, std::string_view sentence) {
  add(fmt::format(": {}", path), sentence);
}

void problem_list::at_line(std::size_t line, std::string_view sentence) {
  add(fmt::format(":{}", line), sentence);
}

void problem_list::at_column(std::size_t line, std::size_t column, std::string_view sentence) {
  add(fmt::format(":{}:{}", line, column), sentence);
}

void problem_list::add(std::string_view place, std::string_view sentence) {
  if (++count_ > max_listed) return;
  if (!text_.empty()) text_ += '\n';
  text_ += fmt::format("{}{}: {}", file_name_, place, sentence);
}

failure problem_list::to_failure() const {
  auto text = text_;
  if (count_ > max_listed) text += fmt::format("\n{}: and {} more problems", file_name_, count_ - max_listed);
  return failure{ec::bad_config, std::move(text), file_name_};
}

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (char c : text.substr(0, max_quoted)) result += c >= ' ' && c <= '~' ? c : '?';
  return result + (text.size() > max_quoted ? "…'" : "'");
}

} // namespace tidemark
