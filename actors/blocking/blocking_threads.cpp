#include "actors/blocking/blocking_threads.hpp"

#include <system_error>
#include <thread>

namespace tidemark {

namespace {

// Messages that one actor takes before it gives way.
constexpr std::size_t most_messages = 16;

} // namespace

blocking_threads& blocking_threads::shared() {
  static auto* all = new blocking_threads;
  return *all;
}

std::size_t blocking_threads::count() const {
  std::lock_guard only{access_};
  return threads_;
}

void blocking_threads::run(caf::resumable* what, caf::actor_system& system) {
  system.inc_detached_threads();
  std::lock_guard only{access_};
  queue_.push_back({what, &system});
  call_another();
}

/// For the first in the queue. As long as the usual number is at work, one more only watches.
void blocking_threads::call_another() {
  if (queue_.empty()) return;
  if (idle_ > 0) return wake_.notify_one();
  if (threads_ == limits_.most || watching_ > 0) return;
  try {
    std::thread{[this] { serve(); }}.detach();
    ++threads_;
  } catch (const std::system_error&) {
    if (threads_ == 0) throw; // one of the others will take it
  }
}

void blocking_threads::serve() {
  std::unique_lock access{access_};
  while (wait_for_work(access)) run_first(access);
  --threads_;
}

bool blocking_threads::wait_for_work(std::unique_lock<std::mutex>& access) {
  for (;;) {
    ++idle_;
    bool found = wake_.wait_for(access, limits_.idle, [this] { return !queue_.empty(); });
    --idle_;
    if (!found) return false;
    while (!queue_.empty()) {
      auto quiet = std::chrono::steady_clock::now() - last_begun_;
      if (busy_ < limits_.usual || quiet >= limits_.stuck) return true;
      if (watching_ > 0) return false; // one is enough
      ++watching_;
      watch_.wait_for(access, limits_.stuck - quiet);
      --watching_;
    }
  }
}

void blocking_threads::run_first(std::unique_lock<std::mutex>& access) {
  auto [what, system] = queue_.front();
  queue_.pop_front();
  last_begun_ = std::chrono::steady_clock::now();
  ++busy_;
  call_another();
  access.unlock();
  // What it sends to others goes to their own threads.
  caf::scoped_execution_unit unit{system};
  bool goes_on = what->resume(&unit, most_messages) == caf::resumable::resume_later;
  if (!goes_on) {
    caf::intrusive_ptr_release(what);
    system->dec_detached_threads();
  }
  access.lock();
  --busy_;
  if (goes_on) queue_.push_back({what, system});
}

} // namespace tidemark
