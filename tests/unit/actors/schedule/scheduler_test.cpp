#include "actors/schedule/scheduler.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "actors/schedule/control.hpp"
#include "driven_system.hpp"
#include "fakes.hpp"
#include "import/import_world.hpp"
namespace scheduler_test {

using namespace tidemark;
using namespace std::chrono_literals;

constexpr unix_ms minute = 60'000;
constexpr unix_ms hour = 60 * minute;
constexpr unix_ms midnight = 20'000 * 24 * hour;

/// A scheduler with a real control database, a node that is a puppet, and a clock that the test drives.
struct scheduler_world : driven_system {
  scheduler_world() {
    starter = spawn([this](caf::event_based_actor* self) {
      return caf::behavior{[this, self](const find_unfinished&) -> caf::result<import_rows> {
                             if (silent) return self->make_response_promise<import_rows>();
                             return import_rows{unfinished};
                           },
                           [this](const check_start&) -> caf::result<done> {
                             if (refusal.code != ec::none) return to_caf_error(refusal);
                             return done{};
                           },
                           [this](const start_import& wanted) -> caf::result<import_status> {
                             if (refusal.code != ec::none) return to_caf_error(refusal);
                             starts.push_back(wanted);
                             import_row row;
                             row.id = "demo." + std::to_string(starts.size());
                             row.record_type = wanted.record_type;
                             row.requested_by = wanted.requested_by;
                             row.requested_at = wall;
                             row.state = import_state::running;
                             unfinished.push_back(row);
                             import_status status;
                             status.id = row.id;
                             return status;
                           }};
    });
    begin();
  }

  void begin() {
    database = spawn(control, control_settings{folder.file("control.db"), {}});
    scheduler_settings with{database, caf::actor_cast<starter_actor>(starter), monitor.handle()};
    with.now = [this] { return wall; };
    actor = spawn(scheduler, std::move(with));
  }

  /// Both clocks, in steps.
  void pass(unix_ms span) {
    for (auto end = wall + span; wall < end;) {
      auto step = std::min<unix_ms>(5'000, end - wall);
      wall += step;
      advance(std::chrono::milliseconds{step});
    }
  }

  reply<schedule_status> add(const std::string& cron = "@hourly", missed_runs missed = missed_runs::run_once,
                             import_mode mode = import_mode::full) {
    schedule what;
    what.name = "nightly";
    what.tenant = "demo";
    what.record_type = "customer";
    what.cron = cron;
    what.missed = missed;
    what.mode = mode;
    return ask<schedule_status>(actor, add_schedule{what, "anna"});
  }

  reply<schedule_status> change(schedule_action action) {
    return ask<schedule_status>(actor, change_schedule{"nightly", action, "anna"});
  }

  schedule only() {
    auto list = ask<schedule_list>(actor, list_schedules{}).value();
    REQUIRE(list.schedules.size() == 1);
    return list.schedules[0].what;
  }

  void end_imports() { unfinished.clear(); }

  /// Whether the schedule has its alert up.
  bool alerted() {
    auto& raised = monitor.heard<raise_alert>();
    auto& cleared = monitor.heard<clear_alert>();
    for (auto& x : raised) {
      CHECK(x.what.id == "schedule_failed");
      CHECK(x.what.about == alert_subject{"demo", {}, {}, "nightly"});
    }
    if (!raised.empty() && cleared.empty()) was_up = true;
    if (!cleared.empty()) was_up = false;
    cleared.clear();
    raised.clear();
    return was_up;
  }

  unix_ms wall = midnight + minute;
  bool silent = false; ///< the node does not answer
  bool was_up = false;
  scratch_folder folder;
  listener<monitor_actor, raise_alert, clear_alert> monitor{*this};
  caf::actor starter;
  control_actor database;
  scheduler_actor actor;
  std::vector<import_row> unfinished;
  std::vector<start_import> starts;
  failure refusal;
};

TEST_CASE("a schedule starts its import when it is due, in its own name") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  CHECK(it.starts.empty());
  it.pass(hour);
  REQUIRE(it.starts.size() == 1);
  CHECK(it.starts[0].tenant == "demo");
  CHECK(it.starts[0].record_type == "customer");
  CHECK(it.starts[0].requested_by == "schedule:nightly");
  CHECK(it.only().last_import == "demo.1");
  CHECK(it.only().last_started_at >= midnight + hour);
  CHECK(it.only().last_started_at < midnight + hour + minute);
}

TEST_CASE("the next five runs are told") {
  scheduler_world it;
  auto status = it.add().value();
  REQUIRE(status.next_runs.size() == 5);
  CHECK(status.next_runs.front() == midnight + hour);
  CHECK(status.next_runs.back() == midnight + 5 * hour);
  CHECK(status.what.created_by == "anna");
}

TEST_CASE("runs do not overlap: one at most waits for the end of the one before") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  it.pass(4 * hour);
  CHECK(it.starts.size() == 1);
  CHECK(it.only().waiting_for == "demo.1");
  it.end_imports();
  it.pass(minute);
  CHECK(it.starts.size() == 2);
  it.end_imports();
  it.pass(30 * minute);
  CHECK(it.starts.size() == 2);
}

