#include "table_model.hpp"

#include <iterator>
#include <limits>

namespace tidemark::test {

namespace {

std::int64_t pick(std::mt19937_64& random, std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>{least, most}(random);
}

} // namespace

table_model table_model::of_records(std::mt19937_64& random, std::size_t count) {
  table_model out{false};
  const auto widest_gap = pick(random, 1, 50);
  for (auto key = pick(random, -100, 5); out.rows_.size() < count; key += pick(random, 1, widest_gap))
    out.rows_.insert({key, 0});
  return out;
}

table_model table_model::of_sets(std::mt19937_64& random, std::size_t parents, std::size_t most) {
  table_model out{true};
  auto parent = pick(random, -100, 5);
  for (std::size_t i = 0; i < parents; ++i, parent += pick(random, 1, 3)) {
    const bool is_large = pick(random, 0, 9) == 0;
    const auto lines = pick(random, 1, is_large ? static_cast<std::int64_t>(most) : 12);
    for (std::int64_t line = 0; line < lines; ++line) out.rows_.insert({parent, line});
  }
  return out;
}

std::set<model_row>::const_iterator table_model::above(std::optional<std::int64_t> after) const {
  return after ? rows_.upper_bound({*after, std::numeric_limits<std::int64_t>::max()}) : rows_.begin();
}

boundary_page table_model::boundaries(std::optional<std::int64_t> after, std::optional<std::int64_t> up_to,
                                      std::uint32_t stride, std::size_t page) const {
  boundary_page out;
  const auto first = above(after);
  const auto end = up_to ? above(up_to) : rows_.end();
  out.total = static_cast<std::uint64_t>(std::distance(first, end));
  std::uint64_t position = 0;
  for (auto row = first; row != end; ++row) {
    ++position;
    if (position % stride != 0 && position != out.total) continue;
    if (out.rows.size() == page) {
      out.has_more = true;
      break;
    }
    out.rows.push_back({row->parent, position});
  }
  return out;
}

row_count table_model::count() const {
  if (rows_.empty()) return {};
  return {rows_.size(), rows_.rbegin()->parent};
}

std::optional<std::int64_t> table_model::at(std::optional<std::int64_t> after, std::size_t offset) const {
  for (auto row = above(after); row != rows_.end(); ++row)
    if (offset-- == 0) return row->parent;
  return std::nullopt;
}

std::size_t table_model::count_in(const key_range& range) const {
  return static_cast<std::size_t>(std::distance(above(range.after), above(range.up_to)));
}

std::size_t table_model::parents_in(const key_range& range) const {
  std::size_t count = 0;
  std::optional<std::int64_t> parent;
  for (auto row = above(range.after); row != above(range.up_to); ++row) {
    if (parent != row->parent) ++count;
    parent = row->parent;
  }
  return count;
}

void table_model::insert(std::mt19937_64& random, std::size_t count) {
  const auto least = rows_.begin()->parent - 10;
  const auto most = rows_.rbegin()->parent + 50;
  for (std::size_t i = 0; i < count; ++i)
    rows_.insert({pick(random, least, most), sets_ ? pick(random, 0, 20) : 0});
}

} // namespace tidemark::test
