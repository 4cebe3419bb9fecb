/// The door for processes of the same user on the same machine: a Unix-domain socket.
#pragma once

#include "messages/error.hpp"
#include "net/basp_link.hpp"
#include "net/link_event.hpp"
#include "net/net_thread.hpp"

#include <memory>
#include <string>

namespace tidemark::net {

struct local_door_options {
  /// Where the socket stands in the file system, at most 107 bytes long.
  std::string path;
  /// What a client gets to talk to.
  published_actor actor;
  link_limits limits = {};
  link_listener on_event = {};
};

/// Lets clients of the same user, and of root, in. CAF hears of a client only after its first frame was good.
class local_door {
public:
  /// Opens the door. Fails when somebody listens at the path already, when something else than a socket
  /// stands there, or when the path is too long or cannot be written. `net` and `system` must outlive the
  /// door.
  static outcome<std::unique_ptr<local_door>> open(net_thread& net, caf::actor_system& system,
                                                   local_door_options options);

  /// Closes the door and every link that came through it, and removes the socket file. No event comes after.
  ~local_door();
  local_door(const local_door&) = delete;
  local_door& operator=(const local_door&) = delete;

  /// Links at this moment, opened or not.
  std::size_t links() const;

private:
  struct state;
  local_door(net_thread& net, std::shared_ptr<state> inner);

  net_thread& net_;
  std::shared_ptr<state> state_;
};

} // namespace tidemark::net
