#include "netsuite/boundary_plan.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tidemark {

namespace {

/// The samples that fell on one parent.
struct parent_samples {
  std::int64_t key = 0;
  std::uint64_t before = 0; ///< the position of the sample before, which belongs to an earlier parent
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

std::vector<parent_samples> by_parent(const boundary_page& page) {
  std::vector<parent_samples> out;
  std::uint64_t before = 0;
  for (const auto& row : page.rows) {
    if (out.empty() || out.back().key != row.key)
      out.push_back({row.key, before, row.position, row.position});
    out.back().last = row.position;
    before = row.position;
  }
  return out;
}

bool is_complete(const boundary_page& page) {
  return page.rows.empty() ? !page.has_more : page.rows.back().position == page.total;
}

} // namespace

outcome<std::vector<planned_batch>> boundary_plan::add(const boundary_page& page) {
  if (whole_) return fail(ec::internal, "the plan is whole already");
  if (auto verdict = check(page); !verdict) return std::unexpected(std::move(verdict.error()));
  const auto before = planned_;
  settle_open_end(page);
  auto batches = kind_ == range_kind::sets ? plan_sets(page) : plan_records(page);
  pay(batches, is_complete(page));
  for (const auto& batch : batches) planned_ += batch.weight;
  if (!batches.empty()) after_ = batches.back().range.up_to;
  whole_ = is_complete(page);
  expected_ = std::max(before + page.total, planned_);
  return batches;
}

outcome<void> boundary_plan::check(const boundary_page& page) const {
  if (page.rows.empty() && page.has_more)
    return fail(ec::server, "the boundary query's page is empty but promises more");
  auto key = after_.value_or(std::numeric_limits<std::int64_t>::min());
  std::uint64_t position = 0;
  for (const auto& row : page.rows) {
    const bool same_parent = kind_ == range_kind::sets && position > 0 && row.key == key;
    if (row.key <= key && !same_parent)
      return fail(ec::server, fmt::format("the boundaries are out of order: {} after {}", row.key, key));
    if (row.position <= position || row.position - position > stride() || row.position > page.total)
      return fail(ec::server, fmt::format("the boundaries have a gap: position {} of {} after {}",
                                          row.position, page.total, position));
    key = row.key;
    position = row.position;
  }
  return {};
}

std::vector<planned_batch> boundary_plan::plan_records(const boundary_page& page) {
  std::vector<planned_batch> out;
  out.reserve(page.rows.size());
  auto after = after_;
  std::uint64_t position = 0;
  for (const auto& row : page.rows) {
    out.push_back({{after, row.key}, row.position - position});
    after = row.key;
    position = row.position;
  }
  return out;
}

std::vector<planned_batch> boundary_plan::plan_sets(const boundary_page& page) {
  const auto parents = by_parent(page);
  std::vector<cut> cuts;
  const auto add_cut = [](std::int64_t up_to, std::uint64_t least, std::uint64_t most) {
    return cut{up_to, least, std::midpoint(least, most), most};
  };
  // A parent's first row lies somewhere behind the sample before it.
  for (const auto& parent : parents) cuts.push_back(add_cut(parent.key - 1, parent.before, parent.first - 1));
  if (is_complete(page) && !parents.empty())
    cuts.push_back(add_cut(parents.back().key, page.total, page.total));

  std::vector<planned_batch> out;
  cut start{after_};
  const auto end_at = [&](const cut& end) {
    if (start.up_to && *start.up_to == *end.up_to) return;
    out.push_back({{start.up_to, *end.up_to}, end.estimate - start.estimate});
    start = end;
  };
  const auto fits = [&](const cut& end) { return end.most - start.least <= max_batch_records; };
  for (std::size_t next = 0; next < cuts.size();) {
    if (fits(cuts[next])) {
      auto furthest = next;
      while (furthest + 1 < cuts.size() && fits(cuts[furthest + 1])) ++furthest;
      end_at(cuts[furthest]);
      next = furthest + 1;
      continue;
    }
    // From the cut before a parent, the cut before the following one is too far: it is a range of its own.
    const auto& large = parents[next - 1];
    end_at(add_cut(large.key, large.last, cuts[next].most));
    if (*cuts[next].up_to == large.key) ++next;
  }
  if (out.empty() && !parents.empty()) end_at(add_cut(parents.back().key, parents.back().last, page.total));
  open_end_ = open_end{start, page.total};
  return out;
}

/// What the page before had left open is known now: what its ranges do not hold is what this page counts.
void boundary_plan::settle_open_end(const boundary_page& page) {
  if (!open_end_) return;
  const auto& [where, total] = *open_end_;
  const auto taken = std::clamp(total - std::min(total, page.total), where.least, where.most);
  owed_ += static_cast<std::int64_t>(taken) - static_cast<std::int64_t>(where.estimate);
  open_end_.reset();
}

/// Moves what earlier estimates missed into these weights, so that the sum is right in the end.
void boundary_plan::pay(std::vector<planned_batch>& batches, bool complete) {
  for (auto& batch : batches) {
    if (owed_ == 0) return;
    const auto weight = static_cast<std::int64_t>(batch.weight);
    const bool last = complete && &batch == &batches.back();
    const auto most = last ? std::numeric_limits<std::int64_t>::max()
                           : std::max(weight, static_cast<std::int64_t>(max_batch_records));
    const auto paid = std::clamp<std::int64_t>(weight + owed_, 0, most);
    owed_ -= paid - weight;
    batch.weight = static_cast<std::uint64_t>(paid);
  }
}

} // namespace tidemark
