/// One link's view of a node.
#pragma once

#include "messages/protocol.hpp"

namespace tidemark {

/// Passes every command on to the node. Ends with `client`, the actor at the other end of the link.
session_actor::behavior_type session(session_actor::pointer self, node_actor node, journal_actor journal,
                                     caf::strong_actor_ptr client);

/// What a new link sees: answers a hello of the right version with a session.
door_actor::behavior_type door(door_actor::pointer self, node_actor node, journal_actor journal,
                               std::string node_name);

} // namespace tidemark
