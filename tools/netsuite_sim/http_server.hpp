/// An HTTP/1.1 server for one thread and thousands of waiting connections. Answers are computed at once and
/// sent when their time has come; how an answer may go wrong on its way is part of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::netsuite_sim {

struct http_request {
  std::string method;
  std::string target;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;

  /// The header's value, or "".
  const std::string& header(const std::string& name) const {
    static const std::string none;
    auto found = headers.find(name);
    return found == headers.end() ? none : found->second;
  }
};

struct http_reply {
  /// How the answer leaves the server.
  enum class ending : std::uint8_t { whole, truncated, reset, never };

  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::shared_ptr<const std::string> body = {};
  std::chrono::microseconds delay{0};
  ending end = ending::whole;
  /// 0: as fast as it goes.
  std::int64_t bytes_per_second = 0;
  /// Exactly one of the two is called, once: before the last byte is handed to the network...
  std::function<void()> before_end = {};
  /// ...or when the client has closed the connection before that.
  std::function<void()> abandoned = {};
};

struct http_events {
  std::function<http_reply(const http_request&)> handle;
  std::function<void()> connection_opened;
  std::function<void()> connection_closed;
  /// How long an idle connection stays open; zero: for ever. Asked each time.
  std::function<std::chrono::milliseconds()> keep_alive;
};

class http_server {
public:
  explicit http_server(http_events events);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Binds and listens; port 0 lets the system choose. Gives the port. Throws std::system_error if that
  /// fails.
  std::uint16_t listen(const std::string& address, std::uint16_t port);
  /// Serves until `stop`, SIGTERM or SIGINT.
  void run();
  void stop();
  /// Calls `action` on the server's thread after that time.
  void after(std::chrono::microseconds time, std::function<void()> action);

private:
  struct state;
  std::shared_ptr<state> state_;
};

} // namespace tidemark::netsuite_sim
