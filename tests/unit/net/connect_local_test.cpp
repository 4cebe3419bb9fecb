#include "node_fixture.hpp"

#include "net/unix_socket.hpp"

#include <doctest/doctest.h>

#include <thread>

#include <sys/socket.h>
namespace connect_local_test {

using namespace tidemark;
using namespace tidemark::net;
using namespace std::chrono_literals;

bool mentions(const failure& what, std::string_view text) {
  return what.message.find(text) != std::string::npos;
}

/// Accepts one connection at a path, sends `bytes` and keeps it open.
class fake_node {
public:
  fake_node(const std::string& path, frames::bytes bytes) : listener_(listen_unix(path)) {
    REQUIRE(listener_);
    thread_ = std::jthread{[this, bytes = std::move(bytes)](const std::stop_token& stop) {
      while (!stop.stop_requested() && !accepted_) {
        accepted_ = unique_fd{::accept(listener_->fd.get(), nullptr, nullptr)};
        if (!accepted_) std::this_thread::yield();
      }
      if (accepted_ && !bytes.empty()) ::send(accepted_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }};
  }

private:
  outcome<unix_listener> listener_;
  unique_fd accepted_;
  std::jthread thread_;
};

TEST_CASE("a client says that no node listens where there is no socket") {
  temporary_folder folder;
  test_client client;
  auto result = client.connect(folder.file("none.sock"));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ec::transport);
  CHECK(mentions(result.error(), "no node listens at " + folder.file("none.sock")));
  CHECK(mentions(result.error(), "tidemarkd --config FILE"));
}

TEST_CASE("a client says that no node listens on a stale socket") {
  temporary_folder folder;
  auto path = folder.file("stale.sock");
  {
    test_node node;
    std::filesystem::rename(node.path(), path);
  }
  test_client client;
  auto result = client.connect(path);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ec::transport);
  CHECK(mentions(result.error(), "any more"));
}

TEST_CASE("a client refuses a path that is too long for a socket") {
  test_client client;
  auto result = client.connect("/tmp/" + std::string(120, 'x'));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ec::bad_config);
  CHECK(mentions(result.error(), "too long"));
}

TEST_CASE("a client gives up on a listener that never answers") {
  temporary_folder folder;
  auto path = folder.file("mute.sock");
  fake_node mute{path, {}};
  test_client client;
  auto result = connect_local<echo_actor>(client.net(), client.system(), {.path = path, .timeout = 200ms});
  REQUIRE_FALSE(result);
  CHECK_MESSAGE(result.error().code == ec::timeout, result.error().message);
  CHECK(mentions(result.error(), path));
}

TEST_CASE("a client recognises a listener that is no node") {
  temporary_folder folder;
  auto path = folder.file("web.sock");
  const std::string_view text = "HTTP/1.1 400 Bad Request, and enough of it to fill a whole header\r\n\r\n";
  auto bytes = std::as_bytes(std::span{text});
  fake_node web{path, {bytes.begin(), bytes.end()}};
  test_client client;
  auto result = client.connect(path);
  REQUIRE_FALSE(result);
  CHECK_MESSAGE(result.error().code == ec::version_mismatch, result.error().message);
}

TEST_CASE("a client survives a node that tries to crash it") {
  temporary_folder folder;
  auto path = folder.file("evil.sock");
  using frames::frame;
  for (const auto& attack :
       {frame(operation::server_handshake, {.operation_data = 3}, {}),
        frame(operation::client_handshake, {}, {}),
        frames::encode({.operation = 0, .payload_len = 0xffffffff, .operation_data = 3})}) {
    fake_node evil{path, attack};
    test_client client;
    auto result = client.connect(path);
    REQUIRE_FALSE(result);
    CHECK_MESSAGE(result.error().code == ec::version_mismatch, result.error().message);
  }
}

TEST_CASE("a client refuses an actor with another interface") {
  test_node node;
  test_client client;
  auto result = connect_local<other_actor>(client.net(), client.system(), {.path = node.path()});
  REQUIRE_FALSE(result);
  CHECK_MESSAGE(result.error().code == ec::version_mismatch, result.error().message);
  auto untyped = connect_local<caf::actor>(client.net(), client.system(), {.path = node.path()});
  CHECK_FALSE(untyped);
}

TEST_CASE("a client can connect right after it was refused") {
  test_node node;
  test_client client;
  REQUIRE_FALSE(connect_local<other_actor>(client.net(), client.system(), {.path = node.path()}));
  auto echo = client.connect(node.path());
  REQUIRE_MESSAGE(echo, echo.error().message);
  CHECK(client.ask(*echo, "right") == "right");
}

// CAF leaks a connection that its heartbeat closes in the instant in which it was made.
TEST_CASE("a client connects although CAF's heartbeat closes connections in their handshake"
          * doctest::skip(sanitized)) {
  test_node node;
  test_client client{{.interval = 1ms, .timeout = 60s}};
  for (int round = 0; round < 30; ++round) {
    auto echo = client.connect(node.path());
    REQUIRE_MESSAGE(echo, echo.error().message);
    REQUIRE(client.ask(*echo, "beat") == "beat");
  }
}

} // namespace connect_local_test
