// What hostile or broken peers do to a node: nothing. Each case ends with a good client that gets its answer.

#include "node_fixture.hpp"

#include <doctest/doctest.h>

#include <random>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
namespace hostile_test {

using namespace tidemark;
using namespace tidemark::net;
using namespace tidemark::net::frames;
using namespace std::chrono_literals;

/// Sends `attack` and expects that the node closes the link for a breach of the protocol.
void expect_violation(test_node& node, const bytes& attack, std::string_view breach_name) {
  raw_peer peer{node.path()};
  peer.send(attack);
  CHECK(peer.closed());
  REQUIRE(node.events.wait_for(link_event_kind::violation));
  CHECK_MESSAGE(node.events.text(link_event_kind::violation).find(breach_name) != std::string::npos,
                node.events.text(link_event_kind::violation));
  CHECK(answers_a_good_client(node));
}

bytes handshake() { return greeting(node(5)) + selection(node(5)); }

TEST_CASE("a client handshake without payload does not crash the node") {
  test_node victim;
  expect_violation(victim, frame(operation::client_handshake, {}, {}), "wrong_payload_size");
}

TEST_CASE("a server handshake without payload does not crash the node") {
  test_node victim;
  expect_violation(victim, frame(operation::server_handshake, {.operation_data = 3}, {}),
                   "unknown_operation");
}

TEST_CASE("a header that announces 4 GiB takes no memory") {
  test_node victim;
  auto before = resident_memory();
  auto header = encode({.operation = 2, .payload_len = 0xffffffff, .source_actor = 1, .dest_actor = 1});
  expect_violation(victim, handshake() + header, "payload_too_large");
  CHECK(grown_little_since(before));
}

TEST_CASE("violations after a valid handshake cost the link and nothing else") {
  auto empty_handshake = frame(operation::client_handshake, {}, {});
  auto routed = frame(operation::routed_message, {.source_actor = 1, .dest_actor = 1}, filler(200));
  auto unknown = encode({.operation = 99});
  for (const auto& [attack, name] :
       {std::pair{empty_handshake, "second_handshake"}, std::pair{routed, "routed"},
        std::pair{unknown, "unknown_operation"}, std::pair{monitor(node(5), node(6)), "routed"}}) {
    CAPTURE(name);
    test_node victim;
    expect_violation(victim, handshake() + heartbeat() + attack, name);
    CHECK(victim.events.count(link_event_kind::opened) >= 1);
  }
}

TEST_CASE("a violation on one link leaves the links of others alone") {
  test_node victim;
  test_client client;
  auto echo = client.connect(victim.path());
  REQUIRE(echo);
  expect_violation(victim, handshake() + encode({.operation = 99}), "unknown_operation");
  CHECK(client.ask(*echo, "unharmed") == "unharmed");
  CHECK(client.events.count(link_event_kind::closed) == 0);
}

TEST_CASE("a message that cannot be read is dropped and the node goes on") {
  test_node victim;
  auto actor = victim.echo()->id();
  raw_peer peer{victim.path()};
  REQUIRE(peer.shake_hands(5));
  std::mt19937 random{3};
  for (unsigned round = 0; round < rounds(200); ++round) {
    bytes payload(random() % 200 + 1);
    for (auto& byte : payload) byte = static_cast<std::byte>(random());
    REQUIRE(peer.send(frame(operation::direct_message,
                            {.operation_data = random(), .source_actor = 8, .dest_actor = actor}, payload)));
  }
  CHECK(answers_a_good_client(victim));
}

TEST_CASE("random bytes, many times, leave the node answering in bounded memory") {
  test_node victim;
  std::mt19937 random{42};
  auto before = resident_memory();
  for (unsigned round = 0; round < rounds(500); ++round) {
    bytes noise(random() % 2000 + header_size + node_size);
    for (auto& byte : noise) byte = static_cast<std::byte>(random());
    raw_peer peer{victim.path()};
    peer.send(noise);
    REQUIRE(peer.closed());
  }
  CHECK(victim.events.wait_for(link_event_kind::violation, rounds(500)));
  CHECK(grown_little_since(before));
  CHECK(answers_a_good_client(victim));
}

TEST_CASE("random frames after a good handshake leave the node answering in bounded memory") {
  test_node victim;
  std::mt19937 random{43};
  auto own = node_of(victim.system());
  auto before = resident_memory();
  for (unsigned round = 0; round < rounds(200); ++round) {
    auto self = node(round % 50);
    auto stream = greeting(self) + selection(self);
    for (int i = 0; i < 20; ++i) {
      auto noise = filler(random() % 300 + 1);
      for (auto& byte : noise) byte = static_cast<std::byte>(random());
      switch (random() % 4) {
      case 0: stream = stream + heartbeat(); break;
      case 1: stream = stream + monitor(self, own); break;
      case 2:
        stream = stream
                 + frame(operation::down_message, {.source_actor = random()},
                         payload_of(self) + payload_of(own) + noise);
        break;
      default:
        stream =
            stream
            + frame(operation::direct_message,
                    {.operation_data = random(), .source_actor = random(), .dest_actor = random() % 30 + 1},
                    noise);
      }
    }
    raw_peer peer{victim.path()};
    peer.send(stream);
  }
  CHECK(answers_a_good_client(victim));
  CHECK(grown_little_since(before));
}

TEST_CASE("a half-open connection ends at the handshake deadline") {
  test_node victim{{.handshake_deadline = 100ms}};
  SUBCASE("that never says anything") {
    raw_peer peer{victim.path()};
    CHECK(peer.closed());
  }
  SUBCASE("that stops in the middle of its greeting") {
    raw_peer peer{victim.path()};
    auto start = greeting(node(5));
    start.resize(40);
    REQUIRE(peer.send(start));
    CHECK(peer.closed());
  }
  SUBCASE("that greets and never selects") {
    raw_peer peer{victim.path()};
    REQUIRE(peer.send(greeting(node(5))));
    CHECK(peer.closed());
  }
  CHECK(victim.events.wait_for(link_event_kind::handshake_timeout));
  CHECK(answers_a_good_client(victim));
}

TEST_CASE("a hundred silent connections do not keep a good client out") {
  test_node victim{{.handshake_deadline = 60s}};
  std::vector<std::unique_ptr<raw_peer>> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(std::make_unique<raw_peer>(victim.path()));
  CHECK(answers_a_good_client(victim));
  CHECK(victim.door().links() <= 64);
}

TEST_CASE("a connection over the cap is refused while all others are in use") {
  test_node victim{{.max_links = 2}};
  raw_peer first{victim.path()};
  raw_peer second{victim.path()};
  REQUIRE(first.shake_hands(1));
  REQUIRE(second.shake_hands(2));
  REQUIRE(victim.events.wait_for(link_event_kind::opened, 2));
  raw_peer third{victim.path()};
  CHECK(third.closed());
  CHECK(victim.events.wait_for(link_event_kind::refused));
  CHECK(victim.events.text(link_event_kind::refused).find("limit of 2 links") != std::string::npos);

  test_client client;
  auto late = client.connect(victim.path());
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ec::transport);
}

