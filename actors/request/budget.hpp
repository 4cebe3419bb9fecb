/// The node's byte budget: bounds the memory of response bodies.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "messages/inside/budget.hpp"
#include "messages/promise.hpp"

namespace tidemark {

/// Serves reservations in order of arrival. One that is larger than the whole budget is granted when nothing
/// else is reserved, so that nobody waits for ever.
struct budget_state {
  struct waiter {
    caf::actor_addr who;
    std::uint64_t bytes = 0;
    answer_promise<bytes_reserved> promise;
  };

  std::uint64_t capacity = 0;
  std::uint64_t reserved = 0;
  std::deque<waiter> queue;
  std::map<caf::actor_addr, std::uint64_t> held; ///< by everyone who is watched

  void grant();
  void give_back(const caf::actor_addr& who, std::uint64_t bytes);

  static inline const char* name = "budget";
};

budget_actor::behavior_type budget(budget_actor::stateful_pointer<budget_state> self, std::uint64_t capacity);

} // namespace tidemark
