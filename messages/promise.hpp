/// The one kind of promise of this project: whoever asked is always answered.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "messages/caf_compat.hpp"

namespace tidemark {

namespace detail {

/// The answer that is owed to one request. Knows the requester alone, so that no promise keeps its own actor
/// alive, and may be delivered, or given up, at any moment of the actor's life, its last one included. What
/// was sent without waiting for an answer is owed none.
class owed_answer {
public:
  explicit owed_answer(const caf::response_promise& request);
  ~owed_answer();
  owed_answer(const owed_answer&) = delete;
  owed_answer& operator=(const owed_answer&) = delete;

  void deliver(caf::message answer);
  void pass_on(const caf::strong_actor_ptr& to, caf::message question);
  bool pending() const noexcept { return requester_ != nullptr; }

private:
  caf::strong_actor_ptr requester_;
  caf::message_id id_;
};

} // namespace detail

/// Answers the request of which it was made with an `Answer` or with an error, once; all copies are the same
/// promise. If the last copy goes without that, be it that its actor has died, that nobody called a handler
/// or that somebody forgot, the requester gets `caf::sec::request_receiver_down`, as from an actor that was
/// gone before.
template <class Answer>
class answer_promise {
public:
  answer_promise() = default;
  explicit answer_promise(const caf::response_promise& request)
      : owed_(std::make_shared<detail::owed_answer>(request)) {}

  template <class Given>
  void deliver(Given&& what) const {
    if (!owed_) return;
    using given = std::decay_t<Given>;
    static_assert(std::is_same_v<given, Answer> || std::is_same_v<given, caf::error>);
    owed_->deliver(caf::make_message(std::forward<Given>(what)));
  }

  /// Somebody else answers; without anybody, it is as if the promise were dropped.
  template <class Handle, class Question>
  void delegate(const Handle& to, Question&& question) const {
    if (owed_)
      owed_->pass_on(caf::actor_cast<caf::strong_actor_ptr>(to),
                     caf::make_message(std::forward<Question>(question)));
  }

  bool pending() const noexcept { return owed_ && owed_->pending(); }

  operator caf::result<Answer>() const { return caf::delegated<Answer>{}; }

private:
  std::shared_ptr<detail::owed_answer> owed_;
};

/// The answer to the message that `self` is handling.
template <class Answer, class Self>
answer_promise<Answer> make_promise(Self* self) {
  return answer_promise<Answer>{self->make_response_promise()};
}

} // namespace tidemark
