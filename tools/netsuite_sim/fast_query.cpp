#include "tools/netsuite_sim/fast_query.hpp"

#include "tools/netsuite_sim/cursor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tidemark::netsuite_sim {

namespace {

bool holds(const fast_condition& condition, const cell& value) {
  using enum fast_condition::operation;
  if (value.is_null()) return false;
  if (!condition.texts.empty()) {
    auto text = value.what() == cell::type::boolean ? std::string_view(value.number() != 0 ? "T" : "F")
                                                    : std::string_view(value.text());
    auto found = std::ranges::find(condition.texts, text) != condition.texts.end();
    return found == (condition.op == equal);
  }
  auto number = value.number();
  auto bound = condition.numbers.front();
  switch (condition.op) {
  case equal: return std::ranges::find(condition.numbers, number) != condition.numbers.end();
  case not_equal: return number != bound;
  case less: return number < bound;
  case less_or_equal: return number <= bound;
  case greater: return number > bound;
  case greater_or_equal: return number >= bound;
  }
  return false;
}

/// Rows of a selection, in key order.
class selected_rows {
public:
  selected_rows(const world& data, const fast_selection& selection)
      : data_(data), selection_(selection), rows_(data, *selection.source, selection.range) {}

  bool next(row& out) {
    while (rows_.next(out))
      if (data_.shows(*selection_.source, out.key) && matches(out, selection_.conditions)
          && is_in_set(out.key.id))
        return true;
    return false;
  }

private:
  bool matches(const row& r, const std::vector<fast_condition>& conditions) {
    return std::ranges::all_of(conditions, [&](const auto& condition) {
      data_.read(*selection_.source, r, condition.column, value_);
      return holds(condition, value_);
    });
  }

  bool is_in_set(std::int64_t id) {
    if (selection_.some_line.empty() || id == set_id_) return selection_.some_line.empty() || set_matches_;
    set_id_ = id;
    set_matches_ = false;
    row r;
    for (cursor set(data_, *selection_.source, {{id, lowest}, {id, highest}}); !set_matches_ && set.next(r);)
      set_matches_ = matches(r, selection_.some_line);
    return set_matches_;
  }

