#include "actors/wave/page_size.hpp"

#include <algorithm>

namespace tidemark {

namespace {

constexpr double fading = 0.9;
// Below this a page is mostly the request itself. A time-out or a body that is too large may go lower.
constexpr std::uint32_t fewest_rows_for_time = 50;
constexpr std::uint32_t fewest_rows = 1;
// Sizes differ by at least this part of them, or the fit says nothing about a single row.
constexpr double least_spread = 0.05;

} // namespace

void page_size::seen(const page_seen& page) {
  if (page.rows == 0) return;
  auto rows = static_cast<double>(page.rows);
  auto seconds = std::chrono::duration<double>(page.took).count();
  bytes_per_row_ = std::max(bytes_per_row_ * fading, static_cast<double>(page.bytes) / rows);
  for (auto* sum : {&n_, &x_, &y_, &xx_, &xy_}) *sum *= fading;
  n_ += 1;
  x_ += rows;
  y_ += seconds;
  xx_ += rows * rows;
  xy_ += rows * seconds;
  ceiling_ = std::min(max_page_rows, ceiling_ + std::max(1U, ceiling_ / 8));
  fit();
}

void page_size::fit() {
  auto target = std::chrono::duration<double>(options_.target).count();
  auto mean_rows = x_ / n_;
  auto spread = xx_ / n_ - mean_rows * mean_rows;
  // With pages of one size nobody knows what a row costs: as if everything were for the rows.
  bool known = spread > least_spread * mean_rows * least_spread * mean_rows;
  auto per_row = known ? std::max(0.0, (xy_ / n_ - mean_rows * y_ / n_) / spread) : y_ / x_;
  auto fixed = std::max(0.0, y_ / n_ - per_row * mean_rows);
  auto wanted = static_cast<double>(max_page_rows);
  if (per_row * wanted + fixed > target && fixed < target)
    wanted = std::max<double>(fewest_rows_for_time, (target - fixed) / per_row);
  if (bytes_per_row_ > 0)
    wanted = std::min(wanted, static_cast<double>(options_.max_body) / 2 / bytes_per_row_);
  // Half or twice at a time: one odd page must not throw it far.
  auto low = std::max(fewest_rows, rows_ / 2);
  auto next = std::clamp(static_cast<std::uint32_t>(wanted), low, std::min(rows_ * 2, max_page_rows));
  rows_ = std::clamp(next, fewest_rows, ceiling_);
}

void page_size::too_much() {
  rows_ = std::max(fewest_rows, rows_ / 2);
  ceiling_ = rows_;
}

} // namespace tidemark
