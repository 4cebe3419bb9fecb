/// Internal: one connection between a peer and CAF, over any kind of stream. Includes Asio.
#pragma once

#include "net/link_event.hpp"
#include "net/pump.hpp"
#include "net/unique_fd.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <bit>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace tidemark::net {

/// A number for a new link, unique in the process.
std::uint64_t next_link_number() noexcept;

struct link_setup {
  std::uint64_t number = next_link_number();
  /// What the peer is: a door links to connectors, a client to an acceptor.
  speaker peer_role = speaker::connector;
  std::string peer;
  node_bytes own_node = {};
  link_limits limits = {};
  /// Takes CAF's end of the socketpair: for a connector once its greeting was good, for an acceptor at the
  /// start.
  std::function<void(unique_fd)> hand_over = {};
  link_listener on_event = {};
  /// Called once, when the link is over.
  std::function<void()> on_end = {};
};

/// Pumps bytes between `Outer`, the peer's stream, and a socketpair whose other end is CAF's, each direction
/// through a filter. Keeps itself alive until it is cut. Everything runs on the net thread.
///
/// `Outer` is a connected Asio stream with `lowest_layer()`.
template <class Outer>
class link : public std::enable_shared_from_this<link<Outer>> {
public:
  link(Outer outer, link_setup setup)
      : outer_(std::move(outer)),
        inner_(outer_.get_executor()),
        handshake_timer_(outer_.get_executor()),
        stall_timer_(outer_.get_executor()),
        setup_(std::move(setup)),
        from_peer_({setup_.peer_role, origin::peer, setup_.own_node, setup_.limits.max_payload}),
        from_caf_({setup_.peer_role == speaker::connector ? speaker::acceptor : speaker::connector,
                   origin::ourselves, setup_.own_node, setup_.limits.max_payload}) {}

  /// Starts the handshake and its deadline.
  void start() {
    arm(handshake_timer_, setup_.limits.handshake_deadline, link_event_kind::handshake_timeout,
        "the handshake was not complete in time");
    if (setup_.peer_role == speaker::acceptor && !open_inner()) return;
    spawn(pump_in());
  }

  /// Ends the link and reports why; does nothing when it is over already.
  void cut(link_event_kind kind, const std::string& why) {
    if (over_) return;
    over_ = true;
    boost::system::error_code ignored;
    outer_.lowest_layer().close(ignored);
    inner_.close(ignored);
    disarm(handshake_timer_);
    disarm(stall_timer_);
    report(kind, why);
    // Whatever the owner's functions hold on to is free now, even if a coroutine still waits to be told.
    setup_.hand_over = nullptr;
    setup_.on_event = nullptr;
    if (auto on_end = std::exchange(setup_.on_end, nullptr)) on_end();
  }

  /// Whether both sides' handshakes are complete.
  bool opened() const noexcept { return from_peer_.open() && from_caf_.open(); }

private:
  using error_code = boost::system::error_code;

  boost::asio::awaitable<void> pump_in() {
    auto end = co_await pump(
        outer_, from_peer_, [this](std::span<const std::byte> bytes) { return deliver_in(bytes); },
        [](const auto&) {});
    finish(end, link_event_kind::violation, "the peer closed the link");
  }

  boost::asio::awaitable<void> pump_out() {
    auto end = co_await pump(
        inner_, from_caf_, [this](std::span<const std::byte> bytes) { return deliver_out(bytes); },
        [this](const frame_filter::step& step) { note_drop(step); });
    finish(end, link_event_kind::trouble, "this side closed the link");
  }

  boost::asio::awaitable<error_code> deliver_in(std::span<const std::byte> bytes) {
    if (over_ || (!inner_.is_open() && !open_inner())) co_return boost::asio::error::operation_aborted;
    if (from_peer_.node()) from_caf_.reader(*from_peer_.node());
    announce();
    constexpr auto tuple = boost::asio::as_tuple(boost::asio::use_awaitable);
    auto [error, count] =
        co_await boost::asio::async_write(inner_, boost::asio::buffer(bytes.data(), bytes.size()), tuple);
    co_return error;
  }

