/// The frames of BASP, the protocol between CAF nodes, as far as a door has to understand them.
#pragma once

#include <caf/io/basp/header.hpp>
#include <caf/io/basp/message_type.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tidemark::net {

/// Bytes of a frame's header; a payload of `frame_header::payload_len` bytes follows it.
inline constexpr std::size_t header_size = caf::io::basp::header_size;

/// Bytes of a node id inside a payload: which kind it is (8), process id (4), host (20).
inline constexpr std::size_t node_size = 32;

/// A node id exactly as it stands in a payload. Equal nodes have equal bytes.
using node_bytes = std::array<std::byte, node_size>;

using operation = caf::io::basp::message_type;

/// A header in host byte order. `operation` may be any byte: nothing has been checked.
struct frame_header {
  std::uint8_t operation = 0;
  std::uint16_t padding = 0;
  std::uint8_t flags = 0;
  std::uint32_t payload_len = 0;
  std::uint64_t operation_data = 0;
  std::uint64_t source_actor = 0;
  std::uint64_t dest_actor = 0;
};

/// Reads the fields; never fails, since every 32 bytes are some header.
frame_header parse_frame_header(std::span<const std::byte, header_size> bytes) noexcept;

/// Whether the bytes are the usual kind of node id (process and host), with neither part zero. CAF would also
/// take an empty id and a URI; no node of ours has one.
bool plausible(const node_bytes& node) noexcept;

} // namespace tidemark::net
