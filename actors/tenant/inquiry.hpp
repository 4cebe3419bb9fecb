/// Puts an inquiry's questions to the account, one after the other, and answers with its report.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "actors/clock.hpp"
#include "actors/request/netsuite_call.hpp"
#include "actors/supervision.hpp"
#include "messages/inside/tenant.hpp"
#include "messages/promise.hpp"

namespace tidemark {

/// An `Inquiry` is a pure core: `next`, `is_probe`, `again`, `answered`, `give_up` and `report`, as
/// `account_check` has them. Actors have a name of their own each.
template <class Inquiry, class Actor, class Report>
struct inquiry_state {
  using pointer = typename Actor::template stateful_pointer<inquiry_state>;

  explicit inquiry_state(pointer actor) : self(actor) {}

  caf::result<Report> start(std::chrono::milliseconds longest) {
    promise = make_promise<Report>(self);
    delayed_send_self(self, longest, tick{time_is_up});
    go_on(false);
    return promise;
  }

  void time_passed(std::uint64_t generation) {
    if (generation != time_is_up || !promise.pending()) return;
    inquiry->give_up("it has taken too long");
    end();
  }

  pointer self;
  std::optional<Inquiry> inquiry;
  std::optional<netsuite_call> probe, work;

  static inline const char* name = Inquiry::actor_name;

private:
  static constexpr std::uint64_t time_is_up = 1;

  void go_on(bool retry) {
    auto wanted = inquiry->next();
    if (!wanted) return end();
    auto& call = inquiry->is_probe() ? *probe : *work;
    call.start(self, std::move(*wanted), retry, [this](const call_result& result) { answered(result); });
  }

  void answered(const call_result& result) {
    if (!inquiry->again(result.response, result.what)) {
      inquiry->answered(result.response, result.what, wall_now());
      return go_on(false);
    }
    go_on(true);
  }

  /// What is open at the account is closed by the pool, once its holder has gone.
  void end() {
    promise.deliver(inquiry->report());
    self->quit();
  }

  answer_promise<Report> promise;
};

template <class Question, class Inquiry, class Actor, class Report>
typename Actor::behavior_type inquire(typename inquiry_state<Inquiry, Actor, Report>::pointer self,
                                      Inquiry inquiry, account_services account,
                                      std::chrono::milliseconds longest) {
  name_exceptions(self);
  auto& state = state_of(self);
  state.inquiry.emplace(std::move(inquiry));
  state.probe.emplace(account, "", slot_purpose::probe);
  state.work.emplace(std::move(account), "");
  return {
      [self, longest](const Question&) { return state_of(self).start(longest); },
      [self](const tick& due) { state_of(self).time_passed(due.generation); },
  };
}

} // namespace tidemark
