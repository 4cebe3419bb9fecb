#include "actors/wave/type_queue.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "wave/type_queue_steps.hpp"

using namespace tidemark;
using namespace tidemark::run_steps;

TEST_CASE("a plan becomes numbered batches that wait until they are written down") {
  auto run = run_of("customer");
  auto rows = run.plan(ranges("customer", {100, 200}));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].number == 1001);
  CHECK(rows[1].number == 1002);
  CHECK(rows[1].range == key_range{100, 200});
  CHECK(rows[1].weight == 100);
  CHECK(run.row().planned);
  CHECK(run.row().records_planned == 200);
  CHECK_FALSE(run.has_due(now));
  CHECK_FALSE(run.finished());
  run.enqueue(rows);
  CHECK(run.has_due(now));
}

TEST_CASE("a type is not finished while a part of its plan waits for the ledger") {
  auto run = run_of("customer");
  run.enqueue(run.plan(ranges("customer", {100}, false)));
  auto first = next(run);
  auto rows = run.plan(ranges("customer", {200}, true));
  run.end(end_of(first, how::completed), now);
  CHECK_FALSE(run.finished());
  run.enqueue(rows);
  run.end(end_of(next(run), how::completed), now);
  CHECK(run.finished());
}

TEST_CASE("a type without records is finished with its plan") {
  auto run = run_of("customer");
  run.enqueue(run.plan(ranges("customer", {})));
  CHECK(run.finished());
  CHECK(run.verdict() == type_state::completed);
}

TEST_CASE("a type that waits for others is planned, and runs when it may") {
  auto begin = beginning("customer");
  begin.hold = true;
  type_queue run{begin, *demo_types()->find("customer"), {}};
  CHECK(run.row().state == type_state::planning);
  run.enqueue(run.plan(ranges("customer", {100})));
  CHECK(run.row().state == type_state::waiting);
  CHECK_FALSE(run.has_due(now));
  CHECK_FALSE(run.finished());
  run.release_hold();
  CHECK(run.row().state == type_state::running);
  CHECK(run.has_due(now));
}

TEST_CASE("batches run in the order of their ranges, and one that was released goes on in its place") {
  auto run = planned_run("customer", 3);
  auto first = next(run);
  auto second = next(run);
  CHECK(first.number == 1001);
  CHECK(second.number == 1002);
  run.end(end_of(first, how::released), now);
  CHECK(next(run).number == 1001);
}

TEST_CASE("a failed attempt comes back after its delay") {
  auto run = planned_run("customer", 1);
  auto effect = run.end(end_of(next(run), how::failed, {ec::server, "500"}), now);
  REQUIRE(effect);
  CHECK(effect->failed_attempt);
  CHECK(effect->row.state == batch_state::pending);
  CHECK_FALSE(run.has_due(now));
  REQUIRE(run.next_due());
  CHECK(*run.next_due() >= now + 500ms);
  CHECK(run.has_due(*run.next_due()));
  CHECK_FALSE(run.next_due());
}

TEST_CASE("the verdict follows from how the batches ended") {
  auto run = planned_run("customer", 2);
  run.end(end_of(next(run), how::failed, {ec::unknown_column, "no", "nosuch"}), now);
  CHECK(run.verdict() == type_state::failed);
  CHECK(run.error() == "no");
  run.end(end_of(next(run), how::completed), now);
  CHECK(run.finished());
  CHECK(run.verdict() == type_state::completed_with_errors);
}

TEST_CASE("rejected records make a type end with errors") {
  auto run = planned_run("customer", 1);
  auto ended = end_of(next(run), how::completed);
  ended.stored = {99, 1};
  run.end(ended, now);
  CHECK(run.verdict() == type_state::completed_with_errors);
}

TEST_CASE("an unknown column is left out from then on, and costs no attempt") {
  auto run = planned_run("customer", 2);
  auto first = next(run);
  auto second = next(run);
  failure unknown{ec::unknown_column, "no such column", "Email"};
  auto effect = run.end(end_of(first, how::failed, unknown), now);
  CHECK(effect->then == consequence::columns_changed);
  CHECK(effect->row.counters.released == 1);
  CHECK(effect->row.counters.failed_attempts == 0);
  CHECK_FALSE(asks_for(run, "email"));
  CHECK(run.end(end_of(second, how::failed, unknown), now)->then == consequence::columns_changed);
  CHECK(run.has_due(now));
}

