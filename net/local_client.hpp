/// The way in through a local door.
#pragma once

#include "messages/error.hpp"
#include "net/basp_link.hpp"
#include "net/link_event.hpp"
#include "net/net_thread.hpp"

#include <chrono>
#include <set>
#include <string>
#include <utility>

namespace tidemark::net {

struct local_target {
  /// The socket of the node.
  std::string path;
  /// For everything together: connect, handshake, retries.
  std::chrono::milliseconds timeout{5'000};
  link_limits limits = {};
  link_listener on_event = {};
};

/// Links `system` with the node behind the socket and returns the actor that it publishes, which must have
/// (at least) the interface `expected`. Blocks for at most the timeout, so never call it from an actor.
/// The link lives until either side closes it or `net` ends; monitor the actor to learn of it.
///
/// Fails with: `transport` (no socket there, nobody listening, closed during the handshake), `permission`,
/// `bad_config` (path too long), `timeout` (no handshake), `version_mismatch` (another interface, or no
/// node).
outcome<remote_actor> connect_local(net_thread& net, caf::actor_system& system, const local_target& target,
                                    const std::set<std::string>& expected);

/// The same for a typed or untyped handle.
template <class Handle>
outcome<Handle> connect_local(net_thread& net, caf::actor_system& system, const local_target& target) {
  auto far = connect_local(net, system, target, system.message_types<Handle>());
  if (!far) return std::unexpected(std::move(far.error()));
  return caf::actor_cast<Handle>(std::move(far->actor));
}

} // namespace tidemark::net
