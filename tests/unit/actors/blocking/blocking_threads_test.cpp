#include "actors/blocking/blocking_threads.hpp"

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "messages/inside/common.hpp"
#include "messages/inside/tenant.hpp"

namespace blocking_threads_test {

using namespace tidemark;
using namespace std::chrono_literals;

/// Runs so often, and counts the references that it gets back.
struct chore final : caf::resumable, caf::ref_counted {
  explicit chore(std::function<void()> what, int times = 1) : what_(std::move(what)), left_(times) {}

  resume_result resume(caf::execution_unit*, std::size_t) override {
    what_();
    return --left_ > 0 ? resume_later : awaiting_message;
  }
  void intrusive_ptr_add_ref_impl() override { ref(); }
  void intrusive_ptr_release_impl() override { deref(); }

private:
  std::function<void()> what_;
  int left_;
};

/// Those who have come this far wait until they may go.
class gate {
public:
  void pass() {
    ++waiting_;
    while (!open_) std::this_thread::sleep_for(1ms);
  }
  void open() { open_ = true; }
  int waiting() const { return waiting_; }

private:
  std::atomic<int> waiting_ = 0;
  std::atomic<bool> open_ = false;
};

template <class Condition>
bool soon(Condition condition) {
  auto until = std::chrono::steady_clock::now() + 20s;
  while (!condition())
    if (std::chrono::steady_clock::now() > until)
      return false;
    else
      std::this_thread::sleep_for(1ms);
  return true;
}

struct threads_world {
  void run(std::function<void()> what, int times = 1) {
    threads.run(new chore{std::move(what), times}, system);
  }
  bool end() {
    system.await_detached_threads();
    return soon([&] { return threads.count() == 0; });
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  blocking_threads threads{{.usual = 3, .most = 6, .stuck = 50ms, .idle = 20ms}};
};

TEST_CASE_FIXTURE(threads_world, "many are served by few threads, which end when nothing is left to do") {
  std::atomic<int> done = 0, at_once = 0, most = 0;
  for (int i = 0; i < 200; ++i)
    run(
        [&] {
          auto now = ++at_once;
          for (auto seen = most.load(); now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          std::this_thread::sleep_for(200us);
          --at_once;
          ++done;
        },
        2);
  CHECK(soon([&] { return done == 400; }));
  CHECK(most <= 3);
  CHECK(end());
}

TEST_CASE_FIXTURE(threads_world, "those that hang keep nobody else waiting as long as threads are left") {
  gate closed;
  std::atomic<int> done = 0;
  for (int i = 0; i < 5; ++i) run([&] { closed.pass(); });
  CHECK(soon([&] { return closed.waiting() == 5; }));
  for (int i = 0; i < 20; ++i) run([&] { ++done; });
  CHECK(soon([&] { return done == 20; }));
  SUBCASE("no more than these") {
    for (int i = 0; i < 5; ++i) run([&] { closed.pass(); });
    CHECK(soon([&] { return closed.waiting() == 6; }));
    std::this_thread::sleep_for(200ms);
    CHECK(closed.waiting() == 6);
    CHECK(threads.count() == 6);
  }
  closed.open();
  CHECK(end());
}

// -- actors

using counting_actor = caf::typed_actor<sig<child_list, tick>>;

struct counting_state {
  std::vector<std::uint64_t> seen;
  std::set<std::thread::id> threads;
  std::atomic<int> inside = 0;
  bool apart = true;
  static inline const char* name = "counting";
};

TEST_CASE("an actor takes its messages one at a time and in order, and what it tells others runs elsewhere") {
  std::thread::id answered_on, ran_on;
  bool right = false;
  {
    caf::actor_system_config config;
    caf::actor_system system{config};
    auto counting = system.spawn<blocking_actor<counting_state, counting_actor>>(
        [&](counting_actor::stateful_pointer<counting_state> self) -> counting_actor::behavior_type {
          return {[&, self](const tick& x) {
            auto& state = state_of(self);
            state.apart = state.apart && ++state.inside == 1;
            std::this_thread::sleep_for(100us);
            state.seen.push_back(x.generation);
            ran_on = std::this_thread::get_id();
            --state.inside;
            right = state.apart && std::ranges::is_sorted(state.seen) && state.seen.size() == 101;
            return child_list{};
          }};
        });
    for (std::uint64_t i = 0; i < 100; ++i) post(counting, tick{i});
    system.spawn([&answered_on, counting](caf::event_based_actor* self) {
      request(self, counting, caf::infinite, tick{100})
          .then([&answered_on, self, counting](const child_list&) {
            answered_on = std::this_thread::get_id();
            self->send_exit(counting, caf::exit_reason::user_shutdown);
          });
    });
  }
  CHECK(right);
  CHECK(answered_on != std::thread::id{});
  CHECK(answered_on != ran_on);
}

} // namespace blocking_threads_test