TEST_CASE("an account that knows no display names is asked for none, and for all else") {
  auto shown = *demo_types()->find("customer");
  for (auto name : {"email", "companyname"}) {
    field x;
    x.name = fmt::format("{}_display", name);
    x.column = fmt::format("builtin.df({})", name);
    x.display_of = name;
    shown.fields.push_back(std::move(x));
  }
  auto columns = shown.fields.size();
  type_queue run{beginning("customer"), shown, {{.max_attempts = 3}}};
  run.enqueue(run.plan(ranges("customer", {100})));
  auto effect = run.end(end_of(next(run), how::failed, {ec::unknown_column, "no", "BUILTIN"}), now);
  CHECK(effect->then == consequence::columns_changed);
  CHECK(effect->dropped == std::vector<std::string>{"builtin.df(email)", "builtin.df(companyname)"});
  CHECK(run.what()->fields.size() == columns - 2);
  CHECK(asks_for(run, "email"));
}

TEST_CASE("a key cannot be left out: without it the type is skipped") {
  auto run = planned_run("customer", 1);
  auto effect = run.end(end_of(next(run), how::failed, {ec::unknown_column, "no", "ID"}), now);
  CHECK(effect->then == consequence::type_skipped);
  CHECK(effect->key_column == "id");
  CHECK(effect->dropped.empty());
  CHECK(run.text_without("id", "no").contains("another key"));
}

/// Told apart by what it is and whose it is.
record_type stock() {
  record_type type;
  type.name = type.table = "stock";
  for (const auto* name : {"item", "bin", "amount"}) {
    field x;
    x.name = x.column = name;
    x.type = field_type::integer;
    type.fields.push_back(std::move(x));
  }
  type.wide_key = {"item", "bin"};
  return type;
}

TEST_CASE("a field of a wide key is left out if no record is told apart by it yet") {
  const auto type = stock();
  type_queue run{beginning("stock"), type, {{.max_attempts = 3}}};
  run.enqueue(run.plan(ranges("stock", {100})));
  auto effect = run.end(end_of(next(run), how::failed, {ec::unknown_column, "no", "bin"}), now);
  CHECK(effect->then == consequence::columns_changed);
  CHECK(run.what()->wide_key.size() == 1);
  // What the present import has left out it goes on without.
  run.keep_in_key({"item", "bin"});
  CHECK_FALSE(run.is_bound_to("bin"));
}

TEST_CASE("a field of a wide key that records were stored with is lost: the type is skipped") {
  const auto type = stock();
  type_queue run{beginning("stock"), type, {{.max_attempts = 3}}};
  run.keep_in_key({"item", "bin"});
  CHECK_FALSE(run.leave_out("bin"));
  CHECK_FALSE(run.is_bound_to("amount"));
  run.enqueue(run.plan(ranges("stock", {100})));
  auto effect = run.end(end_of(next(run), how::failed, {ec::unknown_column, "no", "bin"}), now);
  CHECK(effect->then == consequence::type_skipped);
  CHECK(effect->key_column == "bin");
  CHECK(run.text_without("bin", "no").contains("any more"));
}

TEST_CASE("a field of a wide key that goes once records have come in with it is lost, too") {
  const auto type = stock();
  type_queue run{beginning("stock"), type, {{.max_attempts = 3}}};
  run.enqueue(run.plan(ranges("stock", {100, 200})));
  CHECK(run.end(end_of(next(run), how::completed), now)->then == consequence::none);
  CHECK(run.is_bound_to("bin"));
  CHECK_FALSE(run.is_bound_to("amount"));
  auto effect = run.end(end_of(next(run), how::failed, {ec::unknown_column, "no", "bin"}), now);
  CHECK(effect->then == consequence::type_skipped);
}

