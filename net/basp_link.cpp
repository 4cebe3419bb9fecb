#include "net/basp_link.hpp"

#include <caf/binary_serializer.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/scribe.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <cstring>
#include <vector>

namespace tidemark::net {

namespace {

/// The middleman creates the broker when the system starts, so that this only ever looks it up.
caf::actor basp_of(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

caf::io::scribe_ptr scribe_of(caf::actor_system& system, unique_fd socket) {
  return system.middleman().backend().new_scribe(socket.release());
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

} // namespace tidemark::net
