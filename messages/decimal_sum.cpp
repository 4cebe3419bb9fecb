#include "messages/decimal_sum.hpp"

#include <algorithm>

namespace tidemark {

namespace {

constexpr std::size_t digits_behind = 16;
constexpr std::int64_t scale = 10'000'000'000'000'000;

} // namespace

void decimal_sum::add_scaled(wide x) noexcept {
  if (__builtin_add_overflow(scaled_, x, &scaled_)) is_known_ = false;
}

void decimal_sum::add(std::int64_t number) noexcept { add_scaled(static_cast<wide>(number) * scale); }

void decimal_sum::add(std::string_view decimal) noexcept {
  const bool is_negative = decimal.starts_with('-');
  if (is_negative) decimal.remove_prefix(1);
  const auto point = std::min(decimal.find('.'), decimal.size());
  auto behind = decimal.substr(std::min(point + 1, decimal.size()));
  while (behind.ends_with('0')) behind.remove_suffix(1);
  if (behind.size() > digits_behind || decimal.empty() || decimal == ".") {
    is_known_ = false;
    return;
  }
  wide x = 0;
  const auto append = [&](char c) {
    const bool fits =
        c >= '0' && c <= '9' && !__builtin_mul_overflow(x, 10, &x) && !__builtin_add_overflow(x, c - '0', &x);
    if (!fits) is_known_ = false;
  };
  std::ranges::for_each(decimal.substr(0, point), append);
  std::ranges::for_each(behind, append);
  for (auto i = behind.size(); i < digits_behind; ++i) append('0');
  add_scaled(is_negative ? -x : x);
}

std::optional<std::string> decimal_sum::text() const {
  if (!is_known_) return std::nullopt;
  std::string digits;
  auto left = scaled_;
  while (left != 0 || digits.size() < digits_behind + 2) { // with the point and a digit before it
    const auto digit = static_cast<int>(left % 10);
    digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    left /= 10;
    if (digits.size() == digits_behind) digits += '.';
  }
  // From here on the first digit is the last one.
  auto last = digits.find_first_not_of('0');
  if (digits[last] == '.') ++last;
  digits.erase(0, last);
  if (scaled_ < 0) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

} // namespace tidemark
