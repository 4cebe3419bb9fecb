#include "netsuite/keyset_walk.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tidemark {

keyset_walk::keyset_walk(range_kind kind, const row_count& count, std::optional<std::int64_t> after) noexcept
    : kind_(kind),
      after_(after),
      last_(count.last.value_or(0)),
      expected_(count.total),
      whole_(!count.last) {}

std::uint64_t keyset_walk::total() const noexcept {
  return whole_ ? planned_ : std::max(expected_, planned_ + 1);
}

outcome<planned_batch> keyset_walk::step(std::optional<std::int64_t> found) {
  if (whole_) return fail(ec::internal, "the plan is whole already");
  if (found && after_ && *found <= *after_)
    return fail(ec::server,
                fmt::format("the plan does not advance: key {} was found above {}", *found, *after_));
  auto up_to = last_;
  if (found) {
    // The row that was found is the 1000th, so its parent's rows may go on: they belong to the next range,
    // unless there is nothing else in this one.
    const auto least = after_ ? *after_ + 1 : std::numeric_limits<std::int64_t>::min();
    const bool before_parent = kind_ == range_kind::sets && *found > least;
    up_to = std::min(last_, before_parent ? *found - 1 : *found);
  }
  whole_ = up_to == last_;
  const auto left = expected_ - std::min(expected_, planned_);
  planned_batch next{{after_, up_to}, whole_ && !found ? left : std::min(left, max_batch_records)};
  // Ranges of sets hold less than was counted on, so the rows may be given out before the last range is.
  next.weight = std::max<std::uint64_t>(next.weight, 1);
  after_ = up_to;
  planned_ += next.weight;
  return next;
}

} // namespace tidemark
