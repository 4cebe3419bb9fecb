#include "frames.hpp"

#include "net/frame_filter.hpp"

#include <caf/binary_serializer.hpp>
#include <doctest/doctest.h>

#include <cstring>
#include <random>
namespace frame_filter_test {

using namespace tidemark::net;
using namespace tidemark::net::frames;

const auto us = node(1);
const auto them = node(2);
const auto stranger = node(3);

using action = frame_filter::action;

/// What came out of a stream that was fed to a filter in chunks.
struct passage {
  bytes through;
  std::size_t left_out = 0;
  breach refused = breach::none;
  std::vector<breach> dropped = {};
};

/// Feeds `stream` in chunks whose sizes `next_chunk` gives, the way a pump does.
template <class ChunkSize>
passage feed(frame_filter& filter, const bytes& stream, ChunkSize next_chunk) {
  passage result;
  bytes held;
  std::size_t at = 0;
  while (at < stream.size()) {
    auto size = std::min<std::size_t>(next_chunk(), stream.size() - at);
    held.insert(held.end(), stream.begin() + static_cast<std::ptrdiff_t>(at),
                stream.begin() + static_cast<std::ptrdiff_t>(at + size));
    at += size;
    for (;;) {
      auto step = filter.next(held);
      if (step.what == action::wait) break;
      if (step.what == action::refuse) {
        result.refused = step.why;
        return result;
      }
      auto end = held.begin() + static_cast<std::ptrdiff_t>(step.bytes);
      if (step.what == action::forward)
        result.through.insert(result.through.end(), held.begin(), end);
      else
        result.left_out += step.bytes;
      if (step.what == action::drop && step.why != breach::none) result.dropped.push_back(step.why);
      held.erase(held.begin(), end);
    }
    REQUIRE(held.size() < frame_filter::lookahead);
  }
  return result;
}

passage feed(frame_filter& filter, const bytes& stream) {
  return feed(filter, stream, [&] { return stream.size(); });
}

frame_filter from_connector() { return frame_filter{{speaker::connector, origin::peer, us, 1 << 20}}; }
frame_filter from_acceptor() { return frame_filter{{speaker::acceptor, origin::peer, us, 1 << 20}}; }

/// A filter for what our own CAF, as an acceptor, sends to `them`.
frame_filter own_stream() {
  frame_filter filter{{speaker::acceptor, origin::ourselves, us, 1 << 20}};
  filter.reader(them);
  return filter;
}

bytes connector_handshake() { return greeting(them) + selection(them); }

/// Why a connector that has shaken hands is refused when it sends `frame`.
breach after_handshake(const bytes& frame) {
  auto filter = from_connector();
  return feed(filter, connector_handshake() + frame).refused;
}

breach at_start(const bytes& frame) {
  auto filter = from_connector();
  return feed(filter, frame).refused;
}

bytes session() {
  return connector_handshake() + message() + heartbeat() + monitor(them, us) + message(70'000)
         + down(them, us) + heartbeat() + message(1);
}

TEST_CASE("the test's headers are what CAF writes") {
  frame_header ours{
      .operation = 2, .flags = 1, .payload_len = 3, .operation_data = 4, .source_actor = 5, .dest_actor = 6};
  caf::io::basp::header caf_header{operation::direct_message, 1, 3, 4, 5, 6};
  std::vector<char> buffer;
  caf::binary_serializer sink{nullptr, buffer};
  REQUIRE_FALSE(sink(caf_header));
  auto encoded = encode(ours);
  REQUIRE(buffer.size() == header_size);
  CHECK(std::memcmp(buffer.data(), encoded.data(), header_size) == 0);
}

TEST_CASE("a header survives encoding and parsing") {
  auto parsed =
      parse_frame_header(std::span<const std::byte, header_size>{encode({.operation = 5,
                                                                         .padding = 0x1234,
                                                                         .flags = 9,
                                                                         .payload_len = 0xfffffffe,
                                                                         .operation_data = 1ull << 63,
                                                                         .source_actor = 77,
                                                                         .dest_actor = 88})});
  CHECK(parsed.operation == 5);
  CHECK(parsed.padding == 0x1234);
  CHECK(parsed.flags == 9);
  CHECK(parsed.payload_len == 0xfffffffe);
  CHECK(parsed.operation_data == 1ull << 63);
  CHECK(parsed.source_actor == 77);
  CHECK(parsed.dest_actor == 88);
}

TEST_CASE("a good session passes unchanged in chunks of any size") {
  auto stream = session();
  for (std::size_t size : {1ul, 2ul, 31ul, 32ul, 33ul, 95ul, 96ul, 97ul, 4096ul, stream.size()}) {
    CAPTURE(size);
    auto filter = from_connector();
    auto result = feed(filter, stream, [size] { return size; });
    CHECK(result.refused == breach::none);
    CHECK(result.through == stream);
    CHECK(filter.open());
  }
}

TEST_CASE("a good session passes unchanged in random chunks") {
  std::mt19937 random{20240217};
  auto stream = session();
  for (int round = 0; round < 200; ++round) {
    auto filter = from_connector();
    auto result = feed(filter, stream, [&] { return random() % 300 + 1; });
    REQUIRE(result.refused == breach::none);
    REQUIRE(result.through == stream);
  }
}

TEST_CASE("nothing of a frame passes before its header is known to be good") {
  auto filter = from_connector();
  auto start = greeting(them);
  for (std::size_t size = 0; size < header_size + node_size; ++size)
    CHECK(filter.next(std::span{start}.first(size)).what == action::wait);
  CHECK(filter.next(start).bytes == start.size());
}

TEST_CASE("a connector's handshake is two greetings by the same node") {
  auto filter = from_connector();
  feed(filter, greeting(them));
  CHECK_FALSE(filter.open());
  CHECK(filter.node() == them);
  feed(filter, selection(them));
  CHECK(filter.open());
}

TEST_CASE("an acceptor's handshake is one greeting") {
  auto filter = from_acceptor();
  CHECK(feed(filter, welcome_frame(them)).refused == breach::none);
  CHECK(filter.open());
  CHECK(filter.node() == them);
}

TEST_CASE("the handshakes without payload that crash CAF are refused") {
  CHECK(at_start(frame(operation::client_handshake, {}, {})) == breach::wrong_payload_size);
  auto filter = from_acceptor();
  CHECK(feed(filter, frame(operation::server_handshake, {.operation_data = 3}, {})).refused
        == breach::wrong_payload_size);
  CHECK(after_handshake(frame(operation::client_handshake, {}, {})) == breach::second_handshake);
}

TEST_CASE("a payload over the limit is refused by its header alone") {
  auto header = frame_header{.operation = 2, .payload_len = 0xffffffff, .dest_actor = 4};
  CHECK(after_handshake(encode(header)) == breach::payload_too_large);
  header.payload_len = (1 << 20) + 1;
  CHECK(after_handshake(encode(header)) == breach::payload_too_large);
  header.payload_len = 1 << 20;
  CHECK(after_handshake(encode(header)) == breach::none);
}

TEST_CASE("operations that do not exist are refused") {
  for (int number = 7; number < 256; ++number)
    CHECK(at_start(encode({.operation = static_cast<std::uint8_t>(number)})) == breach::unknown_operation);
}

TEST_CASE("each end may use only its own handshake") {
  CHECK(at_start(welcome_frame(them)) == breach::unknown_operation);
  auto filter = from_acceptor();
  CHECK(feed(filter, greeting(them)).refused == breach::unknown_operation);
}

TEST_CASE("no frame may come before the handshake is complete") {
  for (const auto& early : {message(), heartbeat(), monitor(them, us), down(them, us)}) {
    CHECK(at_start(early) == breach::no_handshake);
    CHECK(at_start(greeting(them) + early) == breach::no_handshake);
  }
}

TEST_CASE("a second handshake is refused at any time") {
  CHECK(at_start(greeting(them) + greeting(them)) == breach::second_handshake);
  CHECK(after_handshake(greeting(them)) == breach::second_handshake);
  CHECK(after_handshake(selection(them)) == breach::second_handshake);
  auto filter = from_acceptor();
  CHECK(feed(filter, welcome_frame(them) + welcome_frame(them)).refused == breach::second_handshake);
}

TEST_CASE("an acceptor of another protocol version is refused") {
  auto filter = from_acceptor();
  auto other = frame(operation::server_handshake, {.operation_data = 2}, payload_of(them) + filler(40));
  CHECK(feed(filter, other).refused == breach::wrong_version);
}

TEST_CASE("a peer must name a possible node, not ours, and the same one twice") {
  CHECK(at_start(greeting({})) == breach::wrong_node);
  auto no_process = them;
  std::fill_n(no_process.begin() + 8, 4, std::byte{0});
  CHECK(at_start(greeting(no_process)) == breach::wrong_node);
  auto no_host = them;
  std::fill_n(no_host.begin() + 12, 20, std::byte{0});
  CHECK(at_start(greeting(no_host)) == breach::wrong_node);
  CHECK(at_start(greeting(us)) == breach::wrong_node);
  CHECK(at_start(greeting(them) + selection(stranger)) == breach::wrong_node);
}

TEST_CASE("routed frames are refused") {
  auto routed = frame(operation::routed_message, {.source_actor = 3, .dest_actor = 4}, filler(100));
  CHECK(after_handshake(routed) == breach::routed);
}

TEST_CASE("monitor and down messages are only about the two nodes of the link") {
  CHECK(after_handshake(monitor(them, us)) == breach::none);
  CHECK(after_handshake(monitor(them, stranger)) == breach::routed);
  CHECK(after_handshake(monitor(stranger, us)) == breach::routed);
  CHECK(after_handshake(down(them, us)) == breach::none);
  CHECK(after_handshake(down(them, stranger)) == breach::routed);
  CHECK(after_handshake(down(stranger, us)) == breach::routed);
}

TEST_CASE("of the named actors only the one that CAF asks for by itself can be reached") {
  auto to = [](caf::atom_value name) {
    frame_header header{.flags = 1, .source_actor = 3};
    header.dest_actor = static_cast<std::uint64_t>(name);
    return frame(operation::direct_message, header, filler(20));
  };
  CHECK(after_handshake(to(caf::atom("SpawnServ"))) == breach::none);
  CHECK(after_handshake(to(caf::atom("ConfigServ"))) == breach::forbidden_name);
}

TEST_CASE("header fields that CAF never sets are refused") {
  auto direct = frame_header{.operation = 2, .payload_len = 1, .dest_actor = 4};
  auto with = [](frame_header header, auto change) {
    change(header);
    return after_handshake(encode(header));
  };
  CHECK(with(direct, [](auto&) {}) == breach::none);
  CHECK(with(direct, [](auto& header) { header.padding = 1; }) == breach::malformed_header);
  CHECK(with(direct, [](auto& header) { header.flags = 2; }) == breach::malformed_header);
  CHECK(with(direct, [](auto& header) { header.dest_actor = 0; }) == breach::malformed_header);
  CHECK(with(direct, [](auto& header) { header.payload_len = 0; }) == breach::wrong_payload_size);
  auto beat = frame_header{.operation = 6};
  CHECK(with(beat, [](auto&) {}) == breach::none);
  CHECK(with(beat, [](auto& header) { header.source_actor = 1; }) == breach::malformed_header);
  CHECK(with(beat, [](auto& header) { header.operation_data = 1; }) == breach::malformed_header);
  CHECK(with(beat, [](auto& header) { header.payload_len = 1; }) == breach::wrong_payload_size);
}

TEST_CASE("a refused stream stays refused") {
  auto filter = from_connector();
  auto bad = encode({.operation = 200});
  CHECK(filter.next(bad).what == action::refuse);
  CHECK(filter.next(bad).what == action::refuse);
}

TEST_CASE("our own frames for third nodes are left out and the stream stays in step") {
  auto routed = frame(operation::routed_message, {.source_actor = 3, .dest_actor = 4}, filler(5000));
  auto foreign = monitor(us, stranger);
  auto stream = welcome_frame(us) + message() + routed + message(9) + foreign + heartbeat();
  auto expected = welcome_frame(us) + message() + message(9) + heartbeat();
  for (std::size_t size : {1ul, 40ul, 1000ul, stream.size()}) {
    CAPTURE(size);
    auto filter = own_stream();
    auto result = feed(filter, stream, [size] { return size; });
    CHECK(result.refused == breach::none);
    CHECK(result.through == expected);
    CHECK(result.left_out == routed.size() + foreign.size());
    CHECK(result.dropped == std::vector{breach::routed, breach::routed});
  }
}

TEST_CASE("our own message over the limit is left out, not torn") {
  auto filter = own_stream();
  auto result = feed(filter, welcome_frame(us) + message((1 << 20) + 1) + message());
  CHECK(result.through == welcome_frame(us) + message());
  CHECK(result.dropped == std::vector{breach::payload_too_large});
}

TEST_CASE("random bytes never pass as a session") {
  std::mt19937 random{7};
  for (int round = 0; round < 2000; ++round) {
    bytes noise(random() % 400 + header_size + node_size);
    for (auto& byte : noise) byte = static_cast<std::byte>(random());
    auto filter = from_connector();
    auto result = feed(filter, noise, [&] { return random() % 50 + 1; });
    REQUIRE(result.through.empty());
    REQUIRE_FALSE(filter.open());
  }
}

TEST_CASE("a session with one flipped bit passes or is refused, but is never altered") {
  std::mt19937 random{11};
  auto stream = session();
  for (int round = 0; round < 500; ++round) {
    auto damaged = stream;
    auto at = random() % 600;
    damaged[at] ^= static_cast<std::byte>(1u << random() % 8);
    auto filter = from_connector();
    auto result = feed(filter, damaged, [&] { return random() % 5000 + 1; });
    REQUIRE(result.left_out == 0);
    REQUIRE(result.through.size() <= damaged.size());
    REQUIRE(std::equal(result.through.begin(), result.through.end(), damaged.begin()));
  }
}

} // namespace frame_filter_test
