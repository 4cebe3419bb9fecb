#include "tools/netsuite_sim/fast_query.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tidemark::netsuite_sim {

namespace {

/// Reads tokens from left to right; the first thing that does not fit ends the attempt.
class recogniser {
public:
  recogniser(const std::vector<token>& tokens, const schema& visible, const sql_session& session)
      : tokens_(tokens), schema_(visible), session_(session) {}

  std::optional<fast_query> page() {
    fast_query q;
    if (!take("SELECT")) return std::nullopt;
    auto list = at_;
    if (!find_source(q.rows)) return std::nullopt;
    at_ = list;
    do {
      if (!projection(q)) return std::nullopt;
    } while (take(","));
    if (!rows(q.rows) || !order_by_key(q.rows) || !done()) return std::nullopt;
    return q;
  }

  std::optional<fast_query> aggregate() {
    fast_query q;
    q.what = fast_query::shape::aggregate;
    if (!take("SELECT")) return std::nullopt;
    auto list = at_;
    if (!find_source(q.rows)) return std::nullopt;
    at_ = list;
    do {
      using enum fast_query::aggregate;
      auto what = count;
      auto as_text = take_to_char();
      if (take("COUNT")) {
        if (!take("(") || !take("*")) return std::nullopt;
      } else {
        what = is("MAX") ? greatest : least;
        if (!(take("MAX") || take("MIN")) || !take("(") || column_name(q.rows) != 0) return std::nullopt;
      }
      if (!take(")") || (as_text && !take(")")) || !take("AS")) return std::nullopt;
      auto label = word();
      if (!label) return std::nullopt;
      q.aggregates.emplace_back(item_writer::make_label(*label), what);
    } while (take(","));
    if (!rows(q.rows) || !done()) return std::nullopt;
    return q;
  }

  /// SELECT k AS a, n AS b, total FROM (SELECT key AS k, ROW_NUMBER() OVER (ORDER BY key) AS n, COUNT(*) OVER
  /// () AS total FROM ...) WHERE MOD(n, 1000) = 0 OR n = total ORDER BY n
  std::optional<fast_query> boundaries() {
    fast_query q;
    q.what = fast_query::shape::boundaries;
    std::vector<std::string> outer;
    if (!take("SELECT")) return std::nullopt;
    do {
      auto as_text = take_to_char();
      auto name = word();
      if (as_text && !take(")")) return std::nullopt;
      auto label = name && take("AS") ? word() : name;
      if (!label) return std::nullopt;
      outer.push_back(*name);
      q.columns.push_back({.label = item_writer::make_label(*label)});
    } while (take(","));
    if (outer.size() != 3 || !take("FROM") || !take("(") || !take("SELECT")) return std::nullopt;
    auto list = at_;
    if (!find_source(q.rows)) return std::nullopt;
    at_ = list;
    auto is_key = column_name(q.rows) == 0;
    if (!is_key || !take("AS") || word() != outer[0] || !take(",")) return std::nullopt;
    if (!take_all({"ROW_NUMBER", "(", ")", "OVER", "("}) || !order_by_key(q.rows)) return std::nullopt;
    if (!take(")") || !take("AS") || word() != outer[1]) return std::nullopt;
    if (!take_all({",", "COUNT", "(", "*", ")", "OVER", "(", ")", "AS"}) || word() != outer[2])
      return std::nullopt;
    if (!rows(q.rows) || !take_all({")", "WHERE", "MOD", "("}) || word() != outer[1] || !take(","))
      return std::nullopt;
    auto modulus = integer();
    if (!modulus || *modulus < 1 || !take_all({")", "="}) || integer() != 0 || !take("OR"))
      return std::nullopt;
    if (word() != outer[1] || !take("=") || word() != outer[2] || !take_all({"ORDER", "BY"}))
      return std::nullopt;
    if (word() != outer[1]) return std::nullopt;
    skip_way();
    if (!done()) return std::nullopt;
    q.modulus = *modulus;
    return q;
  }

