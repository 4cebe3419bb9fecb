/// The section [alerts] of the node's configuration: when people are told.
#pragma once

#include <chrono>
#include <cstdint>

namespace tidemark {

/// Percentages and sizes of zero switch their rule off.
struct alerts_config {
  /// How often pools, databases and resources are looked at, in seconds. A longer time notices later.
  std::chrono::seconds sample{5};
  /// Over how long shares and rates are measured, in seconds. A shorter time reacts to single mishaps.
  std::chrono::seconds window{600};
  /// How long a measured value must stay above its threshold before its alert is raised, and well below it
  /// before the alert is cleared, in seconds. Shorter makes alerts flap.
  std::chrono::seconds hold{60};
  /// Share of an account's slots in use from which imports are limited by the account.
  std::uint32_t utilization_percent = 80;
  /// How long the slots must be that busy, in seconds. Every full import keeps them busy for a while.
  std::chrono::seconds utilization_time{900};
  /// Share of requests refused although we stay under the account's limit: somebody else uses it.
  std::uint32_t refusals_percent = 2;
  /// Share of a tenant's batches that ended as failed.
  std::uint32_t batch_failures_percent = 5;
  /// Share of a tenant's pick-ups that ended in a failed attempt.
  std::uint32_t retries_percent = 20;
  /// Age of the oldest batch that was picked up and has not ended, in seconds.
  std::chrono::seconds oldest_batch{900};
  /// An import's duration in percent of the median of its predecessors.
  std::uint32_t import_long_percent = 200;
  /// An import's records per second in percent of the median of its predecessors; below it is slow.
  std::uint32_t slow_percent = 30;
  /// How many earlier imports of the same record type and mode make a history.
  std::uint32_t least_history = 3;
  /// The node's memory in percent of its limit.
  std::uint32_t memory_percent = 90;
  /// The limit of the node's memory, in bytes (`memory_limit_mb`); 0 means that of its control group, else
  /// of the machine.
  std::uint64_t memory_limit = 0;
  /// Open file descriptors in percent of the process's limit.
  std::uint32_t descriptors_percent = 80;
  /// Space left for the databases, in bytes (`disk_free_mb`); below it there is an alert.
  std::uint64_t disk_free = 1024ULL << 20;
  /// How long a tenant's database may take to answer, in seconds.
  std::chrono::seconds store_delay{30};
  /// What may stand in a database's log (-wal), in bytes (`log_mb`). It is 16 MB by itself.
  std::uint64_t log_size = 256ULL << 20;

  friend bool operator==(const alerts_config&, const alerts_config&) = default;
};

} // namespace tidemark
