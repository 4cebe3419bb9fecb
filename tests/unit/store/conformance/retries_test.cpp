#include "conformance/fixture.hpp"

#include "store/pick_up_rules.hpp"

#include <algorithm>
namespace retries_test {

using namespace tidemark;
using namespace tidemark::test;

struct retry_fixture : store_fixture {
  /// Plans a batch of customers that fails after this many attempts.
  std::uint64_t plan_failed(const std::string& import, key_range range, int attempts = 1) {
    auto number = plan(import, "customer", range);
    for (int i = 1; i <= attempts; ++i) {
      must(store->pick_up(import, number));
      must(store->end_pick_up(
          import, failed(import, number, i == attempts ? batch_state::failed : batch_state::pending)));
    }
    return number;
  }

  std::uint64_t plan_stored(const std::string& import, key_range range) {
    auto write = picked_up(import, plan(import, "customer", range), {page({"id"}, {{range.up_to}})});
    must(store->store_batch(write));
    return write.batch;
  }

  void end_with_errors(const std::string& import) {
    auto type = type_of("customer", type_state::completed_with_errors);
    type.error = "some batches have failed";
    type.finished_at = now;
    must(store->finish_type(import, type));
    must(store->set_import_state(
        import, {.state = import_state::completed_with_errors, .error = "with errors", .finished_at = now}));
  }

  void end_failed(const std::string& import) {
    must(store->set_import_state(import, {.state = import_state::failed, .error = "no", .finished_at = now}));
  }

