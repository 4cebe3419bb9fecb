#include "actors/monitor/alert_rule.hpp"

namespace tidemark {

namespace {

using std::chrono::seconds;
using bad = alert_rule::bad;

// How far below its threshold a value must fall to count as well again.
constexpr double well_below = 0.8;
// And how far above, where little is bad.
constexpr double well_above = 1.25;

/// Something is so, or not: raised and cleared at once.
alert_rule fact(std::string_view id, alert_level level, std::string_view remedy, seconds clear_after = {}) {
  return {id, level, bad::above, 1, 0, seconds{0}, clear_after, "", remedy, true};
}

alert_rule share(std::string_view id, alert_level level, std::uint32_t percent, seconds raise_after,
                 seconds clear_after, std::string_view remedy) {
  return {id,          level,       bad::above, double(percent), percent * well_below,
          raise_after, clear_after, "%",        remedy,          percent > 0};
}

alert_rule age(std::string_view id, seconds limit, seconds clear_after, std::string_view remedy) {
  auto at = static_cast<double>(limit.count());
  return {id,         alert_level::warning, bad::above, at,     at * well_below,
          seconds{0}, clear_after,          "s",        remedy, at > 0};
}

} // namespace

std::vector<alert_rule> make_alert_rules(const alerts_config& config) {
  using enum alert_level;
  auto free_mb = static_cast<double>(config.disk_free) / (1 << 20);
  auto slow = static_cast<double>(config.slow_percent);
  auto log_mb = static_cast<double>(config.log_size) / (1 << 20);
  return {
      fact(alert_id::import_failed, error,
           "see what failed with \"tidemark errors {tenant} --import {import}\", mend it, and start the "
           "import again"),
      {alert_id::import_long, warning, bad::above, double(config.import_long_percent),
       double(config.import_long_percent), seconds{0}, seconds{0}, "%",
       "look at \"tidemark import status {import}\": which record type holds it up, and at the account's "
       "alerts",
       config.import_long_percent > 0},
      {alert_id::import_slow, warning, bad::below, slow, slow * well_above, config.hold, config.hold, "%",
       "look whether NetSuite answers slowly, or others use the account's slots (\"tidemark node status\")",
       config.slow_percent > 0},
      share(alert_id::batch_failures, error, config.batch_failures_percent, seconds{0}, config.hold,
            "\"tidemark errors {tenant}\" tells why they failed"),
      share(
          alert_id::retries, warning, config.retries_percent, config.hold, config.hold,
          "\"tidemark errors {tenant}\" tells what fails; time-outs and server errors pass by themselves, or "
          "are a case for NetSuite's support, which wants the operation id"),
      age(alert_id::oldest_batch, config.oldest_batch, seconds{0},
          "\"tidemark import status {import}\" and \"tidemark errors {tenant} --import {import}\" tell what "
          "it waits for"),
      {alert_id::attempts_not_preserved, error, bad::below, 99.9999, 100, seconds{0}, seconds{0}, "%",
       "pick-ups do not add up to their ends: this is a defect of tidemark, please report it with the node's "
       "log",
       true},
      share(alert_id::utilization, notice, config.utilization_percent, config.utilization_time, config.hold,
            "the account's slots limit its imports: spread them over the day, or buy more concurrency from "
            "NetSuite and raise concurrency_limit"),
      share(alert_id::refusals, warning, config.refusals_percent, config.hold, config.hold,
            "somebody else uses the account's slots, or concurrency_limit is above what the account allows: "
            "lower it to what is left for tidemark"),
      fact(alert_id::account_down, error,
           "nothing: its imports wait, and go on by themselves when it answers. If it lasts, look at "
           "NetSuite's status page, the network and base_url"),
      fact(alert_id::authentication, error,
           "correct the tenant's credentials or role in NetSuite and in the configuration, then "
           "\"tidemark tenant resume {tenant}\". Do not repeat blindly: five bad logins lock the user for "
           "half "
           "an hour"),
      fact(alert_id::store_unavailable, error,
           "look at the node's log for what is in its way; imports go on by themselves when it is gone"),
      fact(alert_id::store_defect, error,
           "restore the database from a backup, or move it away and import in full", config.hold),
      age(alert_id::store_slow, config.store_delay, config.hold,
          "the database cannot keep up: look at its disk, and at programs that read from it for long"),
      {alert_id::log_grows, warning, bad::above, log_mb, log_mb * well_below, config.hold, config.hold, "MB",
       "end the program that has been reading the database for so long (lsof names those that have it open), "
       "or "
       "have it read in shorter transactions; the log is written back and cut within seconds then",
       config.log_size > 0},
      fact(alert_id::deletions_held, error,
           "if the records are gone in the account, \"tidemark import accept-deletions {import}\"; if the "
           "role sees "
           "less than before, give it back its permissions and import in full again"),
      share(alert_id::memory, error, config.memory_percent, config.hold, config.hold,
            "lower node.byte_budget_mb or give the node more memory, before the system ends it"),
      share(alert_id::descriptors, error, config.descriptors_percent, config.hold, config.hold,
            "raise the process's limit (ulimit -n, LimitNOFILE), or serve fewer tenants with this node"),
      {alert_id::disk, error, bad::below, free_mb, free_mb * well_above, seconds{0}, config.hold, "MB",
       "free space on the disk of that folder: a database that cannot grow pauses its imports",
       config.disk_free > 0},
  };
}

} // namespace tidemark
