#include "tools/tidemark/table.hpp"

#include "tools/tidemark/display_text.hpp"

#include <algorithm>

namespace tidemark::cli {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t bare_width = 4;

} // namespace

void table::add(std::vector<span> row) {
  row.resize(columns_.size());
  for (auto& cell : row) cell.text = printable(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<table::placed> table::used_columns() const {
  std::vector<placed> used;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = 0;
    for (auto& row : rows_) widest = std::max(widest, display_width(row[i].text));
    if (widest > 0) used.push_back({i, std::max(widest, display_width(columns_[i].title))});
  }
  return used;
}

std::size_t table::least(const placed& column) const {
  auto bound = columns_[column.index].least;
  return bound == 0 ? column.width
                    : std::min(column.width, std::max(bound, display_width(columns_[column.index].title)));
}

std::size_t table::least_width() const {
  std::size_t sum = 0;
  for (auto& x : used_columns())
    if (columns_[x.index].drop_order == 0) sum += least(x) + (sum == 0 ? 0 : gap);
  return sum;
}

void table::shrink(std::vector<placed>& used, std::size_t width) const {
  auto total = [&] {
    std::size_t sum = used.empty() ? 0 : gap * (used.size() - 1);
    for (auto& x : used) sum += x.width;
    return sum;
  };
  auto least = [&](const placed& x) { return this->least(x); };
  auto can_give = [&](auto& down_to) {
    std::size_t sum = 0;
    for (auto& x : used) sum += x.width - down_to(x);
    return sum;
  };
  // The widest column that can gives a place, one after the other, so that the long ones become alike.
  auto give = [&](auto& down_to) {
    for (auto over = total() > width ? std::min(total() - width, can_give(down_to)) : 0; over > 0; --over) {
      auto widest =
          std::ranges::max_element(used, {}, [&](auto& x) { return x.width > down_to(x) ? x.width : 0; });
      --widest->width;
    }
  };
  while (total() > width && total() - can_give(least) > width) {
    auto first = std::ranges::max_element(used, {}, [&](auto& x) { return columns_[x.index].drop_order; });
    if (first == used.end() || columns_[first->index].drop_order == 0) break;
    used.erase(first);
  }
  give(least);
  // At last also those that are not meant to be cut, titles and all.
  auto bare = [&](const placed& x) { return x.index == 0 ? x.width : std::min(x.width, bare_width); };
  give(bare);
}

line table::layout_row(const std::vector<placed>& used, const std::vector<span>& cells) const {
  line result;
  for (auto& [index, width] : used) {
    if (!result.empty()) result.push_back({std::string(gap, ' ')});
    auto& cell = cells[index];
    bool right = columns_[index].aligned == column::side::right;
    result.push_back({right ? fit_right(cell.text, width) : fit_left(cell.text, width), cell.in});
  }
  return trimmed(std::move(result));
}

std::vector<line> table::layout_of(const std::vector<placed>& used) const {
  std::vector<span> titles;
  for (auto& x : columns_) titles.push_back({x.title, tone::dim});
  std::vector<line> lines{layout_row(used, titles)};
  for (auto& row : rows_) lines.push_back(layout_row(used, row));
  return lines;
}

std::vector<line> table::layout_rows(std::size_t width) const {
  auto used = used_columns();
  if (width != any_width) shrink(used, width);
  return layout_of(used);
}

std::vector<line> table::layout(std::size_t width) const {
  auto used = used_columns();
  auto all = used;
  if (width != any_width) shrink(used, width);
  auto lines = layout_of(used);
  std::string left_out;
  for (auto& x : all) {
    bool shown = std::ranges::any_of(used, [&](auto& y) { return y.index == x.index; });
    if (!shown) left_out += (left_out.empty() ? "" : ", ") + columns_[x.index].title;
  }
  if (left_out.empty()) return lines;
  for (auto& part : folded({{"too narrow to show: " + left_out, tone::dim}}, width))
    lines.push_back(std::move(part));
  return lines;
}

} // namespace tidemark::cli
