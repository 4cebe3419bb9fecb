/// Sums of decimals without rounding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// Exact within 22 digits before the point and 16 behind it.
class decimal_sum {
public:
  void add(std::int64_t number) noexcept;

  /// "12", "-0.50": digits with at most one point, after at most a minus. Any other text, and one that has
  /// more digits, makes the sum unknown.
  void add(std::string_view decimal) noexcept;

  /// In the one form that equal sums have: without zeros at the end. Nothing if it is unknown.
  [[nodiscard]] std::optional<std::string> text() const;

private:
  __extension__ using wide = __int128;

  void add_scaled(wide x) noexcept;

  wide scaled_ = 0;
  bool is_known_ = true;
};

} // namespace tidemark
