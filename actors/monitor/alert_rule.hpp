/// The alert rules as a table: what is measured, when it is too much, what it means, what helps.
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "config/alerts_config.hpp"
#include "messages/alerts.hpp"

namespace tidemark {

/// The stable ids. Logs, dashboards and tests match them.
namespace alert_id {
inline constexpr std::string_view import_failed = "import_failed";
inline constexpr std::string_view import_long = "import_long";
inline constexpr std::string_view import_slow = "import_slow";
inline constexpr std::string_view batch_failures = "batch_failures";
inline constexpr std::string_view retries = "retries";
inline constexpr std::string_view oldest_batch = "oldest_batch";
inline constexpr std::string_view attempts_not_preserved = "attempts_not_preserved";
inline constexpr std::string_view utilization = "utilization";
inline constexpr std::string_view refusals = "refusals";
inline constexpr std::string_view account_down = "account_down";
inline constexpr std::string_view authentication = "authentication";
inline constexpr std::string_view store_unavailable = "store_unavailable";
inline constexpr std::string_view store_defect = "store_defect";
inline constexpr std::string_view store_slow = "store_slow";
inline constexpr std::string_view log_grows = "log_grows";
inline constexpr std::string_view deletions_held = "deletions_held";
inline constexpr std::string_view memory = "memory";
inline constexpr std::string_view descriptors = "descriptors";
inline constexpr std::string_view disk = "disk";
} // namespace alert_id

struct alert_rule {
  enum class bad : std::uint8_t { above, below };

  std::string_view id;
  alert_level level = alert_level::warning;
  bad side = bad::above; ///< of `raise_at`, which itself is bad
  double raise_at = 0;
  double clear_at = 0; ///< the value, or anything better, that clears it
  std::chrono::seconds raise_after{0};
  std::chrono::seconds clear_after{0};
  std::string_view unit;
  std::string_view remedy; ///< with {tenant} and {import} for those that the alert is about
  bool on = true;
};

/// Every rule, with its thresholds from the configuration. A value that is to clear an alert is well away
/// from the one that raises it, so that a value that wavers around a threshold makes one alert and not many.
std::vector<alert_rule> make_alert_rules(const alerts_config& config);

} // namespace tidemark
