#include "conformance/fixture.hpp"

#include "store/pick_up_rules.hpp"

using namespace tidemark;
using namespace tidemark::test;

TEST_SUITE_BEGIN("tenant store: batches");

TEST_CASE_FIXTURE(store_fixture, "a plan is read back as it was added, pending") {
  auto import = start();
  std::vector rows{batch_of(1, {std::nullopt, -5}, 900), batch_of(2, {-5, 1000}, 1000)};
  auto type = type_of("customer");
  type.records_planned = 1900;
  must(store->add_batches(import, type, rows));
  auto ledger = must(store->load_import(import));
  REQUIRE(ledger.batches.size() == 2);
  CHECK(ledger.batches[0].record_type == "customer");
  CHECK(ledger.batches[0].range == key_range{std::nullopt, -5});
  CHECK(ledger.batches[1].range == key_range{-5, 1000});
  CHECK(ledger.batches[0].weight == 900);
  CHECK(ledger.batches[0].state == batch_state::pending);
  CHECK(ledger.batches[0].counters == batch_counters{});
  CHECK(ledger.types.front().records_planned == 1900);
}

TEST_CASE_FIXTURE(store_fixture, "a plan whose batch number exists changes nothing") {
  auto import = start();
  plan(import, "customer", {std::nullopt, 10});
  std::vector rows{batch_of(2, {10, 20}), batch_of(1, {20, 30})};
  auto type = type_of("customer");
  type.records_planned = 3000;
  CHECK(code_of(store->add_batches(import, type, rows)) == ec::conflict);
  auto ledger = must(store->load_import(import));
  CHECK(ledger.batches.size() == 1);
  CHECK(ledger.types.front().records_planned == 0);
}

TEST_CASE_FIXTURE(store_fixture, "each pick-up has its number") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  CHECK(must(store->pick_up(import, number)) == 1);
  CHECK(batch(import, number).state == batch_state::running);
  must(store->end_pick_up(import, interrupted(import, number)));
  CHECK(must(store->pick_up(import, number)) == 2);
}

TEST_CASE_FIXTURE(store_fixture, "a batch that is not pending is not picked up") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  auto write = picked_up(import, number);
  CHECK(code_of(store->pick_up(import, number)) == ec::stale);
  must(store->store_batch(write));
  CHECK(code_of(store->pick_up(import, number)) == ec::stale);
  CHECK(code_of(store->pick_up(import, 99)) == ec::stale);
  CHECK(batch(import, number).counters.picked_up == 1);
}

TEST_CASE_FIXTURE(store_fixture, "nothing is picked up or stored while an import is paused") {
  auto import = start();
  auto a = plan(import, "customer", {std::nullopt, 10});
  auto b = plan(import, "customer", {10, 20});
  auto write = picked_up(import, a, {page({"id"}, {{1}})});
  must(store->set_import_state(import, {.state = import_state::paused}));
  CHECK(code_of(store->pick_up(import, b)) == ec::stale);
  CHECK(code_of(store->store_batch(write)) == ec::stale);
  CHECK(sql("SELECT count(*) FROM customer") == std::vector<std::string>{"0"});
  must(store->end_pick_up(import, interrupted(import, a)));
  CHECK(adds_up(batch(import, a)));
}

TEST_CASE_FIXTURE(store_fixture, "a stored batch is completed with its counts") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 10}),
                         {page({"id"}, {{1}, {2}}), page({"id"}, {{3}})});
  write.refusals = 4;
  auto stored = must(store->store_batch(write));
  CHECK(stored.stored == 3);
  CHECK(stored.rejected == 0);
  auto row = batch(import, write.batch);
  CHECK(row.state == batch_state::completed);
  CHECK(row.stored == 3);
  CHECK(row.counters == batch_counters{.picked_up = 1, .completed = 1, .refusals = 4});
}

TEST_CASE_FIXTURE(store_fixture, "a batch without records is completed too") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 10}), {page({"id"}, {})});
  CHECK(must(store->store_batch(write)).stored == 0);
  CHECK(batch(import, write.batch).state == batch_state::completed);
}

TEST_CASE_FIXTURE(store_fixture, "a batch is stored once per pick-up, and only by the last one") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  auto early = picked_up(import, number, {page({"id", "name"}, {{1, "early"}})});
  must(store->end_pick_up(import, interrupted(import, number)));
  CHECK(code_of(store->store_batch(early)) == ec::stale);
  auto late = picked_up(import, number, {page({"id", "name"}, {{1, "late"}})});
  CHECK(code_of(store->store_batch(early)) == ec::stale);
  must(store->store_batch(late));
  CHECK(code_of(store->store_batch(late)) == ec::stale);
  CHECK(code_of(store->store_batch(early)) == ec::stale);
  CHECK(sql("SELECT name FROM customer") == std::vector<std::string>{"late"});
}

