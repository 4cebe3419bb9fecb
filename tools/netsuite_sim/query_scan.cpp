#include "tools/netsuite_sim/query_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tidemark::netsuite_sim {

namespace {

/// Words that may follow a table and are not its alias.
constexpr std::array<std::string_view, 22> clause_words{
    "WHERE", "ORDER", "GROUP", "HAVING", "UNION", "MINUS", "INTERSECT", "EXCEPT", "JOIN",  "INNER",  "LEFT",
    "RIGHT", "FULL",  "CROSS", "OUTER",  "ON",    "FETCH", "OFFSET",    "LIMIT",  "USING", "SELECT", "AND"};

bool is_clause_word(const token& t) {
  return t.kind == token_kind::word && std::ranges::find(clause_words, t.upper) != clause_words.end();
}

bool is_comparison(const token& t) {
  static constexpr std::array<std::string_view, 7> all{"=", "<", ">", "<=", ">=", "<>", "!="};
  return t.kind == token_kind::symbol && std::ranges::find(all, t.text) != all.end();
}

} // namespace

query_scan::query_scan(const std::vector<token>& tokens, const schema& visible)
    : tokens_(tokens), schema_(visible), partner_(tokens.size(), 0), is_source_(tokens.size(), false) {
  match_brackets();
  if (balanced_) find_tables();
}

void query_scan::match_brackets() {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].is("(")) open.push_back(i);
    if (!tokens_[i].is(")")) continue;
    if (open.empty()) {
      balanced_ = false;
      return;
    }
    partner_[i] = open.back();
    partner_[open.back()] = i;
    open.pop_back();
  }
  balanced_ = open.empty();
}

void query_scan::find_tables() {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const auto& t = tokens_[i];
    if (t.is("(")) open.push_back(i);
    if (t.is(")")) open.pop_back();
    if (!t.is("FROM") && !t.is("JOIN")) continue;
    // EXTRACT(YEAR FROM x), TRIM(LEADING '0' FROM x)
    auto is_argument = !open.empty() && open.back() > 0
                       && (tokens_[open.back() - 1].is("EXTRACT") || tokens_[open.back() - 1].is("TRIM"));
    if (is_argument) continue;
    auto next = take_table(i + 1);
    while (t.is("FROM") && next < tokens_.size() && tokens_[next].is(",")) next = take_table(next + 1);
  }
}

std::size_t query_scan::take_table(std::size_t i) {
  if (i >= tokens_.size()) return i;
  const table* source = nullptr;
  auto name = to_lower(tokens_[i].text);
  if (tokens_[i].is("(")) {
    i = partner_[i] + 1;
  } else {
    const auto* view = schema_.find(name);
    source = view == nullptr ? nullptr : view->source;
    if (source == nullptr && name != "dual" && unknown_table_.empty()) unknown_table_ = name;
    if (source != nullptr && std::ranges::find(tables_, source) == tables_.end()) tables_.push_back(source);
    is_source_[i++] = true;
  }
  if (i < tokens_.size() && tokens_[i].is("AS")) ++i;
  if (i < tokens_.size() && tokens_[i].kind == token_kind::word && !is_clause_word(tokens_[i])) {
    name = to_lower(tokens_[i].text);
    is_source_[i++] = true;
  }
  aliases_.emplace_back(name, source);
  return i;
}

std::string query_scan::identifiers() const {
  std::string result = "{";
  for (const auto& [alias, source] : aliases_) {
    if (source == nullptr) continue;
    if (result.size() > 1) result += ", ";
    result += alias + "=" + source->name;
  }
  return result + "}";
}

bool query_scan::is_ordered() const {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].is("("))
      i = partner_[i];
    else if (tokens_[i].is("ORDER"))
      return true;
  }
  return false;
}

bool query_scan::is_directed() const {
  auto is_way = [&](std::size_t i) { return tokens_[i].is("ASC") || tokens_[i].is("DESC"); };
  auto in_order = false;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].is("("))
      i = partner_[i];
    else if (tokens_[i].is("ORDER"))
      in_order = true;
    else if (in_order && tokens_[i].is(",") && !is_way(i - 1))
      return false;
  }
  return !in_order || is_way(tokens_.size() - 1);
}