TEST_CASE("a run waits for another import of its record type, and does not wake a paused one") {
  scheduler_world it;
  import_row paused;
  paused.id = "demo.x";
  paused.record_type = "customer";
  paused.state = import_state::paused;
  paused.requested_by = "anna";
  it.unfinished = {paused};
  REQUIRE(it.add().arrived());
  it.pass(2 * hour);
  CHECK(it.starts.empty());
  CHECK(it.only().waiting_for == "demo.x");
  it.end_imports();
  it.pass(minute);
  CHECK(it.starts.size() == 1);
}

TEST_CASE("imports of other record types are no reason to wait") {
  scheduler_world it;
  import_row other;
  other.id = "demo.x";
  other.record_type = "item";
  it.unfinished = {other};
  REQUIRE(it.add().arrived());
  it.pass(hour);
  CHECK(it.starts.size() == 1);
}

TEST_CASE("a run that was missed while the node was down is made up for at its return, or left out") {
  scheduler_world it;
  auto missed = missed_runs::run_once;
  SUBCASE("run once") {}
  SUBCASE("skip") { missed = missed_runs::skip; }
  REQUIRE(it.add("@hourly", missed).arrived());
  it.crash(it.actor);
  it.crash(it.database);
  it.wall += 5 * hour;
  it.begin();
  CHECK(it.starts.size() == (missed == missed_runs::run_once ? 1 : 0));
  it.end_imports();
  it.pass(hour);
  CHECK(it.starts.size() == (missed == missed_runs::run_once ? 2 : 1));
}

TEST_CASE("a run that was begun just before the node died is not begun again") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  it.refusal = {ec::stopping, "the node is stopping"};
  it.pass(hour);
  CHECK(it.only().waiting_since != 0);
  it.crash(it.actor);
  it.refusal = {};
  import_row begun;
  begun.id = "demo.7";
  begun.record_type = "customer";
  begun.requested_by = "schedule:nightly";
  begun.requested_at = it.wall;
  it.unfinished = {begun};
  it.begin();
  CHECK(it.starts.empty());
  CHECK(it.only().last_import == "demo.7");
  CHECK(it.only().waiting_since == 0);
}

TEST_CASE("a run can be had at once, and a paused schedule rests until it is resumed") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  CHECK(it.change(schedule_action::pause).value().next_runs.empty());
  it.pass(3 * hour);
  CHECK(it.starts.empty());
  REQUIRE(it.change(schedule_action::run_now).arrived());
  it.settle();
  CHECK(it.starts.size() == 1);
  it.end_imports();
  REQUIRE(it.change(schedule_action::resume).arrived());
  CHECK(it.starts.size() == 1);
  it.pass(hour);
  CHECK(it.starts.size() == 2);
}

TEST_CASE("a removed schedule is gone, also after a restart") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  REQUIRE(it.change(schedule_action::remove).arrived());
  CHECK(it.ask<schedule_list>(it.actor, list_schedules{}).value().schedules.empty());
  it.crash(it.actor);
  it.begin();
  CHECK(it.ask<schedule_list>(it.actor, list_schedules{}).value().schedules.empty());
  it.pass(2 * hour);
  CHECK(it.starts.empty());
}

TEST_CASE("a run that is refused is told with the schedule and in the audit") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  it.refusal = {ec::unknown_record_type, "no record type customer"};
  it.pass(hour);
  CHECK(contains(it.only().last_error, "no record type"));
  auto audit = it.ask<audit_list>(it.database, list_audit{"demo", 5}).value();
  REQUIRE(audit.entries.size() == 1);
  CHECK(audit.entries[0].who == "schedule:nightly");
  CHECK(audit.entries[0].result == "unknown_record_type");
}

