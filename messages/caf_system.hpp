/// What an actor system needs before it may carry tidemark's messages.
#pragma once

#include <caf/actor_system_config.hpp>

namespace tidemark {

/// Announces every message type and the error category.
void announce_protocol(caf::actor_system_config& config);

} // namespace tidemark