  /// SELECT FLOOR(key / 1000) AS a, COUNT(*) AS b, SUM(key) AS c FROM ... GROUP BY FLOOR(key / 1000) ORDER BY
  /// FLOOR(key / 1000)
  std::optional<fast_query> buckets() {
    fast_query q;
    q.what = fast_query::shape::buckets;
    if (!take("SELECT")) return std::nullopt;
    auto list = at_;
    if (!find_source(q.rows)) return std::nullopt;
    at_ = list;
    auto bucket_as_text = take_to_char();
    auto width = bucket(q.rows);
    if (!width || *width < 1 || (bucket_as_text && !take(")")) || !labelled(q, 0) || !take(","))
      return std::nullopt;
    auto count_as_text = take_to_char();
    if (!take_all({"COUNT", "(", "*", ")"}) || (count_as_text && !take(")")) || !labelled(q, 0))
      return std::nullopt;
    while (take(",")) {
      auto as_text = take_to_char();
      auto index = take("SUM") && take("(") ? column_name(q.rows) : std::nullopt;
      if (!index || *index >= q.rows.source->key_columns().size() || !take(")") || (as_text && !take(")"))
          || !labelled(q, *index))
        return std::nullopt;
    }
    if (!rows(q.rows) || !take_all({"GROUP", "BY"}) || bucket(q.rows) != width) return std::nullopt;
    if (!take_all({"ORDER", "BY"}) || bucket(q.rows) != width) return std::nullopt;
    skip_way();
    if (!done()) return std::nullopt;
    q.modulus = *width;
    return q;
  }

private:
  // -- tokens
  // ------------------------------------------------------------------------------------------------

  bool done() const { return at_ == tokens_.size(); }
  bool is(std::string_view text) const { return at_ < tokens_.size() && tokens_[at_].is(text); }
  bool take(std::string_view text) {
    if (!is(text)) return false;
    ++at_;
    return true;
  }
  /// Whole numbers are sent digit by digit here, with or without it.
  bool take_to_char() { return take_all({"TO_CHAR", "("}); }
  bool take_all(std::initializer_list<std::string_view> texts) {
    for (auto text : texts)
      if (!take(text)) return false;
    return true;
  }
  std::optional<std::string> word() {
    if (at_ >= tokens_.size() || tokens_[at_].kind != token_kind::word) return std::nullopt;
    return to_lower(tokens_[at_++].text);
  }
  std::optional<std::string> text() {
    if (at_ >= tokens_.size() || tokens_[at_].kind != token_kind::text) return std::nullopt;
    return unquote(tokens_[at_++].text);
  }
  std::optional<std::int64_t> integer() {
    auto begin = at_;
    auto negative = take("-");
    std::int64_t value = 0;
    if (at_ < tokens_.size() && tokens_[at_].kind == token_kind::number) {
      auto digits = tokens_[at_].text;
      auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error == std::errc() && end == digits.data() + digits.size() && digits.size() < 18) {
        ++at_;
        return negative ? -value : value;
      }
    }
    at_ = begin;
    return std::nullopt;
  }

  // -- parts of queries
  // --------------------------------------------------------------------------------------

  /// Looks ahead to the first FROM for table and alias.
  bool find_source(fast_selection& rows) {
    while (at_ < tokens_.size() && !is("FROM")) ++at_;
    if (!take("FROM")) return false;
    auto name = word();
    const auto* view = name ? schema_.find(*name) : nullptr;
    if (view == nullptr || !view->available) return false;
    rows.source = view->source;
    alias_ = *name;
    if (at_ < tokens_.size() && tokens_[at_].kind == token_kind::word && !is("WHERE") && !is("ORDER")
        && !is("GROUP"))
      alias_ = *word();
    return true;
  }

  /// The index of a visible column, with or without its qualifier.
  std::optional<std::size_t> column_name(const fast_selection& rows) {
    auto begin = at_;
    auto name = word();
    if (name && take(".")) {
      if (*name != alias_)
        name.reset();
      else
        name = word();
    }
    if (name && schema_.find_column(*rows.source, *name) != nullptr)
      return static_cast<std::size_t>(rows.source->column_index(*name));
    at_ = begin;
    return std::nullopt;
  }