  const world& data_;
  const fast_selection& selection_;
  cursor rows_;
  cell value_;
  std::optional<std::int64_t> set_id_;
  bool set_matches_ = false;
};

std::int64_t walk_count(const world& data, const fast_selection& selection) {
  std::int64_t result = 0;
  row r;
  for (selected_rows rows(data, selection); rows.next(r);) ++result;
  return result;
}

/// The greatest key before `key`.
row_key before(row_key key) {
  return key.line == lowest ? row_key{key.id - 1, highest} : row_key{key.id, key.line - 1};
}

void describe(std::string& out, const std::vector<fast_condition>& conditions) {
  for (const auto& condition : conditions) {
    fmt::format_to(std::back_inserter(out), "\n{} {}", condition.column, static_cast<int>(condition.op));
    for (auto number : condition.numbers) fmt::format_to(std::back_inserter(out), " {}", number);
    for (const auto& text : condition.texts)
      fmt::format_to(std::back_inserter(out), " {}:{}", text.size(), text);
  }
}

/// Everything but the lower bound that a count depends on.
std::string describe(const world& data, const fast_selection& selection) {
  const auto& source = *selection.source;
  auto result = fmt::format("{} {} {} {}", source.name, data.version(source), selection.range.upper.id,
                            selection.range.upper.line);
  describe(result, selection.conditions);
  result += "\nsome line:";
  describe(result, selection.some_line);
  return result;
}

std::int64_t count(const world& data, const fast_selection& selection, count_memo& memo) {
  if (selection.conditions.empty() && selection.source->shape == table_shape::records
      && data.shows_all(*selection.source))
    return data.count(*selection.source, selection.range);
  auto part = selection;
  return memo.rows_from(
      describe(data, selection), selection.range.lower,
      [&](row_key from) {
        part.range.lower = from;
        return walk_count(data, part);
      },
      [&](row_key from, row_key end) {
        if (from == end) return std::int64_t{0};
        part.range = {from, before(end)};
        return walk_count(data, part);
      });
}

void print(item_writer& writer, const fast_projection& p, const cell& value) {
  if (value.is_null()) return;
  auto& out = writer.begin_value(p.label);
  switch (value.what()) {
  case cell::type::null: break;
  case cell::type::integer: append_integer(out, value.number()); break;
  case cell::type::boolean: out += value.number() != 0 ? 'T' : 'F'; break;
  case cell::type::date: append_iso_date(out, value.number() * 86400); break;
  case cell::type::datetime: append_iso_utc(out, value.number()); break;
  case cell::type::text: append_escaped(out, value.text()); break;
  }
  writer.end_value();
}

result_page run_page(const fast_query& q, const world& data, const page_request& request, count_memo& memo) {
  result_page page;
  if (request.empty_above_100_columns && q.columns.size() > 100) return page;
  page.items.reserve(256 * 1024);
  item_writer writer(page);
  selected_rows rows(data, q.rows);
  cell value;
  row r;
  std::int64_t position = 0;
  auto more = true;
  while (page.count < request.limit && (more = rows.next(r))) {
    if (position++ < request.offset) continue;
    writer.begin_item();
    for (const auto& p : q.columns) {
      data.read(*q.rows.source, r, p.column, value);
      print(writer, p, value);
    }
    writer.end_item();
  }
  page.total = more ? count(data, q.rows, memo) : position;
  return page;
}

result_page run_boundaries(const fast_query& q, const world& data, const page_request& request) {
  result_page page;
  struct boundary {
    std::int64_t key;
    std::int64_t position;
  };
  std::vector<boundary> found;
  boundary last{0, 0};
  row r;
  for (selected_rows rows(data, q.rows); rows.next(r);) {
    last = {r.key.id, last.position + 1};
    if (last.position % q.modulus == 0) found.push_back(last);
  }
  if (last.position % q.modulus != 0) found.push_back(last);
  page.total = std::ssize(found);
  page.numbered = last.position;
  item_writer writer(page);
  for (auto i = request.offset; i < page.total && page.count < request.limit; ++i) {
    const auto& [key, position] = found[static_cast<std::size_t>(i)];
    writer.begin_item();
    const std::array values{key, position, last.position};
    for (std::size_t k = 0; k < values.size(); ++k) {
      append_integer(writer.begin_value(q.columns[k].label), values[k]);
      writer.end_value();
    }
    writer.end_item();
  }
  return page;
}

std::int64_t floor_of(std::int64_t key, std::int64_t width) {
  return key / width - (key % width < 0 ? 1 : 0);
}

result_page run_buckets(const fast_query& q, const world& data, const page_request& request) {
  result_page page;
  struct bucket {
    std::int64_t number = 0;
    std::int64_t count = 0;
    std::int64_t first_keys = 0;
    std::int64_t second_keys = 0;
  };
  std::vector<bucket> found;
  row r;
  for (selected_rows rows(data, q.rows); rows.next(r);) {
    auto number = floor_of(r.key.id, q.modulus);
    if (found.empty() || found.back().number != number) found.push_back({.number = number});
    ++found.back().count;
    found.back().first_keys += r.key.id;
    found.back().second_keys += r.key.line;
  }
  page.total = std::ssize(found);
  item_writer writer(page);
  for (auto i = request.offset; i < page.total && page.count < request.limit; ++i) {
    const auto& x = found[static_cast<std::size_t>(i)];
    writer.begin_item();
    for (std::size_t k = 0; k < q.columns.size(); ++k) {
      auto sum = q.columns[k].column == 0 ? x.first_keys : x.second_keys;
      append_integer(writer.begin_value(q.columns[k].label), k == 0 ? x.number : k == 1 ? x.count : sum);
      writer.end_value();
    }
    writer.end_item();
  }
  return page;
}

result_page run_aggregate(const fast_query& q, const world& data, const page_request& request) {
  result_page page;
  page.total = 1;
  if (request.offset > 0) return page;
  std::int64_t rows_seen = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  row r;
  for (selected_rows rows(data, q.rows); rows.next(r); last = r.key.id)
    if (rows_seen++ == 0) first = r.key.id;
  item_writer writer(page);
  writer.begin_item();
  for (const auto& [label, what] : q.aggregates) {
    using enum fast_query::aggregate;
    if (what != count && rows_seen == 0) continue;
    append_integer(writer.begin_value(label), what == count ? rows_seen : what == least ? first : last);
    writer.end_value();
  }
  writer.end_item();
  return page;
}

} // namespace

result_page run(const fast_query& query, const world& data, const page_request& page, count_memo& memo) {
  switch (query.what) {
  case fast_query::shape::page: return run_page(query, data, page, memo);
  case fast_query::shape::boundaries: return run_boundaries(query, data, page);
  case fast_query::shape::aggregate: return run_aggregate(query, data, page);
  case fast_query::shape::buckets: return run_buckets(query, data, page);
  }
  return {};
}

} // namespace tidemark::netsuite_sim
