#include "conformance/fixture.hpp"

#include "store/pick_up_rules.hpp"

using namespace tidemark;
using namespace tidemark::test;

TEST_SUITE_BEGIN("tenant store: cancelling");

namespace cancel_test {

/// An import with a completed, a running, a released and an untouched batch.
struct busy_import : store_fixture {
  busy_import() {
    import_batch(import, "customer", {std::nullopt, 10}, {page({"id"}, {{1}})});
    must(store->pick_up(import, released));
    auto end = interrupted(import, released);
    end.batch.counters.interrupted = 0;
    end.batch.counters.released = 1;
    must(store->end_pick_up(import, end));
  }

  std::string import = start();
  std::uint64_t running = plan(import, "customer", {10, 20});
  std::uint64_t released = plan(import, "customer", {20, 30});
  std::uint64_t untouched = plan(import, "customer", {30, 40});
  batch_write write = picked_up(import, running, {page({"id"}, {{11}})});
};

TEST_CASE_FIXTURE(busy_import, "once a cancel has begun nothing is planned, picked up or stored") {
  must(store->begin_cancel(import, "ann", now));
  CHECK(state(import) == import_state::cancelling);
  CHECK(code_of(store->store_batch(write)) == ec::stale);
  CHECK(code_of(store->pick_up(import, untouched)) == ec::stale);
  CHECK(code_of(store->add_batches(import, type_of("customer"), {})) == ec::stale);
  CHECK(code_of(store->save_type(import, type_of("customer"))) == ec::stale);
  CHECK(code_of(store->finish_type(import, type_of("customer", type_state::completed))) == ec::stale);
  CHECK(code_of(store->set_import_state(import, {.state = import_state::running})) == ec::stale);
  CHECK(code_of(store->set_import_state(import, {.state = import_state::failed})) == ec::stale);
  CHECK(sql("SELECT id FROM customer") == std::vector<std::string>{"1"});
}

TEST_CASE_FIXTURE(busy_import, "a cancel's receipt counts what was done, running and left") {
  must(store->begin_cancel(import, "ann", now));
  must(store->end_pick_up(import, interrupted(import, running)));
  auto receipt = must(store->finish_cancel(import, now + 5));
  CHECK(receipt.import_id == import);
  CHECK(receipt.requested_by == "ann");
  CHECK(receipt.requested_at == now);
  CHECK(receipt.finished_at == now + 5);
  CHECK(receipt.batches_completed == 1);
  CHECK(receipt.batches_interrupted == 1);
  CHECK(receipt.batches_never_started == 1); // the released one had been picked up
}

TEST_CASE_FIXTURE(busy_import, "a finished cancel leaves nothing unfinished, and the counters add up") {
  must(store->begin_cancel(import, "ann", now));
  must(store->finish_cancel(import, now));
  auto ledger = must(store->load_import(import));
  CHECK(ledger.import.state == import_state::cancelled);
  CHECK(ledger.import.finished_at == now);
  CHECK(ledger.types.front().state == type_state::cancelled);
  for (const auto& x : ledger.batches) {
    CHECK(is_final(x.state));
    CHECK(adds_up(x));
  }
  CHECK(batch(import, running).counters.interrupted == 1);
  CHECK(must(store->unfinished_imports()).empty());
  CHECK(code_of(store->end_pick_up(import, interrupted(import, running))) == ec::stale);
}

TEST_CASE_FIXTURE(busy_import, "a cancelled import no longer says why it was paused") {
  import_change paused{.state = import_state::paused, .error = "paused by ann"};
  paused.paused_by = pause_cause::command;
  must(store->set_import_state(import, paused));
  must(store->begin_cancel(import, "bob", now));
  for (int step = 0; step < 2; ++step) {
    auto row = must(store->load_import(import)).import;
    CHECK(row.error == "");
    CHECK(row.paused_by == pause_cause::none);
    must(store->finish_cancel(import, now));
  }
}

TEST_CASE_FIXTURE(busy_import, "two cancels give one receipt, and it can be asked for again") {
  must(store->begin_cancel(import, "ann", now));
  CHECK(must(store->begin_cancel(import, "bob", now + 1)).requested_by == "ann");
  auto first = must(store->finish_cancel(import, now + 2));
  auto second = must(store->finish_cancel(import, now + 3));
  auto third = must(store->begin_cancel(import, "bob", now + 4));
  auto asked = must(store->receipt(import));
  for (const auto& x : {second, third, asked}) {
    CHECK(x.finished_at == first.finished_at);
    CHECK(x.requested_by == "ann");
    CHECK(x.batches_interrupted == 1);
  }
  auto ledger = must(store->load_import(import));
  CHECK(ledger.has_receipt);
  CHECK(ledger.receipt.finished_at == now + 2);
}

TEST_CASE_FIXTURE(busy_import, "a cancel that a death has cut off is finished by the next owner") {
  must(store->begin_cancel(import, "ann", now));
  restart();
  auto unfinished = must(store->unfinished_imports());
  REQUIRE(unfinished.size() == 1);
  CHECK(unfinished[0].state == import_state::cancelling);
  must(store->reset_running(import, {}));
  auto receipt = must(store->finish_cancel(import, now + 9));
  CHECK(receipt.requested_by == "ann");
  CHECK(receipt.batches_interrupted == 1);
  CHECK(adds_up(batch(import, running)));
}

TEST_CASE_FIXTURE(store_fixture, "an import that ended otherwise is not cancelled and has no receipt") {
  auto import = start();
  CHECK(code_of(store->finish_cancel(import, now)) == ec::conflict);
  CHECK(code_of(store->receipt(import)) == ec::conflict);
  must(store->set_import_state(import, {.state = import_state::completed}));
  CHECK(code_of(store->begin_cancel(import, "ann", now)) == ec::conflict);
  CHECK(state(import) == import_state::completed);
}

TEST_SUITE_END();

} // namespace cancel_test
