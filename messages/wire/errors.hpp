/// Errors and alerts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/alerts.hpp"
#include "messages/caf_compat.hpp"

namespace tidemark {

TIDEMARK_INSPECT(alert_subject, x.tenant, x.account, x.import_id, x.name)
TIDEMARK_INSPECT(alert, x.id, x.level, x.about, x.since, x.cleared_at, x.value, x.threshold, x.unit, x.text,
                 x.remedy)
TIDEMARK_INSPECT(error_entry, x.at, x.tenant, x.import_id, x.record_type, x.batch, x.category, x.code, x.text,
                 x.operation_id)
TIDEMARK_INSPECT(error_count, x.record_type, x.category, x.code, x.count, x.last_at)
TIDEMARK_INSPECT(error_report, x.tenant, x.import_id, x.counts, x.last, x.remark, x.next)

/// The errors that a tenant's ledger holds; of one import, or of all. Answered with `error_report`, which is
/// a page: as many of the last errors as `limit` says, or less if they are large.
struct query_errors {
  std::string tenant;
  std::string import_id;    ///< empty: all
  std::uint32_t limit = 20; ///< of the last errors; all are counted
  std::string after = {};   ///< `next` of the page before, whose counts are not told again; empty: the newest
};
TIDEMARK_INSPECT(query_errors, x.tenant, x.import_id, x.limit, x.after)

struct query_alerts {
  std::uint32_t unused = 0; ///< an empty struct has no wire form
};
TIDEMARK_INSPECT(query_alerts, x.unused)

struct alert_list {
  std::vector<alert> up;      ///< worst first
  std::vector<alert> cleared; ///< in this life of the node, last first
};
TIDEMARK_INSPECT(alert_list, x.up, x.cleared)

} // namespace tidemark