  bool projection(fast_query& q) {
    using enum fast_projection::format;
    fast_projection p;
    auto is_time = take("TO_CHAR") && take("(");
    auto is_utc = is_time && take("SYS_EXTRACT_UTC") && take("(");
    auto index = column_name(q.rows);
    if (!index) return false;
    const auto& c = q.rows.source->columns[*index];
    p.column = *index;
    if (is_utc) {
      if (c.kind != column_kind::datetime || !take(")") || !take(",")
          || text() != R"(YYYY-MM-DD"T"HH24:MI:SS"Z")")
        return false;
      p.as = iso_utc;
    } else if (is_time) {
      if (c.kind != column_kind::date || !take(",") || text() != "YYYY-MM-DD") return false;
      p.as = iso_date;
    } else if (c.kind == column_kind::date || c.kind == column_kind::datetime) {
      return false;
    }
    if (is_time && (!take(")") || !is("AS"))) return false;
    auto label = take("AS") ? word() : std::optional(c.name);
    if (!label) return false;
    p.label = item_writer::make_label(*label);
    q.columns.push_back(std::move(p));
    return true;
  }

  /// FLOOR(key / 1000): the width.
  std::optional<std::int64_t> bucket(const fast_selection& rows) {
    if (!take("FLOOR") || !take("(") || column_name(rows) != 0 || !take("/")) return std::nullopt;
    auto width = integer();
    return take(")") ? width : std::nullopt;
  }

  bool labelled(fast_query& q, std::size_t column) {
    auto label = take("AS") ? word() : std::nullopt;
    if (!label) return false;
    q.columns.push_back({.column = column, .label = item_writer::make_label(*label)});
    return true;
  }

  /// FROM table alias [WHERE ...]
  bool rows(fast_selection& rows) {
    if (!take("FROM") || !word()) return false;
    if (at_ < tokens_.size() && tokens_[at_].kind == token_kind::word && !is("WHERE") && !is("ORDER")
        && !is("GROUP"))
      ++at_;
    if (!take("WHERE")) return true;
    if (!conditions(rows)) return false;
    return !after_ || apply_cursor(rows);
  }

  bool order_by_key(const fast_selection& rows) {
    if (!take("ORDER") || !take("BY") || column_name(rows) != 0) return false;
    skip_way();
    if (rows.source->key_columns().size() == 1) return true;
    if (!take(",") || column_name(rows) != 1) return false;
    skip_way();
    return true;
  }

  /// Ascending is what is meant without a word, too.
  void skip_way() { (void)take("ASC"); }

  bool conditions(fast_selection& rows) {
    do {
      if (is("(")) {
        auto begin = at_;
        if (line_cursor(rows)) continue;
        at_ = begin + 1;
        if (!conditions(rows) || !take(")")) return false;
      } else if (!condition(rows)) {
        return false;
      }
    } while (take("AND"));
    return true;
  }

  /// (transaction > 7 OR id > 3)
  bool line_cursor(fast_selection& rows) {
    if (rows.source->key_columns().size() < 2 || after_ || !take("(")) return false;
    auto first = column_name(rows) == 0 && take(">") ? integer() : std::nullopt;
    if (!first || !take("OR")) return false;
    auto second = column_name(rows) == 1 && take(">") ? integer() : std::nullopt;
    if (!second || !take(")")) return false;
    after_ = row_key{*first, *second};
    return true;
  }

  /// Together with transaction >= 7, the cursor means "after (7, 3)"; alone it means something else.
  bool apply_cursor(fast_selection& rows) const {
    if (rows.range.lower.id < after_->id) return false;
    if (rows.range.lower.id == after_->id) rows.range.lower.line = after_->line + 1;
    return true;
  }

  std::optional<fast_condition::operation> comparison() {
    using enum fast_condition::operation;
    if (take("=")) return equal;
    if (take("<>") || take("!=")) return not_equal;
    if (take("<=")) return less_or_equal;
    if (take(">=")) return greater_or_equal;
    if (take("<")) return less;
    if (take(">")) return greater;
    return std::nullopt;
  }

