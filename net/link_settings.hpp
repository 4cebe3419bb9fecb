/// The CAF settings that a system needs for links.
#pragma once

#include <caf/actor_system_config.hpp>

namespace tidemark::net {

/// Loads CAF's middleman (do not load it again) and sets, as defaults that a caller may change afterwards:
/// - `middleman.heartbeat-interval` 2 s and `middleman.connection-timeout` 8 s: a node that vanished without
/// a
///   word is down after 8 to 10 s. The timeout must stay at three heartbeats or more, and it is also the
///   longest that one frame may take on the wire. CAF's defaults never notice at all.
/// - `middleman.enable-automatic-connections` off: it would open a TCP port that anybody can crash.
/// - `scheduler.policy` sharing: costs nothing while idle, where stealing polls.
/// - `scheduler.max-throughput` 100 messages: a busy actor cannot starve the others.
void configure_links(caf::actor_system_config& config);

} // namespace tidemark::net
