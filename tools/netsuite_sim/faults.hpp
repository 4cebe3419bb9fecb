/// Which mishap befalls a request, if any.
#pragma once

#include "tools/netsuite_sim/error_bodies.hpp"
#include "tools/netsuite_sim/hash.hpp"
#include "tools/netsuite_sim/knobs.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::netsuite_sim {

/// A stream of evenly distributed numbers from a seed.
class dice {
public:
  explicit dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t roll() noexcept { return state_ = mix(state_, 0xd1ce); }
  /// From 0 up to, but not including, 1.
  double chance() noexcept { return static_cast<double>(roll() >> 11) / 9007199254740992.0; }

private:
  std::uint64_t state_;
};

enum class mishap : std::uint8_t { none, status_500, status_502, status_503, reset, truncate, hang, answer };

class faults {
public:
  explicit faults(std::uint64_t seed) : dice_(seed) {}

  /// Decides for one request of `table` (empty where it is no query).
  mishap next(const knobs& k, std::string_view table);
  /// The knob `fault_first_requests` was set: count from its value.
  void rearm(std::int64_t first_requests) { remaining_ = first_requests; }
  /// A 5xx in the form that the knobs ask for, or the answer that they name; `is_json` tells its content
  /// type.
  error_reply body_for(mishap what, const knobs& k, std::string_view table, bool& is_json);

private:
  dice dice_;
  std::int64_t remaining_ = 0;
};

} // namespace tidemark::netsuite_sim
