/// Pure core: reads a range that cannot be split around the records that break their page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "netsuite/page_decoder.hpp"
#include "netsuite/page_query.hpp"

namespace tidemark {

/// The range of a single key: one record, or the lines of one parent. Pages are halved until the record that
/// breaks them is alone; its key is asked for, then its columns in groups, the largest first. If it still
/// cannot be read as a whole after that, it is rejected with what came through. If not even its key can be
/// had, asked for twice, the rest of the range is rejected with it.
/// The key under which the last record of a range is rejected unread, as far as it is known.
std::string unread_key(const projection& what, const key_range& range);

class careful_reading {
public:
  /// `why` is the failure that has led here. `expected` rows are thought to be in the range.
  careful_reading(std::shared_ptr<const projection> what, key_range range, std::string why,
                  std::uint64_t expected);

  bool finished() const noexcept { return step_ == step::finished; }

  /// Fewer rows have come than were thought to be there, and the rest was not given up: before that is
  /// believed, the rows of the range are to be counted.
  bool must_count() const noexcept { return step_ == step::counting; }

  /// The answer of the count. `ec::server` if the account counts more.
  outcome<void> counted(std::uint64_t total);

  wanted_page next() const;

  /// The question was answered with a page; `body` is what it was decoded from.
  void passed(data_page page, std::string_view body);

  /// It failed, and may do so again.
  void failed(const failure& what);

  /// Everything that was read, the rejected records included. Only when finished.
  std::vector<std::shared_ptr<const record_set>> take_pages();

private:
  enum class step : std::uint8_t { reading, key, columns, once_more, counting, finished };

  void key_known(data_page& page);
  void end(bool is_doubtful);
  void reject(std::string key);
  void halve_group();
  void next_group();
  std::string shown(const row_cursor& place) const;

  std::shared_ptr<const projection> what_;
  key_range range_;
  std::string why_;
  std::uint32_t limit_;
  step step_ = step::reading;
  std::optional<row_cursor> after_;
  std::uint64_t expected_;
  std::uint64_t rows_ = 0; ///< that have come or were rejected
  std::vector<std::shared_ptr<const record_set>> pages_;

  // Of the record that cannot be read.
  row_cursor place_;
  std::deque<std::vector<std::size_t>> groups_; ///< of columns, still to be asked for; the first one next
  std::string raw_;                             ///< JSON of what came through
  std::uint32_t questions_ = 0;
  bool key_failed_ = false;
};

} // namespace tidemark
