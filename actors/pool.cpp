#include "actors/pool.hpp"

#include "actors/clock.hpp"
#include "config/logging.hpp"

namespace tidemark {

void pool_state::start(std::string account_name, const slot_policy_options& options, http_actor engine) {
  account = std::move(account_name);
  policy.emplace(options);
  http = std::move(engine);
}

caf::result<lease> pool_state::acquire(const acquire_slot& wanted) {
  auto sender = self->current_sender();
  if (monitored.insert(sender->address()).second) self->monitor(sender);
  auto promise = self->make_response_promise<lease>();
  auto id = ++next_waiter;
  waiters.emplace(id, waiter{sender->address(), promise});
  policy->enqueue(id, wanted.retry);
  grant();
  return promise;
}

void pool_state::grant() {
  for (auto& granted : policy->advance(steady_now(self))) {
    auto found = waiters.find(granted.waiter);
    holders.emplace(granted.lease, found->second.who);
    found->second.promise.deliver(lease{granted.lease, granted.probe});
    waiters.erase(found);
  }
  schedule();
}

void pool_state::schedule() {
  auto next = policy->wake_at();
  if (!next || (timer_at && *timer_at <= *next)) return;
  timer_at = next;
  auto delay = std::max(*next - steady_now(self), slot_policy::duration::zero());
  delayed_send_self(self, delay, tick{++timer_generation});
}

void pool_state::wake(std::uint64_t generation) {
  if (generation != timer_generation) return;
  timer_at.reset();
  grant();
}

void pool_state::close(const transfer_closed& closed) {
  holders.erase(closed.id);
  bool was_down = policy->outage();
  auto news =
      policy->close({closed.id, closed.code, closed.duration, closed.retry_after, closed.opened, closed.text},
                    steady_now(self));
  if (!was_down && policy->outage()) {
    failing_since = wall_now();
    log(log_level::warning, "pool", "account_down", "account {} does not answer: {}", account, closed.text);
  } else if (was_down && !policy->outage()) {
    log(log_level::info, "pool", "account_up", "account {} answers again", account);
  }
  if (closed.code == ec::refused)
    log(log_level::debug, "pool", "refused", "account {} refused a request; granting at most {} of {} slots",
        account, policy->effective(), policy->limit());
  for (auto& watcher : watchers) {
    if (news == slot_policy::news::account_unavailable)
      send(self, watcher, account_unavailable{failing_since, policy->outage_reason()});
    if (news == slot_policy::news::account_available) send(self, watcher, account_available{});
  }
  grant();
}

void pool_state::holder_down(const caf::actor_addr& who) {
  monitored.erase(who);
  std::erase_if(watchers, [&](auto& watcher) { return watcher.address() == who; });
  for (auto i = waiters.begin(); i != waiters.end();) {
    if (i->second.who != who) {
      ++i;
      continue;
    }
    policy->forget(i->first);
    i = waiters.erase(i);
  }
  for (auto& [id, holder] : holders)
    if (holder == who) send(self, http, cancel_transfer{id, self});
  schedule();
}

void pool_state::watch(const account_watcher& watcher) {
  if (watchers.insert(watcher).second && monitored.insert(watcher.address()).second) self->monitor(watcher);
}

pool_status pool_state::status() {
  grant(); // a slot that lingers while nobody waits has no timer of its own
  pool_status result;
  result.account = account;
  result.limit = policy->limit();
  result.effective = policy->effective();
  result.in_use = policy->in_use();
  result.lingering = policy->lingering();
  result.waiting = policy->waiting();
  result.granted = policy->granted();
  result.refused = policy->refused();
  result.outage = policy->outage();
  result.outage_reason = policy->outage_reason();
  return result;
}

pool_actor::behavior_type pool(pool_actor::stateful_pointer<pool_state> self, std::string account,
                               slot_policy_options options, http_actor http) {
  state_of(self).start(std::move(account), options, std::move(http));
  self->set_down_handler([self](const caf::down_msg& down) { state_of(self).holder_down(down.source); });
  return {
      [self](const acquire_slot& wanted) { return state_of(self).acquire(wanted); },
      [self](const transfer_closed& closed) { state_of(self).close(closed); },
      [self](const query_pool&) { return state_of(self).status(); },
      [self](const watch_pool& watch) { state_of(self).watch(watch.watcher); },
      [self](const tick& due) { state_of(self).wake(due.generation); },
  };
}

} // namespace tidemark
