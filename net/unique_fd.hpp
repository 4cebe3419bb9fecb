/// Ownership of a file descriptor.
#pragma once

#include "messages/error.hpp"

#include <string>
#include <utility>

namespace tidemark::net {

/// Closes its descriptor; movable, not copyable.
class unique_fd {
public:
  unique_fd() = default;
  explicit unique_fd(int fd) noexcept : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~unique_fd() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;

private:
  int fd_ = -1;
};

/// Two connected non-blocking stream sockets; fails when the process is out of descriptors.
outcome<std::pair<unique_fd, unique_fd>> make_socketpair();

/// "no such file or directory": the system's text for an errno value, in lower case.
std::string errno_text(int error);

} // namespace tidemark::net