  boost::asio::awaitable<error_code> deliver_out(std::span<const std::byte> bytes) {
    if (over_) co_return boost::asio::error::operation_aborted;
    announce();
    arm(stall_timer_, setup_.limits.stall_deadline, link_event_kind::stalled, "the peer does not read");
    constexpr auto tuple = boost::asio::as_tuple(boost::asio::use_awaitable);
    auto [error, count] =
        co_await boost::asio::async_write(outer_, boost::asio::buffer(bytes.data(), bytes.size()), tuple);
    disarm(stall_timer_);
    co_return error;
  }

  /// A program that does this does it often: only the first drops, and then ever fewer, are worth an event.
  void note_drop(const frame_filter::step& step) {
    if (std::has_single_bit(++drops_))
      report(link_event_kind::dropped_frame, fmt::format("{}; {} left out so far", step.text, drops_));
  }

  void announce() {
    if (announced_ || !opened()) return;
    announced_ = true;
    disarm(handshake_timer_);
    report(link_event_kind::opened, "the link is open");
  }

  /// Makes the socketpair, gives CAF its end and starts to listen to it. False when the link had to be cut.
  bool open_inner() {
    auto pair = make_socketpair();
    if (!pair) {
      cut(link_event_kind::trouble, pair.error().message);
      return false;
    }
    inner_.assign(boost::asio::local::stream_protocol{}, pair->first.release());
    std::exchange(setup_.hand_over, nullptr)(std::move(pair->second));
    spawn(pump_out());
    return true;
  }

  void finish(const pump_end& end, link_event_kind at_refusal, const char* at_eof) {
    switch (end.why) {
    case pump_end::cause::refused:
      return cut(at_refusal, fmt::format("{} ({})", end.refusal.text, to_string(end.refusal.why)));
    case pump_end::cause::failed:
      return cut(link_event_kind::closed,
                 fmt::format("the connection broke: {}", errno_text(end.error.value())));
    case pump_end::cause::eof: return cut(link_event_kind::closed, at_eof);
    }
  }

  void arm(boost::asio::steady_timer& timer, std::chrono::milliseconds after, link_event_kind kind,
           const char* why) {
    timer.expires_after(after);
    timer.async_wait([weak = this->weak_from_this(), &timer, kind, why](error_code error) {
      auto self = weak.lock();
      // A handler that is queued already is not cancelled any more: the clock decides.
      if (error || !self || timer.expiry() > std::chrono::steady_clock::now()) return;
      self->cut(kind, why);
    });
  }

  void disarm(boost::asio::steady_timer& timer) {
    timer.expires_at(std::chrono::steady_clock::time_point::max());
  }

  void report(link_event_kind kind, std::string text) {
    if (setup_.on_event) setup_.on_event({kind, setup_.number, setup_.peer, std::move(text)});
  }

  /// Runs a coroutine; its completion handler keeps the link alive as long as it runs.
  void spawn(boost::asio::awaitable<void> task) {
    boost::asio::co_spawn(outer_.get_executor(), std::move(task),
                          [self = this->shared_from_this()](std::exception_ptr thrown) {
                            if (thrown) self->cut(link_event_kind::trouble, describe(thrown));
                          });
  }

  static std::string describe(std::exception_ptr thrown) {
    try {
      std::rethrow_exception(std::move(thrown));
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  Outer outer_;
  boost::asio::local::stream_protocol::socket inner_;
  boost::asio::steady_timer handshake_timer_;
  boost::asio::steady_timer stall_timer_;
  link_setup setup_;
  frame_filter from_peer_;
  frame_filter from_caf_;
  std::uint64_t drops_ = 0;
  bool announced_ = false;
  bool over_ = false;
};

using local_link = link<boost::asio::local::stream_protocol::socket>;

} // namespace tidemark::net
