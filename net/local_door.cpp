#include "net/local_door.hpp"

#include "net/link.hpp"
#include "net/unix_socket.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <map>
#include <tuple>

#include <fcntl.h>
#include <unistd.h>

namespace tidemark::net {

namespace asio = boost::asio;

/// How long the door rests when it cannot accept (out of descriptors), so that it does not spin.
constexpr std::chrono::milliseconds accept_pause{500};

struct local_door::state : std::enable_shared_from_this<state> {
  state(asio::io_context& context, caf::actor_system& system_, local_door_options options_)
      : acceptor(context),
        pause(context),
        system(system_),
        options(std::move(options_)),
        own_node(node_of(system_)) {}

  asio::awaitable<void> accept_loop() {
    constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
    while (!closed) {
      auto [error, socket] = co_await acceptor.async_accept(tuple);
      if (closed) break;
      if (error) {
        report(link_event_kind::trouble, fmt::format("cannot accept a connection: {}", error.message()));
        pause.expires_after(accept_pause);
        co_await pause.async_wait(tuple);
        continue;
      }
      admit(std::move(socket));
    }
  }

  void admit(asio::local::stream_protocol::socket socket) {
    // Asio's accept does not set it.
    ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
    auto who = credentials_of(socket.native_handle());
    if (!who) return report(link_event_kind::refused, who.error().message);
    auto peer = to_string(*who);
    if (!may_enter(who->uid, ::geteuid()))
      return report(link_event_kind::refused, "another user is not let in; use the HTTP API", peer);
    if (!make_room())
      return report(link_event_kind::refused, fmt::format("the limit of {} links is reached", links.size()),
                    peer);

    auto setup = setup_for(std::move(peer));
    auto number = setup.number;
    auto entry = std::make_shared<local_link>(std::move(socket), std::move(setup));
    links.emplace(number, entry);
    entry->start();
  }

  link_setup setup_for(std::string peer) {
    link_setup setup{.peer_role = speaker::connector,
                     .peer = std::move(peer),
                     .own_node = own_node,
                     .limits = options.limits,
                     .on_event = options.on_event};
    setup.hand_over = [self = shared_from_this()](unique_fd socket) {
      serve_basp(self->system, std::move(socket), self->options.actor);
    };
    setup.on_end = [self = shared_from_this(), number = setup.number] { self->links.erase(number); };
    return setup;
  }

  /// Makes sure that there is room for one more link, if need be at the cost of one without a handshake.
  bool make_room() {
    if (links.size() < options.limits.max_links) return true;
    auto oldest = std::ranges::find_if(links, [](const auto& entry) { return !entry.second->opened(); });
    if (oldest == links.end()) return false;
    auto evicted = oldest->second;
    evicted->cut(link_event_kind::refused, "a newcomer takes the place of this silent connection");
    return true;
  }

  void report(link_event_kind kind, std::string text, std::string peer = {}) const {
    if (options.on_event) options.on_event({kind, 0, std::move(peer), std::move(text)});
  }

  void close() {
    closed = true;
    // First, so that nobody finds a socket without a listener.
    file = {};
    boost::system::error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
    for (auto& [number, entry] : std::exchange(links, {}))
      entry->cut(link_event_kind::closed, "the door was closed");
    // The accept coroutine may hold this state a moment longer; actors and callbacks must not wait for it.
    options.actor = {};
    options.on_event = nullptr;
  }

  asio::local::stream_protocol::acceptor acceptor;
  asio::steady_timer pause;
  socket_file file;
  caf::actor_system& system;
  local_door_options options;
  node_bytes own_node;
  /// By number, hence by age.
  std::map<std::uint64_t, std::shared_ptr<local_link>> links;
  bool closed = false;
};

outcome<std::unique_ptr<local_door>> local_door::open(net_thread& net, caf::actor_system& system,
                                                      local_door_options options) {
  auto listener = listen_unix(options.path);
  if (!listener) return std::unexpected(listener.error());
  auto inner = std::make_shared<state>(net.context(), system, std::move(options));
  boost::system::error_code error;
  inner->acceptor.assign(asio::local::stream_protocol{}, listener->fd.get(), error);
  if (error)
    return fail(ec::internal,
                fmt::format("cannot watch the socket {}: {}", inner->options.path, error.message()),
                inner->options.path);
  std::ignore = listener->fd.release();
  inner->file = std::move(listener->file);
  // The completion handler keeps the state alive as long as the coroutine runs.
  asio::co_spawn(net.context(), inner->accept_loop(), [inner](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  return std::unique_ptr<local_door>{new local_door{net, std::move(inner)}};
}

local_door::local_door(net_thread& net, std::shared_ptr<state> inner) : net_(net), state_(std::move(inner)) {}

local_door::~local_door() {
  net_.run([this] { state_->close(); });
}

std::size_t local_door::links() const {
  std::size_t count = 0;
  net_.run([&] { count = state_->links.size(); });
  return count;
}

} // namespace tidemark::net
