/// The slots of one NetSuite account, as an actor around `slot_policy`.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "actors/pool/slot_policy.hpp"
#include "actors/pool/usage_meter.hpp"
#include "messages/inside/http.hpp"
#include "messages/inside/pool.hpp"
#include "messages/promise.hpp"
#include "messages/wire/slots.hpp"

namespace tidemark {

struct pool_state {
  struct waiter {
    caf::actor_addr who;
    answer_promise<lease> promise;
    std::string tenant;
  };

  explicit pool_state(pool_actor::stateful_pointer<pool_state> pool) : self(pool) {}

  void start(std::string account_name, const slot_policy_options& options, http_actor engine);
  caf::result<lease> acquire(const acquire_slot& wanted);
  void close(const transfer_closed& closed);
  caf::result<judged> judge(const judge_failure& wanted);
  void holder_down(const caf::actor_addr& who);
  void watch(const account_watcher& watcher);
  void wake(std::uint64_t generation);
  void retry(const retry_login& wanted);
  pool_status set(const set_limit& wanted);
  caf::result<pool_status> reset();
  pool_status status();

  static inline const char* name = "pool";

private:
  void grant();
  void deliver(const slot_policy::decision& decided);
  void settle_judgements();
  void schedule();
  void tell_account_news(outage_breaker::news news, const std::string& text);
  /// What was said of a refused login, and what it may be about.
  struct refused_login {
    std::string text;
    std::string causes;
  };
  void tell_login_news(const slot_policy::news& news, const refused_login& said);
  std::string refusal_of(const std::string& tenant) const;
  template <class Message>
  void tell_watchers(const Message& message);

  pool_actor::stateful_pointer<pool_state> self;
  std::string account;
  std::optional<slot_policy> policy;
  std::optional<usage_meter> usage;
  http_actor http;
  set_limit known_limit;   ///< what `reset` goes back to
  set_limit present_limit; ///< the same, or an operator's
  std::map<slot_policy::waiter_id, waiter> waiters;
  std::map<transfer_id, caf::actor_addr> holders;
  std::map<transfer_id, answer_promise<judged>> judgements; ///< that cannot be told yet
  std::set<caf::actor_addr> monitored;
  std::set<account_watcher> watchers;
  std::set<std::string> tenants;                    ///< whose logins were used
  std::map<std::string, refused_login> login_texts; ///< NetSuite's last word on a tenant's refused login
  slot_policy::waiter_id next_waiter = 0;
  std::uint64_t timer_generation = 0;
  std::optional<slot_policy::time_point> timer_at;
  unix_ms failing_since = 0;
  std::uint64_t transfers = 0;
  std::uint64_t reused = 0;
};

/// A lease ends with its transfer and not before: when its holder dies, the transfer is cancelled, and the
/// http actor's `transfer_closed` gives the slot back.
pool_actor::behavior_type pool(pool_actor::stateful_pointer<pool_state> self, std::string account,
                               slot_policy_options options, http_actor http);

} // namespace tidemark
