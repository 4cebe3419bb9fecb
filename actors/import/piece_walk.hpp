/// Pure core of a repair: a range of keys, read and written again in pieces of about a page.
#pragma once

#include <optional>

#include "messages/words.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

/// Says which page comes next and when a piece is whole: when everything that the account has in its range is
/// there. However many records the range holds, what has to be kept until a piece can be written is one page,
/// of a set one page and the rest of its last parent's rows. The pieces cover the range without gap or
/// overlap, in order.
class piece_walk {
public:
  piece_walk(const key_range& range, const projection& what) noexcept
      : after_(range.after),
        end_(range.up_to),
        piece_end_(range.up_to),
        has_ranges_(what.has_ranges()),
        has_sets_(what.has_sets()) {}

  bool over() const noexcept { return over_; }

  /// The next page, unless all of them have come.
  page_request next() const { return {{after_, piece_end_}, cursor_}; }

  /// The page is there: whether others follow in what was asked for, and its last row, which it must have
  /// then. Returns the range of the piece that it completes, with the pages since the piece before.
  std::optional<key_range> arrived(bool has_more, const row_cursor& last) noexcept;

private:
  key_range end_piece(std::int64_t at) noexcept;

  std::optional<std::int64_t> after_; ///< up to here everything is in pieces
  std::int64_t end_;                  ///< of the whole range
  std::int64_t piece_end_;            ///< of the present piece, as far as is known
  std::optional<row_cursor> cursor_;  ///< in the present piece
  bool has_ranges_;                   ///< otherwise everything is one piece
  bool has_sets_;
  bool over_ = false;
};

} // namespace tidemark
