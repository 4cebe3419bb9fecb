/// Turns the pages of boundary queries into key ranges. A pure core.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "messages/error.hpp"
#include "netsuite/planned_batch.hpp"
#include "netsuite/small_rows.hpp"

namespace tidemark {

enum class range_kind : std::uint8_t {
  records, ///< ranges of the records' own keys
  sets     ///< ranges of parents' keys; a parent's rows are never parted
};

/// Ask with `boundary_query(what, plan.after(), plan.up_to(), plan.stride())`, add the page, repeat until
/// `whole()`. The ranges are contiguous: together they hold every key up to the greatest of the moment of the
/// last page.
///
/// A query numbers whatever lies between its ends, however little of that fits its page. So once a page has
/// told that a table is larger, the queries are bound from above, by a window of keys that should hold one
/// page's worth, and all of them together number about as many rows as there are. How dense keys are is
/// learned from each page; a window with next to nothing in it adds nothing, and the next one is wider.
///
/// Records: each range holds at most 1000 at planning time, and its weight is exact.
/// Sets: the position of every 50th row is known, so a range is cut before the last parent that keeps it at
/// 1000 rows for certain; a parent with more rows is a range of its own. Weights are estimates, whose sum is
/// exact where one page, or one and its rest, is the plan.
class boundary_plan {
public:
  /// `after`: what lies up to this key is planned already; the weights and the total are those of the rest.
  explicit boundary_plan(range_kind kind, std::optional<std::int64_t> after = {}) noexcept
      : kind_(kind), after_(after), reached_(after) {}

  /// By windows from the start, of what a count has told; where numbering all of it takes too long.
  boundary_plan(range_kind kind, std::optional<std::int64_t> after, const row_count& count) noexcept;

  /// The distance of the positions to ask for.
  [[nodiscard]] std::uint32_t stride() const noexcept { return kind_ == range_kind::sets ? 50 : 1000; }

  /// The most rows that a page of boundaries tells of.
  [[nodiscard]] std::uint64_t page_reach() const noexcept { return std::uint64_t{1000} * stride(); }

  /// The lower end of the next query; nothing at first.
  [[nodiscard]] std::optional<std::int64_t> after() const noexcept { return after_; }

  /// The upper end of the next query; nothing if it numbers all that is left.
  [[nodiscard]] std::optional<std::int64_t> up_to() const noexcept { return up_to_; }

  /// What `add` has given out ends here, which may be below `after()`. Another plan can go on from there.
  [[nodiscard]] std::optional<std::int64_t> reached() const noexcept { return reached_; }

  /// No further query is needed.
  [[nodiscard]] bool whole() const noexcept { return whole_; }

  /// The weights of all ranges so far.
  [[nodiscard]] std::uint64_t planned() const noexcept { return planned_; }

  /// The number of records in all: an estimate until the plan is whole.
  [[nodiscard]] std::uint64_t total() const noexcept { return whole_ ? planned_ : expected_; }

  /// The next query numbers all that is left, and some is, unless it has gone meanwhile.
  [[nodiscard]] bool must_go_on() const noexcept;

  /// The ranges that the page adds, in key order. Of a set the last one may wait for the next page, which
  /// tells how many rows it holds. `ec::server` if the rows make no sense (then nothing changes).
  outcome<std::vector<planned_batch>> add(const boundary_page& page);

private:
  // A place between two parents: rows at or below `up_to`, at the least, as estimated, and at the most.
  struct cut {
    std::optional<std::int64_t> up_to;
    std::uint64_t least = 0;
    std::uint64_t estimate = 0;
    std::uint64_t most = 0;
  };

  // The last range of a page that was not the last one, with its end by the numbering of that page. If the
  // next page has the same upper end, its total tells where the end really is.
  struct open_end {
    planned_batch batch;
    cut end;
    std::uint64_t total = 0;
    std::optional<std::int64_t> up_to; ///< of the query
  };

  [[nodiscard]] outcome<void> check(const boundary_page& page) const;
  [[nodiscard]] std::vector<planned_batch> plan_records(const boundary_page& page) const;
  [[nodiscard]] std::vector<planned_batch> plan_sets(const boundary_page& page);
  [[nodiscard]] planned_batch settle(const open_end& open, std::uint64_t left) const;
  [[nodiscard]] std::uint64_t left() const noexcept;
  void learn_density(const boundary_page& page);
  void widen();
  void choose_window();

  range_kind kind_;
  std::optional<std::int64_t> after_;
  std::optional<std::int64_t> up_to_;
  std::optional<std::int64_t> reached_;
  double start_ = 0; ///< where windows begin without `after_`: where keys do, as far as one can tell
  double keys_per_row_ = 1;
  std::uint64_t page_rows_ = 0; ///< so many rows a page has told of that did not hold all; zero: none so far
  std::uint64_t planned_ = 0;
  std::uint64_t expected_ = 0;
  bool whole_ = false;
  std::optional<open_end> open_end_;
};

} // namespace tidemark