TEST_CASE_FIXTURE(store_fixture, "a write that is not of its batch's type and range is refused") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 10}), {page({"id"}, {{1}})});
  auto other = write;
  other.range.up_to = 11;
  CHECK(code_of(store->store_batch(other)) == ec::internal);
  other = write;
  other.record_type = "transactionline";
  CHECK(code_of(store->store_batch(other)) == ec::internal);
  must(store->store_batch(write));
}

TEST_CASE_FIXTURE(store_fixture, "a batch can be stored in parts, and completes with the last one") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 10}), {page({"id"}, {{1}, {2}})});
  write.range = {std::nullopt, 4};
  write.last = false;
  must(store->store_batch(write));
  auto row = batch(import, write.batch);
  CHECK(row.state == batch_state::running);
  CHECK(row.stored == 2);
  CHECK(adds_up(row));
  write.range = {4, 10};
  write.pages = {page({"id"}, {{7}})};
  write.last = true;
  must(store->store_batch(write));
  row = batch(import, write.batch);
  CHECK(row.state == batch_state::completed);
  CHECK(row.stored == 3);
  CHECK(adds_up(row));
}

TEST_CASE_FIXTURE(store_fixture, "what does not come in a part is missing from that part alone") {
  auto first = start();
  must(store->store_batch(
      picked_up(first, plan(first, "customer", {std::nullopt, 10}), {page({"id"}, {{1}, {2}, {8}})})));
  auto second = start();
  auto write = picked_up(second, plan(second, "customer", {std::nullopt, 10}), {page({"id"}, {{2}})});
  write.range = {std::nullopt, 4};
  write.last = false;
  CHECK(must(store->store_batch(write)).missing == 1);
  CHECK(sql("SELECT ranged FROM missing_records") == std::vector<std::string>{"1"});
}

TEST_CASE_FIXTURE(store_fixture, "a batch that is interrupted between its parts counts nothing as stored") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 10}), {page({"id"}, {{1}})});
  write.range = {std::nullopt, 4};
  write.last = false;
  must(store->store_batch(write));
  SUBCASE("by itself") { must(store->end_pick_up(import, interrupted(import, write.batch))); }
  SUBCASE("by a death") { must(store->reset_running(import, std::nullopt)); }
  auto row = batch(import, write.batch);
  CHECK(row.state == batch_state::pending);
  CHECK(row.stored == 0);
}

TEST_CASE_FIXTURE(store_fixture, "a part that is not of its batch is refused") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {10, 20}), {page({"id"}, {{15}})});
  for (auto range : {key_range{9, 15}, key_range{std::nullopt, 15}, key_range{10, 20}, key_range{10, 21}}) {
    write.range = range;
    write.last = false;
    CHECK(code_of(store->store_batch(write)) == ec::internal);
  }
  write.range = {15, 19};
  write.last = true;
  CHECK(code_of(store->store_batch(write)) == ec::internal);
}

TEST_CASE_FIXTURE(store_fixture, "a failed attempt is counted, described and kept") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  must(store->end_pick_up(import, failed(import, number)));
  must(store->pick_up(import, number));
  must(store->end_pick_up(import, failed(import, number, batch_state::failed)));
  auto row = batch(import, number);
  CHECK(row.state == batch_state::failed);
  CHECK(row.counters == batch_counters{.picked_up = 2, .failed_attempts = 2});
  CHECK(row.error_code == "timeout");
  auto attempts = must(store->failed_attempts(import, 10));
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0].pick_up == 2);
  CHECK(attempts[0].batch == number);
  CHECK(attempts[0].attempt.operation_id == "op-1");
  CHECK(attempts[0].attempt.at == now);
  CHECK(must(store->failed_attempts(import, 1)).size() == 1);
}

TEST_CASE_FIXTURE(store_fixture, "an end of another pick-up is stale") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  auto end = interrupted(import, number);
  must(store->end_pick_up(import, end));
  CHECK(code_of(store->end_pick_up(import, end)) == ec::stale);
  must(store->pick_up(import, number));
  CHECK(code_of(store->end_pick_up(import, end)) == ec::stale);
}

TEST_CASE_FIXTURE(store_fixture, "counters that do not add up are refused") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  auto end = interrupted(import, number);
  ++end.batch.counters.released;
  CHECK(code_of(store->end_pick_up(import, end)) == ec::internal);
  CHECK(batch(import, number).state == batch_state::running);
}

