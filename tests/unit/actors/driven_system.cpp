#include "driven_system.hpp"

#include "config/logging.hpp"
#include "messages/caf_system.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

caf::actor_system_config& prepare(caf::actor_system_config& settings) {
  settings.set("scheduler.policy", caf::atom("testing"));
  announce_protocol(settings);
  return settings;
}

caf::behavior puppet(caf::event_based_actor* self) {
  return {[self](const play& what) { what.act(self); }};
}

} // namespace

driven_system::driven_system()
    : system(prepare(settings)),
      scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())) {
  log_config quiet;
  quiet.level = log_level::off;
  static_cast<void>(start_logging(quiet));
  // A time of zero would be taken for "none".
  scheduler_.clock().current_time += 1h;
  asker_ = spawn_puppet();
}

driven_system::~driven_system() {
  for (auto& actor : kept_) caf::anon_send_exit(caf::actor_cast<caf::actor>(actor), caf::exit_reason::kill);
  settle();
}

void driven_system::settle() {
  while (scheduler_.try_run_once()) {
  }
}

void driven_system::advance(std::chrono::milliseconds by) {
  while (by > 0ms) {
    auto step = std::min(by, 50ms);
    by -= step;
    scheduler_.advance_time(step);
    settle();
  }
}

caf::actor driven_system::spawn_puppet() { return spawn(puppet); }

void driven_system::let(const caf::actor& puppet_actor, std::function<void(caf::event_based_actor*)> act) {
  tell(puppet_actor, play{std::move(act)});
}

} // namespace tidemark
