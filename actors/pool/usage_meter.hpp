/// Pure core of the slot policy: how busy an account's slots were.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace tidemark {

/// Integrates busy slots and allowed slots over time, second by second, for as long as the longest window.
class usage_meter {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// The longest window that can be asked for.
  static constexpr auto longest = std::chrono::minutes{15};

  explicit usage_meter(time_point begin) : begin_(begin), at_(begin) {}

  /// From `now` on, so many of so many slots are busy. Times never go back.
  void set(std::uint32_t busy, std::uint32_t slots, time_point now);

  /// Busy slot time as a share (0 to 1) of what was allowed in the last `window`, or since the beginning if
  /// that is less. The window's edge is a full second.
  double share(duration window, time_point now);

private:
  struct second {
    double busy = 0; ///< slot-seconds
    double slots = 0;
  };
  static constexpr std::size_t kept = std::chrono::seconds{longest}.count() + 1;

  std::int64_t index(time_point at) const {
    return std::chrono::duration_cast<std::chrono::seconds>(at - begin_).count();
  }
  void advance(time_point now);

  time_point begin_;
  time_point at_;
  std::uint32_t busy_ = 0;
  std::uint32_t slots_ = 0;
  std::array<second, kept> seconds_{};
};

} // namespace tidemark