  bool condition(fast_selection& rows) {
    using enum fast_condition::operation;
    auto is_utc = take("SYS_EXTRACT_UTC") && take("(");
    auto index = column_name(rows);
    if (!index || (is_utc && !take(")"))) return false;
    const auto& c = rows.source->columns[*index];
    fast_condition made{.column = *index};
    auto is_list = take("IN");
    if (is_list) {
      if (!take("(")) return false;
      if (is("SELECT")) return *index == 0 && set_of_lines(rows);
    } else {
      auto op = comparison();
      if (!op) return false;
      made.op = *op;
    }
    if (is_utc || c.kind == column_kind::datetime) return !is_list && time_condition(rows, c, made, is_utc);
    auto is_text = c.kind == column_kind::text || c.kind == column_kind::boolean;
    auto is_number = c.kind == column_kind::integer || c.kind == column_kind::reference;
    if (!is_text && !is_number) return false;
    do {
      if (is_text) {
        auto value = text();
        if (!value || !(made.op == equal || made.op == not_equal)) return false;
        made.texts.push_back(std::move(*value));
      } else {
        auto value = integer();
        if (!value) return false;
        made.numbers.push_back(*value);
      }
    } while (is_list && take(","));
    if (is_list && !take(")")) return false;
    if (*index == 0 && !is_list && made.op != not_equal)
      return narrow(rows.range, made.op, made.numbers[0]), true;
    if (*index == 0 && is_list) {
      narrow(rows.range, greater_or_equal, std::ranges::min(made.numbers));
      narrow(rows.range, less_or_equal, std::ranges::max(made.numbers));
    }
    rows.conditions.push_back(std::move(made));
    return true;
  }

  /// t.transaction IN (SELECT c.transaction FROM transactionline c WHERE ...), from SELECT on
  bool set_of_lines(fast_selection& rows) {
    if (rows.source->shape != table_shape::lines || !rows.some_line.empty() || !take("SELECT")) return false;
    auto outer_alias = alias_;
    auto outer_cursor = std::exchange(after_, std::nullopt);
    fast_selection inner;
    auto list = at_;
    if (!find_source(inner) || inner.source != rows.source) return false;
    at_ = list;
    if (column_name(inner) != 0 || !this->rows(inner) || !take(")")) return false;
    const key_range everything;
    auto is_plain = !after_ && inner.some_line.empty() && inner.range.lower == everything.lower
                    && inner.range.upper == everything.upper;
    if (!is_plain || inner.conditions.empty()) return false;
    alias_ = std::move(outer_alias);
    after_ = outer_cursor;
    rows.some_line = std::move(inner.conditions);
    return true;
  }

  /// column >= TO_TIMESTAMP('...', '...')
  bool time_condition(fast_selection& rows, const column& c, fast_condition& made, bool is_utc) {
    if (c.kind != column_kind::datetime || !(take("TO_TIMESTAMP") || take("TO_DATE")) || !take("("))
      return false;
    auto value = text();
    auto format = value && take(",") ? text() : std::nullopt;
    auto parsed = format && take(")") ? parse_oracle(*value, *format) : fail(ec::rejected, "");
    if (!parsed) return false;
    made.numbers.push_back(is_utc ? *parsed : session_.account_zone.to_utc(*parsed));
    rows.conditions.push_back(std::move(made));
    return true;
  }

  static void narrow(key_range& range, fast_condition::operation op, std::int64_t value) {
    using enum fast_condition::operation;
    auto at_least = [&](std::int64_t bound) {
      if (bound > range.lower.id) range.lower = {bound, lowest};
    };
    auto at_most = [&](std::int64_t bound) {
      if (bound < range.upper.id) range.upper = {bound, highest};
    };
    if (op == equal || op == greater_or_equal) at_least(value);
    if (op == greater) at_least(value + 1);
    if (op == equal || op == less_or_equal) at_most(value);
    if (op == less) at_most(value - 1);
  }

  const std::vector<token>& tokens_;
  const schema& schema_;
  const sql_session& session_;
  std::size_t at_ = 0;
  std::string alias_;
  std::optional<row_key> after_;
};

} // namespace

std::optional<fast_query> recognise(const std::vector<token>& tokens, const schema& visible,
                                    const sql_session& session) {
  auto attempt = [&](auto shape) { return (recogniser(tokens, visible, session).*shape)(); };
  if (auto q = attempt(&recogniser::page)) {
    // Whose records are broken fails where it is read, which the engine sees to.
    auto keys_alone = std::ranges::all_of(q->columns, [](auto& p) { return p.column == 0; });
    return keys_alone || !visible.has_broken_records() ? q : std::nullopt;
  }
  if (auto q = attempt(&recogniser::boundaries)) return q;
  if (auto q = attempt(&recogniser::buckets)) return q;
  return attempt(&recogniser::aggregate);
}

} // namespace tidemark::netsuite_sim
