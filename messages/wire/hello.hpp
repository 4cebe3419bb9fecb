/// The first message on a link, and its answer.
#pragma once

#include <cstdint>
#include <string>

#include "messages/caf_compat.hpp"

namespace tidemark {

/// Raised whenever a message of this header changes its shape. Peers of different versions part at the hello.
inline constexpr std::uint32_t protocol_version = 10;

/// The first message on a link.
struct hello {
  std::uint32_t version = protocol_version;
  std::string client; ///< program and version, for the node's log
};
TIDEMARK_INSPECT(hello, x.version, x.client)

/// The answer to a hello: the actor that serves this link from now on.
struct welcome {
  std::uint32_t version = protocol_version;
  std::string node;
  std::string node_version;
  caf::strong_actor_ptr session; ///< a `session_actor`
};
TIDEMARK_INSPECT(welcome, x.version, x.node, x.node_version, x.session)

} // namespace tidemark