TEST_CASE("a column that the filter needs is not asked for again and again") {
  auto run = planned_run("item", 1);
  failure unknown{ec::unknown_column, "no such column", "isinactive"};
  CHECK(run.end(end_of(next(run), how::failed, unknown), now)->then == consequence::columns_changed);
  auto effect = run.end(end_of(next(run), how::failed, unknown), now);
  CHECK(effect->then == consequence::none);
  CHECK(effect->row.state == batch_state::failed);
}

TEST_CASE("columns that were dropped before are left out from the start") {
  auto begin = beginning("item");
  begin.ways = {{"item", "column_dropped", "itemid", {}}};
  type_queue run{begin, *demo_types()->find("item"), {}};
  CHECK_FALSE(asks_for(run, "itemid"));
  CHECK(asks_for(run, "isinactive"));
}

TEST_CASE("a missing table or permission skips the type") {
  for (auto code : {ec::missing_table, ec::permission}) {
    auto run = planned_run("customer", 1);
    CHECK(run.end(end_of(next(run), how::failed, {code, "no"}), now)->then == consequence::type_skipped);
  }
}

TEST_CASE("refused credentials and a database that cannot be written block the import, not the batch") {
  for (auto code : {ec::authentication, ec::store_unavailable, ec::fenced}) {
    auto run = planned_run("customer", 1);
    auto effect = run.end(end_of(next(run), how::failed, {code, "no"}), now);
    CHECK(effect->then == consequence::import_blocked);
    CHECK_FALSE(effect->failed_attempt);
    CHECK(effect->row.state == batch_state::pending);
  }
}

TEST_CASE("a pick-up that the ledger refuses is tried again later, not at once") {
  auto run = planned_run("customer", 1);
  run.end(end_of(next(run), how::interrupted, {ec::stale, "cancelling"}), now);
  CHECK_FALSE(run.has_due(now));
  CHECK(run.has_due(now + 1s));
}

TEST_CASE("an end of a batch that is not running changes nothing") {
  auto run = planned_run("customer", 2);
  auto first = next(run);
  CHECK_FALSE(run.end(end_of(row(4711, batch_state::running, 0, 1), how::completed), now));
  auto waiting = first;
  waiting.number = 1002;
  CHECK_FALSE(run.end(end_of(waiting, how::completed), now));
  run.end(end_of(first, how::completed), now);
  CHECK_FALSE(run.end(end_of(first, how::completed), now));
  CHECK(next(run).number == 1002);
}

TEST_CASE("after a restart only what is not done runs, and planning goes on where it ended") {
  auto run = run_of("customer",
                    {row(1001, batch_state::completed, 0, 100), row(1002, batch_state::pending, 100, 200),
                     row(1003, batch_state::failed, 200, 300), row(1004, batch_state::split, 300, 500),
                     row(1005, batch_state::pending, 300, 400), row(1006, batch_state::completed, 400, 500)});
  CHECK(run.planned_up_to() == 500);
  CHECK(run.planned_weight() == 500);
  CHECK(next(run).number == 1002);
  CHECK(next(run).number == 1005);
  CHECK_FALSE(run.has_due(now));
  CHECK(run.verdict() == type_state::completed_with_errors);
  auto rows = run.plan(ranges("customer", {600}));
  CHECK(rows[0].number == 1007);
}

TEST_CASE("the room that an answer is expected to take grows at once and is forgotten little by little") {
  auto run = planned_run("customer", 60);
  auto complete = [&](std::uint64_t bytes) {
    auto ended = end_of(next(run), how::completed);
    ended.bytes = bytes;
    run.end(ended, now);
  };
  complete(40'000'000);
  CHECK(run.expected_bytes() == 50'000'000);
  complete(400'000);
  CHECK(run.expected_bytes() > 40'000'000);
  complete(0); // nothing was fetched: that tells nothing
  CHECK(run.expected_bytes() > 40'000'000);
  for (int i = 0; i < 50; ++i) complete(400'000);
  CHECK(run.expected_bytes() >= 500'000);
  CHECK(run.expected_bytes() < 600'000);
}

TEST_CASE("a type whose batches had all ended before a restart is finished") {
  auto begin = beginning("customer", {row(1001, batch_state::completed, 0, 100)});
  begin.row.planned = true;
  type_queue run{begin, *demo_types()->find("customer"), {}};
  CHECK(run.finished());
}
