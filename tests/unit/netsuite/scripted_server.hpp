/// A small HTTP server on the loopback interface that answers each connection as a test says.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "tls_identity.hpp"

namespace tidemark::test {

/// One accepted connection. Every wait ends after a few seconds at the latest.
class connection {
public:
  connection(int socket, std::uint64_t number) : socket_(socket), number_(number) {}
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// 1 for the first connection of the server.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  /// The next request's head and body; nothing once the client has closed.
  std::optional<std::string> read_request();

  void send(std::string_view bytes);

  /// Goes on encrypted; false if the client does not accept the certificate.
  bool start_tls(const tls_identity& identity);

  /// A whole answer; `fields` are header lines that end with \r\n.
  void answer(int status, std::string_view body, std::string_view fields = {});

  /// Closes with a reset, so that the client sees an error and not an end.
  void reset();

  /// Closes as a server does that is done; the end of the handler closes, too.
  void close();

  /// True if the client closes within a few seconds.
  bool wait_for_close();

private:
  std::int64_t receive(char* buffer, std::size_t size);

  int socket_;
  std::uint64_t number_;
  tls_session tls_;
  std::string read_ahead_;
};

class scripted_server {
public:
  using script = std::function<void(connection&)>;

  /// Runs the script for each connection on a thread of its own.
  explicit scripted_server(script how);
  ~scripted_server();
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  /// "http://127.0.0.1:12345".
  [[nodiscard]] std::string url() const;

  [[nodiscard]] std::uint64_t connections() const noexcept { return connections_.load(); }

private:
  void serve();

  script how_;
  std::uint16_t port_ = 0;
  int listener_ = -1; // sets the port, too
  std::atomic<std::uint64_t> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

/// A port of the loopback interface on which nobody listens.
std::uint16_t closed_port();

} // namespace tidemark::test
