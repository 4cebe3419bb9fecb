#include "net/frame.hpp"

#include <caf/node_id.hpp>

#include <algorithm>

namespace tidemark::net {

namespace {

template <class T>
T big_endian(std::span<const std::byte> bytes) noexcept {
  std::uint64_t value = 0;
  for (auto byte : bytes.first(sizeof(T))) value = value << 8 | std::to_integer<std::uint64_t>(byte);
  return static_cast<T>(value);
}

bool any_set(std::span<const std::byte> bytes) noexcept {
  return std::ranges::any_of(bytes, [](std::byte byte) { return byte != std::byte{0}; });
}

} // namespace

frame_header parse_frame_header(std::span<const std::byte, header_size> bytes) noexcept {
  return {
      .operation = big_endian<std::uint8_t>(bytes),
      .padding = big_endian<std::uint16_t>(bytes.subspan<1>()),
      .flags = big_endian<std::uint8_t>(bytes.subspan<3>()),
      .payload_len = big_endian<std::uint32_t>(bytes.subspan<4>()),
      .operation_data = big_endian<std::uint64_t>(bytes.subspan<8>()),
      .source_actor = big_endian<std::uint64_t>(bytes.subspan<16>()),
      .dest_actor = big_endian<std::uint64_t>(bytes.subspan<24>()),
  };
}

bool plausible(const node_bytes& node) noexcept {
  std::span bytes{node};
  auto kind = static_cast<std::uint64_t>(caf::node_id::default_data::class_id);
  return big_endian<std::uint64_t>(bytes) == kind && any_set(bytes.subspan<8, 4>())
         && any_set(bytes.subspan<12>());
}

} // namespace tidemark::net
