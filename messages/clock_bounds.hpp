/// How far a time that an account tells may be from this node's clock.
#pragma once

#include <chrono>

#include "messages/words.hpp"

namespace tidemark {

/// A time that is further ahead of the node's clock than this is not believed as that up to which something
/// is known: as far as the clocks of two well-kept machines may be apart, and more.
inline constexpr unix_ms most_ahead = std::chrono::milliseconds{std::chrono::minutes{10}}.count();

/// Then it is the node's clock less this: too early a time only has some changes read twice.
inline constexpr unix_ms margin_of_doubt = std::chrono::milliseconds{std::chrono::hours{1}}.count();

} // namespace tidemark
