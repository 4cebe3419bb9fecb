#include "tools/netsuite_sim/dialect.hpp"

#include "tools/netsuite_sim/query_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tidemark::netsuite_sim {

namespace {

constexpr std::string_view unsupported = "Invalid or unsupported search";

/// Functions that SuiteQL refuses.
constexpr std::array<std::string_view, 9> refused_functions{
    "LISTAGG", "SUBSTRING", "LEFT", "RIGHT", "DATEDIFF", "CHAR_LENGTH", "CONVERT", "CEILING", "POSITION"};

/// Words of the language itself. Any other word is a name, which might be a keyword of SQLite's: it is
/// quoted.
constexpr std::array<std::string_view, 58> keywords{
    "SELECT",    "FROM",      "WHERE",     "AND",    "OR",    "NOT",   "IN",     "IS",        "NULL",
    "LIKE",      "BETWEEN",   "CASE",      "WHEN",   "THEN",  "ELSE",  "END",    "AS",        "ON",
    "JOIN",      "INNER",     "LEFT",      "RIGHT",  "FULL",  "OUTER", "CROSS",  "UNION",     "ALL",
    "GROUP",     "BY",        "DISTINCT",  "HAVING", "ORDER", "ASC",   "DESC",   "EXISTS",    "OVER",
    "ROWS",      "RANGE",     "FIRST",     "LAST",   "NULLS", "USING", "ESCAPE", "PRECEDING", "FOLLOWING",
    "UNBOUNDED", "CURRENT",   "ROW",       "EXCEPT", "CAST",  "MINUS", "OFFSET", "FETCH",     "NEXT",
    "ONLY",      "INTERSECT", "PARTITION", "UNIQUE"};

bool is_any(const token& t, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](auto word) { return t.is(word); });
}

bool is_comparison(const token& t) { return is_any(t, {"=", "<", ">", "<=", ">=", "<>", "!="}); }

class translator {
public:
  translator(const std::vector<token>& tokens, const schema& visible, const dialect_options& options)
      : tokens_(tokens), schema_(visible), options_(options), scan_(tokens, visible) {}

  outcome<translation> run() {
    if (auto checked = check(); !checked) return std::unexpected(checked.error());
    bounds_.resize(tokens_.size() + 1);
    for (std::size_t i = 0; i < tokens_.size();) i = emit(i);
    append_bounds(tokens_.size());
    translation result;
    result.sql = std::move(out_);
    result.tables = scan_.tables();
    result.identifiers = scan_.identifiers();
    result.ordered = scan_.is_ordered();
    result.directed = scan_.is_directed();
    return result;
  }

private:
  // -- refusals
  // ----------------------------------------------------------------------------------------------

  outcome<void> check() {
    if (tokens_.empty() || !(tokens_[0].is("SELECT") || tokens_[0].is("(")))
      return fail(ec::rejected, std::string(unsupported));
    if (!scan_.is_balanced()) return fail(ec::rejected, std::string(unsupported));
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      if (is_refused(i)) return fail(ec::rejected, std::string(unsupported));
    if (auto missing = scan_.unknown_table(); !missing.empty())
      return fail(ec::missing_table, fmt::format("Invalid search type: {}", missing), missing);
    for (const auto* t : scan_.tables())
      if (!schema_.find(t->name)->available)
        return fail(ec::permission, fmt::format("Record '{}' was not found", t->name), t->name);
    return check_columns();
  }

  /// A plain DATE has no zone that a function could know; what is made of its text has.
  bool asks_for_zone(std::size_t i) const {
    if (i + 1 >= tokens_.size() || !tokens_[i + 1].is("(")) return false;
    if (!is_any(tokens_[i], {"SYS_EXTRACT_UTC", "FROM_TZ"})) return false;
    for (auto k = i + 2; k < scan_.closing(i + 1); ++k) {
      if (tokens_[k].is("TO_CHAR") && tokens_[k + 1].is("(")) k = scan_.closing(k + 1);
      auto [source, name] = scan_.column_at(k);
      if (source != nullptr && schema_.is_unzoned(*source, name)) return true;
    }
    return false;
  }

