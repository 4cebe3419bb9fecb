#include "netsuite/boundary_plan.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tidemark {

namespace {

// A window is filled nearly, so that a page tells of all of it though keys are a little denser there.
constexpr double window_fill = 0.96;

// And wider by so much after one with next to nothing in it.
constexpr double widening = 8;

// Keys beyond are asked for without an upper end.
constexpr double greatest_bound = 9e18;

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

boundary_plan::boundary_plan(range_kind kind, std::optional<std::int64_t> after,
                             const row_count& count) noexcept
    : boundary_plan(kind, after) {
  const auto last = static_cast<double>(count.last.value_or(0));
  start_ = after ? static_cast<double>(*after) : std::min(last, 0.0);
  expected_ = count.total;
  page_rows_ = page_reach();
  keys_per_row_ = (last - start_) / static_cast<double>(std::max<std::uint64_t>(count.total, 1));
  choose_window();
}

std::uint64_t boundary_plan::left() const noexcept {
  const auto done = planned_ + (open_end_ ? open_end_->batch.weight : 0);
  return expected_ - std::min(expected_, done);
}

bool boundary_plan::must_go_on() const noexcept {
  const bool is_compared = open_end_ && open_end_->up_to == up_to_;
  return !up_to_ && (is_compared ? open_end_->total > open_end_->end.most : left() > 0);
}

outcome<std::vector<planned_batch>> boundary_plan::add(const boundary_page& page) {
  if (whole_) return fail(ec::internal, "the plan is whole already");
  if (auto verdict = check(page); !verdict) return std::unexpected(std::move(verdict.error()));
  std::vector<planned_batch> batches;
  auto before = planned_;
  if (const auto open = std::exchange(open_end_, std::nullopt)) {
    batches.push_back(open->up_to == up_to_ ? settle(*open, page.total) : open->batch);
    before += batches.back().weight;
  }
  // A batch for next to nothing is not worth while.
  const bool is_sparse =
      up_to_ && is_complete(page) && page.total < std::min(max_batch_records, page_rows_ / 2);
  if (!is_sparse) {
    const auto added = kind_ == range_kind::sets ? plan_sets(page) : plan_records(page);
    batches.insert(batches.end(), added.begin(), added.end());
  }
  if (!batches.empty()) after_ = batches.back().range.up_to;
  if (open_end_) batches.pop_back();
  if (!batches.empty()) reached_ = batches.back().range.up_to;
  for (const auto& batch : batches) planned_ += batch.weight;
  expected_ = std::max(up_to_ ? expected_ : before + page.total, planned_);
  whole_ = !up_to_ && is_complete(page);
  if (is_sparse)
    widen();
  else
    learn_density(page);
  if (!is_complete(page)) page_rows_ = page.rows.back().position;
  choose_window();
  return batches;
}

/// By what lies between the first boundary and the last one. Where that is one parent's, nothing is learned.
void boundary_plan::learn_density(const boundary_page& page) {
  if (page.rows.empty()) return;
  const auto& first = page.rows.front();
  const auto& last = page.rows.back();
  if (last.key == first.key) return;
  keys_per_row_ = (static_cast<double>(last.key) - static_cast<double>(first.key))
                  / static_cast<double>(last.position - first.position);
}

/// From what was asked for, which was wider than nothing at all.
void boundary_plan::widen() {
  const auto width = static_cast<double>(*up_to_) - (after_ ? static_cast<double>(*after_) : start_);
  keys_per_row_ = widening * width / (window_fill * static_cast<double>(page_rows_));
}

void boundary_plan::choose_window() {
  up_to_.reset();
  // What is left is numbered at once if that costs little.
  if (page_rows_ == 0 || left() <= 2 * page_rows_) return;
  const auto from = after_ ? static_cast<double>(*after_) : start_;
  const auto end = from + std::max(1.0, keys_per_row_ * window_fill * static_cast<double>(page_rows_));
  if (end >= greatest_bound) return;
  const auto bound = static_cast<std::int64_t>(end);
  if (!after_ || bound > *after_) up_to_ = bound;
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
    if (up_to_ && row.key > *up_to_)
      return fail(ec::server, fmt::format("the boundaries go beyond {}: {}", *up_to_, row.key));
    if (row.position <= position || row.position - position > stride() || row.position > page.total)
      return fail(ec::server, fmt::format("the boundaries have a gap: position {} of {} after {}",
                                          row.position, page.total, position));
    key = row.key;
    position = row.position;
  }
  return {};
}

std::vector<planned_batch> boundary_plan::plan_records(const boundary_page& page) const {
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
  // A parent's first row lies somewhere behind the sample before it.
  for (const auto& parent : parents)
    cuts.push_back(
        {parent.key - 1, parent.before, std::midpoint(parent.before, parent.first - 1), parent.first - 1});
  if (is_complete(page) && !parents.empty())
    cuts.push_back({parents.back().key, page.total, page.total, page.total});

  std::vector<planned_batch> out;
  cut start{after_};
  const auto end_at = [&](const cut& end) {
    if (start.up_to == end.up_to) return;
    out.push_back({{start.up_to, *end.up_to}, end.estimate - start.estimate});
    start = end;
  };
  // From the cut before a parent, the next one is too far: the parent is a range of its own.
  const auto end_behind = [&](const parent_samples& large, std::uint64_t most) {
    end_at({large.key, large.last, large.last, most});
  };
  const auto fits = [&](const cut& end) { return end.most - start.least <= max_batch_records; };
  for (std::size_t next = 0; next < cuts.size();) {
    if (fits(cuts[next])) {
      while (next + 1 < cuts.size() && fits(cuts[next + 1])) ++next;
      end_at(cuts[next++]);
      continue;
    }
    const bool last = next + 1 == cuts.size() && cuts[next].up_to == parents[next - 1].key;
    if (last) {
      end_at(cuts[next++]);
      continue;
    }
    end_behind(parents[next - 1], cuts[next].most);
  }
  if (out.empty() && !parents.empty()) end_behind(parents.back(), page.total);
  if (!is_complete(page) && !out.empty()) open_end_ = open_end{out.back(), start, page.total, up_to_};
  return out;
}

planned_batch boundary_plan::settle(const open_end& open, std::uint64_t left) const {
  const auto taken = std::clamp(open.total - std::min(open.total, left), open.end.least, open.end.most);
  auto batch = open.batch;
  batch.weight = batch.weight + taken - open.end.estimate;
  return batch;
}

} // namespace tidemark
