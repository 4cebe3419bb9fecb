#include "netsuite/suiteql.hpp"

#include <chrono>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark {

namespace {

constexpr unix_ms zone_margin = std::chrono::milliseconds{std::chrono::hours{24}}.count();

/// The value of a field as text that does not depend on the account's settings.
std::string expression(const field& x) {
  if (x.type == field_type::date) return fmt::format("TO_CHAR(t.{},'YYYY-MM-DD')", x.column);
  if (x.type == field_type::datetime)
    return fmt::format("TO_CHAR(SYS_EXTRACT_UTC(t.{}),'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')", x.column);
  return fmt::format("t.{}", x.column);
}

std::string timestamp(unix_ms when) {
  using namespace std::chrono;
  const auto moment = floor<seconds>(sys_time<milliseconds>{milliseconds{when}});
  const auto day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss clock{moment - day};
  return fmt::format("TO_TIMESTAMP('{:04}-{:02}-{:02} {:02}:{:02}:{:02}','YYYY-MM-DD HH24:MI:SS')",
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
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

void add_scope(conditions& where, const projection& what, const row_scope& scope) {
  if (!what.filter.empty()) where.add("({})", what.filter);
  if (!scope.changed_since || what.change_column.empty()) return;
  const auto since = timestamp(*scope.changed_since - zone_margin);
  if (!what.parent) return where.add("t.{} >= {}", what.change_column, since);
  const auto& parent = what.range_column();
  where.add("t.{} IN (SELECT c.{} FROM {} c WHERE c.{} >= {})", parent, parent, what.table,
            what.change_column, since);
}

conditions above(const projection& what, std::optional<std::int64_t> after, const row_scope& scope) {
  conditions where;
  if (after) where.add("t.{} > {}", what.range_column(), *after);
  add_scope(where, what, scope);
  return where;
}

std::string select_fields(const projection& what) {
  std::string out = "SELECT ";
  for (const auto& x : what.fields) {
    if (&x != &what.fields.front()) out += ", ";
    fmt::format_to(std::back_inserter(out), "{} AS {}", expression(x), x.name);
  }
  fmt::format_to(std::back_inserter(out), " FROM {} t", what.table);
  return out;
}

/// The columns whose values are unique together, in the order of reading.
std::string order(const projection& what) {
  const auto& key = what.fields[what.key].column;
  return what.parent ? fmt::format("t.{}, t.{}", what.range_column(), key) : fmt::format("t.{}", key);
}

} // namespace

std::string page_query(const projection& what, const page_request& page, const row_scope& scope) {
  const auto& range = what.range_column();
  conditions where;
  if (page.after && !what.parent) {
    where.add("t.{} > {}", range, page.after->key);
  } else if (page.range.after) {
    where.add("t.{} > {}", range, *page.range.after);
  }
  where.add("t.{} <= {}", range, page.range.up_to);
  if (page.after && what.parent) {
    // The first term is implied by the second, but an index can be used for it.
    where.add("t.{} >= {}", range, page.after->parent);
    where.add("(t.{} > {} OR t.{} > {})", range, page.after->parent, what.fields[what.key].column,
              page.after->key);
  }
  add_scope(where, what, scope);
  return fmt::format("{}{} ORDER BY {}", select_fields(what), where.text(), order(what));
}

std::string boundary_query(const projection& what, std::optional<std::int64_t> after, std::uint32_t stride,
                           const row_scope& scope) {
  return fmt::format("SELECT k AS boundary, n AS position, total FROM (SELECT t.{} AS k, ROW_NUMBER() OVER "
                     "(ORDER BY {}) AS n, COUNT(*) OVER () AS total FROM {} t{}) "
                     "WHERE MOD(n, {}) = 0 OR n = total ORDER BY n",
                     what.range_column(), order(what), what.table, above(what, after, scope).text(), stride);
}

std::string walk_query(const projection& what, std::optional<std::int64_t> after, const row_scope& scope) {
  return fmt::format("SELECT t.{} AS boundary FROM {} t{} ORDER BY {}", what.range_column(), what.table,
                     above(what, after, scope).text(), order(what));
}

std::string count_query(const projection& what, std::optional<std::int64_t> after, const row_scope& scope) {
  return fmt::format("SELECT COUNT(*) AS total, MAX(t.{}) AS last FROM {} t{}", what.range_column(),
                     what.table, above(what, after, scope).text());
}

std::string keys_query(const projection& what, const std::vector<std::int64_t>& keys) {
  conditions where;
  where.add("t.{} IN ({})", what.range_column(), fmt::join(keys, ","));
  add_scope(where, what, {});
  return fmt::format("{}{} ORDER BY {}", select_fields(what), where.text(), order(what));
}

std::string probe_query(const projection& what, const field& column) {
  const auto& range = what.range_column();
  return fmt::format("SELECT {} AS {} FROM {} t ORDER BY t.{}", expression(column), column.name, what.table,
                     range);
}

} // namespace tidemark
