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

/// An `Inquiry` is a pure core: `next`, `is_probe`, `sent`, `again`, `answered`, `give_up` and `report`, as
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
    give_up("it has taken too long");
  }

  /// Answers with what is known so far.
  void give_up(const std::string& why) {
    if (!promise.pending()) return;
    inquiry->give_up(why);
    end();
  }

  pointer self;
  std::optional<Inquiry> inquiry;
  std::optional<netsuite_call> probe, work;
  caf::actor_addr asker; ///< may be nobody

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
    inquiry->sent(result.requests);
    if (!inquiry->again(result.response, result.what, wall_now())) {
      inquiry->answered(result.response, result.what, wall_now());
      return go_on(false);
    }
    go_on(true);
  }

  /// What is open at the account is closed by the pool, once its holder has gone. A session outlives many
  /// inquiries, and would keep each of its watchers in mind.
  void end() {
    promise.deliver(inquiry->report());
    if (asker) self->demonitor(asker);
    self->quit();
  }

  answer_promise<Report> promise;
};

/// Whoever asks is watched: with nobody left to tell, it ends, and asks nothing more. Within `longest` it
/// answers.
template <class Question, class Inquiry, class Actor, class Report>
typename Actor::behavior_type inquire(typename inquiry_state<Inquiry, Actor, Report>::pointer self,
                                      Inquiry inquiry, account_services account,
                                      std::chrono::milliseconds longest, const caf::strong_actor_ptr& asker) {
  name_exceptions(self);
  auto& state = state_of(self);
  if (asker) {
    state.asker = caf::actor_cast<caf::actor_addr>(asker);
    self->monitor(asker);
    self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  }
  state.inquiry.emplace(std::move(inquiry));
  state.probe.emplace(account, "", slot_purpose::probe);
  state.work.emplace(std::move(account), "");
  return {
      [self, longest](const Question&) { return state_of(self).start(longest); },
      [self](const end_inquiry& order) { state_of(self).give_up(order.why); },
      [self](const tick& due) { state_of(self).time_passed(due.generation); },
  };
}

} // namespace tidemark
