/// Builds frames of BASP byte by byte, good ones and bad ones.
#pragma once

#include "messages/wire/hello.hpp"
#include "net/frame.hpp"

#include <cstddef>
#include <vector>

namespace tidemark::net::frames {

using bytes = std::vector<std::byte>;

bytes operator+(bytes left, const bytes& right);

/// The header alone, in network order.
bytes encode(const frame_header& header);

/// A node id of the usual kind; different seeds give different nodes.
node_bytes node(unsigned seed);

/// A frame whose header announces just the payload that it has.
bytes frame(operation what, frame_header header, const bytes& payload);

bytes payload_of(const node_bytes& node);
bytes filler(std::size_t size);

/// The frames that well-behaved nodes send.
bytes greeting(const node_bytes& connector);
bytes selection(const node_bytes& connector);
bytes welcome_frame(const node_bytes& acceptor);
bytes message(std::size_t payload_size = 8);
bytes heartbeat();
bytes monitor(const node_bytes& from, const node_bytes& to);
bytes down(const node_bytes& from, const node_bytes& to);

} // namespace tidemark::net::frames
