/// pool: one per NetSuite account.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "messages/caf_compat.hpp"
#include "messages/error.hpp"
#include "messages/http.hpp"
#include "messages/inside/common.hpp"
#include "messages/wire/slots.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Asks for a slot. Answered with `lease` at the grant, or with `ec::authentication` once the tenant's login
/// counts as refused; a requester that ends before is forgotten.
struct acquire_slot {
  std::string
      import_id; ///< whom the wait is counted for, and who takes turns; a tenant's id for its own requests
  bool retry = false; ///< was refused a moment ago: goes to the head of the queue
  std::string tenant = {};
  std::uint64_t login = 0; ///< the generation that the request is signed with; zero if it is not
  urgency how_urgent = urgency::interactive;
  slot_purpose what = slot_purpose::work;
};
/// The right to have one request open, named by the transfer that uses it. The upper half of the id is the
/// pool's epoch: a late end of an earlier epoch's lease changes nothing.
struct lease {
  transfer_id id = 0;
  bool probe = false; ///< granted during an outage, to find out whether it is over
  /// How many slots the account has for us at present, free or not.
  std::uint32_t slots = 0;
  /// Not zero: there is no lease, since this login was refused in the meantime. Sign anew, then ask again.
  std::uint64_t refused_login = 0;
};
/// Only this gives a lease back. Sent by the http actor when the transfer has closed, or was never opened.
struct transfer_closed {
  transfer_id id = 0;
  ec code = ec::none; ///< how it ended
  std::chrono::microseconds duration{0};
  std::chrono::seconds retry_after{0};
  bool opened = true; ///< false: the lease ended without a request
  std::string text;
  bool reused = false;     ///< went over a kept connection
  unix_ms server_date = 0; ///< of the answer; zero if it has none
};
/// Whether the failure of a transfer was part of an outage, and so no attempt of whoever made the request.
/// Answered when that can be told, which takes a few seconds at most.
struct judge_failure {
  transfer_id id = 0;
};
struct judged {
  bool excused = false;
};
/// Opens a tenant's refused login for one more try.
struct retry_login {
  std::string tenant;
};
struct query_pool {};
/// Another limit for the account, and where it comes from. A limit of the account's own telling does not
/// replace an operator's.
struct set_limit {
  std::uint32_t limit = 0;
  limit_source source = limit_source::governance;
  std::string note;                          ///< why the account would not tell, for fallback
  std::optional<std::uint32_t> reserve = {}; ///< of it, left to other integrations; nothing: as it was
};
/// Forgets what was learnt about the limit, an operator's limit, and leases whose transfers are not open.
struct reset_pool {};
/// To the watchers of a pool (tenants): the account has not answered for the configured time.
struct account_unavailable {
  unix_ms since = 0;
  std::string reason;
};
/// To the watchers of a pool: it answers again.
struct account_available {};
/// To the watchers of a pool: a request failed and none is open that could tell whether the account is down.
/// Whoever can, asks it something.
struct account_suspect {};
/// To the watchers of a pool: NetSuite refused this tenant's login twice in a row.
struct login_refused {
  std::string tenant;
  std::string reason;
};
/// Whoever wants to know how the account is.
using account_watcher = caf::typed_actor<sig<void, account_unavailable>, sig<void, account_available>,
                                         sig<void, account_suspect>, sig<void, login_refused>>;
struct watch_pool {
  account_watcher watcher;
};

/// The slots of one NetSuite account.
using pool_actor = caf::typed_actor<
    /// Answered at the grant, which may take long; the pool watches the requester and forgets it when it
    /// ends.
    sig<lease, acquire_slot>,
    /// From the http actor: the lease is over.
    sig<void, transfer_closed>, sig<judged, judge_failure>, sig<pool_status, query_pool>,
    sig<void, watch_pool>, sig<void, retry_login>,
    /// Both are answered with the state after the change.
    sig<pool_status, set_limit>, sig<pool_status, reset_pool>,
    /// Own loop: a paced grant or a lingering slot is due.
    sig<void, tick>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::retry_login)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::acquire_slot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::lease)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::transfer_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::judge_failure)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::judged)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_pool)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::set_limit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::reset_pool)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::account_unavailable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::account_available)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::account_suspect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::login_refused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::watch_pool)
