/// Pure core: the node's figures as counters and gauges.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/monitor/alert_rules.hpp"
#include "messages/alerts.hpp"
#include "messages/metrics.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/slots.hpp"

namespace tidemark {

/// What the monitor knows at one moment.
struct metrics_view {
  unix_ms started_at = 0;
  std::vector<pool_status> pools;
  std::vector<import_status> imports;                                  ///< that have not ended
  std::map<std::pair<std::string, import_state>, std::uint64_t> ended; ///< imports, by tenant and how
  std::map<std::string, std::vector<error_count>> errors;              ///< by tenant
  std::vector<tenant_sample> stores;
  resource_sample resources;
  std::vector<alert> alerts; ///< up
};

/// The one place that makes metrics. Every family is there, also without samples.
std::vector<metric_family> make_metrics(const metrics_view& view);

} // namespace tidemark
