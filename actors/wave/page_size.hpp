/// Pure core of a record type's run: how many rows to ask for per page.
#pragma once

#include <chrono>
#include <cstdint>

#include "messages/inside/batch.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

struct page_size_options {
  /// How long a page should take at most. Shorter makes more requests of slow tables; longer brings pages
  /// nearer to the time-out.
  std::chrono::milliseconds target{30'000};
  /// A page should stay below half of this, the largest accepted body.
  std::uint64_t max_body = 64ULL << 20U;
};

/// Fits the time of pages to `fixed + per_row * rows`, by least squares over the last pages with weights that
/// fade, and asks for as many rows as meet the target: never more than 1000. Where the time lies in the fixed
/// part, smaller pages would only be more of them, so it is shared by as many rows as possible.
class page_size {
public:
  explicit page_size(page_size_options options = {}) : options_(options) {}

  std::uint32_t rows() const noexcept { return rows_; }

  void seen(const page_seen& page);

  /// A page of the present size timed out, or was larger than the largest accepted body.
  void too_much();

private:
  void fit();

  page_size_options options_;
  std::uint32_t rows_ = max_page_rows;
  std::uint32_t ceiling_ = max_page_rows; ///< half of what was too much; grows again with each good page
  double bytes_per_row_ = 0;
  // Fading sums over pages: weights, rows, seconds, and their products.
  double n_ = 0;
  double x_ = 0;
  double y_ = 0;
  double xx_ = 0;
  double xy_ = 0;
};

} // namespace tidemark
