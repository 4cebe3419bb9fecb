#include "tools/netsuite_sim/gate.hpp"

namespace tidemark::netsuite_sim {

std::int64_t gate::background(const knobs& k, std::int64_t now_ms) const noexcept {
  if (k.background_on_ms <= 0) return k.background_load;
  auto cycle = k.background_on_ms + k.background_off_ms;
  auto is_burst = now_ms % cycle < k.background_on_ms;
  return k.background_load + (is_burst ? k.background_burst : 0);
}

bool gate::enter(const knobs& k, std::int64_t now_ms, double chance) {
  auto is_over = in_flight_ + background(k, now_ms) >= k.concurrency_limit
                 || (k.integration_limit > 0 && in_flight_ >= k.integration_limit);
  if (is_over && chance >= k.soft_excess_probability) return false;
  ++in_flight_;
  return true;
}

void gate::leave() { --in_flight_; }

} // namespace tidemark::netsuite_sim
