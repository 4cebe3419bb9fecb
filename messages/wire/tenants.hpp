/// Tenants of a node.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/words.hpp"

namespace tidemark {

struct list_tenants {
  std::uint32_t unused = 0; ///< an empty struct has no wire form
};
TIDEMARK_INSPECT(list_tenants, x.unused)

struct tenant_info {
  std::string id;
  std::string account;
  std::string state;  ///< active, suspended, not answering, database_away (it cannot be used), given_up (its
                      ///< actor died too often), taken_over (another node has its database)
  std::string reason; ///< of one that is not active, or that another node serves as well
  unix_ms since = 0;  ///< of a suspended one
  std::uint64_t imports_running = 0;
  std::string comparing = {}; ///< the record type whose paths are being compared, which uses the account, too
};
TIDEMARK_INSPECT(tenant_info, x.id, x.account, x.state, x.reason, x.since, x.imports_running, x.comparing)

struct tenant_list {
  std::vector<tenant_info> tenants; ///< by id
};
TIDEMARK_INSPECT(tenant_list, x.tenants)

/// Nothing of this tenant goes to NetSuite until `resume_tenant`, also over restarts: its imports are paused,
/// and no new one starts.
struct suspend_tenant {
  std::string tenant;
  std::string requested_by;
};
TIDEMARK_INSPECT(suspend_tenant, x.tenant, x.requested_by)

/// Ends a suspension, whatever began it: the login is tried once more, and imports that it paused go on.
struct resume_tenant {
  std::string tenant;
  std::string requested_by;
};
TIDEMARK_INSPECT(resume_tenant, x.tenant, x.requested_by)

} // namespace tidemark
