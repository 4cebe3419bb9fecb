#include "messages/promise.hpp"

namespace tidemark::detail {

owed_answer::owed_answer(const caf::response_promise& request) {
  // Nothing here is composed of stages.
  if (!request.pending() || !request.id().is_request()) return;
  requester_ = request.source();
  id_ = request.id();
}

owed_answer::~owed_answer() {
  if (requester_) deliver(caf::make_message(caf::make_error(caf::sec::request_receiver_down)));
}

void owed_answer::deliver(caf::message answer) {
  if (!requester_) return;
  auto to = std::exchange(requester_, nullptr);
  // Without a sender: the link layer would watch whoever answers over it, and a detached actor that is
  // watched may keep the process from ending.
  to->enqueue(nullptr, id_.response_id(), std::move(answer), nullptr);
}

void owed_answer::pass_on(const caf::strong_actor_ptr& to, caf::message question) {
  if (!requester_) return;
  auto from = std::exchange(requester_, nullptr);
  if (!to)
    from->enqueue(nullptr, id_.response_id(),
                  caf::make_message(caf::make_error(caf::sec::request_receiver_down)), nullptr);
  else
    to->enqueue(std::move(from), id_, std::move(question), nullptr);
}

} // namespace tidemark::detail