  type_row type(const std::string& import, const std::string& name = "customer") {
    auto types = must(store->load_import(import)).types;
    auto found = std::ranges::find(types, name, &type_row::name);
    REQUIRE(found != types.end());
    return *found;
  }
};

TEST_SUITE_BEGIN("tenant store: retries");

TEST_CASE_FIXTURE(retry_fixture,
                  "failed batches are pending again with their attempts forgiven, not forgotten") {
  auto import = start();
  auto number = plan_failed(import, {std::nullopt, 10}, 3);
  end_with_errors(import);
  auto before = batch(import, number);
  CHECK(must(store->retry(import, 0)).batches == 1);
  auto row = batch(import, number);
  CHECK(row.state == batch_state::pending);
  CHECK(row.forgiven == 3);
  CHECK(row.counters == before.counters);
  CHECK(adds_up(row));
  CHECK(must(store->failed_attempts(import, 10)).size() == 3);
}

TEST_CASE_FIXTURE(retry_fixture, "a retry reopens the import and the record types of its batches") {
  auto import = start();
  plan_failed(import, {std::nullopt, 10});
  end_with_errors(import);
  auto back = must(store->retry(import, 0)).import;
  CHECK(back.state == import_state::running);
  CHECK(back.error.empty());
  CHECK(back.finished_at == 0);
  CHECK(back.id == import);
  CHECK(type(import).state == type_state::running);
  CHECK(type(import).error.empty());
  CHECK(type(import).finished_at == 0);
  REQUIRE(must(store->unfinished_imports()).size() == 1);
}

TEST_CASE_FIXTURE(retry_fixture,
                  "what is retried can be stored, and the import completes without errors then") {
  auto import = start();
  auto number = plan_failed(import, {std::nullopt, 10});
  plan_stored(import, {10, 20});
  end_with_errors(import);
  must(store->retry(import, 0));
  must(store->store_batch(picked_up(import, number, {page({"id"}, {{5}})})));
  auto row = batch(import, number);
  CHECK(row.state == batch_state::completed);
  CHECK(row.counters == batch_counters{.picked_up = 2, .completed = 1, .failed_attempts = 1});
  must(store->finish_type(import, type_of("customer", type_state::completed)));
  must(store->set_import_state(import, {.state = import_state::completed}));
  CHECK(sql("SELECT id FROM customer ORDER BY id") == std::vector<std::string>{"5", "20"});
}

TEST_CASE_FIXTURE(retry_fixture, "only the batch that is named comes back") {
  auto import = start();
  auto a = plan_failed(import, {std::nullopt, 10});
  auto b = plan_failed(import, {10, 20});
  end_with_errors(import);
  CHECK(must(store->retry(import, b)).batches == 1);
  CHECK(batch(import, a).state == batch_state::failed);
  CHECK(batch(import, a).forgiven == 0);
  CHECK(batch(import, b).state == batch_state::pending);
}

TEST_CASE_FIXTURE(retry_fixture, "what is stored, split or of another import is left alone by a retry") {
  auto other = start();
  auto others = plan_failed(other, {std::nullopt, 10});
  end_with_errors(other);
  auto import = start();
  plan_failed(import, {std::nullopt, 10});
  auto stored = plan_stored(import, {10, 20});
  auto whole = plan(import, "customer", {20, 30});
  must(store->pick_up(import, whole));
  pick_up_end end;
  end.batch = batch(import, whole);
  end.batch.state = batch_state::split;
  end.batch.counters.split = 1;
  end.children = {batch_of(107, {20, 25}, 400), batch_of(108, {25, 30}, 600)};
  must(store->end_pick_up(import, end));
  for (auto part : {107U, 108U}) must(store->store_batch(picked_up(import, part)));
  end_with_errors(import);
  CHECK(must(store->retry(import, 0)).batches == 1);
  CHECK(batch(import, stored).state == batch_state::completed);
  CHECK(batch(import, whole).state == batch_state::split);
  CHECK(batch(import, 107).state == batch_state::completed);
  CHECK(batch(other, others).state == batch_state::failed);
  CHECK(state(other) == import_state::completed_with_errors);
}

TEST_CASE_FIXTURE(retry_fixture, "a record type that has not failed stays finished when another is retried") {
  auto import = start();
  plan_failed(import, {std::nullopt, 10});
  import_batch(import, "transactionline", {std::nullopt, 10}, {});
  must(store->finish_type(import, type_of("transactionline", type_state::completed)));
  end_with_errors(import);
  must(store->retry(import, 0));
  CHECK(type(import, "customer").state == type_state::running);
  CHECK(type(import, "transactionline").state == type_state::completed);
}

TEST_CASE_FIXTURE(retry_fixture, "each retry forgives what has failed since the one before") {
  auto import = start();
  auto number = plan_failed(import, {std::nullopt, 10}, 2);
  end_with_errors(import);
  must(store->retry(import, 0));
  must(store->pick_up(import, number));
  must(store->end_pick_up(import, failed(import, number, batch_state::failed)));
  CHECK(batch(import, number).forgiven == 2);
  end_with_errors(import);
  must(store->retry(import, 0));
  CHECK(batch(import, number).forgiven == 3);
  CHECK(batch(import, number).counters == batch_counters{.picked_up = 3, .failed_attempts = 3});
}

TEST_CASE_FIXTURE(retry_fixture, "a failed import comes back with what its failure cancelled") {
  auto import = start();
  auto bad = plan_failed(import, {std::nullopt, 10});
  auto waiting = plan(import, "customer", {10, 20});
  auto running = plan(import, "transactionline", {std::nullopt, 10});
  must(store->pick_up(import, running));
  end_failed(import);
  REQUIRE(batch(import, waiting).state == batch_state::cancelled);
  auto back = must(store->retry(import, 0));
  CHECK(back.batches == 3);
  CHECK(back.import.state == import_state::running);
  for (auto number : {bad, waiting, running}) {
    CHECK(batch(import, number).state == batch_state::pending);
    CHECK(adds_up(batch(import, number)));
  }
  CHECK(type(import, "transactionline").state == type_state::running);
}

TEST_CASE_FIXTURE(retry_fixture, "an import that failed before it had a record type is queued again") {
  import_row row;
  row.id = "acme.early";
  must(store->create_import(row));
  end_failed(row.id);
  auto back = must(store->retry(row.id, 0));
  CHECK(back.import.state == import_state::queued);
  CHECK(back.batches == 0);
}

TEST_CASE_FIXTURE(retry_fixture, "a type whose plan is not whole waits for its planning again") {
  auto import = start();
  auto row = batch_of(900, {std::nullopt, 10});
  auto half = type_of("customer");
  half.planned = false;
  must(store->add_batches(import, half, {&row, 1}));
  end_failed(import);
  must(store->retry(import, 0));
  CHECK(type(import).state == type_state::waiting);
}

TEST_CASE_FIXTURE(retry_fixture, "a type that the account lacks is not tried again") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  auto skipped = type_of("customer", type_state::skipped);
  skipped.error = "no such table";
  must(store->finish_type(import, skipped));
  end_failed(import);
  must(store->retry(import, 0));
  CHECK(batch(import, number).state == batch_state::cancelled);
  CHECK(type(import).state == type_state::skipped);
  CHECK(type(import).error == "no such table");
}

TEST_CASE_FIXTURE(retry_fixture, "a paused import goes on with its failed batches") {
  auto import = start();
  auto number = plan_failed(import, {std::nullopt, 10});
  must(store->set_import_state(
      import, {.state = import_state::paused, .error = "by ann", .paused_by = pause_cause::command}));
  auto back = must(store->retry(import, 0)).import;
  CHECK(back.state == import_state::running);
  CHECK(back.paused_by == pause_cause::none);
  CHECK(batch(import, number).state == batch_state::pending);
}

