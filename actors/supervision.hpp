/// The rules of supervision: a parent survives its children and takes them along when it goes.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <stop_token>
#include <string>
#include <string_view>

#include <caf/all.hpp>

namespace tidemark {

/// Children are linked to their parent. This makes the parent outlive their ends (it monitors them for the
/// rest), while the end of its own parent, or a kill from outside, still ends it.
template <class Self>
void survive_children(Self* self, caf::actor_addr parent) {
  self->set_exit_handler([self, parent](const caf::exit_msg& message) {
    if (message.source == parent || message.source == self->address()
        || message.reason == caf::exit_reason::kill)
      self->quit(message.reason);
  });
}

/// Stops when `self` ends, whatever it ends of. For a child with a thread of its own whose requests block: a
/// link tells it of the end only after all that is queued for it.
template <class Self>
std::stop_token end_of(Self* self) {
  std::stop_source source;
  self->attach_functor([source] { static_cast<void>(source.request_stop()); });
  return source.get_token();
}

/// The reason of an actor that ends because of an exception: `ec::internal` with the exception's text. Logs
/// it.
caf::error end_reason(std::string_view actor, const std::exception_ptr& thrown);

/// What a handler throws ends its actor. This makes the exception's text the reason, so that a supervisor can
/// tell it, and so that whoever asked gets it for an answer. To be called first, as an actor begins.
/// `last_words` tells it those who wait: the promises that the actor drops tell them only that it has ended.
template <class Self, class LastWords>
void name_exceptions(Self* self, LastWords last_words) {
  self->set_exception_handler([self, last_words](std::exception_ptr& thrown) -> caf::error {
    auto reason = end_reason(self->name(), thrown);
    last_words(reason);
    return reason;
  });
}

template <class Self>
void name_exceptions(Self* self) {
  name_exceptions(self, [](const caf::error&) {});
}

/// Why a child died, for people.
std::string death_text(const caf::error& reason);

/// How often something may be restarted: at most `limit` times within `window`.
class restart_intensity {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit restart_intensity(std::size_t limit = 3, std::chrono::seconds window = std::chrono::seconds{60})
      : limit_(limit), window_(window) {}

  /// Counts a restart; false if that is one too many.
  bool allow(time_point now) {
    while (!restarts_.empty() && now - restarts_.front() >= window_) restarts_.pop_front();
    if (restarts_.size() >= limit_) return false;
    restarts_.push_back(now);
    return true;
  }

private:
  std::size_t limit_;
  std::chrono::seconds window_;
  std::deque<time_point> restarts_;
};

} // namespace tidemark
