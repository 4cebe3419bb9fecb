/// Unix-domain sockets: opening one safely in the file system, connecting to one, and knowing who is there.
#pragma once

#include "messages/error.hpp"
#include "net/unique_fd.hpp"

#include <sys/types.h>

#include <string>

namespace tidemark::net {

/// A socket's file, removed again on destruction unless another file has taken its place.
class socket_file {
public:
  socket_file() = default;
  /// Takes over the file that stands at `path` now.
  explicit socket_file(std::string path);
  socket_file(socket_file&& other) noexcept;
  socket_file& operator=(socket_file&& other) noexcept;
  ~socket_file() { remove(); }

  const std::string& path() const noexcept { return path_; }

private:
  void remove() noexcept;

  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

struct unix_listener {
  unique_fd fd;
  socket_file file;
};

/// Listens at `path` with mode 0600 from the first moment on. A socket that nobody listens on is replaced;
/// one that somebody listens on is refused (`ec::conflict`), and so is any other kind of file
/// (`ec::bad_config`). Two processes that start at the same path in the same moment are kept apart by the
/// lock on the data folder.
outcome<unix_listener> listen_unix(const std::string& path);

/// Connects without blocking. Fails with a sentence that names the remedy: nothing at `path`, nobody
/// listening, no permission, path too long. `ec::refused`: somebody listens, but the queue is full at the
/// moment.
outcome<unique_fd> connect_unix(const std::string& path);

struct peer_credentials {
  uid_t uid = 0;
  pid_t pid = 0;
};

/// Who created the other end, as the kernel noted when it connected or listened.
outcome<peer_credentials> credentials_of(int socket);

/// Whether a process of user `peer` may talk to one of user `own`: the same user, or root.
bool may_enter(uid_t peer, uid_t own) noexcept;

/// "uid 1000, pid 4711".
std::string to_string(const peer_credentials& who);

} // namespace tidemark::net
