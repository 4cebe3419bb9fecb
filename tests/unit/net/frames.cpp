#include "frames.hpp"

#include <caf/io/basp/version.hpp>
#include <caf/node_id.hpp>

namespace tidemark::net::frames {

namespace {

template <class T>
void append(bytes& out, T value) {
  for (auto shift = 8 * sizeof(T); shift > 0; shift -= 8)
    out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (shift - 8)));
}

} // namespace

bytes operator+(bytes left, const bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

bytes encode(const frame_header& header) {
  bytes out;
  append(out, header.operation);
  append(out, header.padding);
  append(out, header.flags);
  append(out, header.payload_len);
  append(out, header.operation_data);
  append(out, header.source_actor);
  append(out, header.dest_actor);
  return out;
}

node_bytes node(unsigned seed) {
  bytes out;
  append(out, static_cast<std::uint64_t>(caf::node_id::default_data::class_id));
  append(out, 1000u + seed);
  while (out.size() < node_size) out.push_back(static_cast<std::byte>(seed + 1));
  node_bytes result;
  std::copy(out.begin(), out.end(), result.begin());
  return result;
}

bytes frame(operation what, frame_header header, const bytes& payload) {
  header.operation = static_cast<std::uint8_t>(what);
  header.payload_len = static_cast<std::uint32_t>(payload.size());
  return encode(header) + payload;
}

bytes payload_of(const node_bytes& node) { return {node.begin(), node.end()}; }

bytes filler(std::size_t size) { return bytes(size, std::byte{0x2a}); }

bytes greeting(const node_bytes& connector) {
  return frame(operation::client_handshake, {}, payload_of(connector));
}

bytes selection(const node_bytes& connector) {
  return frame(operation::client_handshake, {.flags = 2}, payload_of(connector));
}

bytes welcome_frame(const node_bytes& acceptor) {
  return frame(operation::server_handshake, {.operation_data = caf::io::basp::version},
               payload_of(acceptor) + filler(40));
}

bytes message(std::size_t payload_size) {
  return frame(operation::direct_message, {.operation_data = 7, .source_actor = 3, .dest_actor = 4},
               filler(payload_size));
}

bytes heartbeat() { return frame(operation::heartbeat, {}, {}); }

bytes monitor(const node_bytes& from, const node_bytes& to) {
  return frame(operation::monitor_message, {.dest_actor = 4}, payload_of(from) + payload_of(to));
}

bytes down(const node_bytes& from, const node_bytes& to) {
  return frame(operation::down_message, {.source_actor = 4}, payload_of(from) + payload_of(to) + filler(9));
}

} // namespace tidemark::net::frames
