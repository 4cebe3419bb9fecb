#include "actors/request/budget.hpp"

#include "actors/supervision.hpp"
#include "messages/promise.hpp"

#include <algorithm>

namespace tidemark {

void budget_state::grant() {
  while (!queue.empty()) {
    auto& next = queue.front();
    if (reserved > 0 && reserved + next.bytes > capacity) return;
    reserved += next.bytes;
    held[next.who] += next.bytes;
    next.promise.deliver(bytes_reserved{next.bytes});
    queue.pop_front();
  }
}

void budget_state::give_back(const caf::actor_addr& who, std::uint64_t bytes) {
  auto found = held.find(who);
  if (found == held.end()) return;
  auto returned = std::min(bytes, found->second);
  found->second -= returned;
  reserved -= returned;
}

budget_actor::behavior_type budget(budget_actor::stateful_pointer<budget_state> self,
                                   std::uint64_t capacity) {
  name_exceptions(self);
  auto& state = state_of(self);
  state.capacity = capacity;
  self->set_down_handler([self](const caf::down_msg& down) {
    auto& st = state_of(self);
    std::erase_if(st.queue, [&](auto& waiting) { return waiting.who == down.source; });
    if (auto found = st.held.find(down.source); found != st.held.end()) {
      st.reserved -= found->second;
      st.held.erase(found);
    }
    st.grant();
  });
  return {
      [self](const reserve_bytes& wanted) -> caf::result<bytes_reserved> {
        auto& st = state_of(self);
        auto who = self->current_sender()->address();
        if (st.held.try_emplace(who, 0).second) self->monitor(self->current_sender());
        auto promise = make_promise<bytes_reserved>(self);
        st.queue.push_back({who, wanted.bytes, promise});
        st.grant();
        return promise;
      },
      [self](const release_bytes& returned) {
        state_of(self).give_back(self->current_sender()->address(), returned.bytes);
        state_of(self).grant();
      },
  };
}

} // namespace tidemark
