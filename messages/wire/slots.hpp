/// Slots of an account.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// How many requests of one import wait for a slot.
struct lane_status {
  std::string import_id; ///< a tenant's id for requests of no import
  std::uint32_t waiting = 0;
};
TIDEMARK_INSPECT(lane_status, x.import_id, x.waiting)

/// One tenant's login at an account.
struct login_status {
  std::string tenant;
  std::string state; ///< unproven, proven, suspected, refused
};
TIDEMARK_INSPECT(login_status, x.tenant, x.state)

/// One NetSuite account and its slots. Shares are in ten-thousandths.
struct pool_status {
  std::string account;
  std::uint32_t limit = 0; ///< of the account
  limit_source source = limit_source::configured;
  std::string source_note;     ///< why the account would not tell its limit, for fallback
  std::uint32_t reserve = 0;   ///< of the limit, left to other integrations
  std::uint32_t effective = 0; ///< what is granted at most right now
  std::uint32_t in_use = 0;
  std::uint32_t lingering = 0; ///< of these, aborted transfers that NetSuite may still be working on
  std::uint32_t waiting = 0;
  std::vector<lane_status> lanes; ///< those with somebody who waits
  std::uint64_t granted = 0;
  std::uint64_t refused = 0;
  std::uint64_t refused_as_401 = 0; ///< of these
  std::uint32_t busy_1m = 0;        ///< share of the slots that we may use, over the last minute
  std::uint32_t busy_5m = 0;
  std::uint32_t busy_15m = 0;
  std::uint64_t transfers = 0; ///< that were answered
  std::uint64_t reused = 0;    ///< of these, on a kept connection: as many handshakes were saved
  std::vector<login_status> logins;
  bool outage = false; ///< the account's breaker is open
  std::string outage_reason;
  std::uint32_t refused_in_a_row = 0; ///< times that the account has refused since its last good answer
};
TIDEMARK_INSPECT(pool_status, x.account, x.limit, x.source, x.source_note, x.reserve, x.effective, x.in_use,
                 x.lingering, x.waiting, x.lanes, x.granted, x.refused, x.refused_as_401, x.busy_1m,
                 x.busy_5m, x.busy_15m, x.transfers, x.reused, x.logins, x.outage, x.outage_reason,
                 x.refused_in_a_row)

/// Shows the slots of a tenant's account, after changing them if asked to. Answered with `pool_status`.
struct tune_concurrency {
  std::string tenant;
  bool reset = false;      ///< forget what was learnt, an operator's limit and stale leases
  std::uint32_t limit = 0; ///< the account's limit from now on, until the next start or reset; zero: leave it
  std::string requested_by;
};
TIDEMARK_INSPECT(tune_concurrency, x.tenant, x.reset, x.limit, x.requested_by)

} // namespace tidemark
