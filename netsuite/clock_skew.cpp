#include "netsuite/clock_skew.hpp"

#include <algorithm>

namespace tidemark {

namespace {

// A Date field is cut to the second, so the moment it stands for is half a second later on average.
unix_ms difference(unix_ms server_date, unix_ms local) noexcept { return server_date + 500 - local; }

} // namespace

void clock_skew::observe(unix_ms server_date, unix_ms local) noexcept {
  if (server_date <= 0) return;
  constexpr auto step = static_cast<unix_ms>(max_step.count());
  constexpr auto drift = static_cast<unix_ms>(max_drift.count());
  const auto moved = offset_ + std::clamp((difference(server_date, local) - offset_) / 4, -step, step);
  offset_ = std::clamp(moved, anchor_ - drift, anchor_ + drift);
}

void clock_skew::observe_refusal(unix_ms server_date, unix_ms local) noexcept {
  if (server_date <= 0) return;
  offset_ = anchor_ = difference(server_date, local);
}

} // namespace tidemark
