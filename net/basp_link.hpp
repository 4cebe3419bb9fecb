/// Handing a connected socket to CAF's remoting, without CAF ever listening or connecting by itself.
#pragma once

#include "net/frame.hpp"
#include "net/unique_fd.hpp"

#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/node_id.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <set>
#include <string>

namespace tidemark::net {

/// The virtual port at which a node publishes its one actor. No socket has this number.
inline constexpr std::uint16_t node_port = 1;

/// An actor and its interface as it goes over the wire; an empty set means an untyped actor.
struct published_actor {
  caf::strong_actor_ptr actor;
  std::set<std::string> signatures = {};
};

/// What a typed or untyped handle publishes.
template <class Handle>
published_actor publish(caf::actor_system& system, const Handle& handle) {
  return {caf::actor_cast<caf::strong_actor_ptr>(handle), system.message_types<Handle>()};
}

/// The far end of an opened link.
struct remote_actor {
  caf::strong_actor_ptr actor;
  caf::node_id node = {};
  std::set<std::string> signatures = {};
};

/// The id of the system's node as it stands in frames.
node_bytes node_of(const caf::actor_system& system);

/// Gives CAF its end of an accepted link: CAF greets, and offers `offered` to the peer. Returns at once; CAF
/// closes the socket when it is done with the link.
void serve_basp(caf::actor_system& system, unique_fd socket, const published_actor& offered);

/// Gives CAF its end of a link to an acceptor and waits for the handshake, at most `timeout`. The error is
/// CAF's own. `sec::connection_timeout` says nothing about the peer: CAF's heartbeat closes any connection
/// whose handshake is under way at that instant, and another try is due.
std::expected<remote_actor, caf::error> connect_basp(caf::actor_system& system, unique_fd socket,
                                                     std::chrono::milliseconds timeout);

/// Whether an actor, of any kind, can be reached and answers within `timeout`.
bool answers(caf::actor_system& system, const caf::strong_actor_ptr& actor,
             std::chrono::milliseconds timeout);

} // namespace tidemark::net
