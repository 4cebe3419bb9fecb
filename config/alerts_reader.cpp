#include "config/alerts_reader.hpp"

#include <fmt/format.h>

namespace tidemark {

namespace {

// A log is written back from 16 MB on, and looked after from 20 MB on.
constexpr std::int64_t least_log_mb = 32;

} // namespace

void read_alerts(toml_section& in, alerts_config& result) {
  constexpr bounds share{0, 100};
  constexpr bounds time{1, 86'400};
  in.seconds("sample_seconds", {1, 300}, result.sample);
  in.seconds("window_seconds", time, result.window);
  in.seconds("hold_seconds", {0, 86'400}, result.hold);
  in.number("utilization_percent", share, result.utilization_percent);
  in.seconds("utilization_seconds", {0, 86'400}, result.utilization_time);
  in.number("refusals_percent", share, result.refusals_percent);
  in.number("batch_failures_percent", share, result.batch_failures_percent);
  in.number("retries_percent", share, result.retries_percent);
  in.seconds("oldest_batch_seconds", {0, 604'800}, result.oldest_batch);
  in.number("import_long_percent", {0, 100'000}, result.import_long_percent);
  in.number("slow_percent", share, result.slow_percent);
  in.number("least_history", {1, 50}, result.least_history);
  in.number("memory_percent", share, result.memory_percent);
  in.megabytes("memory_limit_mb", {0, 1LL << 30}, result.memory_limit);
  in.number("descriptors_percent", share, result.descriptors_percent);
  in.megabytes("disk_free_mb", {0, 1LL << 30}, result.disk_free);
  in.seconds("store_delay_seconds", {0, 3600}, result.store_delay);
  if (auto size = in.number("log_mb", {0, 1LL << 30})) {
    result.log_size = static_cast<std::uint64_t>(*size) << 20;
    if (*size > 0 && *size < least_log_mb)
      in.problem("log_mb",
                 fmt::format("is less than a log has without any trouble; give {} or more, or 0 for no "
                             "alert",
                             least_log_mb));
  }
  if (result.window < result.sample)
    in.problem("window_seconds", "is below sample_seconds, so that nothing is measured in it; raise it");
  in.refuse_unknown();
}

} // namespace tidemark
