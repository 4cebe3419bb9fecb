/// Bodies that arrived under gzip.
#pragma once

#include <cstddef>
#include <string>

#include "messages/http.hpp"

namespace tidemark {

/// Puts what the body stands for in its place, with room for the parser; one that is not packed stays as it
/// is, and so does an empty one. No whole gzip stream makes the response a broken one, and more bytes than
/// `max_body` one that is too large. Called by whoever reads the body, not by the engine: a slot is free as
/// soon as the packed bytes are there.
void unpack(http_response& response);

/// The first bytes of what the body stands for, at most so many; fewer if it is short or no gzip stream, and
/// none if it is packed twice.
std::string unpacked_start(const http_response& response, std::size_t most);

} // namespace tidemark
