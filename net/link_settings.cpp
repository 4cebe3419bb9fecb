#include "net/link_settings.hpp"

#include <caf/atom.hpp>
#include <caf/io/middleman.hpp>
#include <caf/timespan.hpp>

#include <chrono>

namespace tidemark::net {

void configure_links(caf::actor_system_config& config) {
  using namespace std::chrono_literals;
  config.load<caf::io::middleman>();
  config.set("middleman.heartbeat-interval", caf::timespan{2s});
  config.set("middleman.connection-timeout", caf::timespan{8s});
  config.set("middleman.enable-automatic-connections", false);
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-throughput", std::size_t{100});
}

} // namespace tidemark::net
