#include "netsuite/clock_skew.hpp"

#include <algorithm>

namespace tidemark {

void clock_skew::observe(unix_ms server_date, unix_ms local) noexcept {
  if (server_date <= 0) return;
  // A Date field is cut to the second, so the moment it stands for is half a second later on average.
  const auto sample = server_date + 500 - local;
  if (!known_) {
    known_ = true;
    offset_ = sample;
    return;
  }
  constexpr auto bound = static_cast<unix_ms>(max_step.count());
  offset_ += std::clamp((sample - offset_) / 4, -bound, bound);
}

void clock_skew::observe_refusal(unix_ms server_date, unix_ms local) noexcept {
  if (server_date > 0) known_ = false;
  observe(server_date, local);
}

} // namespace tidemark
