#include "actors/monitor/monitor.hpp"

#include <algorithm>
#include <utility>

#include <doctest/doctest.h>

#include "actors/monitor/journal.hpp"
#include "fakes.hpp"
#include "messages/promise.hpp"
namespace monitor_test {

using namespace tidemark;
using namespace std::chrono_literals;

/// A tenant and a pool that say what the test wants.
struct monitor_world : driven_system {
  explicit monitor_world(alerts_config config = {.hold = 0s}) {
    pool = caf::actor_cast<pool_actor>(spawn([this](caf::event_based_actor*) {
      return caf::behavior{[this](const query_pool&) {
        ++pool_looks;
        return slots;
      }};
    }));
    stream = spawn(journal, std::uint64_t{7});
    follower.emplace(*this);
    let(follower->puppet(),
        [this](caf::event_based_actor* self) { send(self, stream, subscribe{{}, 10'000}); });
    monitor_settings with{config, {"/data"}, stream, {{"DEMO", pool}}};
    with.resources = [this](auto) { return resources; };
    slots.account = "DEMO";
    slots.limit = slots.effective = 5;
    actor = spawn(monitor, std::move(with));
  }

  /// From now on the monitor looks at a tenant.
  void watch(const std::string& account = {}) {
    tenant = spawn([this](caf::event_based_actor* self) {
      return caf::behavior{[this, self](const query_health&) -> caf::result<tenant_health> {
                             ++health_looks;
                             if (answers) return health;
                             silent.push_back(make_promise<tenant_health>(self));
                             return silent.back();
                           },
                           [this](const tick&) { // the answer at last
                             for (auto& promise : std::exchange(silent, {})) promise.deliver(health);
                           },
                           [this](const load_imports&) { return past; },
                           [this](const load_past& wanted) {
                             histories.push_back(wanted);
                             return past_imports{{{60'000, 1000}, {60'000, 1000}, {60'000, 1000}}};
                           }};
    });
    tell(actor, watch_tenant{"demo", caf::actor_cast<tenant_actor>(tenant), account, {}, record_types});
  }

  void publish(const std::string& id, import_state state, const std::string& error = {}) {
    import_event event;
    event.at = 1'800'000'000'001;
    event.kind = "import_state";
    event.import.id = id;
    event.import.tenant = "demo";
    event.import.record_type = "customer";
    event.import.state = state;
    event.import.error = error;
    event.import.started_at = 1'800'000'000'000;
    tell(stream, event);
  }

  alert_list alerts() { return ask<alert_list>(actor, query_alerts{}).value(); }
  bool up(std::string_view id) {
    auto list = alerts().up;
    return std::ranges::find(list, id, &alert::id) != list.end();
  }
  std::vector<import_event> told(std::string_view kind) {
    std::vector<import_event> result;
    for (auto& event : follower->heard<import_event>())
      if (event.kind == kind) result.push_back(event);
    return result;
  }

  pool_status slots;
  int pool_looks = 0;
  tenant_health health;
  int health_looks = 0;
  bool answers = true;
  std::vector<answer_promise<tenant_health>> silent;
  import_rows past;
  std::set<std::string> record_types{"customer", "item"};
  std::vector<load_past> histories;
  resource_sample resources;
  pool_actor pool;
  journal_actor stream;
  caf::actor tenant;
  std::optional<listener<subscriber_actor, journal_snapshot, import_event>> follower;
  monitor_actor actor;
};

TEST_CASE("a failing import raises, is told in the journal, and a good one clears") {
  monitor_world it;
  it.publish("demo.1", import_state::running);
  it.publish("demo.1", import_state::failed, "no luck");
  CHECK(it.up("import_failed"));
  auto raised = it.told("alert_raised");
  REQUIRE(raised.size() == 1);
  CHECK(raised[0].import.id == "demo.1");
  CHECK(raised[0].alerts.at(0).id == "import_failed");
  CHECK(!raised[0].alerts.at(0).remedy.empty());
  it.publish("demo.2", import_state::running);
  it.publish("demo.2", import_state::completed);
  CHECK(!it.up("import_failed"));
  CHECK(it.told("alert_cleared").size() == 1);
  CHECK(it.alerts().cleared.at(0).id == "import_failed");
}

TEST_CASE("an alert leaves what the journal knows of its import as it is") {
  monitor_world it;
  it.publish("demo.1", import_state::running);
  it.tell(it.actor, raise_alert{{.id = "made_up", .about = {"demo", {}, "demo.1", {}}, .text = "it is so"}});
  CHECK(it.told("alert_raised").at(0).import.state == import_state::running);
  listener<subscriber_actor, journal_snapshot, import_event> late{it};
  it.let(late.puppet(),
         [&](caf::event_based_actor* self) { send(self, it.stream, subscribe{"demo.1", 10}); });
  auto& imports = late.heard<journal_snapshot>().at(0).imports;
  REQUIRE(imports.size() == 1);
  CHECK(imports[0].state == import_state::running);
}

TEST_CASE("whoever follows one import hears alerts about it, its tenant and accounts, not about others") {
  monitor_world it;
  listener<subscriber_actor, journal_snapshot, import_event> one{it};
  it.let(one.puppet(), [&](caf::event_based_actor* self) { send(self, it.stream, subscribe{"demo.1", 10}); });
  it.tell(it.actor, raise_alert{{.id = "a", .about = {"demo", {}, "demo.1", {}}}});
  it.tell(it.actor, raise_alert{{.id = "b", .about = {{}, "DEMO", {}, {}}}});
  it.tell(it.actor, raise_alert{{.id = "c", .about = {"demo", {}, {}, {}}}});
  it.tell(it.actor, raise_alert{{.id = "other import", .about = {"demo", {}, "demo.2", {}}}});
  it.tell(it.actor, raise_alert{{.id = "other tenant", .about = {"demo2", {}, {}, {}}}});
  std::string heard;
  for (auto& event : one.heard<import_event>()) heard += event.alerts.at(0).id;
  CHECK(heard == "abc");
}

TEST_CASE("others raise and clear alerts of their own") {
  monitor_world it;
  alert what{.id = "flag_broken", .level = alert_level::error, .about = {{}, {}, {}, "chunked_imports"}};
  it.tell(it.actor, raise_alert{what});
  it.tell(it.actor, raise_alert{what});
  CHECK(it.up("flag_broken"));
  CHECK(it.told("alert_raised").size() == 1);
  it.tell(it.actor, clear_alert{"flag_broken", what.about});
  CHECK(!it.up("flag_broken"));
}

TEST_CASE("accounts and the process are looked at once per sample") {
  monitor_world it;
  it.advance(1s);
  auto looks = it.pool_looks;
  it.slots.outage = true;
  it.resources.disks = {{"/data", 1, 1ULL << 40}};
  it.advance(5s);
  CHECK(it.pool_looks == looks + 1);
  CHECK(it.up("account_down"));
  CHECK(it.up("disk"));
  it.slots.outage = false;
  it.resources.disks[0].free = 1ULL << 40;
  it.advance(5s);
  CHECK(it.alerts().up.empty());
}

TEST_CASE("a database that does not answer is late by more and more, and is not asked again meanwhile") {
  monitor_world it;
  it.answers = false;
  it.watch();
  it.advance(60s);
  CHECK(it.health_looks == 1);
  CHECK(it.up("store_slow"));
  it.answers = true;
  it.tell(it.tenant, tick{});
  it.advance(10s);
  CHECK(it.health_looks > 1);
  CHECK(!it.up("store_slow"));
}

TEST_CASE("a tenant that was restarted is looked at again") {
  monitor_world it;
  it.answers = false;
  it.watch();
  it.advance(10s);
  it.crash(it.tenant);
  it.answers = true;
  it.health.store = {1, {ec::store_defect, "the database is damaged"}};
  it.watch();
  it.advance(5s);
  CHECK(it.up("store_defect"));
}

TEST_CASE("what earlier imports left behind is up again after a restart") {
  monitor_world it;
  auto row = [](const std::string& id, const std::string& type, import_state state, unix_ms finished_at) {
    import_row x;
    x.id = id;
    x.tenant = "demo";
    x.record_type = type;
    x.state = state;
    x.finished_at = finished_at;
    return x;
  };
  // Newest first, as the ledger gives them.
  it.past.rows = {
      row("demo.4", "item", import_state::completed, 4), row("demo.3", "customer", import_state::failed, 3),
      row("demo.2", "item", import_state::failed, 2), row("demo.1", "customer", import_state::completed, 1)};
  it.watch();
  it.advance(6s);
  auto list = it.alerts().up;
  REQUIRE(list.size() == 1);
  CHECK(list[0].about.import_id == "demo.3");
  CHECK(list[0].since == 3);
}

TEST_CASE("the failure of a record type that has left the criteria is nobody's concern") {
  monitor_world it;
  it.watch();
  it.publish("demo.1", import_state::running);
  it.publish("demo.1", import_state::failed, "no luck");
  REQUIRE(it.up("import_failed"));
  it.watch();
  CHECK(it.up("import_failed"));
  it.record_types = {"item"};
  it.watch();
  CHECK_FALSE(it.up("import_failed"));
  // Nor is it at the next start.
  monitor_world later;
  import_row row;
  row.id = "demo.1";
  row.tenant = "demo";
  row.record_type = "customer";
  row.state = import_state::failed;
  later.past.rows = {row};
  later.record_types = {"item"};
  later.watch();
  later.advance(6s);
  CHECK_FALSE(later.up("import_failed"));
}

TEST_CASE("an import is measured against its predecessors, which are asked for once") {
  monitor_world it;
  it.watch();
  it.publish("demo.1", import_state::running); // since a time long before the wall clock of any test
  it.advance(20s);
  REQUIRE(it.histories.size() == 1);
  CHECK(it.histories[0].record_type == "customer");
}

TEST_CASE("errors are counted per tenant, with those that no attempt stands for") {
  monitor_world it;
  error_entry entry;
  entry.tenant = "demo";
  entry.import_id = "demo.1";
  entry.record_type = "customer";
  entry.batch = 3;
  entry.category = "server";
  entry.code = "UNEXPECTED_ERROR";
  entry.operation_id = "abc";
  it.tell(it.actor, error_seen{entry});
  it.tell(it.actor, error_seen{entry});
  it.publish("demo.1", import_state::running);
  it.publish("demo.1", import_state::failed, "no luck");
  it.publish("demo.1", import_state::failed, "no luck"); // told twice, counted once
  auto report = it.ask<error_report>(it.actor, query_errors{"demo", {}, 10}).value();
  REQUIRE(report.counts.size() == 2);
  CHECK(report.counts[0].category == "server");
  CHECK(report.counts[0].count == 2);
  CHECK(report.counts[1].category == "import_failed");
  CHECK(report.counts[1].count == 1);
  REQUIRE(report.last.size() == 3);
  CHECK(report.last[0].text == "no luck");
  CHECK(report.last[2].operation_id == "abc");
  CHECK(!report.remark.empty());
  CHECK(it.ask<error_report>(it.actor, query_errors{"other", {}, 10}).value().counts.empty());
}

TEST_CASE("the figures of everything that is watched are given as metrics") {
  monitor_world it;
  it.watch();
  it.resources.memory = 4096;
  it.publish("demo.1", import_state::running);
  it.publish("demo.2", import_state::running);
  it.publish("demo.2", import_state::completed);
  it.advance(6s);
  auto families = it.ask<metrics_snapshot>(it.actor, query_metrics{}).value().families;
  auto value_of = [&](std::string_view name) {
    auto found = std::ranges::find(families, name, &metric_family::name);
    REQUIRE(found != families.end());
    REQUIRE(found->samples.size() == 1);
    return found->samples[0].value;
  };
  CHECK(value_of("tidemark_slots_limit") == 5);
  CHECK(value_of("tidemark_memory_bytes") == 4096);
  CHECK(value_of("tidemark_imports_ended_total") == 1);
  CHECK(value_of("tidemark_attempt_preservation_ratio") == 1);
  CHECK(value_of("tidemark_store_failures_total") == 0);
}

TEST_CASE("a second snapshot raises nothing that the monitor has heard of already") {
  monitor_world it;
  it.publish("demo.1", import_state::failed, "no luck");
  it.publish("demo.2", import_state::completed);
  REQUIRE(it.alerts().cleared.size() == 1);
  import_status failed;
  failed.id = "demo.1";
  failed.tenant = "demo";
  failed.record_type = "customer";
  failed.state = import_state::failed;
  failed.finished_at = 1'800'000'000'000;
  it.tell(it.actor, journal_snapshot{7, 2, {failed}});
  CHECK(it.alerts().cleared.size() == 1);
  CHECK(it.told("alert_raised").size() == 1);
}

TEST_CASE("the monitor keeps up with more events than it has credit for") {
  monitor_world it;
  for (int i = 0; i < 5000; ++i) it.publish("demo." + std::to_string(i), import_state::running);
  it.publish("demo.x", import_state::failed);
  CHECK(it.up("import_failed"));
}

TEST_CASE("an account that no tenant has any more takes its alerts along, and is not looked at") {
  monitor_world it;
  it.slots.outage = true;
  it.watch("DEMO");
  it.advance(60s);
  REQUIRE(it.up("account_down"));
  it.tell(it.actor, watch_tenant{"other", caf::actor_cast<tenant_actor>(it.tenant), "DEMO"});
  it.tell(it.actor, forget_tenant{"demo"});
  CHECK(it.up("account_down"));
  it.tell(it.actor, forget_tenant{"other"});
  CHECK_FALSE(it.up("account_down"));
  auto looks = it.pool_looks;
  it.advance(60s);
  CHECK(it.pool_looks == looks);
  CHECK_FALSE(it.up("account_down"));
}

TEST_CASE("what is heard of a removed tenant afterwards raises nothing") {
  monitor_world it;
  it.watch();
  it.tell(it.actor, forget_tenant{"demo"});
  it.publish("demo.1", import_state::failed, "no reason");
  CHECK(it.alerts().up.empty());
}

TEST_CASE("a tenant that a reload has removed takes its alerts along") {
  monitor_world it;
  it.watch();
  it.publish("demo.1", import_state::failed, "no reason");
  REQUIRE_FALSE(it.alerts().up.empty());
  it.tell(it.actor, forget_tenant{"demo"});
  CHECK(it.alerts().up.empty());
}

} // namespace monitor_test
