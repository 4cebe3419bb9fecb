/// Lists that can grow are read in pages.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace tidemark {

/// Bounds of one page, whatever its asker's limit: an answer has to fit into a frame of a link (16 MiB) with
/// room to spare. A page holds one row at least, however large.
inline constexpr std::size_t most_page_rows = 1000;
inline constexpr std::size_t most_page_bytes = 1U << 20U;

/// A part of a list. `next` says where another page goes on; its default value: nowhere, this was the last.
template <class Row, class Place>
struct list_page {
  std::vector<Row> rows;
  Place next{};
};

/// Fills a page row by row.
template <class Row, class Place>
class page_filler {
public:
  page_filler(list_page<Row, Place>& page, std::size_t limit) noexcept
      : page_(page), rows_(std::min(limit, most_page_rows)) {}

  /// Whether there was room for a row of about so many bytes; if not, `next` is set and the list is to be
  /// left.
  bool add(Row row, Place place, std::size_t bytes) {
    bytes_ += bytes;
    if (page_.rows.size() == rows_ || (!page_.rows.empty() && bytes_ > most_page_bytes)) {
      page_.next = std::move(last_);
      return false;
    }
    page_.rows.push_back(std::move(row));
    last_ = std::move(place);
    return true;
  }

private:
  list_page<Row, Place>& page_;
  std::size_t rows_;
  std::size_t bytes_ = 0;
  Place last_{};
};

} // namespace tidemark
