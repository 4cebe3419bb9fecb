/// The node's byte budget: bounds the memory of response bodies.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "actors/request/byte_shares.hpp"
#include "messages/inside/budget.hpp"
#include "messages/promise.hpp"

namespace tidemark {

struct budget_state {
  struct waiter {
    caf::actor_addr who;
    std::uint64_t bytes = 0;
    answer_promise<bytes_reserved> promise;
  };
  struct holder {
    byte_shares::account_id account = 0;
    std::uint64_t bytes = 0;
  };

  explicit budget_state(budget_actor::stateful_pointer<budget_state> actor) : self(actor) {}

  caf::result<bytes_reserved> reserve(const reserve_bytes& wanted);
  void release(const caf::actor_addr& who, std::uint64_t bytes);
  void holder_down(const caf::actor_addr& who);

  budget_actor::stateful_pointer<budget_state> self;
  std::optional<byte_shares> shares;
  std::map<byte_shares::waiter_id, waiter> waiters;
  std::map<caf::actor_addr, holder> holders; ///< everyone who is watched
  byte_shares::waiter_id next_waiter = 0;

  static inline const char* name = "budget";

private:
  void grant();
};

/// `byte_shares` decides who is next.
budget_actor::behavior_type budget(budget_actor::stateful_pointer<budget_state> self, std::uint64_t capacity);

} // namespace tidemark
