/// http: the thin actor in front of the http engine.
#pragma once

#include <cstdint>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/error.hpp"
#include "messages/http.hpp"
#include "messages/inside/pool.hpp"

namespace tidemark {

struct fetch {
  http_request request;
  pool_actor pool; ///< hears of the transfer's end
};
/// `what.code` is none if the response is a good answer; otherwise its class.
struct fetched {
  http_response response;
  failure what;
};
/// Closes a transfer; its fetch is answered as cancelled. For a transfer that is not open, only the pool is
/// told.
struct cancel_transfer {
  transfer_id id = 0;
  pool_actor pool;
};
/// Own loop: the engine's thread reports a closed transfer.
struct transfer_ended {
  http_response response;
};
struct query_http {};
struct http_counts {
  std::uint64_t transfers = 0;
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t reused = 0;
  std::uint64_t lost = 0; ///< over kept connections that turned out to be dead
};
/// Which transfers are open.
struct list_transfers {};
struct open_transfers {
  std::vector<transfer_id> ids;
};

/// Performs requests through the one http engine of the process.
using http_actor = caf::typed_actor<
    /// Answered when the transfer has closed. The pool hears of it first.
    sig<fetched, fetch>, sig<void, cancel_transfer>, sig<http_counts, query_http>,
    sig<open_transfers, list_transfers>,
    /// Own loop.
    sig<void, transfer_ended>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::fetch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::fetched)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::cancel_transfer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::transfer_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_http)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::http_counts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::list_transfers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::open_transfers)
