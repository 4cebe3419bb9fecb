#include "net/unique_fd.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <system_error>

namespace tidemark::net {

void unique_fd::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

outcome<std::pair<unique_fd, unique_fd>> make_socketpair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return fail(ec::internal, fmt::format("cannot make a socketpair: {}", errno_text(errno)));
  return std::pair{unique_fd{ends[0]}, unique_fd{ends[1]}};
}

std::string errno_text(int error) {
  auto text = std::generic_category().message(error);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

} // namespace tidemark::net
