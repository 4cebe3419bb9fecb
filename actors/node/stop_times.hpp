/// How long the end of a node may take.
#pragma once

#include <chrono>

namespace tidemark {

/// How long a tenant may take to write down where it is, beyond the grace of its open requests. Longer than
/// any wait for a lock of its database.
inline constexpr std::chrono::seconds stop_patience{6};

/// When a node that was told to stop has ended, beyond that grace, by force if need be.
inline constexpr std::chrono::seconds stop_limit{10};

} // namespace tidemark
