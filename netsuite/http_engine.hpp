/// Every HTTP transfer of the process: one libcurl multi loop on a thread of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "messages/http.hpp"

namespace tidemark {

struct http_engine_options {
  /// Time for name lookup, connection and TLS handshake.
  std::chrono::milliseconds connect_timeout{10'000};
  /// Time for a whole exchange, unless the request brings its own.
  std::chrono::milliseconds total_timeout{300'000};
  /// The largest body that is accepted, in bytes after decompression.
  std::size_t max_body = std::size_t{64} << 20;
  /// A PEM file of trusted authorities; empty: those of the system.
  std::string ca_file = {};
  /// A proxy's URL; empty: none, also where the environment names one.
  std::string proxy = {};
  /// Further transfers to a host wait inside the engine, with their time-out running. Zero: no bound, since
  /// the slots of an account are the real one.
  std::size_t max_connections_per_host = 0;
  /// Connections that are kept for later transfers, over all hosts; above it the longest idle one is closed.
  std::size_t max_kept_connections = 256;
  /// A connection that was idle for longer is not used again.
  std::chrono::seconds idle_lifetime{60};
  /// How long a looked-up address is used: a host that moves is found again after that.
  std::chrono::seconds address_lifetime{30};
  /// Addresses to begin with, as if they had just been looked up: "HOST:PORT:ADDRESS[,ADDRESS]". For tests.
  std::vector<std::string> known_addresses = {};
};

struct http_engine_stats {
  std::uint64_t transfers = 0;          ///< closed, in whatever way
  std::uint64_t connections_opened = 0; ///< connects that succeeded, retries included
  std::uint64_t reused = 0;             ///< transfers that needed no new connection
  std::uint64_t lost = 0;               ///< ended since a kept connection turned out to be dead
  std::uint64_t in_flight = 0;          ///< transfers open now
  std::uint64_t open_now = 0;           ///< sockets open now, kept ones included
};

/// HTTP/1.1 with kept-alive connections; the addresses of a host are tried as RFC 8305 says (IPv6 first, IPv4
/// a moment later unless it answers), gzip, verified TLS, no redirects and no cookies. A transfer never takes
/// more than one connection, and a kept connection to the same host comes before a new one.
///
/// A request is sent once and never repeated, since a signature counts once (contract section 5.2). When a
/// *kept* connection breaks before the first byte of an answer, as a rule because the peer closed it while it
/// was idle, the transfer ends as `lost`: it is to be signed anew and made again, with `fresh_connection`.
class http_engine {
public:
  /// Runs on the engine's thread and must neither block nor throw nor destroy the engine. Parse elsewhere.
  using closed = std::move_only_function<void(http_response)>;

  /// Throws std::system_error if the thread cannot be started and std::bad_alloc if libcurl has no memory.
  explicit http_engine(http_engine_options options = {});

  /// Cancels what is open, each callback still runs once, then joins the thread.
  ~http_engine();

  http_engine(const http_engine&) = delete;
  http_engine& operator=(const http_engine&) = delete;

  /// Thread-safe. The callback runs exactly once, when the transfer has closed; a request that cannot be sent
  /// (bad URL, unknown method, an id that is already in flight) closes as `transport_result::failed`.
  void submit(http_request request, closed on_closed);

  /// Thread-safe. The transfer closes as `transport_result::cancelled`, its connection is closed as well.
  /// Unknown ids are ignored, since the transfer may just have closed by itself.
  void cancel(transfer_id id);

  /// Thread-safe.
  [[nodiscard]] http_engine_stats stats() const;

private:
  class loop;
  std::unique_ptr<loop> loop_;
};

} // namespace tidemark