TEST_CASE_FIXTURE(store_fixture, "a split batch and its parts are written together") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  pick_up_end end;
  end.batch = batch(import, number);
  end.batch.state = batch_state::split;
  end.batch.counters.split = 1;
  end.children = {batch_of(7, {std::nullopt, 5}, 400), batch_of(8, {5, 10}, 600)};
  must(store->end_pick_up(import, end));
  CHECK(batch(import, number).state == batch_state::split);
  CHECK(batch(import, 7).range == key_range{std::nullopt, 5});
  CHECK(batch(import, 8).record_type == "customer");
  CHECK(batch(import, 8).state == batch_state::pending);
}

TEST_CASE_FIXTURE(store_fixture, "after a death running batches are pending again, interrupted") {
  auto import = start();
  auto a = plan(import, "customer", {std::nullopt, 10});
  auto b = plan(import, "customer", {10, 20});
  auto c = plan(import, "transactionline", {std::nullopt, 10});
  must(store->store_batch(picked_up(import, a)));
  must(store->pick_up(import, b));
  must(store->pick_up(import, c));
  std::vector<std::string> types{"customer"};
  auto deaths = must(store->reset_running(import, types));
  REQUIRE(deaths.size() == 1);
  CHECK(deaths[0].batch == b);
  CHECK(deaths[0].deaths == 1);
  CHECK(batch(import, a).state == batch_state::completed);
  CHECK(batch(import, b).state == batch_state::pending);
  CHECK(batch(import, b).counters.interrupted == 1);
  CHECK(batch(import, c).state == batch_state::running);
  must(store->reset_running(import, std::nullopt));
  CHECK(batch(import, c).state == batch_state::pending);
}

TEST_CASE_FIXTURE(store_fixture, "what an owner that died was running comes back interrupted by a death") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  restart();
  CHECK(batch(import, number).state == batch_state::pending);
  CHECK(batch(import, number).counters.interrupted == 1);
  CHECK(batch(import, number).deaths == 1);
  must(store->reset_running(import, std::nullopt));
  CHECK(batch(import, number).deaths == 1);
}

TEST_CASE_FIXTURE(store_fixture, "an owner that released the database has died of nothing") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  must(store->release_ownership());
  restart();
  must(store->reset_running(import, std::nullopt, false));
  CHECK(batch(import, number).state == batch_state::pending);
  CHECK(batch(import, number).deaths == 0);
}

TEST_CASE_FIXTURE(store_fixture,
                  "batches that a database away has cut off are interrupted, but by no death") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  for (auto times = 1U; times <= 4; ++times) {
    auto present = must(store->pick_up(import, number));
    must(store->note_arrival(import, number, present));
    CHECK(must(store->reset_running(import, std::nullopt, false)).empty());
    CHECK(batch(import, number).state == batch_state::pending);
    CHECK(batch(import, number).counters.interrupted == times);
  }
  CHECK(batch(import, number).deaths == 0);
  CHECK(batch(import, number).blamed == 0);
}

TEST_CASE_FIXTURE(store_fixture, "a death of no record type interrupts nothing") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  CHECK(must(store->reset_running(import, std::vector<std::string>{})).empty());
  CHECK(batch(import, number).state == batch_state::running);
}

TEST_CASE_FIXTURE(store_fixture, "deaths are counted apart from other interruptions") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  must(store->end_pick_up(import, interrupted(import, number)));
  CHECK(must(store->reset_running(import, std::nullopt)).empty());
  for (auto death = 1U; death <= 3; ++death) {
    must(store->pick_up(import, number));
    auto deaths = must(store->reset_running(import, std::nullopt));
    REQUIRE(deaths.size() == 1);
    CHECK(deaths[0].deaths == death);
  }
  CHECK(batch(import, number).counters.interrupted == 4);
}

TEST_CASE_FIXTURE(store_fixture, "a death counts as a batch's own only while its answer was in hand") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  must(store->reset_running(import, std::nullopt));
  CHECK(batch(import, number).blamed == 0);

  auto second = must(store->pick_up(import, number));
  must(store->note_arrival(import, number, second));
  restart();
  CHECK(batch(import, number).blamed == 1);
  must(store->reset_running(import, std::nullopt));
  CHECK(batch(import, number).blamed == 1);

  // What was noted for one pick-up says nothing about the next.
  must(store->pick_up(import, number));
  CHECK(batch(import, number).blamed == 1);
  must(store->reset_running(import, std::nullopt));
  CHECK(batch(import, number).blamed == 1);
  CHECK(batch(import, number).deaths == 3);
  CHECK(store->note_arrival(import, number, second).error().code == ec::stale);
}

TEST_SUITE_END();
