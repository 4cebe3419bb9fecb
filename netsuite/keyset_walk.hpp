/// Plans one range at a time, for accounts that refuse boundary queries. A pure core.
#pragma once

#include <cstdint>
#include <optional>

#include "messages/error.hpp"
#include "netsuite/boundary_plan.hpp"
#include "netsuite/planned_batch.hpp"
#include "netsuite/small_rows.hpp"

namespace tidemark {

/// Start it with the answer of `count_query`, then ask with `walk_query(what, walk.after())` for one row at
/// offset `step_offset` and pass it to `step`, until `whole()`. Records that appear above the greatest key of
/// the start are left to the next import. The total is an estimate until the plan is whole.
class keyset_walk {
public:
  static constexpr std::uint32_t step_offset = 999;

  /// `after`: what lies up to this key is planned already, and not in `count`.
  keyset_walk(range_kind kind, const row_count& count, std::optional<std::int64_t> after = {}) noexcept;

  [[nodiscard]] std::optional<std::int64_t> after() const noexcept { return after_; }
  [[nodiscard]] bool whole() const noexcept { return whole_; }
  [[nodiscard]] std::uint64_t planned() const noexcept { return planned_; }
  [[nodiscard]] std::uint64_t total() const noexcept;

  /// `found` is the key of the 1000th row above `after()`, or nothing if there are fewer. Only while not
  /// whole. `ec::server` if the key does not lie above `after()`.
  outcome<planned_batch> step(std::optional<std::int64_t> found);

private:
  range_kind kind_;
  std::optional<std::int64_t> after_;
  std::int64_t last_ = 0;
  std::uint64_t expected_ = 0;
  std::uint64_t planned_ = 0;
  bool whole_ = false;
};

} // namespace tidemark