TEST_CASE("a run stands in the audit as the start that it is") {
  scheduler_world it;
  REQUIRE(it.add("@hourly", missed_runs::run_once, import_mode::incremental).arrived());
  it.pass(hour);
  auto audit = it.ask<audit_list>(it.database, list_audit{"demo", 5}).value();
  REQUIRE(audit.entries.size() == 1);
  CHECK(audit.entries[0].command == "import start demo customer --incremental");
  CHECK(audit.entries[0].subject == "demo.1");
}

TEST_CASE("what kept a run from beginning is told until it is mended, and as it is") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  it.refusal = {ec::unknown_record_type, "no record type customer"};
  it.pass(hour);
  REQUIRE(it.alerted());
  it.refusal = {ec::dependency_cycle, "customer needs itself"};
  it.pass(minute);
  CHECK(it.monitor.heard<raise_alert>().size() == 1);
  CHECK(it.alerted());
  CHECK(it.only().last_error == "customer needs itself");
  it.refusal = {ec::timeout, "did not answer in time"}; // says nothing about the record type
  it.pass(minute);
  CHECK(it.alerted());
  CHECK(it.only().last_error == "customer needs itself");
  it.refusal = {};
  it.pass(minute);
  CHECK_FALSE(it.alerted());
  CHECK(it.only().last_error == "");
  CHECK(it.starts.empty()); // the run itself is over
}

TEST_CASE("a run whose question nobody answers is asked for again, is told of, and begins") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  it.silent = true;
  it.pass(hour);
  CHECK(it.starts.empty());
  CHECK_FALSE(it.alerted());
  it.pass(3 * minute);
  CHECK(it.alerted());
  CHECK(contains(it.only().last_error, "did not answer in time"));
  it.silent = false;
  it.pass(2 * minute);
  CHECK(it.starts.size() == 1);
  CHECK_FALSE(it.alerted());
}

TEST_CASE("a schedule that cannot start raises an alert until it runs, is paused, or is removed") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  it.refusal = {ec::unknown_record_type, "no record type customer"};
  it.pass(hour);
  CHECK(it.alerted());
  SUBCASE("it runs") {
    it.refusal = {};
    it.pass(hour);
    CHECK(it.starts.size() == 1);
  }
  SUBCASE("it is paused") { REQUIRE(it.change(schedule_action::pause).arrived()); }
  SUBCASE("it is removed") { REQUIRE(it.change(schedule_action::remove).arrived()); }
  CHECK_FALSE(it.alerted());
}

TEST_CASE("the alert of a schedule is up again after a restart") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  it.refusal = {ec::unknown_record_type, "no record type customer"};
  it.pass(hour);
  REQUIRE(it.alerted());
  it.crash(it.actor);
  it.was_up = false;
  it.begin();
  CHECK(it.alerted());
}

TEST_CASE("runs that were missed while the tenant was suspended are made up for once, or left out") {
  scheduler_world it;
  auto missed = missed_runs::run_once;
  SUBCASE("run once") {}
  SUBCASE("skip") { missed = missed_runs::skip; }
  REQUIRE(it.add("@hourly", missed).arrived());
  it.refusal = {ec::suspended, "tenant demo is suspended: by anna"};
  it.pass(5 * hour);
  CHECK(it.starts.empty());
  CHECK(it.alerted());
  CHECK(contains(it.only().last_error, "is suspended"));
  it.refusal = {};
  it.pass(minute);
  bool once = missed == missed_runs::run_once;
  CHECK(it.starts.size() == (once ? 1 : 0));
  CHECK_FALSE(it.alerted());
  CHECK(it.only().last_error == "");
  it.end_imports();
  it.pass(hour);
  CHECK(it.starts.size() == (once ? 2 : 1));
  CHECK_FALSE(it.alerted());
}

TEST_CASE("a second schedule of the same name, one that makes no sense, and a change of none are refused") {
  scheduler_world it;
  REQUIRE(it.add().arrived());
  CHECK(it.add().error().code == ec::conflict);
  CHECK(
      it.ask<schedule_status>(it.actor, change_schedule{"other", schedule_action::pause, "anna"}).error().code
      == ec::bad_request);
  CHECK(it.change(schedule_action::remove).arrived());
  CHECK(it.add("99 * * * *").error().code == ec::bad_request);
}

} // namespace scheduler_test