bool query_scan::is_qualified(std::size_t i) const {
  return (i > 0 && tokens_[i - 1].is(".")) || (i + 1 < tokens_.size() && tokens_[i + 1].is("."));
}

bool query_scan::is_free_word(std::size_t i) const {
  return i == 0 || !(tokens_[i - 1].is(".") || tokens_[i - 1].is("AS"));
}

std::span<const token> query_scan::inside(std::size_t open) const {
  return std::span(tokens_).subspan(open + 1, partner_[open] - open - 1);
}

std::pair<const table*, std::string> query_scan::column_at(std::size_t i) const {
  const auto& t = tokens_[i];
  if (t.kind != token_kind::word || is_source_[i] || !is_free_word(i)) return {nullptr, {}};
  auto follows = [&](std::string_view symbol) { return i + 1 < tokens_.size() && tokens_[i + 1].is(symbol); };
  if (follows("(")) return {nullptr, {}};
  if (follows(".")) {
    if (i + 2 >= tokens_.size() || tokens_[i + 2].kind != token_kind::word) return {nullptr, {}};
    auto alias = to_lower(t.text);
    for (const auto& [name, source] : aliases_)
      if (name == alias && source != nullptr) return {source, to_lower(tokens_[i + 2].text)};
    return {nullptr, {}};
  }
  auto name = to_lower(t.text);
  for (const auto& [alias, source] : aliases_)
    if (source != nullptr && source->column_index(name) >= 0) return {source, name};
  return {nullptr, {}};
}

std::size_t query_scan::end_of_select(std::size_t i) const {
  for (; i < tokens_.size(); ++i) {
    const auto& t = tokens_[i];
    if (t.is("("))
      i = partner_[i];
    else if (t.is(")") || t.is("UNION") || t.is("MINUS") || t.is("INTERSECT") || t.is("EXCEPT"))
      return i;
  }
  return i;
}

bool query_scan::is_in_order_by(std::size_t i) const {
  while (i-- > 0) {
    if (tokens_[i].is(")"))
      i = partner_[i];
    else if (tokens_[i].is("("))
      return false;
    else if (tokens_[i].is("BY"))
      return i > 0 && tokens_[i - 1].is("ORDER");
    else if (tokens_[i].is("SELECT") || tokens_[i].is("WHERE"))
      return false;
  }
  return false;
}

std::span<const token> query_scan::operand_before(std::size_t end) const {
  if (end == 0) return {};
  auto begin = end - 1;
  if (tokens_[begin].is(")")) {
    begin = partner_[begin];
    if (begin > 0 && tokens_[begin - 1].kind == token_kind::word) --begin;
  } else if (begin >= 2 && tokens_[begin - 1].is(".")) {
    begin -= 2;
  }
  return std::span(tokens_).subspan(begin, end - begin);
}

std::span<const token> query_scan::operand_after(std::size_t begin) const {
  if (begin >= tokens_.size()) return {};
  auto end = begin + 1;
  if (end < tokens_.size() && tokens_[end].is("("))
    end = partner_[end] + 1;
  else if (end + 1 < tokens_.size() && tokens_[end].is("."))
    end += 2;
  return std::span(tokens_).subspan(begin, end - begin);
}

std::optional<std::span<const token>> query_scan::compared_with(std::size_t begin, std::size_t end) const {
  if (begin > 0) {
    const auto& before = tokens_[begin - 1];
    if (is_comparison(before) || before.is("BETWEEN")) return operand_before(begin - 1);
    if (before.is("AND")) {
      // The second bound of a BETWEEN: the first one is one operand long.
      auto first = operand_before(begin - 1);
      if (first.empty()) return std::nullopt;
      auto position = static_cast<std::size_t>(first.data() - tokens_.data());
      if (position > 0 && tokens_[position - 1].is("BETWEEN")) return operand_before(position - 1);
    }
  }
  if (end + 2 < tokens_.size() && is_comparison(tokens_[end + 1])) return operand_after(end + 2);
  return std::nullopt;
}

} // namespace tidemark::netsuite_sim
