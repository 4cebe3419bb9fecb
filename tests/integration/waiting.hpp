/// Waiting for something to become true, with a bound.
#pragma once

#include <chrono>
#include <thread>

namespace tidemark {

/// Whether `condition` has become true within the time.
template <class Condition>
bool soon(Condition condition, std::chrono::milliseconds within = std::chrono::seconds{30}) {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

} // namespace tidemark
