#include "netsuite/unpack.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>

#include <libdeflate.h>
#include <simdjson.h>
#define ZLIB_CONST // its input is const
#include <zlib.h>

#include "messages/recycler.hpp"

namespace tidemark {

namespace {

// RFC 1951 packs at most 1032 to 1; what a stream says of its own size is believed no further than that.
constexpr std::size_t best_ratio = 1032;
constexpr std::size_t least_room = 4096;

// Buffers that nobody reads any more are kept for the next pages: this many, none larger.
constexpr std::size_t most_spare = 4;
constexpr std::size_t largest_spare = std::size_t{2} << 20;

struct free_decompressor {
  void operator()(libdeflate_decompressor* x) const noexcept { libdeflate_free_decompressor(x); }
};

/// The first bytes of a gzip stream, which zlib can stop after; fewer if it is short, damaged or none.
std::string start_of(const std::string& packed, std::size_t most) {
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;
  if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::bad_alloc{};
  std::string out(most, '\0');
  stream.next_in = reinterpret_cast<const Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(most);
  inflate(&stream, Z_NO_FLUSH);
  out.resize(most - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

/// The size that the stream says it unpacks to: the last four bytes, least significant first.
std::size_t told_size(const std::string& packed) {
  std::size_t size = 0;
  if (packed.size() < 4) return size;
  for (auto at = packed.size(); at > packed.size() - 4; --at)
    size = size << 8U | static_cast<std::uint8_t>(packed[at - 1]);
  return std::min(size, packed.size() * best_ratio);
}

void spoil(http_response& response, transport_result how, std::string text) {
  response.transport = how;
  response.transport_text = std::move(text);
  response.status = 0;
  response.body = std::make_shared<std::string>();
}

std::shared_ptr<std::string> spare_buffer() {
  static recycler<std::string> spare{most_spare, largest_spare};
  return spare.take();
}

/// A stream may have several members (RFC 1952, section 2.2); each is unpacked at once, which takes half the
/// time that zlib takes for a stream that goes on.
void unpack_body(http_response& response) {
  std::unique_ptr<libdeflate_decompressor, free_decompressor> members{libdeflate_alloc_decompressor()};
  if (!members) throw std::bad_alloc{};
  const auto& packed = *response.body;
  auto out = spare_buffer();
  auto room = std::min(told_size(packed), response.max_body);
  std::size_t taken = 0; // of the packed bytes
  std::size_t size = 0;  // of what they unpack to
  while (taken < packed.size()) {
    out->reserve(room + simdjson::SIMDJSON_PADDING);
    out->resize(room);
    std::size_t member = 0;
    std::size_t written = 0;
    const auto result =
        libdeflate_gzip_decompress_ex(members.get(), packed.data() + taken, packed.size() - taken,
                                      out->data() + size, room - size, &member, &written);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
      if (room == response.max_body)
        return spoil(response, transport_result::body_too_large,
                     "the peer: the body is larger than the bound once it is unpacked");
      room = std::min(std::max(2 * room, least_room), response.max_body);
      continue;
    }
    if (result != LIBDEFLATE_SUCCESS)
      return spoil(response, transport_result::broken,
                   "the peer: the body is no whole gzip stream as it says");
    taken += member;
    size += written;
  }
  out->resize(size);
  response.body = std::move(out);
}

} // namespace

void unpack(http_response& response) {
  if (response.packed == 0) return;
  const auto status = response.status;
  auto sent = response.body;
  // An empty body is none, whatever it is said to be packed as: a 204, or the answer to an OPTIONS.
  for (; response.packed > 0 && response.transport == transport_result::ok && !sent->empty();
       --response.packed)
    unpack_body(response);
  response.packed = 0;
  if ((status >= 200 && status < 300) || response.transport == transport_result::ok) return;
  // Whatever it says of its body, the status says what is wrong.
  response.status = status;
  response.transport = transport_result::ok;
  response.transport_text.clear();
  response.body = std::move(sent);
}

std::string unpacked_start(const http_response& response, std::size_t most) {
  if (response.packed == 0) return response.body->substr(0, most);
  if (response.packed > 1) return {};
  return start_of(*response.body, most);
}

} // namespace tidemark
