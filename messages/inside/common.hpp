/// What every actor may be told or asked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"

namespace tidemark {

/// Own loop: a timer has run out. Timers cannot be cancelled, so one with an old generation is ignored.
struct tick {
  std::uint64_t generation = 0;
};
struct done {};
/// Stop now: begin nothing new, close what is open, then end. While `drain`, requests that are open may end
/// by themselves first; a second message without it closes them.
struct stop_branch {
  bool drain = false;
};
/// Asks a supervisor whom it looks after, to show or to test the tree. Those that are ending are left out.
struct list_children {};
struct child_actor {
  std::string
      name; ///< among its siblings: a tenant's or an import's id, "wave 3", "batch 12", "planner item"
  caf::strong_actor_ptr actor;
};
struct child_list {
  std::vector<child_actor> children;
};

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::stop_branch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::list_children)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::child_list)
