/// Threads for actors whose requests block. They are shared, since few of such actors have something to do at
/// once, and bounded; what hangs in one keeps nobody else waiting as long as there is another.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include <caf/all.hpp>

namespace tidemark {

struct blocking_limits {
  std::size_t usual = 8;                 ///< actors that run at once as long as they get on
  std::size_t most = 32;                 ///< while some hang
  std::chrono::milliseconds stuck{100};  ///< others step in when nobody has begun anything for so long
  std::chrono::milliseconds idle{5'000}; ///< a thread without work ends
};

/// An actor runs on one of them at a time, takes its messages in their order, and gives way to others after a
/// few. Begun when they are needed.
class blocking_threads {
public:
  explicit blocking_threads(blocking_limits limits = {}) : limits_(limits) {}
  blocking_threads(const blocking_threads&) = delete;
  blocking_threads& operator=(const blocking_threads&) = delete;

  /// Runs what has something to do, and takes over one reference to it. Its system waits with its end until
  /// that has been done.
  void run(caf::resumable* what, caf::actor_system& system);

  /// Those that there are at this moment.
  std::size_t count() const;

  /// The ones of this process, which live for ever: an actor may end after `main` has returned.
  static blocking_threads& shared();

private:
  struct work {
    caf::resumable* what = nullptr;
    caf::actor_system* system = nullptr;
  };

  void serve();
  bool wait_for_work(std::unique_lock<std::mutex>& access);
  void run_first(std::unique_lock<std::mutex>& access);
  void call_another();

  const blocking_limits limits_;
  mutable std::mutex access_;
  std::condition_variable wake_;
  std::condition_variable watch_; ///< nobody wakes those who only watch whether the others get on
  std::deque<work> queue_;
  std::size_t threads_ = 0;
  std::size_t idle_ = 0;
  std::size_t busy_ = 0;
  std::size_t watching_ = 0;
  std::chrono::steady_clock::time_point last_begun_;
};

/// Has an actor run on the shared threads whoever sends it something.
class blocking_unit final : public caf::execution_unit {
public:
  using caf::execution_unit::execution_unit;
  void exec_later(caf::resumable* what) override { blocking_threads::shared().run(what, system()); }
};

/// Spawn with this what would be spawned detached otherwise.
template <class State, class Handle>
class blocking_actor final : public caf::stateful_actor<State, typename Handle::base> {
public:
  using super = caf::stateful_actor<State, typename Handle::base>;
  using behavior_type = typename Handle::behavior_type;

  template <class Begin>
  blocking_actor(caf::actor_config& config, Begin begin)
      : super(config), unit_(&this->home_system()), begin_(std::move(begin)) {}

  using super::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    super::enqueue(std::move(what), &unit_);
  }

  void launch(caf::execution_unit*, bool lazy, bool hide) override { super::launch(&unit_, lazy, hide); }

protected:
  behavior_type make_behavior() override { return std::exchange(begin_, {})(this); }

private:
  blocking_unit unit_;
  std::function<behavior_type(typename Handle::template stateful_pointer<State>)> begin_;
};

} // namespace tidemark
