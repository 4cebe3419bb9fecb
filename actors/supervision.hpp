/// The rules of supervision: a parent survives its children and takes them along when it goes.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

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
