/// Two clocks: the actor system's steady one, which tests drive, and the wall clock for what people read.
#pragma once

#include <chrono>

#include "messages/words.hpp"

namespace tidemark {

/// The steady time as the actor system tells it.
template <class Self>
std::chrono::steady_clock::time_point steady_now(Self* self) {
  return self->clock().now();
}

/// The wall clock.
inline unix_ms wall_now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace tidemark
