#include "netsuite/unpack.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>

#include <simdjson.h>
#define ZLIB_CONST // its input is const
#include <zlib.h>

#include "messages/recycler.hpp"

namespace tidemark {

namespace {

// RFC 1951 packs at most 1032 to 1; what a stream says of its own size is believed no further than that.
constexpr std::size_t best_ratio = 1032;

// Buffers that nobody reads any more are kept for the next pages: this many, none larger.
constexpr std::size_t most_spare = 2;
constexpr std::size_t largest_spare = std::size_t{2} << 20;

/// zlib's state for one gzip stream (RFC 1952). `source` outlives it.
class inflater {
public:
  explicit inflater(const std::string& source) {
    constexpr int gzip_window = 15 + 16;
    if (inflateInit2(&stream_, gzip_window) != Z_OK) throw std::bad_alloc{};
    stream_.next_in = reinterpret_cast<const Bytef*>(source.data());
    stream_.avail_in = static_cast<uInt>(source.size());
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;
  ~inflater() { inflateEnd(&stream_); }

  /// Fills `room` bytes from `at`, as far as the stream reaches; returns how many.
  std::size_t read(char* at, std::size_t room) {
    stream_.next_out = reinterpret_cast<Bytef*>(at);
    stream_.avail_out = static_cast<uInt>(room);
    state_ = inflate(&stream_, Z_NO_FLUSH);
    // A stream may have several members (RFC 1952, section 2.2).
    if (state_ == Z_STREAM_END && stream_.avail_in > 0) state_ = inflateReset(&stream_);
    return room - stream_.avail_out;
  }

  /// Its checksum was right, and nothing follows.
  [[nodiscard]] bool whole() const noexcept { return state_ == Z_STREAM_END && stream_.avail_in == 0; }
  /// There may be more to read.
  [[nodiscard]] bool goes_on() const noexcept { return state_ == Z_OK; }

private:
  z_stream stream_{};
  int state_ = Z_OK;
};

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

void unpack_body(http_response& response) {
  auto out = spare_buffer();
  inflater stream{*response.body};
  std::size_t size = 0;
  // One byte more than is needed shows that the stream has ended.
  out->reserve(std::min(told_size(*response.body) + 1, response.max_body + 1) + simdjson::SIMDJSON_PADDING);
  do {
    if (out->capacity() - size <= simdjson::SIMDJSON_PADDING) out->reserve(2 * out->capacity());
    out->resize(std::min(out->capacity() - simdjson::SIMDJSON_PADDING, response.max_body + 1));
    size += stream.read(out->data() + size, out->size() - size);
    if (size > response.max_body)
      return spoil(response, transport_result::body_too_large,
                   "the peer: the body is larger than the bound once it is unpacked");
  } while (stream.goes_on());
  if (!stream.whole())
    return spoil(response, transport_result::broken, "the peer: the body is no whole gzip stream as it says");
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
  std::string out(most, '\0');
  out.resize(inflater{*response.body}.read(out.data(), out.size()));
  return out;
}

} // namespace tidemark
