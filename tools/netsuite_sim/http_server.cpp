#include "tools/netsuite_sim/http_server.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <optional>
#include <stdexcept>

namespace tidemark::netsuite_sim {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint64_t body_limit = 8 << 20;
constexpr auto trickle_tick = std::chrono::milliseconds(50);

std::string lower_name(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// What the connections of one server share.
struct shared_part {
  http_events events;
  /// The server is being destroyed: nobody wants to hear of its connections any more.
  bool is_ending = false;
};

/// One connection: reads a request, lets it be answered, sends the answer when it is due, and begins again.
class session : public std::enable_shared_from_this<session> {
public:
  session(tcp::socket socket, const shared_part& shared)
      : stream_(std::move(socket)), shared_(shared), timer_(stream_.get_executor()) {
    stream_.socket().set_option(tcp::no_delay(true));
    shared_.events.connection_opened();
  }
  ~session() {
    if (shared_.is_ending) return;
    abandon();
    shared_.events.connection_closed();
  }
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  void read() {
    parser_.emplace();
    parser_->body_limit(body_limit);
    auto idle = shared_.events.keep_alive();
    if (idle.count() > 0)
      stream_.expires_after(idle);
    else
      stream_.expires_never();
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
  }

private:
  void on_read(error_code error) {
    if (error) return close();
    stream_.expires_never();
    const auto& message = parser_->get();
    keep_alive_ = message.keep_alive();
    http_request request{
        std::string(message.method_string()), std::string(message.target()), {}, message.body()};
    for (const auto& field : message)
      request.headers[lower_name({field.name_string().data(), field.name_string().size()})] =
          std::string(field.value());
    reply_ = shared_.events.handle(request);
    is_answering_ = true;
    auto waits = reply_.delay.count() > 0 || reply_.end == http_reply::ending::never;
    if (!waits) return send();
    watch_for_close();
    if (reply_.end == http_reply::ending::never) return;
    timer_.expires_after(reply_.delay);
    timer_.async_wait([self = shared_from_this()](error_code cancelled) {
      if (!cancelled && self->is_answering_) self->send();
    });
  }

  /// While the answer is not due, a connection that becomes readable without data has been closed by the
  /// client.
  void watch_for_close() {
    stream_.socket().async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
      if (error || !self->is_answering_ || self->is_sending_) return;
      error_code ignored;
      if (self->stream_.socket().available(ignored) > 0) return;
      self->abandon();
      self->timer_.cancel();
      self->close();
    });
  }

  void send() {
    is_sending_ = true;
    if (reply_.end == http_reply::ending::reset) {
      finish();
      error_code ignored;
      stream_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
      stream_.socket().close(ignored);
      return;
    }
    make_head();
    sent_ = 0;
    end_ = reply_.body ? reply_.body->size() : 0;
    if (reply_.end == http_reply::ending::truncated) {
      end_ /= 2;
      keep_alive_ = false;
    }
    send_piece(true);
  }

  void make_head() {
    auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(reply_.status)));
    head_ = fmt::format("HTTP/1.1 {} {}\r\n", reply_.status, std::string_view(reason.data(), reason.size()));
    for (const auto& [name, value] : reply_.headers) head_ += fmt::format("{}: {}\r\n", name, value);
    if (reply_.status != 204)
      head_ += fmt::format("Content-Length: {}\r\n", reply_.body ? reply_.body->size() : 0);
    head_ += keep_alive_ ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  }

  void send_piece(bool with_head) {
    auto piece = end_ - sent_;
    if (reply_.bytes_per_second > 0)
      piece =
          std::min(piece, std::max<std::size_t>(1, static_cast<std::size_t>(reply_.bytes_per_second
                                                                            * trickle_tick.count() / 1000)));
    auto is_last = sent_ + piece == end_;
    if (is_last) finish();
    std::array<asio::const_buffer, 2> buffers{asio::buffer(with_head ? head_ : std::string_view()),
                                              reply_.body ? asio::buffer(reply_.body->data() + sent_, piece)
                                                          : asio::const_buffer()};
    sent_ += piece;
    asio::async_write(stream_.socket(), buffers,
                      [self = shared_from_this(), is_last](error_code error, std::size_t) {
                        if (error) {
                          self->abandon();
                          return self->close();
                        }
                        if (is_last) return self->on_sent();
                        self->timer_.expires_after(trickle_tick);
                        self->timer_.async_wait([self](error_code cancelled) {
                          if (!cancelled) self->send_piece(false);
                        });
                      });
  }

  void on_sent() {
    reply_ = {};
    is_sending_ = false;
    if (keep_alive_)
      read();
    else
      close();
  }

  void finish() {
    if (!std::exchange(is_answering_, false)) return;
    if (reply_.before_end) reply_.before_end();
  }

  void abandon() {
    if (!std::exchange(is_answering_, false)) return;
    if (reply_.abandoned) reply_.abandoned();
  }

  void close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.socket().close(ignored);
  }

  beast::tcp_stream stream_;
  const shared_part& shared_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http_reply reply_;
  std::string head_;
  std::size_t sent_ = 0;
  std::size_t end_ = 0;
  bool keep_alive_ = true;
  bool is_answering_ = false;
  bool is_sending_ = false;
};

} // namespace

struct http_server::state {
  explicit state(http_events events) : shared{std::move(events)} {}

  void accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        // Out of descriptors, most likely: try again when some have been freed.
        pause.expires_after(std::chrono::milliseconds(20));
        pause.async_wait([this](error_code cancelled) {
          if (!cancelled) accept();
        });
        return;
      }
      std::make_shared<session>(std::move(socket), shared)->read();
      accept();
    });
  }

  shared_part shared;
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  asio::steady_timer pause{context};
  asio::signal_set signals{context, SIGTERM, SIGINT};
};

http_server::http_server(http_events events) : state_(std::make_shared<state>(std::move(events))) {}

http_server::~http_server() { state_->shared.is_ending = true; }

std::uint16_t http_server::listen(const std::string& address, std::uint16_t port) {
  auto& acceptor = state_->acceptor;
  try {
    tcp::endpoint endpoint(asio::ip::make_address(address), port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen(4096);
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error(
        fmt::format("cannot listen on {}:{}: {}", address, port, error.code().message()));
  }
  return acceptor.local_endpoint().port();
}

void http_server::run() {
  state_->signals.async_wait([this](error_code error, int) {
    if (!error) stop();
  });
  state_->accept();
  state_->context.run();
}

void http_server::stop() { state_->context.stop(); }

void http_server::after(std::chrono::microseconds time, std::function<void()> action) {
  auto timer = std::make_shared<asio::steady_timer>(state_->context, time);
  timer->async_wait([timer, action = std::move(action)](error_code error) {
    if (!error) action();
  });
}

} // namespace tidemark::netsuite_sim