TEST_CASE("a place at the cap is free again when its link ends") {
  test_node victim{{.max_links = 1}};
  {
    raw_peer only{victim.path()};
    REQUIRE(only.shake_hands(1));
    REQUIRE(victim.events.wait_for(link_event_kind::opened));
  }
  REQUIRE(victim.events.wait_for(link_event_kind::closed));
  CHECK(answers_a_good_client(victim));
}

TEST_CASE("idle links stay, with the node answering others") {
  test_node victim;
  std::vector<std::unique_ptr<raw_peer>> idle;
  for (unsigned i = 0; i < 40; ++i)
    REQUIRE(idle.emplace_back(std::make_unique<raw_peer>(victim.path()))->shake_hands(i));
  REQUIRE(victim.events.wait_for(link_event_kind::opened, 40));
  CHECK(answers_a_good_client(victim));
  CHECK(victim.door().links() >= 40);
}

TEST_CASE("a peer that falls silent after its handshake is given up") {
  test_node victim{{}, {.interval = 50ms, .timeout = 200ms}};
  raw_peer silent{victim.path()};
  REQUIRE(silent.shake_hands(1));
  REQUIRE(victim.events.wait_for(link_event_kind::opened));
  CHECK(silent.closed());
  CHECK(victim.events.wait_for(link_event_kind::closed));
}

// The sanitizers open pipes to look at memory, and take a failure for a broken object.
TEST_CASE("a door that is out of descriptors says so and goes on" * doctest::skip(sanitized)) {
  test_node victim;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  unique_fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  victim.path().copy(address.sun_path, sizeof address.sun_path - 1);
  rlimit none = before;
  none.rlim_cur = 0;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  auto connected = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  auto noticed = victim.events.wait_for(link_event_kind::trouble);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(connected == 0);
  CHECK(noticed);
  CHECK(answers_a_good_client(victim));
}

} // namespace hostile_test
