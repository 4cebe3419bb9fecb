/// One HTTP exchange as the http engine performs it. Local to a process: responses hold the buffer itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "messages/error.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Names one transfer for its whole life; it is the id of the lease that allows it.
using transfer_id = std::uint64_t;

struct http_request {
  transfer_id id = 0;
  std::string method = "GET"; ///< GET, POST or OPTIONS
  std::string url;
  std::vector<std::string> headers; ///< "Name: value"
  std::string body;
  std::chrono::milliseconds total_timeout{0}; ///< at most the engine's own; zero: that
  bool fresh_connection = false;              ///< not over a kept one
};

/// How the transfer ended, as far as transport goes. Only `ok` has a status and a whole body.
enum class transport_result : std::uint8_t {
  ok,
  cancelled,      ///< by us
  timeout,        ///< no connection or no whole answer in time
  unreachable,    ///< no connection: refused, no route, unknown host
  broken,         ///< the connection broke or the body ended early
  lost,           ///< the same, on a kept connection before any byte of an answer: it was dead, as a rule
  body_too_large, ///< more than the configured bound
  tls,            ///< the peer's certificate or the handshake was not acceptable
  failed          ///< anything else; see `transport_text`
};

struct http_response {
  transfer_id id = 0;
  transport_result transport = transport_result::ok;
  std::string transport_text; ///< the library's words for a transport that is not ok
  long status = 0;
  /// Capacity exceeds size by at least simdjson's padding, so that the body is parsed in place.
  std::shared_ptr<std::string> body;
  /// As how many gzip streams, one in the other, the body is still packed: see `unpack`.
  std::uint8_t packed = 0;
  std::size_t max_body = 0; ///< bytes that it may unpack to
  std::string content_type;
  std::string operation_id;            ///< X-N-OperationId, for support cases
  unix_ms server_date = 0;             ///< the Date header; zero if absent
  std::chrono::seconds retry_after{0}; ///< the Retry-After header in seconds; zero if absent
  std::chrono::microseconds duration{0};
  bool new_connection = false; ///< the transfer had to open a connection
  bool first_byte = false;     ///< at least one byte of an answer arrived
};

} // namespace tidemark
