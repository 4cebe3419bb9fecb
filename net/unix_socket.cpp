#include "net/unix_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace tidemark::net {

namespace {

/// Clients that may wait to be accepted.
constexpr int backlog = 128;

outcome<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  constexpr auto longest = sizeof(address.sun_path) - 1;
  if (path.empty()) return fail(ec::bad_config, "the path of the node's socket is empty");
  if (path.size() > longest)
    return fail(
        ec::bad_config,
        fmt::format("the socket path {} is too long: {} bytes, where the system allows {}; choose a data "
                    "folder with a shorter path",
                    path, path.size(), longest),
        path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

unique_fd make_socket() {
  return unique_fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
}

std::optional<struct stat> file_at(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return info;
}

/// Removes what a process that is gone left behind; fails for anything that is not that.
outcome<void> clear_stale(const std::string& path, const sockaddr_un& address) {
  auto found = file_at(path);
  if (!found) return {};
  if (!S_ISSOCK(found->st_mode))
    return fail(
        ec::bad_config,
        fmt::format("{} is not a socket and is left alone; move it away or configure another socket path",
                    path),
        path);
  auto probe = make_socket();
  if (!probe) return fail(ec::internal, fmt::format("cannot make a socket: {}", errno_text(errno)));
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN)
    return fail(ec::conflict,
                fmt::format("another process listens at {}; stop it or configure another socket path", path),
                path);
  if (errno != ECONNREFUSED)
    return fail(ec::bad_config, fmt::format("cannot tell whether {} is in use: {}", path, errno_text(errno)),
                path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail(ec::bad_config, fmt::format("cannot remove the stale socket {}: {}", path, errno_text(errno)),
                path);
  return {};
}

failure connect_failure(const std::string& path, int error) {
  switch (error) {
  case ENOENT:
  case ENOTDIR:
    return {ec::transport, fmt::format("no node listens at {}; start it with tidemarkd --config FILE", path),
            path};
  case ECONNREFUSED:
    return {ec::transport,
            fmt::format("no node listens at {} any more (it did not stop cleanly); start it with tidemarkd "
                        "--config FILE",
                        path),
            path};
  case EACCES:
  case EPERM:
    return {ec::permission,
            fmt::format("no permission to connect to {}; run as the user of the node, or as root", path),
            path};
  case EAGAIN:
    return {ec::refused, fmt::format("the node at {} is too busy to accept a connection", path), path};
  default: return {ec::transport, fmt::format("cannot connect to {}: {}", path, errno_text(error)), path};
  }
}

} // namespace

socket_file::socket_file(std::string path) : path_(std::move(path)) {
  if (auto info = file_at(path_)) {
    device_ = info->st_dev;
    inode_ = info->st_ino;
  }
}

socket_file::socket_file(socket_file&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

socket_file& socket_file::operator=(socket_file&& other) noexcept {
  if (this == &other) return *this;
  remove();
  path_ = std::exchange(other.path_, {});
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

void socket_file::remove() noexcept {
  if (path_.empty()) return;
  auto info = file_at(path_);
  if (info && info->st_dev == device_ && info->st_ino == inode_) ::unlink(path_.c_str());
  path_.clear();
}

outcome<unix_listener> listen_unix(const std::string& path) {
  auto address = address_of(path);
  if (!address) return std::unexpected(address.error());
  auto fd = make_socket();
  if (!fd) return fail(ec::internal, fmt::format("cannot make a socket: {}", errno_text(errno)));
  // bind() creates the file with the mode of the socket, so there is no moment at which others could connect.
  if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0)
    return fail(ec::internal, fmt::format("cannot set the mode of a socket: {}", errno_text(errno)));
  if (auto clear = clear_stale(path, *address); !clear) return std::unexpected(clear.error());
  if (::bind(fd.get(), generic(*address), sizeof *address) != 0) {
    auto code = errno == EADDRINUSE ? ec::conflict : ec::bad_config;
    return fail(code, fmt::format("cannot create the socket {}: {}", path, errno_text(errno)), path);
  }
  socket_file file{path};
  if (::listen(fd.get(), backlog) != 0)
    return fail(ec::internal, fmt::format("cannot listen at {}: {}", path, errno_text(errno)), path);
  return unix_listener{std::move(fd), std::move(file)};
}

outcome<unique_fd> connect_unix(const std::string& path) {
  auto address = address_of(path);
  if (!address) return std::unexpected(address.error());
  auto fd = make_socket();
  if (!fd) return fail(ec::internal, fmt::format("cannot make a socket: {}", errno_text(errno)));
  if (::connect(fd.get(), generic(*address), sizeof *address) != 0)
    return std::unexpected(connect_failure(path, errno));
  return fd;
}

outcome<peer_credentials> credentials_of(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
    return fail(ec::permission, fmt::format("cannot tell who is at the other end: {}", errno_text(errno)));
  return peer_credentials{who.uid, who.pid};
}

bool may_enter(uid_t peer, uid_t own) noexcept { return peer == own || peer == 0; }

std::string to_string(const peer_credentials& who) { return fmt::format("uid {}, pid {}", who.uid, who.pid); }

} // namespace tidemark::net
