/// The thin actor in front of the http engine: messages in, transfers out, and the end of each lease.
#pragma once

#include <unordered_map>

#include "messages/protocol.hpp"
#include "netsuite/http_engine.hpp"

namespace tidemark {

struct http_state {
  struct transfer {
    pool_actor pool;
    caf::typed_response_promise<fetched> promise;
  };

  explicit http_state(http_actor::stateful_pointer<http_state> http) : self(http) {}

  caf::result<fetched> start(const fetch& what);
  void end(http_response&& response);
  void cancel(const cancel_transfer& what);
  http_counts counts() const;

  http_actor::stateful_pointer<http_state> self;
  http_engine* engine = nullptr; ///< outlives the actor
  std::unordered_map<transfer_id, transfer> open;

  static inline const char* name = "http";
};

/// Every lease that comes here ends in exactly one `transfer_closed` to its pool. `engine` must outlive the
/// actor.
http_actor::behavior_type http(http_actor::stateful_pointer<http_state> self, http_engine* engine);

} // namespace tidemark
