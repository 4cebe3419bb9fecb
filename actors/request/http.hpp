/// The thin actor in front of the http engine: messages in, transfers out, and the end of each lease.
#pragma once

#include <functional>
#include <unordered_map>

#include "messages/inside/http.hpp"
#include "messages/inside/pool.hpp"
#include "messages/promise.hpp"
#include "netsuite/http_engine.hpp"

namespace tidemark {

/// What the actor needs of an engine.
struct http_transport {
  std::function<void(http_request, http_engine::closed)> submit;
  std::function<void(transfer_id)> cancel;
  std::function<http_engine_stats()> stats;
};

/// `engine` must outlive whoever uses the result.
http_transport transport_over(http_engine& engine);

struct http_state {
  struct transfer {
    pool_actor pool;
    answer_promise<fetched> promise;
  };

  explicit http_state(http_actor::stateful_pointer<http_state> http) : self(http) {}

  caf::result<fetched> start(const fetch& what);
  void end(http_response&& response);
  void cancel(const cancel_transfer& what);
  http_counts counts() const;
  open_transfers list() const;

  http_actor::stateful_pointer<http_state> self;
  http_transport engine;
  std::unordered_map<transfer_id, transfer> open;

  static inline const char* name = "http";
};

/// Every lease that comes here ends in exactly one `transfer_closed` to its pool.
http_actor::behavior_type http(http_actor::stateful_pointer<http_state> self, http_transport engine);

} // namespace tidemark