  bool is_refused(std::size_t i) const {
    const auto& t = tokens_[i];
    if (is_any(t, {"LIMIT", "WITH", "PRAGMA", "ATTACH", "INSERT", "UPDATE", "DELETE", "DROP", "CREATE"}))
      return scan_.is_free_word(i);
    if (t.is("OVER")) return !options_.window_functions;
    if (t.is("CASE")) return !options_.case_expressions;
    if (is_display(i)) return options_.builtin_df == "unsupported";
    auto is_call = i + 1 < tokens_.size() && tokens_[i + 1].is("(");
    if (is_call && std::ranges::find(refused_functions, t.upper) != refused_functions.end()) return true;
    if (is_call && std::ranges::find(options_.functions_off, t.upper) != options_.functions_off.end())
      return true;
    // An outer join in the old style: (+)
    if (t.is("+") && i > 0 && tokens_[i - 1].is("(") && is_call_end(i + 1)) return true;
    return t.is("IN") && is_call
           && std::ranges::count_if(scan_.inside(i + 1), [](const token& x) { return x.is(","); }) >= 1000;
  }

  bool is_display(std::size_t i) const {
    return tokens_[i].is("BUILTIN") && i + 2 < tokens_.size() && tokens_[i + 2].is("DF");
  }

  bool is_call_end(std::size_t i) const { return i < tokens_.size() && tokens_[i].is(")"); }

