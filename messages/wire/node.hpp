/// The node itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/slots.hpp"
#include "messages/words.hpp"

namespace tidemark {

struct query_node {
  std::uint32_t unused = 0; ///< an empty struct has no wire form
};
TIDEMARK_INSPECT(query_node, x.unused)

/// Stops the node as SIGTERM does. Answered with `node_stopping` before it begins.
struct stop_node {
  std::string requested_by;
};
TIDEMARK_INSPECT(stop_node, x.requested_by)

struct node_stopping {
  std::string node;
  std::uint32_t longest_seconds =
      0; ///< until it has stopped; its imports have stopped by then or are cut off
};
TIDEMARK_INSPECT(node_stopping, x.node, x.longest_seconds)

/// Reads the configuration file again, as SIGHUP does. A file that does not do changes nothing:
/// `ec::bad_config`.
struct reload_node {
  std::string requested_by;
};
TIDEMARK_INSPECT(reload_node, x.requested_by)

struct reload_report {
  std::vector<std::string> changes; ///< a line each; none: the node runs with this configuration already
  std::vector<std::string> hints;   ///< what is left to do, a sentence each
};
TIDEMARK_INSPECT(reload_report, x.changes, x.hints)

/// A tenant whose database its last owner did not leave cleanly.
struct recovered_tenant {
  std::string tenant;
  std::string text; ///< what is known of that owner
};
TIDEMARK_INSPECT(recovered_tenant, x.tenant, x.text)

struct node_status {
  std::string name;
  std::string version;
  unix_ms started_at = 0;
  std::vector<std::string> tenants;
  std::vector<pool_status> pools;
  std::vector<recovered_tenant> recovered; ///< at this start
  std::vector<std::string> suspended;      ///< tenants
  std::vector<std::string> comparing;      ///< tenants whose paths are being compared
  std::vector<std::string> not_answering;  ///< tenants; what is counted here is without them
  std::uint64_t imports_running = 0;
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t transfers = 0;
  std::uint64_t transfers_reused = 0;  ///< of these, on a kept connection
  std::uint64_t transfers_retried = 0; ///< repeated at once since a kept connection turned out to be dead
  std::vector<alert> alerts;           ///< up, worst first
};
TIDEMARK_INSPECT(node_status, x.name, x.version, x.started_at, x.tenants, x.pools, x.recovered, x.suspended,
                 x.comparing, x.not_answering, x.imports_running, x.connections_opened, x.connections_open,
                 x.transfers, x.transfers_reused, x.transfers_retried, x.alerts)

} // namespace tidemark
