#include "tools/netsuite_sim/sql_tokens.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace tidemark::netsuite_sim {

namespace {

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_word_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

std::string to_upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

/// Position after the quoted text that begins at `begin`, or npos.
std::size_t end_of_quoted(std::string_view sql, std::size_t begin) {
  auto quote = sql[begin];
  for (auto i = begin + 1; i < sql.size(); ++i) {
    if (sql[i] != quote) continue;
    if (i + 1 < sql.size() && sql[i + 1] == quote)
      ++i;
    else
      return i + 1;
  }
  return std::string_view::npos;
}

std::size_t end_of_number(std::string_view sql, std::size_t i) {
  while (i < sql.size() && (is_digit(sql[i]) || sql[i] == '.')) ++i;
  if (i < sql.size() && (sql[i] == 'e' || sql[i] == 'E')) {
    auto digits = i + 1;
    if (digits < sql.size() && (sql[digits] == '+' || sql[digits] == '-')) ++digits;
    if (digits < sql.size() && is_digit(sql[digits])) {
      while (digits < sql.size() && is_digit(sql[digits])) ++digits;
      i = digits;
    }
  }
  return i;
}

} // namespace

outcome<std::vector<token>> tokenize(std::string_view sql) {
  static constexpr std::array<std::string_view, 5> pairs{"<=", ">=", "<>", "!=", "||"};
  std::vector<token> result;
  for (std::size_t i = 0; i < sql.size();) {
    auto c = sql[i];
    auto end = i + 1;
    auto kind = token_kind::symbol;
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++i;
      continue;
    }
    if (sql.substr(i, 2) == "--") {
      i = std::min(sql.find('\n', i), sql.size());
      continue;
    }
    if (sql.substr(i, 2) == "/*") {
      auto close = sql.find("*/", i + 2);
      if (close == sql.npos) return fail(ec::rejected, "a comment does not end");
      i = close + 2;
      continue;
    }
    if (is_word_start(c)) {
      kind = token_kind::word;
      while (end < sql.size() && is_word_part(sql[end])) ++end;
    } else if (is_digit(c) || (c == '.' && end < sql.size() && is_digit(sql[end]))) {
      kind = token_kind::number;
      end = end_of_number(sql, i);
    } else if (c == '\'' || c == '"') {
      kind = c == '"' ? token_kind::quoted_word : token_kind::text;
      end = end_of_quoted(sql, i);
      if (end == sql.npos) return fail(ec::rejected, "a quoted text does not end");
    } else if (c == '?') {
      kind = token_kind::parameter;
    } else if (std::ranges::find(pairs, sql.substr(i, 2)) != pairs.end()) {
      end = i + 2;
    } else if (std::string_view("(),.*+-/=<>").find(c) == std::string_view::npos) {
      return fail(ec::rejected, "a character that SuiteQL does not know");
    }
    auto text = sql.substr(i, end - i);
    result.push_back({kind, text, kind == token_kind::word ? to_upper(text) : std::string()});
    i = end;
  }
  return result;
}

std::string unquote(std::string_view literal) {
  std::string result;
  for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
    result += literal[i];
    if (literal[i] == literal.front()) ++i;
  }
  return result;
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

} // namespace tidemark::netsuite_sim
