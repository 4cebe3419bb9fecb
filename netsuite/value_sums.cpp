#include "netsuite/value_sums.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark {

namespace {

/// By how seldom two sides that agree add it up differently.
constexpr std::array by_rank{field_type::boolean,     field_type::datetime,  field_type::date,
                             field_type::integer,     field_type::reference, field_type::text,
                             field_type::multi_select};

// They hold amounts, where a stale value costs most.
constexpr std::size_t most_decimals = 4;

sum_kind kind_of(field_type type) noexcept {
  switch (type) {
  case field_type::boolean: return sum_kind::trues;
  case field_type::date: return sum_kind::days;
  case field_type::datetime: return sum_kind::moments;
  case field_type::text:
  case field_type::multi_select: return sum_kind::lengths;
  case field_type::id:
  case field_type::integer:
  case field_type::reference:
  case field_type::decimal: break;
  }
  return sum_kind::numbers;
}

} // namespace

std::vector<value_sum> choose_value_sums(const projection& what, std::span<const value_sum> left_out) {
  std::vector<value_sum> chosen;
  std::vector<value_sum> decimals;
  std::array<std::vector<const field*>, by_rank.size()> by_type;
  for (std::size_t i = 0; i < what.fields.size(); ++i) {
    const auto& x = what.fields[i];
    const value_sum sum{x.name, kind_of(x.type)};
    if (what.identifies(i) || !x.display_of.empty()) continue;
    if (!what.changes.column.empty() && x.column == what.changes.column) {
      chosen.push_back(sum);
      continue;
    }
    if (x.type == field_type::decimal && decimals.size() < most_decimals) decimals.push_back(sum);
    for (std::size_t rank = 0; rank < by_rank.size(); ++rank)
      if (by_rank[rank] == x.type) by_type[rank].push_back(&x);
  }
  std::ranges::move(decimals, std::back_inserter(chosen));
  for (std::size_t turn = 0; turn < what.fields.size(); ++turn)
    for (const auto& fields : by_type)
      if (turn < fields.size() && chosen.size() < most_value_sums)
        chosen.push_back({fields[turn]->name, kind_of(fields[turn]->type)});
  std::erase_if(chosen, [&](const auto& x) { return std::ranges::find(left_out, x) != left_out.end(); });
  return chosen;
}

std::string describe(const std::vector<value_sum>& sums) {
  std::vector<std::string> values;
  std::vector<std::string> lengths;
  for (const auto& x : sums) (x.kind == sum_kind::lengths ? lengths : values).push_back(x.name);
  std::string out;
  if (!values.empty()) out = fmt::format("sums of {}", fmt::join(values, ", "));
  if (!lengths.empty())
    fmt::format_to(std::back_inserter(out), "{}lengths of {}", out.empty() ? "" : "; ",
                   fmt::join(lengths, ", "));
  return out;
}

} // namespace tidemark
