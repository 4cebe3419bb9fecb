#include "scripted_server.hpp"

#include <charconv>
#include <stdexcept>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace tidemark::test {

namespace {

int listen_on_loopback(std::uint16_t& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  if (socket < 0 || ::bind(socket, reinterpret_cast<sockaddr*>(&address), length) != 0
      || ::listen(socket, 64) != 0
      || ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error{"cannot listen on the loopback interface"};
  port = ntohs(address.sin_port);
  return socket;
}

void bound_waits(int socket) {
  const timeval limit{10, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "Content-Length: ";
  const auto at = head.find(name);
  std::size_t length = 0;
  if (at != std::string_view::npos)
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  return length;
}

} // namespace

connection::~connection() {
  if (socket_ >= 0) ::close(socket_);
}

std::optional<std::string> connection::read_request() {
  for (;;) {
    if (const auto end = read_ahead_.find("\r\n\r\n"); end != std::string::npos) {
      const auto whole = end + 4 + content_length(read_ahead_);
      if (read_ahead_.size() >= whole) {
        auto request = read_ahead_.substr(0, whole);
        read_ahead_.erase(0, whole);
        return request;
      }
    }
    char buffer[4096];
    const auto count = receive(buffer, sizeof(buffer));
    if (count <= 0) return std::nullopt;
    read_ahead_.append(buffer, static_cast<std::size_t>(count));
  }
}

std::int64_t connection::receive(char* buffer, std::size_t size) {
  return tls_ ? tls_.receive(buffer, size) : ::recv(socket_, buffer, size, 0);
}

bool connection::start_tls(const tls_identity& identity) {
  tls_ = identity.accept(socket_);
  return static_cast<bool>(tls_);
}

void connection::send(std::string_view bytes) {
  if (tls_) return tls_.send(bytes);
  while (!bytes.empty()) {
    const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void connection::answer(int status, std::string_view body, std::string_view fields) {
  send(fmt::format("HTTP/1.1 {} Text\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), fields, body));
}

void connection::reset() {
  const linger now{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  ::close(socket_);
  socket_ = -1;
}

void connection::close() {
  ::close(socket_);
  socket_ = -1;
}

bool connection::wait_for_close() {
  char buffer[4096];
  for (;;) {
    const auto count = ::recv(socket_, buffer, sizeof(buffer), 0);
    if (count == 0) return true;
    if (count < 0) return errno == ECONNRESET;
  }
}

scripted_server::scripted_server(script how)
    : how_(std::move(how)), listener_(listen_on_loopback(port_)), acceptor_([this] { serve(); }) {}

scripted_server::~scripted_server() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  ::close(listener_);
}

std::string scripted_server::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

void scripted_server::serve() {
  while (!stopping_) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    bound_waits(socket);
    threads_.emplace_back([this, socket, number = ++connections_] {
      connection client{socket, number};
      how_(client);
    });
  }
}

std::uint16_t closed_port() {
  std::uint16_t port = 0;
  ::close(listen_on_loopback(port));
  return port;
}

} // namespace tidemark::test
