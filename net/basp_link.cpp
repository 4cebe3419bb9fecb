#include "net/basp_link.hpp"

#include <caf/binary_serializer.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/scribe.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>

namespace tidemark::net {

namespace {

/// The middleman creates the broker when the system starts, so that this only ever looks it up.
caf::actor basp_of(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

/// Moves a descriptor to a number that none of the last few hundred links had.
///
/// CAF names a connection by its descriptor and forgets the name some time after it has closed the
/// descriptor. The kernel gives the lowest free number to the next socket, and a new link would inherit the
/// routes of a dead one: messages to one peer reach another, and the late clean-up tears the new link down.
unique_fd renumbered(unique_fd socket) {
  static std::atomic<int> last{0};
  constexpr rlim_t most = 4096;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return socket;
  auto first = static_cast<int>(std::min(limit.rlim_cur / 2, most));
  auto end = static_cast<int>(std::min(limit.rlim_cur, 2 * most));
  auto from = std::max(last.load() + 1, first);
  unique_fd moved{::fcntl(socket.get(), F_DUPFD_CLOEXEC, from < end ? from : first)};
  if (!moved) return socket;
  last = moved.get();
  return moved;
}

caf::io::scribe_ptr scribe_of(caf::actor_system& system, unique_fd socket) {
  return system.middleman().backend().new_scribe(renumbered(std::move(socket)).release());
}

} // namespace

node_bytes node_of(const caf::actor_system& system) {
  std::vector<char> buffer;
  caf::binary_serializer sink{nullptr, buffer};
  node_bytes node{};
  // A node that cannot be written, or not in this form, stays all zero, and no peer accepts it.
  if (!sink(system.node()) && buffer.size() == node.size())
    std::memcpy(node.data(), buffer.data(), node.size());
  return node;
}

void serve_basp(caf::actor_system& system, unique_fd socket, const published_actor& offered) {
  caf::anon_send(basp_of(system), caf::publish_atom_v, scribe_of(system, std::move(socket)), node_port,
                 offered.actor, offered.signatures);
}

std::expected<remote_actor, caf::error> connect_basp(caf::actor_system& system, unique_fd socket,
                                                     std::chrono::milliseconds timeout) {
  std::expected<remote_actor, caf::error> result =
      std::unexpected(caf::make_error(caf::sec::request_timeout));
  caf::scoped_actor self{system};
  self->request(basp_of(system), timeout, caf::connect_atom_v, scribe_of(system, std::move(socket)),
                node_port)
      .receive(
          [&](caf::node_id& node, caf::strong_actor_ptr& actor, std::set<std::string>& signatures) {
            result = remote_actor{std::move(actor), std::move(node), std::move(signatures)};
          },
          [&](caf::error& error) { result = std::unexpected(std::move(error)); });
  return result;
}

bool answers(caf::actor_system& system, const caf::strong_actor_ptr& actor,
             std::chrono::milliseconds timeout) {
  bool answered = false;
  caf::scoped_actor self{system};
  // Every event-based actor answers this one by itself, whatever its interface.
  self->request(caf::actor_cast<caf::actor>(actor), timeout, caf::sys_atom_v, caf::get_atom_v,
                std::string{"info"})
      .receive([&](caf::ok_atom, const std::string&, const caf::strong_actor_ptr&,
                   const std::string&) { answered = true; },
               [](const caf::error&) {});
  return answered;
}

} // namespace tidemark::net
