#include "actors/monitor/metrics.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>
namespace metrics_test {

using namespace tidemark;

const metric_family& family(const std::vector<metric_family>& all, std::string_view name) {
  auto found = std::ranges::find(all, name, &metric_family::name);
  REQUIRE(found != all.end());
  return *found;
}

metrics_view a_view() {
  metrics_view view;
  view.started_at = 5000;
  view.pools.emplace_back().account = "DEMO";
  view.pools.back().refused = 7;
  auto& import = view.imports.emplace_back();
  import.id = "demo.1";
  import.tenant = "demo";
  import.record_type = "customer";
  import.progress = 2500;
  import.pick_ups.picked_up = import.pick_ups.completed = 4;
  view.ended[{"demo", import_state::completed}] = 3;
  view.errors["demo"] = {{"customer", "server", "500", 2, 0}};
  view.stores.push_back({"demo", 1, {}, false, std::chrono::milliseconds{1500}, {}});
  view.resources.memory = 1024;
  alert& up = view.alerts.emplace_back();
  up.id = "account_down";
  up.about.account = "DEMO";
  return view;
}

TEST_CASE("each sample has a value for each label of its family") {
  for (auto& x : make_metrics(a_view()))
    for (auto& sample : x.samples) CHECK_MESSAGE(sample.labels.size() == x.label_names.size(), x.name);
}

TEST_CASE("names of metrics are unique, and those of counters end in _total") {
  std::set<std::string_view> names;
  for (auto& x : make_metrics(a_view())) {
    CHECK_MESSAGE(names.insert(x.name).second, x.name);
    CHECK_MESSAGE(x.name.ends_with("_total") == (x.type == metric_family::kind::counter), x.name);
    CHECK(!x.help.empty());
  }
}

TEST_CASE("the figures are those of the view") {
  auto all = make_metrics(a_view());
  CHECK(family(all, "tidemark_start_time_seconds").samples.at(0).value == 5);
  auto& refusals = family(all, "tidemark_refusals_total").samples.at(0);
  CHECK(refusals.labels == std::vector<std::string>{"DEMO"});
  CHECK(refusals.value == 7);
  CHECK(family(all, "tidemark_import_progress_ratio").samples.at(0).value == 0.25);
  CHECK(family(all, "tidemark_attempt_preservation_ratio").samples.at(0).value == 1);
  auto& errors = family(all, "tidemark_errors_total").samples.at(0);
  CHECK(errors.labels == std::vector<std::string>{"demo", "customer", "server", "500"});
  CHECK(errors.value == 2);
  CHECK(family(all, "tidemark_imports_ended_total").samples.at(0).labels
        == std::vector<std::string>{"demo", "completed"});
  CHECK(family(all, "tidemark_store_delay_seconds").samples.at(0).value == 1.5);
  CHECK(family(all, "tidemark_alert_up").samples.at(0).labels
        == std::vector<std::string>{"account_down", "account DEMO"});
}

TEST_CASE("a family without anything to tell is there without samples") {
  auto all = make_metrics({});
  CHECK(family(all, "tidemark_errors_total").samples.empty());
  CHECK(family(all, "tidemark_memory_bytes").samples.empty());
}

} // namespace metrics_test
