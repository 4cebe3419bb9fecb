#include "netsuite/suiteql.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark {

std::string day_text(unix_ms when) {
  using namespace std::chrono;
  const year_month_day date{floor<days>(sys_time<milliseconds>{milliseconds{when}})};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string time_literal(unix_ms when) {
  using namespace std::chrono;
  const auto moment = floor<seconds>(sys_time<milliseconds>{milliseconds{when}});
  const hh_mm_ss clock{moment - floor<days>(moment)};
  return fmt::format("TO_TIMESTAMP('{} {:02}:{:02}:{:02}','YYYY-MM-DD HH24:MI:SS')", day_text(when),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string text_literal(std::string_view text) {
  std::string out{"'"};
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::string day_literal(unix_ms when) { return fmt::format("TO_DATE('{}','YYYY-MM-DD')", day_text(when)); }

namespace {

// A bound without a zone means the session's clock, which is within fourteen hours of UTC: days of margin
// cost little, since the precise condition stands beside it.
constexpr unix_ms bound_margin = std::chrono::milliseconds{std::chrono::days{2}}.count();

// The clock of a zone may be up to twelve hours behind UTC (contract 1.6).
constexpr unix_ms zone_margin = std::chrono::milliseconds{std::chrono::hours{12}}.count();

/// A text has no zone of its own and is read in the session's, where a DATE would have none.
std::string in_utc(const std::string& column, bool by_text) {
  if (!by_text) return fmt::format("SYS_EXTRACT_UTC({})", column);
  return fmt::format(
      "SYS_EXTRACT_UTC(TO_TIMESTAMP(TO_CHAR({},'YYYY-MM-DD HH24:MI:SS'),'YYYY-MM-DD HH24:MI:SS'))", column);
}

/// The value of a field as text that does not depend on the account's settings.
std::string expression(const projection& what, const field& x) {
  if (!x.display_of.empty()) return fmt::format("BUILTIN.DF(t.{})", x.display_of);
  if (x.type == field_type::date) return fmt::format("TO_CHAR(t.{},'YYYY-MM-DD')", x.column);
  if (x.type == field_type::datetime) {
    const auto column = "t." + x.column;
    const auto way = what.way_of(x.column);
    if (way == column_way::by_clock) return fmt::format("TO_CHAR({},'YYYY-MM-DD\"T\"HH24:MI:SS')", column);
    return fmt::format("TO_CHAR({},'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
                       in_utc(column, way == column_way::by_text));
  }
  return fmt::format("t.{}", x.column);
}

/// Conditions that are joined by AND.
class conditions {
public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    text_ += text_.empty() ? " WHERE " : " AND ";
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
  std::string text_;
};

/// An index leaves nulls out, so that asking for them reads the whole table: only where there are some.
std::string changed(const change_source& from, std::string_view alias, unix_ms since, bool undated) {
  const auto column = fmt::format("{}.{}", alias, from.column);
  auto condition = changed_condition(column, from, since);
  return undated ? fmt::format("({} OR {} IS NULL)", condition, column) : condition;
}

/// The keys of what has changed in a table, as a sub-select.
std::string changed_keys(const change_source& from, std::string_view alias, unix_ms since, bool undated) {
  return fmt::format("SELECT {0}.{1} FROM {2} {0} WHERE {3}", alias, from.key, from.table,
                     changed(from, alias, since, undated));
}

std::string changed_rows(const projection& what, const row_scope& scope) {
  const auto since = *scope.changed_since;
  if (!what.parent) return changed(what.changes, "t", since, scope.undated);
  // A row without a date of its own is told by its parent's, if that can have one.
  auto keys = changed_keys(what.changes, "c", since, scope.undated && !what.parent_changes);
  if (what.parent_changes) keys += " UNION " + changed_keys(*what.parent_changes, "p", since, scope.undated);
  return fmt::format("t.{} IN ({})", what.range_column(), keys);
}

void add_scope(conditions& where, const projection& what, const row_scope& scope) {
  if (!what.filter.empty()) where.add("({})", what.filter);
  if (!is_partial(what, scope)) return;
  const auto changed = changed_rows(what, scope);
  if (scope.keys.empty()) return where.add("{}", changed);
  where.add("({} OR t.{} IN ({}))", changed, what.range_column(), fmt::join(scope.keys, ","));
}

conditions between(const projection& what, std::optional<std::int64_t> after,
                   std::optional<std::int64_t> up_to, const row_scope& scope) {
  conditions where;
  if (after) where.add("t.{} > {}", what.range_column(), *after);
  if (up_to) where.add("t.{} <= {}", what.range_column(), *up_to);
  add_scope(where, what, scope);
  return where;
}

conditions above(const projection& what, std::optional<std::int64_t> after, const row_scope& scope) {
  return between(what, after, {}, scope);
}

/// Wherever the filter has them.
conditions changed_above(const projection& what, unix_ms since, std::optional<std::int64_t> after) {
  conditions where;
  if (after) where.add("t.{} > {}", what.range_column(), *after);
  where.add("{}", changed_condition(fmt::format("t.{}", what.changes.column), what.changes, since));
  return where;
}

std::string select_fields(const projection& what) {
  std::string out = "SELECT ";
  std::string_view separator;
  for (const auto& x : what.fields) {
    if (x.column.empty()) continue; // the number of a wide key, which is made here
    fmt::format_to(std::back_inserter(out), "{}{} AS {}", separator, expression(what, x), x.name);
    separator = ", ";
  }
  fmt::format_to(std::back_inserter(out), " FROM {} t", what.table);
  return out;
}

/// The columns whose values are unique together, in the order of reading. The way is always said: there are
/// accounts in which an ORDER BY without it gives no rows.
std::string order(const projection& what, bool descending = false) {
  std::string out;
  auto add = [&](std::size_t index) {
    fmt::format_to(std::back_inserter(out), "{}t.{}{}", out.empty() ? "" : ", ", what.fields[index].column,
                   descending ? " DESC" : " ASC");
  };
  if (what.parent) add(*what.parent);
  if (!what.is_wide()) add(what.key);
  for (auto part : what.wide_key) add(part);
  return out;
}

void add_range(conditions& where, const projection& what, const page_request& page) {
  const auto& range = what.range_column();
  if (page.after && !what.parent) {
    where.add("t.{} > {}", range, page.after->key);
  } else if (page.range.after) {
    where.add("t.{} > {}", range, *page.range.after);
  }
  // Without an upper end where there is none.
  if (page.range.up_to != std::numeric_limits<std::int64_t>::max())
    where.add("t.{} <= {}", range, page.range.up_to);
}

/// What a comparison adds up: the keys, or what there is of a wide one.
std::string key_sum(const projection& what) {
  if (!what.is_wide()) return fmt::format("TO_CHAR(SUM(t.{}))", what.fields[what.key].column);
  if (!what.summed) return "0";
  const auto& part = what.fields[*what.summed];
  return part.type == field_type::text ? fmt::format("TO_CHAR(COALESCE(SUM(LENGTH(t.{})), 0))", part.column)
                                       : fmt::format("TO_CHAR(COALESCE(SUM(t.{}), 0))", part.column);
}

/// What is added up of a column's values.
std::string addend(const projection& what, sum_kind kind, const std::string& column) {
  switch (kind) {
  case sum_kind::numbers: break;
  case sum_kind::trues: return fmt::format("CASE WHEN t.{} = 'T' THEN 1 ELSE 0 END", column);
  case sum_kind::days: return fmt::format("TO_NUMBER(TO_CHAR(t.{},'YYYYMMDD'))", column);
  case sum_kind::moments:
    return fmt::format("TO_NUMBER(TO_CHAR({},'YYYYMMDDHH24MISS'))",
                       what.way_of(column) == column_way::by_clock
                           ? "t." + column
                           : in_utc("t." + column, what.way_of(column) == column_way::by_text));
  case sum_kind::lengths: return fmt::format("LENGTH(t.{})", column);
  }
  return "t." + column;
}

std::string value_sum_expression(const projection& what, const value_sum& sum) {
  const auto found = std::ranges::find(what.fields, sum.name, &field::name);
  if (found == what.fields.end()) return "TO_CHAR(0)";
  return fmt::format("TO_CHAR(COALESCE(SUM({}), 0))", addend(what, sum.kind, found->column));
}

std::string value_sums(const projection& what, std::span<const value_sum> sums) {
  std::string out;
  for (std::size_t i = 0; i < sums.size(); ++i)
    fmt::format_to(std::back_inserter(out), ", {} AS v{}", value_sum_expression(what, sums[i]), i);
  return out;
}

} // namespace

bool is_partial(const projection& what, const row_scope& scope) noexcept {
  // A wide key is a number that the account does not know.
  bool by_unknown_keys = !scope.keys.empty() && !what.has_ranges();
  return scope.changed_since && !what.changes.column.empty() && !by_unknown_keys;
}

std::string changed_condition(const std::string& column, const change_source& from, unix_ms since) {
  if (from.by_day) return fmt::format("{} >= {}", column, day_literal(since - zone_margin));
  return fmt::format("{} >= {} AND {} >= {}", column, day_literal(since - bound_margin),
                     in_utc(column, from.by_text), time_literal(since));
}

std::string page_query(const projection& what, const page_request& page, const row_scope& scope) {
  conditions where;
  if (what.has_ranges()) add_range(where, what, page);
  if (!what.has_ranges() && !page.from.empty())
    where.add("t.{} >= {}", what.fields[what.wide_key.front()].column, page.from);
  if (page.after && what.parent && what.is_wide()) {
    // What has come of this parent is passed over by its number: see `window_of`.
    where.add("t.{} >= {}", what.range_column(), page.after->parent);
  } else if (page.after && what.parent) {
    const auto& range = what.range_column();
    // The first term is implied by the second, but an index can be used for it.
    where.add("t.{} >= {}", range, page.after->parent);
    where.add("(t.{} > {} OR t.{} > {})", range, page.after->parent, what.fields[what.key].column,
              page.after->key);
  }
  add_scope(where, what, scope);
  return fmt::format("{}{} ORDER BY {}", select_fields(what), where.text(), order(what, page.from_the_end));
}

std::string sample_query(const projection& what) {
  conditions where;
  add_scope(where, what, {});
  where.add("ROWNUM <= 1");
  return select_fields(what) + where.text();
}

std::string clock_query() {
  return "SELECT TO_CHAR(SYSTIMESTAMP,'YYYY-MM-DD\"T\"HH24:MI:SS') AS here, "
         "TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP),'YYYY-MM-DD\"T\"HH24:MI:SS') AS utc FROM dual";
}

std::string boundary_query(const projection& what, std::optional<std::int64_t> after,
                           std::optional<std::int64_t> up_to, std::uint32_t stride, const row_scope& scope) {
  return fmt::format("SELECT TO_CHAR(k) AS boundary, TO_CHAR(n) AS position, TO_CHAR(total) AS total FROM "
                     "(SELECT t.{} AS k, ROW_NUMBER() OVER "
                     "(ORDER BY {}) AS n, COUNT(*) OVER () AS total FROM {} t{}) "
                     "WHERE MOD(n, {}) = 0 OR n = total ORDER BY n ASC",
                     what.range_column(), order(what), what.table, between(what, after, up_to, scope).text(),
                     stride);
}

std::string walk_query(const projection& what, std::optional<std::int64_t> after, const row_scope& scope) {
  return fmt::format("SELECT t.{} AS boundary FROM {} t{} ORDER BY {}", what.range_column(), what.table,
                     above(what, after, scope).text(), order(what));
}

std::string count_query(const projection& what, std::optional<std::int64_t> after, const row_scope& scope) {
  return count_query(what, {after, std::numeric_limits<std::int64_t>::max()}, scope);
}

std::string count_query(const projection& what, const key_range& range, const row_scope& scope) {
  conditions where;
  if (what.has_ranges()) add_range(where, what, {range});
  add_scope(where, what, scope);
  const auto last =
      what.has_ranges() ? fmt::format("TO_CHAR(MAX(t.{}))", what.range_column()) : std::string{"0"};
  return fmt::format("SELECT TO_CHAR(COUNT(*)) AS total, {} AS last FROM {} t{}", last, what.table,
                     where.text());
}

std::string present_query(const projection& what, const std::vector<std::int64_t>& keys) {
  conditions where;
  where.add("t.{} IN ({})", what.range_column(), fmt::join(keys, ","));
  add_scope(where, what, {});
  return fmt::format("SELECT t.{0} AS boundary FROM {1} t{2} ORDER BY t.{0} ASC", what.range_column(),
                     what.table, where.text());
}

std::string parents_query(const projection& what, const std::vector<std::int64_t>& parents) {
  conditions where;
  where.add("t.{} IN ({})", what.range_column(), fmt::join(parents, ","));
  add_scope(where, what, {});
  return fmt::format("SELECT t.{0} AS boundary FROM {1} t{2} GROUP BY t.{0} ORDER BY t.{0} ASC",
                     what.range_column(), what.table, where.text());
}

std::string by_keys_text(std::string_view record_type) {
  return fmt::format("{}: the account does not take CASE, so changed records that are here are asked for by "
                     "key, to see which have left the type's filter",
                     record_type);
}

std::string outside_query(const projection& what, unix_ms since, outside_way how,
                          std::optional<std::int64_t> after) {
  auto where = changed_above(what, since, after);
  if (how == outside_way::by_case) where.add("CASE WHEN ({}) THEN 1 ELSE 0 END = 0", what.filter);
  return fmt::format("SELECT t.{0} AS boundary FROM {1} t{2}{3} ORDER BY t.{0} ASC", what.range_column(),
                     what.table, where.text(),
                     what.parent ? fmt::format(" GROUP BY t.{}", what.range_column()) : std::string{});
}

std::string sorted_query(const projection& what, unix_ms since, std::optional<std::int64_t> after) {
  return fmt::format(
      "SELECT t.{0} AS boundary, CASE WHEN ({1}) THEN 'T' ELSE 'F' END AS inside FROM {2} t{3} "
      "ORDER BY t.{0} ASC",
      what.range_column(), what.filter, what.table, changed_above(what, since, after).text());
}

std::string bucket_query(const projection& what, std::int64_t width, const key_range& range,
                         std::span<const value_sum> sums) {
  conditions where;
  if (!what.has_ranges()) {
    add_scope(where, what, {});
    return fmt::format("SELECT 0 AS bucket, TO_CHAR(COUNT(*)) AS total, {} AS keys{} FROM {} t{}",
                       key_sum(what), value_sums(what, sums), what.table, where.text());
  }
  add_range(where, what, {range});
  add_scope(where, what, {});
  const auto bucket = fmt::format("FLOOR(t.{} / {})", what.range_column(), width);
  const auto parents = what.parent ? fmt::format(", TO_CHAR(SUM(t.{})) AS parents", what.range_column()) : "";
  return fmt::format(
      "SELECT TO_CHAR({0}) AS bucket, TO_CHAR(COUNT(*)) AS total, {1} AS keys{2}{3} FROM {4} t{5} "
      "GROUP BY {0} ORDER BY {0} ASC",
      bucket, key_sum(what), parents, value_sums(what, sums), what.table, where.text());
}

std::string sum_sample_query(const projection& what, const value_sum& sum) {
  conditions where;
  add_scope(where, what, {});
  where.add("ROWNUM <= 1");
  return fmt::format("SELECT {} AS v0 FROM {} t{}", value_sum_expression(what, sum), what.table,
                     where.text());
}

} // namespace tidemark
