#include "actors/monitor/metrics.hpp"

#include <optional>

namespace tidemark {

namespace {

using kind = metric_family::kind;

double number(std::uint64_t value) { return static_cast<double>(value); }

/// A family with one sample per item; `sample` makes label values and value of one.
template <class Items, class Sample>
metric_family family(std::string_view name, kind type, std::string_view help,
                     std::vector<std::string_view> labels, const Items& items, Sample sample) {
  metric_family result{name, help, type, std::move(labels), {}};
  for (auto& item : items) result.samples.push_back(sample(item));
  return result;
}

metric_family single(std::string_view name, std::string_view help, std::optional<std::uint64_t> value) {
  metric_family result{name, help, kind::gauge, {}, {}};
  if (value) result.samples.push_back({{}, number(*value)});
  return result;
}

void add_accounts(std::vector<metric_family>& to, const metrics_view& view) {
  // account: the NetSuite account id
  auto of_pools = [&](std::string_view name, kind type, std::string_view help, auto value) {
    to.push_back(family(name, type, help, {"account"}, view.pools,
                        [&](const pool_status& x) { return metric_sample{{x.account}, number(value(x))}; }));
  };
  of_pools("tidemark_slots_limit", kind::gauge, "slots of the account as configured",
           [](auto& x) { return x.limit; });
  of_pools("tidemark_slots_effective", kind::gauge, "slots that are granted at most right now",
           [](auto& x) { return x.effective; });
  of_pools("tidemark_slots_in_use", kind::gauge, "slots in use", [](auto& x) { return x.in_use; });
  of_pools("tidemark_slot_waiters", kind::gauge, "requests that wait for a slot",
           [](auto& x) { return x.waiting; });
  of_pools("tidemark_slots_granted_total", kind::counter, "slots granted, one per request",
           [](auto& x) { return x.granted; });
  of_pools("tidemark_refusals_total", kind::counter, "requests refused for concurrency",
           [](auto& x) { return x.refused; });
  of_pools("tidemark_account_down", kind::gauge, "1 while the account does not answer",
           [](auto& x) { return x.outage ? 1U : 0U; });
}

void add_imports(std::vector<metric_family>& to, const metrics_view& view) {
  // tenant, import: ids; record_type: the main one. Imports that have ended have no samples.
  auto of_imports = [&](std::string_view name, std::string_view help, auto value) {
    to.push_back(family(
        name, kind::gauge, help, {"tenant", "import", "record_type"}, view.imports,
        [&](const import_status& x) { return metric_sample{{x.tenant, x.id, x.record_type}, value(x)}; }));
  };
  of_imports("tidemark_import_progress_ratio", "share of the planned work that is done, 0 to 1",
             [](auto& x) { return x.progress / 10'000.0; });
  of_imports("tidemark_import_records_stored", "records stored so far",
             [](auto& x) { return number(x.records.stored); });
  of_imports("tidemark_import_batches_pending", "batches that wait in a wave's queue",
             [](auto& x) { return number(x.batches.pending); });
  of_imports("tidemark_import_batches_running", "batches that are picked up",
             [](auto& x) { return number(x.batches.running); });
  of_imports("tidemark_import_batches_failed", "batches that failed for good",
             [](auto& x) { return number(x.batches.failed); });
  of_imports("tidemark_import_released", "pick-ups that gave up waiting for a slot",
             [](auto& x) { return number(x.pick_ups.released); });
  of_imports("tidemark_import_refusals", "requests of its batches that were refused for concurrency",
             [](auto& x) { return number(x.pick_ups.refusals); });
  of_imports("tidemark_attempt_preservation_ratio",
             "share of the pick-ups that their ends account for: 1, or there is a defect",
             [](auto& x) { return attempt_preservation(x); });
  // state: how they ended
  to.push_back(family("tidemark_imports_ended_total", kind::counter, "imports that ended",
                      {"tenant", "state"}, view.ended, [](auto& x) {
                        return metric_sample{{x.first.first, std::string{to_string(x.first.second)}},
                                             number(x.second)};
                      }));
}

void add_errors(std::vector<metric_family>& to, const metrics_view& view) {
  // category: an error class; code: NetSuite's, or the HTTP status; both may be empty
  metric_family errors{"tidemark_errors_total",
                       "errors: failed attempts, record types and imports",
                       kind::counter,
                       {"tenant", "record_type", "category", "code"},
                       {}};
  for (auto& [tenant, counts] : view.errors)
    for (auto& x : counts)
      errors.samples.push_back({{tenant, x.record_type, x.category, x.code}, number(x.count)});
  to.push_back(std::move(errors));
}

void add_stores(std::vector<metric_family>& to, const metrics_view& view) {
  to.push_back(family("tidemark_store_delay_seconds", kind::gauge,
                      "how long the tenant's database took to answer the last look", {"tenant"}, view.stores,
                      [](const tenant_sample& x) {
                        return metric_sample{{x.tenant}, static_cast<double>(x.delay.count()) / 1000};
                      }));
  to.push_back(family("tidemark_store_failures_total", kind::counter,
                      "requests that the tenant's database failed", {"tenant"}, view.stores,
                      [](const tenant_sample& x) { return metric_sample{{x.tenant}, number(x.failures)}; }));
}

} // namespace

std::vector<metric_family> make_metrics(const metrics_view& view) {
  std::vector<metric_family> result;
  result.push_back({"tidemark_start_time_seconds",
                    "when the node started, in seconds since 1970",
                    kind::gauge,
                    {},
                    {{{}, static_cast<double>(view.started_at) / 1000}}});
  add_accounts(result, view);
  add_imports(result, view);
  add_errors(result, view);
  add_stores(result, view);
  result.push_back(single("tidemark_memory_bytes", "resident memory", view.resources.memory));
  result.push_back(single("tidemark_memory_limit_bytes", "the limit of the control group or the machine",
                          view.resources.memory_limit));
  result.push_back(single("tidemark_descriptors_open", "open file descriptors", view.resources.descriptors));
  result.push_back(single("tidemark_descriptors_limit", "the process's limit of file descriptors",
                          view.resources.descriptor_limit));
  // folder: the first of data_dir and the databases' folders that lies on the disk
  result.push_back(family("tidemark_disk_free_bytes", kind::gauge, "space left on the disk of a folder",
                          {"folder"}, view.resources.disks,
                          [](const disk_sample& x) { return metric_sample{{x.folder}, number(x.free)}; }));
  // id: the alert's; subject: what it is about
  result.push_back(family("tidemark_alert_up", kind::gauge, "1 for each alert that is up", {"id", "subject"},
                          view.alerts,
                          [](const alert& x) { return metric_sample{{x.id, to_string(x.about)}, 1}; }));
  return result;
}

} // namespace tidemark