TEST_CASE_FIXTURE(retry_fixture,
                  "an import that is under way, cancelled or without failures is not retried") {
  auto running = start();
  auto number = plan_failed(running, {std::nullopt, 10});
  CHECK(code_of(store->retry(running, 0)) == ec::conflict);
  CHECK(code_of(store->retry(running, number)) == ec::conflict);
  CHECK(batch(running, number).state == batch_state::failed);
  must(store->begin_cancel(running, "ann", now));
  CHECK(code_of(store->retry(running, 0)) == ec::conflict);
  must(store->finish_cancel(running, now));
  CHECK(code_of(store->retry(running, 0)) == ec::conflict);
  auto good = start();
  must(store->set_import_state(good, {.state = import_state::completed}));
  CHECK(code_of(store->retry(good, 0)) == ec::conflict);
  CHECK(state(good) == import_state::completed);
}

TEST_CASE_FIXTURE(retry_fixture,
                  "a batch that has not failed, or is not there, is refused and nothing changes") {
  auto import = start();
  auto bad = plan_failed(import, {std::nullopt, 10});
  auto good = plan_stored(import, {10, 20});
  end_with_errors(import);
  auto refused = store->retry(import, good);
  REQUIRE(code_of(refused) == ec::conflict);
  CHECK(refused.error().message.find("is completed: only a failed one") != std::string::npos);
  CHECK(code_of(store->retry(import, 4711)) == ec::conflict);
  CHECK(state(import) == import_state::completed_with_errors);
  CHECK(batch(import, bad).state == batch_state::failed);
}

TEST_CASE_FIXTURE(retry_fixture, "a paused import without failed batches stays paused") {
  auto import = start();
  plan(import, "customer", {std::nullopt, 10});
  must(store->set_import_state(import, {.state = import_state::paused, .paused_by = pause_cause::command}));
  CHECK(code_of(store->retry(import, 0)) == ec::conflict);
  CHECK(state(import) == import_state::paused);
}

TEST_CASE_FIXTURE(retry_fixture, "a retry by an owner of the past is refused") {
  auto import = start();
  plan_failed(import, {std::nullopt, 10});
  end_with_errors(import);
  auto next = take_over();
  CHECK(code_of(store->retry(import, 0)) == ec::fenced);
}

// -- split batches

TEST_CASE_FIXTURE(retry_fixture, "a split whose parts leave a gap or weigh something else writes nothing") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  pick_up_end end;
  end.batch = batch(import, number);
  end.batch.state = batch_state::split;
  end.batch.counters.split = 1;
  for (auto& parts :
       std::vector<std::vector<batch_row>>{{batch_of(7, {std::nullopt, 5}, 400), batch_of(8, {6, 10}, 600)},
                                           {batch_of(7, {std::nullopt, 5}, 400), batch_of(8, {5, 9}, 600)},
                                           {batch_of(7, {std::nullopt, 5}, 400), batch_of(8, {5, 10}, 599)},
                                           {batch_of(7, {std::nullopt, 10}, 1000)},
                                           {}}) {
    end.children = parts;
    CHECK(code_of(store->end_pick_up(import, end)) == ec::internal);
  }
  CHECK(batch(import, number).state == batch_state::running);
  CHECK(must(store->load_import(import)).batches.size() == 1);
}

TEST_CASE_FIXTURE(retry_fixture, "a split with a part whose number is taken leaves the batch running") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  auto other = plan(import, "customer", {10, 20});
  must(store->pick_up(import, number));
  pick_up_end end;
  end.batch = batch(import, number);
  end.batch.state = batch_state::split;
  end.batch.counters.split = 1;
  end.children = {batch_of(99, {std::nullopt, 5}, 400), batch_of(other, {5, 10}, 600)};
  CHECK(code_of(store->end_pick_up(import, end)) == ec::conflict);
  CHECK(batch(import, number).state == batch_state::running);
  CHECK(must(store->load_import(import)).batches.size() == 2);
}

TEST_CASE_FIXTURE(retry_fixture, "a split that was written is found whole by the next owner") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  pick_up_end end;
  end.batch = batch(import, number);
  end.batch.state = batch_state::split;
  end.batch.counters.split = 1;
  end.batch.error_code = "server";
  end.batch.error_text = "HTTP 500";
  end.children = {batch_of(98, {std::nullopt, 5}, 400), batch_of(99, {5, 10}, 600)};
  must(store->end_pick_up(import, end));
  restart();
  must(store->reset_running(import, {}));
  auto rows = must(store->load_import(import)).batches;
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].state == batch_state::split);
  CHECK(rows[0].error_text == "HTTP 500");
  CHECK(rows[0].counters == batch_counters{.picked_up = 1, .split = 1});
  CHECK(rows[1].weight + rows[2].weight == rows[0].weight);
  for (auto part : {98U, 99U}) must(store->store_batch(picked_up(import, part)));
  must(store->set_import_state(import, {.state = import_state::completed}));
}

TEST_CASE_FIXTURE(retry_fixture, "how often a batch has died is read back with it") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  for (int death = 1; death <= 3; ++death) {
    must(store->pick_up(import, number));
    restart();
    must(store->reset_running(import, {}));
  }
  CHECK(batch(import, number).deaths == 3);
}

TEST_SUITE_END();

} // namespace retries_test
