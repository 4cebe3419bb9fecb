/// The account's concurrency limit: who may run, and the others who share it. Pure; time and chance come in
/// as arguments.
#pragma once

#include "tools/netsuite_sim/knobs.hpp"

#include <cstdint>

namespace tidemark::netsuite_sim {

class gate {
public:
  /// Takes a slot if there is one, or if `chance` (0 to 1) lets the request pass all the same.
  bool enter(const knobs& k, std::int64_t now_ms, double chance);
  /// Gives a slot back.
  void leave();

  /// Requests of ours that hold a slot.
  std::int64_t in_flight() const noexcept { return in_flight_; }
  /// Slots that other integrations hold at this moment.
  std::int64_t background(const knobs& k, std::int64_t now_ms) const noexcept;

private:
  std::int64_t in_flight_ = 0;
};

} // namespace tidemark::netsuite_sim
