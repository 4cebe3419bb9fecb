#include "net/local_client.hpp"

#include "net/link.hpp"
#include "net/unix_socket.hpp"

#include <caf/sec.hpp>

#include <boost/asio/io_context.hpp>

#include <future>
#include <optional>
#include <thread>

#include <unistd.h>

namespace tidemark::net {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

/// Between tries while the node's queue of connections is full.
constexpr std::chrono::milliseconds retry_pause{10};

/// For an actor that is there to say so.
constexpr std::chrono::milliseconds answer_patience{1'000};

std::chrono::milliseconds left_until(clock::time_point deadline) {
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()),
                  std::chrono::milliseconds{1});
}

/// A connected socket whose other end belongs to somebody whom we trust.
outcome<unique_fd> reach(const std::string& path, clock::time_point deadline) {
  for (;;) {
    auto socket = connect_unix(path);
    if (!socket) {
      if (socket.error().code != ec::refused || clock::now() + retry_pause > deadline)
        return std::unexpected(socket.error());
      std::this_thread::sleep_for(retry_pause);
      continue;
    }
    auto who = credentials_of(socket->get());
    if (!who) return std::unexpected(who.error());
    if (!may_enter(who->uid, ::geteuid()))
      return fail(
          ec::permission,
          fmt::format("the process that listens at {} belongs to another user ({})", path, to_string(*who)),
          path);
    return socket;
  }
}

failure explain(const local_target& target, const caf::error& error, const std::optional<link_event>& last) {
  const auto& path = target.path;
  if (last && last->kind == link_event_kind::violation)
    return {ec::version_mismatch,
            fmt::format("what listens at {} is not a node, or one of another version: {}", path, last->text),
            path};
  if (last && last->kind == link_event_kind::trouble)
    return {ec::internal, fmt::format("cannot link to {}: {}", path, last->text), path};
  if (error == caf::sec::request_timeout || (last && last->kind == link_event_kind::handshake_timeout))
    return {ec::timeout,
            fmt::format("the node at {} did not complete the handshake within {} ms", path,
                        target.timeout.count()),
            path};
  return {ec::transport,
          fmt::format("the node at {} closed the link during the handshake; its log says why", path), path};
}

/// One link, from the socket to the remote actor.
class attempt {
public:
  attempt(net_thread& net, caf::actor_system& system, const local_target& target)
      : net_(net), system_(system), target_(target) {}

  std::expected<remote_actor, caf::error> run(unique_fd socket, std::chrono::milliseconds timeout) {
    unique_fd caf_end;
    net_.run([&] { start(std::move(socket), timeout, caf_end); });
    if (!caf_end) return std::unexpected(caf::make_error(caf::sec::cannot_connect_to_node));
    return connect_basp(system_, std::move(caf_end), timeout);
  }

  /// Whether the handshake was completed on this link: false when the link ended before, or time is up.
  bool opened(clock::time_point deadline) {
    return opened_.wait_until(deadline) == std::future_status::ready && opened_.get();
  }

  /// Ends the link, if it has not ended yet, and returns the last that was heard of it.
  std::optional<link_event> give_up() {
    net_.run([&] {
      if (link_) link_->cut(link_event_kind::closed, "the link was given up");
    });
    return *last_;
  }

private:
  void start(unique_fd socket, std::chrono::milliseconds timeout, unique_fd& caf_end) {
    asio::local::stream_protocol::socket outer{net_.context()};
    boost::system::error_code error;
    outer.assign(asio::local::stream_protocol{}, socket.get(), error);
    if (error) {
      *last_ = link_event{link_event_kind::trouble, 0, target_.path, error.message()};
      return;
    }
    std::ignore = socket.release();
    link_setup setup{.peer_role = speaker::acceptor,
                     .peer = target_.path,
                     .own_node = node_of(system_),
                     .limits = target_.limits};
    setup.limits.handshake_deadline = timeout;
    setup.hand_over = [&caf_end](unique_fd end) { caf_end = std::move(end); };
    auto opened = std::make_shared<std::promise<bool>>();
    opened_ = opened->get_future();
    setup.on_event = [last = last_, opened, listener = target_.on_event](const link_event& event) {
      // The first event tells: a link that ends without having been opened is reported once, too.
      if (!*last) opened->set_value(event.kind == link_event_kind::opened);
      *last = event;
      if (listener) listener(event);
    };
    link_ = std::make_shared<local_link>(std::move(outer), std::move(setup));
    link_->start();
  }

  net_thread& net_;
  caf::actor_system& system_;
  const local_target& target_;
  std::shared_ptr<local_link> link_;
  std::future<bool> opened_;
  /// Written on the net thread only, and by the link for as long as it lives.
  std::shared_ptr<std::optional<link_event>> last_ = std::make_shared<std::optional<link_event>>();
};

} // namespace

outcome<remote_actor> connect_local(net_thread& net, caf::actor_system& system, const local_target& target,
                                    const std::set<std::string>& expected) {
  auto deadline = clock::now() + target.timeout;
  for (;;) {
    auto socket = reach(target.path, deadline);
    if (!socket) return std::unexpected(socket.error());
    attempt tried{net, system, target};
    auto far = tried.run(std::move(*socket), left_until(deadline));
    if (far && !far->actor) {
      tried.give_up();
      return fail(ec::transport, fmt::format("the node at {} offers no actor", target.path), target.path);
    }
    if (far && !system.assignable(far->signatures, expected)) {
      tried.give_up();
      return fail(
          ec::version_mismatch,
          fmt::format("the node at {} offers another interface; use the client of the node's own version",
                      target.path),
          target.path);
    }
    // CAF closes a link at once when it has another one to the same node. That one may be good, or it may be
    // about to go, and the actor with it.
    if (far
        && (tried.opened(deadline)
            || answers(system, far->actor, std::min(left_until(deadline), answer_patience))))
      return std::move(*far);
    auto last = tried.give_up();
    auto error = far ? caf::make_error(caf::sec::request_timeout) : far.error();
    // The other reason to try again: CAF's heartbeat hit the handshake (see connect_basp).
    auto again = far || error == caf::sec::connection_timeout;
    if (!again || clock::now() + retry_pause > deadline) return std::unexpected(explain(target, error, last));
    std::this_thread::sleep_for(retry_pause);
  }
}

} // namespace tidemark::net
