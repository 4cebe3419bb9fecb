/// budget: bytes of response bodies that the node may hold at once.
#pragma once

#include <cstdint>

#include "messages/caf_compat.hpp"

namespace tidemark {

/// Answered with `bytes_reserved` once there is room. Given back by `release_bytes` or the holder's end.
struct reserve_bytes {
  std::uint64_t bytes = 0;
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
    /// Answered in order of arrival, once there is room.
    sig<bytes_reserved, reserve_bytes>,
    /// Gives room back.
    sig<void, release_bytes>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::reserve_bytes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::bytes_reserved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::release_bytes)
