/// Pure core: reads a range in keyset pages until all that the account has in it is there.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "messages/error.hpp"
#include "netsuite/page_decoder.hpp"
#include "netsuite/page_query.hpp"

namespace tidemark {

/// The rows that a range of this planned weight holds for certain, unless some have gone since. Weights of
/// sets are estimates, and of what is left of a walk they may be more than there is.
std::uint64_t certain_rows(const projection& what, std::uint64_t weight) noexcept;

/// What did not come is taken for gone by whoever stores the range, so the end of a reading is not believed
/// at once where less has come than was planned, or where the last page says that there is more: the range is
/// counted. If the count says more, the range is read once more, or, where paging reaches no further (types
/// without ranges), from its last row on.
class range_reading {
public:
  range_reading() = default;

  /// Fewer than `at_least` rows are counted before they are believed.
  range_reading(std::shared_ptr<const projection> what, key_range range, std::uint32_t page_rows,
                std::uint64_t at_least);

  bool finished() const noexcept { return finished_; }

  /// Instead of a page, a count of the rows in `range()` is to be asked for.
  bool must_count() const noexcept { return counting_; }

  /// What has not been taken of the range.
  const key_range& range() const noexcept { return asked_.page.range; }

  wanted_page next() const { return asked_; }

  void passed(data_page page);

  /// The page was refused in words that name nothing. True if it lies so far behind that paging may not reach
  /// it: that is no page then.
  bool refused();

  /// The answer of the count. `ec::server` if the account keeps counting more than it gives.
  outcome<void> counted(std::uint64_t total);

  /// The account will not count: a second reading tells. False if there was one, and paging did not reach its
  /// end: then nothing does.
  [[nodiscard]] bool not_counted();

  /// What has not been taken is asked for anew, in this form.
  void read_again(std::shared_ptr<const projection> what);

  /// What has come and was not taken.
  const std::vector<std::shared_ptr<const record_set>>& pages() const noexcept { return pages_; }

  /// The pages so far. Where they may part the rows of a set only when finished; otherwise the rest begins
  /// behind them.
  std::vector<std::shared_ptr<const record_set>> take_pages();

private:
  void begin_again();
  bool go_on_behind_last();

  wanted_page asked_;
  std::vector<std::shared_ptr<const record_set>> pages_;
  std::uint64_t at_least_ = 0;
  std::uint64_t rows_ = 0;    ///< of the pages
  std::uint64_t stretch_ = 0; ///< of these, since it last went on from a row
  bool counting_ = false;
  bool is_beyond_ = false; ///< the last page was
  bool is_second_ = false;
  bool finished_ = false;
};

} // namespace tidemark
