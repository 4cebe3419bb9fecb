/// monitor: errors, alerts and metrics.
#pragma once

#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/journal.hpp"
#include <set>
#include <string>

#include "messages/inside/tenant.hpp"
#include "messages/metrics.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/journal.hpp"

namespace tidemark {

/// node → monitor: a tenant whose database is to be watched; again when it was restarted.
struct watch_tenant {
  std::string id;
  tenant_actor tenant;
  std::string account = {};
  pool_actor pool = {};
  std::set<std::string> record_types = {}; ///< what its criteria describe now
};
/// import → monitor: an error that is in the ledger, for the counts of this life of the node.
struct error_seen {
  error_entry what;
};
/// An alert that somebody else has decided on, under an id of its own. Raising it again renews its text.
struct raise_alert {
  alert what;
};
struct clear_alert {
  std::string id;
  alert_subject about;
};
struct query_metrics {};
struct metrics_snapshot {
  std::vector<metric_family> families;
};

/// Watches imports (through the journal), accounts, databases and the process; counts errors, keeps alerts.
using monitor_actor = caf::typed_actor<sig<void, watch_tenant>, sig<void, forget_tenant>,
                                       sig<void, error_seen>, sig<void, raise_alert>, sig<void, clear_alert>,
                                       // from the journal
                                       sig<void, journal_snapshot>, sig<void, import_event>,
                                       /// From memory, for a tenant whose ledger does not answer.
                                       sig<error_report, query_errors>, sig<alert_list, query_alerts>,
                                       sig<metrics_snapshot, query_metrics>,
                                       /// Own loop: a sample is due.
                                       sig<void, tick>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::watch_tenant)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::error_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::raise_alert)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::clear_alert)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_metrics)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::metrics_snapshot)
