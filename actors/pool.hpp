/// The slots of one NetSuite account, as an actor around `slot_policy`.
#pragma once

#include <map>
#include <set>
#include <string>

#include "actors/slot_policy.hpp"
#include "messages/protocol.hpp"

namespace tidemark {

struct pool_state {
  struct waiter {
    caf::actor_addr who;
    caf::typed_response_promise<lease> promise;
  };

  explicit pool_state(pool_actor::stateful_pointer<pool_state> pool) : self(pool) {}

  void start(std::string account_name, const slot_policy_options& options, http_actor engine);
  caf::result<lease> acquire(const acquire_slot& wanted);
  void close(const transfer_closed& closed);
  void holder_down(const caf::actor_addr& who);
  void watch(const account_watcher& watcher);
  void wake(std::uint64_t generation);
  pool_status status();

  static inline const char* name = "pool";

private:
  void grant();
  void schedule();

  pool_actor::stateful_pointer<pool_state> self;
  std::string account;
  std::optional<slot_policy> policy;
  http_actor http;
  std::map<slot_policy::waiter_id, waiter> waiters;
  std::map<transfer_id, caf::actor_addr> holders;
  std::set<caf::actor_addr> monitored;
  std::set<account_watcher> watchers;
  slot_policy::waiter_id next_waiter = 0;
  std::uint64_t timer_generation = 0;
  std::optional<slot_policy::time_point> timer_at;
  unix_ms failing_since = 0;
};

/// A lease ends with its transfer and not before: when its holder dies, the transfer is cancelled, and the
/// http actor's `transfer_closed` gives the slot back.
pool_actor::behavior_type pool(pool_actor::stateful_pointer<pool_state> self, std::string account,
                               slot_policy_options options, http_actor http);

} // namespace tidemark
