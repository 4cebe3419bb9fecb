#include "config/problems.hpp"

#include "config/json_places.hpp"

#include <fmt/format.h>

#include <utility>

namespace tidemark {

namespace {

// Enough to correct a file in one sitting; a file of another kind would fill the screen otherwise.
constexpr std::size_t max_listed = 50;

constexpr std::size_t max_quoted = 60;

} // namespace

void problem_list::look_into(std::string text, bool is_file) {
  json_ = std::move(text);
  tells_lines_ = is_file;
}

void problem_list::at_path(std::string_view path, std::string_view sentence) {
  if (json_.empty() || count_ >= max_listed) return add(fmt::format(": {}", path), sentence);
  auto place = find_in_json(json_, path);
  add(fmt::format("{}: {}{}", tells_lines_ ? fmt::format(":{}", place.line) : "", path,
                  place.named.empty() ? "" : fmt::format(" ({})", place.named)),
      sentence);
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
