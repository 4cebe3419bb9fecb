#include "actors/request/budget.hpp"

#include <algorithm>

#include "actors/supervision.hpp"

namespace tidemark {

caf::result<bytes_reserved> budget_state::reserve(const reserve_bytes& wanted) {
  auto who = self->current_sender()->address();
  if (holders.try_emplace(who, holder{wanted.account, 0}).second) self->monitor(self->current_sender());
  auto promise = make_promise<bytes_reserved>(self);
  auto id = ++next_waiter;
  waiters.emplace(id, waiter{who, wanted.bytes, promise});
  shares->enqueue({id, wanted.bytes, wanted.account, wanted.tenant, wanted.import_id, wanted.how_urgent});
  grant();
  return promise;
}

void budget_state::grant() {
  for (auto id : shares->advance()) {
    auto found = waiters.extract(id);
    if (!found) continue;
    auto& served = found.mapped();
    holders[served.who].bytes += served.bytes;
    served.promise.deliver(bytes_reserved{served.bytes});
  }
}

void budget_state::release(const caf::actor_addr& who, std::uint64_t bytes) {
  auto found = holders.find(who);
  if (found == holders.end()) return;
  auto returned = std::min(bytes, found->second.bytes);
  found->second.bytes -= returned;
  shares->give_back(found->second.account, returned);
  grant();
}

void budget_state::holder_down(const caf::actor_addr& who) {
  for (auto i = waiters.begin(); i != waiters.end();) {
    if (i->second.who != who) {
      ++i;
      continue;
    }
    shares->forget(i->first);
    i = waiters.erase(i);
  }
  if (auto gone = holders.extract(who)) shares->give_back(gone.mapped().account, gone.mapped().bytes);
  grant();
}

budget_actor::behavior_type budget(budget_actor::stateful_pointer<budget_state> self,
                                   std::uint64_t capacity) {
  name_exceptions(self);
  state_of(self).shares.emplace(capacity);
  self->set_down_handler([self](const caf::down_msg& down) { state_of(self).holder_down(down.source); });
  return {
      [self](const reserve_bytes& wanted) { return state_of(self).reserve(wanted); },
      [self](const release_bytes& returned) {
        state_of(self).release(self->current_sender()->address(), returned.bytes);
      },
  };
}

} // namespace tidemark
