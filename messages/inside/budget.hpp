/// budget: bytes of response bodies that the node may hold at once.
#pragma once

#include <cstdint>
#include <string>

#include "messages/caf_compat.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Room for answers of an account. Answered with `bytes_reserved` once there is some. Given back by
/// `release_bytes` or the holder's end; a holder reserves for one account only.
struct reserve_bytes {
  std::uint64_t bytes = 0;
  std::uint64_t account = 0; ///< who shares the room: the same for all that take slots of one pool
  std::string tenant = {};
  std::string import_id = {};
  urgency how_urgent = urgency::interactive;
};
struct bytes_reserved {
  std::uint64_t bytes = 0;
};
struct release_bytes {
  std::uint64_t bytes = 0;
};

/// The node's byte budget: whoever is going to hold a response body reserves its room before it asks for a
/// slot.
using budget_actor = caf::typed_actor<
    /// Answered once there is room, in turn: accounts, tenants, imports.
    sig<bytes_reserved, reserve_bytes>,
    /// Gives room back.
    sig<void, release_bytes>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::reserve_bytes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::bytes_reserved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::release_bytes)
