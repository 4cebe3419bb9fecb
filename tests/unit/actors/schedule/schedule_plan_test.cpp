#include "actors/schedule/schedule_plan.hpp"

#include <algorithm>

#include <doctest/doctest.h>
namespace schedule_plan_test {

using namespace tidemark;

constexpr unix_ms minute = 60'000;
constexpr unix_ms hour = 60 * minute;
constexpr unix_ms day = 24 * hour;
constexpr unix_ms midnight = 20'000 * day; // of some day, UTC

schedule hourly(missed_runs missed = missed_runs::run_once) {
  schedule row;
  row.name = "customers";
  row.cron = "@hourly";
  row.missed = missed;
  row.handled_until = midnight;
  return row;
}

schedule_plan plan_of(schedule row) {
  auto made = schedule_plan::make(std::move(row));
  REQUIRE(made);
  return *made;
}

TEST_CASE("a schedule is due at its times and waits until it has begun") {
  auto plan = plan_of(hourly());
  CHECK(plan.next_due() == midnight + hour);
  CHECK_FALSE(plan.become_due(midnight + hour - 1));
  CHECK_FALSE(plan.waits());
  CHECK(plan.become_due(midnight + hour));
  CHECK(plan.waits());
  CHECK(plan.next_due() == midnight + 2 * hour);
  plan.started("acme.1", midnight + hour + 5);
  CHECK_FALSE(plan.waits());
  CHECK(plan.row().last_import == "acme.1");
  CHECK(plan.row().last_started_at == midnight + hour + 5);
}

TEST_CASE("at most one run waits, however many become due meanwhile") {
  auto plan = plan_of(hourly());
  plan.become_due(midnight + hour);
  plan.wait_for("acme.1");
  plan.become_due(midnight + 2 * hour);
  plan.become_due(midnight + 3 * hour);
  CHECK(plan.row().waiting_since == midnight + hour);
  CHECK(plan.row().waiting_for == "acme.1");
  plan.started("acme.2", midnight + 3 * hour + minute);
  CHECK_FALSE(plan.waits());
  CHECK(plan.next_due() == midnight + 4 * hour);
}

TEST_CASE("runs that were missed while the node was down are one run at its return, or none") {
  auto now = midnight + 5 * hour + minute;
  SUBCASE("once") {
    auto plan = plan_of(hourly(missed_runs::run_once));
    plan.catch_up(now);
    CHECK(plan.become_due(now));
    plan.started("acme.1", now);
    CHECK_FALSE(plan.become_due(now + 1));
    CHECK(plan.next_due() == midnight + 6 * hour);
  }
  SUBCASE("skipped") {
    auto plan = plan_of(hourly(missed_runs::skip));
    plan.catch_up(now);
    CHECK_FALSE(plan.become_due(now));
    CHECK_FALSE(plan.waits());
    CHECK(plan.next_due() == midnight + 6 * hour);
  }
}

TEST_CASE("a run that waited when the node went down waits still, whatever becomes of missed ones") {
  auto row = hourly(missed_runs::skip);
  row.waiting_since = midnight;
  auto plan = plan_of(row);
  plan.catch_up(midnight + 5 * hour);
  CHECK(plan.waits());
}

TEST_CASE("years of missed minutes are dealt with at once") {
  auto row = hourly();
  row.cron = "* * * * *";
  auto plan = plan_of(row);
  CHECK(plan.become_due(midnight + 3000 * day));
  CHECK(plan.next_due() == midnight + 3000 * day + minute);
}

TEST_CASE("a paused schedule is not due, and does not catch up when it is resumed") {
  auto plan = plan_of(hourly());
  plan.pause();
  CHECK_FALSE(plan.next_due());
  CHECK(plan.next_runs(midnight, 5).empty());
  CHECK_FALSE(plan.become_due(midnight + 5 * hour));
  plan.resume(midnight + 5 * hour + minute);
  CHECK_FALSE(plan.become_due(midnight + 5 * hour + minute));
  CHECK(plan.next_due() == midnight + 6 * hour);
}

TEST_CASE("a run can be asked for at any time, also of a paused schedule, and leaves the times as they are") {
  auto plan = plan_of(hourly());
  plan.pause();
  plan.run_now(midnight + minute);
  CHECK(plan.waits());
  plan.started("acme.1", midnight + minute);
  plan.resume(midnight + 2 * minute);
  CHECK(plan.next_due() == midnight + hour);
}

TEST_CASE("a run that cannot begin is over, and says why until one has begun") {
  auto plan = plan_of(hourly());
  plan.become_due(midnight + hour);
  plan.hindered(obstacle::refusal, "no such record type", midnight + hour);
  CHECK_FALSE(plan.waits());
  CHECK(plan.row().last_error == "no such record type");
  plan.become_due(midnight + 2 * hour);
  plan.started("acme.1", midnight + 2 * hour);
  CHECK(plan.row().last_error.empty());
}

TEST_CASE("what passes within a minute is not spoken of, and the run still waits") {
  auto plan = plan_of(hourly());
  plan.become_due(midnight + hour);
  for (unix_ms at = 0; at < minute; at += 5000)
    plan.hindered(obstacle::passing, "locked", midnight + hour + at);
  CHECK(plan.row().last_error.empty());
  plan.hindered(obstacle::passing, "locked", midnight + hour + minute);
  CHECK(plan.row().last_error == "locked");
  CHECK(plan.waits());
  plan.wait_for("acme.1");
  CHECK(plan.row().last_error.empty());
  plan.hindered(obstacle::passing, "locked", midnight + 2 * hour);
  CHECK(plan.row().last_error.empty());
}

TEST_CASE("a run that a suspension keeps from beginning waits for its end, or is left out as a missed one") {
  auto missed = missed_runs::run_once;
  SUBCASE("run once") {}
  SUBCASE("skip") { missed = missed_runs::skip; }
  auto plan = plan_of(hourly(missed));
  plan.become_due(midnight + hour);
  plan.hindered(obstacle::suspended, "suspended by anna", midnight + hour);
  CHECK(plan.row().last_error == "suspended by anna");
  CHECK(plan.waits() == (missed == missed_runs::run_once));
}

TEST_CASE("jitter delays each run by up to its bound, by the same each time it is asked, and not always by "
          "the same") {
  auto row = hourly();
  row.jitter_seconds = 600;
  auto plan = plan_of(row);
  auto runs = plan.next_runs(midnight, 40);
  REQUIRE(runs.size() == 40);
  CHECK(runs == plan_of(row).next_runs(midnight, 40));
  CHECK(runs.front() == plan.next_due());
  std::vector<unix_ms> delays;
  for (auto& run : runs) {
    auto delay = run % hour;
    CHECK(delay < 10 * minute);
    delays.push_back(delay);
  }
  CHECK(std::ranges::max(delays) - std::ranges::min(delays) > 5 * minute);
}

TEST_CASE("with jitter every time is still run once") {
  auto row = hourly();
  row.cron = "*/10 * * * *";
  row.jitter_seconds = 300;
  auto plan = plan_of(row);
  int runs = 0;
  for (auto now = midnight; now < midnight + day; now += minute)
    if (plan.become_due(now)) {
      ++runs;
      plan.started("acme.1", now);
    }
  CHECK(runs >= 142);
  CHECK(runs <= 144);
}

TEST_CASE("the next five runs are shown from now on, not those that are past") {
  auto plan = plan_of(hourly());
  auto runs = plan.next_runs(midnight + 2 * hour + minute, 5);
  CHECK(runs
        == std::vector<unix_ms>{midnight + 3 * hour, midnight + 4 * hour, midnight + 5 * hour,
                                midnight + 6 * hour, midnight + 7 * hour});
}

TEST_CASE("a schedule that makes no sense is refused") {
  auto row = hourly();
  row.cron = "whenever";
  CHECK_FALSE(schedule_plan::make(row));
  row = hourly();
  row.zone = "Nowhere";
  CHECK_FALSE(schedule_plan::make(row));
}

} // namespace schedule_plan_test
