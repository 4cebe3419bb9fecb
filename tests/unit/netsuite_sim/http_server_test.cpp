#include "tools/netsuite_sim/http_server.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>
namespace http_server_test {

using namespace tidemark::netsuite_sim;

/// A server on a thread of its own whose answers the test chooses.
struct running_server {
  explicit running_server(std::function<http_reply(const http_request&)> handle,
                          std::chrono::milliseconds keep_alive = {})
      : server({.handle = std::move(handle),
                .connection_opened = [this] { ++opened; },
                .connection_closed = [this] { ++closed; },
                .keep_alive = [keep_alive] { return keep_alive; }}),
        port(server.listen("127.0.0.1", 0)),
        thread([this] { server.run(); }) {}
  ~running_server() {
    server.after(std::chrono::microseconds(0), [this] { server.stop(); });
    thread.join();
  }

  std::atomic<int> opened = 0;
  std::atomic<int> closed = 0;
  http_server server;
  std::uint16_t port;
  std::thread thread;
};

/// One connection of a client, with bounded waits.
struct connection {
  explicit connection(std::uint16_t port) : fd(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~connection() { close(); }

  void send(std::string_view text) const {
    REQUIRE(::send(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }

  /// Reads until `end` is in the text, the peer closes, or ten seconds are over.
  std::string read_until(std::string_view end) const {
    std::string text;
    for (pollfd waiting{fd, POLLIN, 0};
         text.find(end) == std::string::npos && ::poll(&waiting, 1, 10000) == 1;) {
      char buffer[4096];
      auto n = ::recv(fd, buffer, sizeof(buffer), 0);
      if (n <= 0) return text + (n == 0 ? "<closed>" : "<reset>");
      text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
  }

  void close() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }

  int fd;
};

constexpr std::string_view get = "GET /x HTTP/1.1\r\nHost: sim\r\n\r\n";

http_reply text_reply(std::string text) {
  return {.body = std::make_shared<const std::string>(std::move(text))};
}

TEST_CASE("one connection serves one request after the other") {
  running_server s([](const http_request& r) {
    return text_reply(r.method + " " + r.target + " [" + r.body + "] " + r.header("x-thing"));
  });
  connection c(s.port);
  c.send("POST /a?b=1 HTTP/1.1\r\nHost: sim\r\nX-Thing: yes\r\nContent-Length: 2\r\n\r\nhi");
  auto first = c.read_until("yes");
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(first.find("Connection: keep-alive\r\n") != std::string::npos);
  CHECK(first.ends_with("POST /a?b=1 [hi] yes"));
  c.send(get);
  CHECK(c.read_until("[] ").ends_with("GET /x [] "));
  CHECK(s.opened == 1);
}

TEST_CASE("a client that goes away while it waits is noticed, once") {
  std::promise<void> abandoned;
  std::atomic<int> ended = 0;
  running_server s([&](const http_request&) {
    auto reply = text_reply("late");
    reply.delay = std::chrono::hours(1);
    reply.before_end = [&] { ++ended; };
    reply.abandoned = [&] { abandoned.set_value(); };
    return reply;
  });
  connection c(s.port);
  c.send(get);
  c.close();
  CHECK(abandoned.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(ended == 0);
}

TEST_CASE("a request has ended before its last byte can be read") {
  for (std::int64_t speed : {0, 400}) {
    std::atomic<bool> ended = false;
    running_server s([&](const http_request&) {
      auto reply = text_reply(std::string(60, 'a') + "!");
      reply.delay = std::chrono::milliseconds(1);
      reply.bytes_per_second = speed;
      reply.before_end = [&] { ended = true; };
      return reply;
    });
    connection c(s.port);
    c.send(get);
    CHECK(c.read_until("!").ends_with("a!"));
    CHECK(ended);
  }
}

TEST_CASE("a truncated answer promises more than it sends and then closes") {
  running_server s([](const http_request&) {
    auto reply = text_reply("0123456789");
    reply.end = http_reply::ending::truncated;
    return reply;
  });
  connection c(s.port);
  c.send(get);
  auto text = c.read_until("<closed>");
  CHECK(text.find("Content-Length: 10\r\n") != std::string::npos);
  CHECK(text.ends_with("\r\n\r\n01234<closed>"));
}

TEST_CASE("a reset connection gives nothing") {
  running_server s([](const http_request&) {
    auto reply = text_reply("never seen");
    reply.end = http_reply::ending::reset;
    return reply;
  });
  connection c(s.port);
  c.send(get);
  CHECK(c.read_until("seen") == "<reset>");
}

TEST_CASE("an idle connection is closed after its time") {
  running_server s([](const http_request&) { return text_reply("x"); }, std::chrono::milliseconds(30));
  connection c(s.port);
  c.send(get);
  CHECK(c.read_until("<closed>").ends_with("x<closed>"));
}

TEST_CASE("a request that is not HTTP closes the connection and harms nobody") {
  running_server s([](const http_request&) { return text_reply("fine"); });
  connection bad(s.port);
  bad.send("\x16\x03\x01 nonsense\r\n\r\n");
  bad.read_until("<closed>");
  connection good(s.port);
  good.send(get);
  CHECK(good.read_until("fine").ends_with("fine"));
}

} // namespace http_server_test