  outcome<void> check_columns() const {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (is_display(i) && options_.builtin_df == "unknown")
        return fail(ec::unknown_column, "unknown identifier", "BUILTIN");
      if (asks_for_zone(i)) return fail(ec::rejected, std::string(unsupported));
      auto [source, name] = scan_.column_at(i);
      if (source == nullptr) continue;
      if (schema_.is_unusable(*source, name))
        return fail(ec::rejected, fmt::format("Field '{}' is not supported", name), name);
      if (schema_.is_refused(*source, name)) return fail(ec::rejected, std::string(unsupported));
      if (schema_.is_broken(*source, name))
        return fail(ec::server, fmt::format("column {} is broken", name), name);
    }
    return {};
  }

  // -- output
  // ------------------------------------------------------------------------------------------------

  void append(std::string_view text) {
    if (!out_.empty()) out_ += ' ';
    out_ += text;
  }

  void append_name(const token& t) { append(fmt::format("\"{}\"", to_lower(t.text))); }

  /// LIMIT clauses that a ROWNUM, TOP or FETCH put at the end of their query.
  void append_bounds(std::size_t position) {
    for (const auto& bound : bounds_[position]) append(fmt::format("LIMIT {}", bound));
  }

  /// Writes the token at `i`, with those that belong to it, and returns the position after them.
  std::size_t emit(std::size_t i) {
    append_bounds(i);
    const auto& t = tokens_[i];
    if (t.kind == token_kind::text && compares_with_time(i))
      return append(fmt::format("{}to_date({}){}", open_instant(i, i), t.text, close_instant(i, i))), i + 1;
    if (t.is("/")) return append("*1.0/"), i + 1;
    if (t.is("MINUS")) return append("EXCEPT"), i + 1;
    if (t.kind != token_kind::word) return append(t.text), i + 1;
    if (t.is("BUILTIN")) return emit_builtin(i);
    if (t.is("TOP") && scan_.is_number(i + 1) && i > 0 && tokens_[i - 1].is("SELECT")) {
      bounds_[scan_.end_of_select(i)].emplace_back(tokens_[i + 1].text);
      return i + 2;
    }
    if (t.is("FETCH") && i + 4 < tokens_.size() && scan_.is_number(i + 2)) {
      append(fmt::format("LIMIT {}", tokens_[i + 2].text));
      return i + 5;
    }
    if (t.is("ROWNUM")) return emit_rownum(i);
    if (is_any(t, {"SYSDATE", "SYSTIMESTAMP", "CURRENT_DATE", "CURRENT_TIMESTAMP"}))
      return append("sim_now()"), i + 1;
    if (is_any(t, {"TO_DATE", "TO_TIMESTAMP"}) && i + 1 < tokens_.size() && tokens_[i + 1].is("("))
      return emit_time(i);
    if (auto [source, name] = scan_.column_at(i); source != nullptr) return emit_column(i, *source, name);
    if (auto sum = decimal_sum(i); !sum.empty()) return append(sum), scan_.closing(i + 1) + 1;
    if (t.is("TO_CHAR") && options_.decimals_as != "point")
      return append(fmt::format("to_char_{}", options_.decimals_as)), i + 1;
    if (t.is("LENGTH") && options_.length_in_bytes && i + 1 < tokens_.size() && tokens_[i + 1].is("("))
      return emit_byte_length(i);
    auto is_call = i + 1 < tokens_.size() && tokens_[i + 1].is("(");
    auto is_keyword = std::ranges::find(keywords, t.upper) != keywords.end() && !scan_.is_qualified(i);
    if (!is_call && !is_keyword)
      append_name(t);
    else
      append(t.text);
    return i + 1;
  }

  /// A column, with its qualifier. Decimals are texts in the engine: made numbers where they are compared,
  /// sorted or aggregated.
  std::size_t emit_column(std::size_t i, const table& source, const std::string& name) {
    auto qualified = i + 2 < tokens_.size() && tokens_[i + 1].is(".");
    auto end = i + (qualified ? 3 : 1);
    const auto* c = schema_.find_column(source, name);
    auto as_number = c != nullptr && c->kind == column_kind::decimal && is_used_as_number(i, end);
    auto text = qualified ? fmt::format("\"{}\".\"{}\"", to_lower(tokens_[i].text), name)
                          : fmt::format("\"{}\"", name);
    append(as_number ? fmt::format("({}+0)", text) : text);
    return end;
  }

  /// SUM(t.amount), which loses no digit; empty for anything else.
  std::string decimal_sum(std::size_t i) const {
    if (!tokens_[i].is("SUM") || i + 2 >= tokens_.size() || !tokens_[i + 1].is("(")) return {};
    auto [source, name] = scan_.column_at(i + 2);
    const auto* c = source == nullptr ? nullptr : schema_.find_column(*source, name);
    if (c == nullptr || c->kind != column_kind::decimal) return {};
    auto qualified = tokens_[i + 3].is(".");
    if (i + 2 + (qualified ? 3 : 1) != scan_.closing(i + 1)) return {};
    return qualified ? fmt::format("sim_sum(\"{}\".\"{}\")", to_lower(tokens_[i + 2].text), name)
                     : fmt::format("sim_sum(\"{}\")", name);
  }

  std::size_t emit_byte_length(std::size_t i) {
    auto close = scan_.closing(i + 1);
    append("length(CAST(");
    for (auto k = i + 2; k < close;) k = emit(k);
    append("AS BLOB))");
    return close + 1;
  }

  bool is_used_as_number(std::size_t begin, std::size_t end) const {
    if (end < tokens_.size() && (is_comparison(tokens_[end]) || is_any(tokens_[end], {"BETWEEN", "IN"})))
      return true;
    if (begin == 0) return false;
    const auto& before = tokens_[begin - 1];
    if (is_comparison(before) || (before.is("BY") && tokens_[begin - 2].is("ORDER"))) return true;
    if (before.is("(") && begin > 1) return is_any(tokens_[begin - 2], {"MAX", "MIN", "SUM", "AVG"});
    return before.is(",") && scan_.is_in_order_by(begin);
  }

  /// ROWNUM <= n bounds its query; anywhere else it numbers the rows.
  std::size_t emit_rownum(std::size_t i) {
    if (i + 2 < tokens_.size() && is_any(tokens_[i + 1], {"<", "<="}) && scan_.is_number(i + 2)) {
      auto bound = std::string(tokens_[i + 2].text);
      bounds_[scan_.end_of_select(i)].push_back(tokens_[i + 1].is("<") ? bound + "-1" : bound);
      append("1=1");
      return i + 3;
    }
    append("ROW_NUMBER() OVER ()");
    return i + 1;
  }

  /// BUILTIN.DF(t.column) looks up the name; BUILTIN.CF(status) is "Type:X"; the others give their first
  /// argument.
  std::size_t emit_builtin(std::size_t i) {
    if (i + 4 >= tokens_.size() || !tokens_[i + 1].is(".") || !tokens_[i + 3].is("("))
      return append(tokens_[i].text), i + 1;
    auto close = scan_.closing(i + 3);
    auto [source, name] = scan_.column_at(i + 4);
    auto column_end = i + 4 + (tokens_[i + 5].is(".") ? 3 : 1);
    if (source == nullptr || column_end != close) return append(""), i + 3;
    auto qualifier =
        column_end == i + 7 ? fmt::format("\"{}\".", to_lower(tokens_[i + 4].text)) : std::string();
    if (tokens_[i + 2].is("DF"))
      append(fmt::format("sim_display('{}','{}',{}\"{}\")", source->name, name, qualifier, name));
    else if (tokens_[i + 2].is("CF") && name == "status" && source->column_index("type") >= 0)
      append(fmt::format("({}\"type\"||':'||{}\"status\")", qualifier, qualifier));
    else
      append(fmt::format("{}\"{}\"", qualifier, name));
    return close + 1;
  }

  // -- times
  // ------------------------------------------------------------------------------------------------- A time
  // without zone that is compared with an instant means the session's wall clock.

  std::size_t emit_time(std::size_t i) {
    auto close = scan_.closing(i + 1);
    append(fmt::format("{}{}", open_instant(i, close), tokens_[i].text));
    for (auto k = i + 1; k <= close;) k = emit(k);
    append(close_instant(i, close));
    return close + 1;
  }

  std::string_view open_instant(std::size_t begin, std::size_t end) const {
    return meets_instant(begin, end) ? "sim_instant(" : "";
  }
  std::string_view close_instant(std::size_t begin, std::size_t end) const {
    return meets_instant(begin, end) ? ")" : "";
  }

  bool meets_instant(std::size_t begin, std::size_t end) const {
    auto other = scan_.compared_with(begin, end);
    if (!other) return false;
    auto kind = time_kind(*other);
    return kind == column_kind::datetime;
  }

  /// Whether the literal at `i` is compared with a date or datetime column: it is then read by the user's
  /// format.
  bool compares_with_time(std::size_t i) const {
    auto other = scan_.compared_with(i, i);
    if (!other || other->size() > 3) return false;
    auto kind = time_kind(*other);
    return kind == column_kind::date || kind == column_kind::datetime;
  }

  /// What an operand gives, as far as times are concerned: datetime for instants, date for wall times, text
  /// for neither.
  column_kind time_kind(std::span<const token> operand) const {
    auto result = column_kind::text;
    for (const auto& t : operand) {
      if (t.is("SYS_EXTRACT_UTC") || t.is("TRUNC")) return column_kind::date;
      if (is_any(t, {"SYSDATE", "SYSTIMESTAMP", "CURRENT_DATE", "CURRENT_TIMESTAMP", "FROM_TZ"}))
        return column_kind::datetime;
      auto [source, name] = scan_.column_at(static_cast<std::size_t>(&t - tokens_.data()));
      const auto* c = source == nullptr ? nullptr : schema_.find_column(*source, name);
      if (c != nullptr && (c->kind == column_kind::date || c->kind == column_kind::datetime))
        result = c->kind;
    }
    return result;
  }

  const std::vector<token>& tokens_;
  const schema& schema_;
  const dialect_options& options_;
  query_scan scan_;
  std::string out_;
  std::vector<std::vector<std::string>> bounds_;
};

} // namespace

outcome<translation> translate(const std::vector<token>& tokens, const schema& visible,
                               const dialect_options& options) {
  return translator(tokens, visible, options).run();
}

} // namespace tidemark::netsuite_sim
