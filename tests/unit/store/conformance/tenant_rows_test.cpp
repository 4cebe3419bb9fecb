#include "conformance/fixture.hpp"

using namespace tidemark;
using namespace tidemark::test;

using rows = std::vector<std::string>;

TEST_SUITE_BEGIN("tenant store: what outlives an import");

TEST_CASE_FIXTURE(store_fixture, "a watermark moves forward and never back") {
  CHECK(must(store->watermark("customer")) == 0);
  CHECK(must(store->move_watermark("customer", now)) == now);
  CHECK(must(store->move_watermark("customer", now - 1)) == now);
  CHECK(must(store->move_watermark("customer", now + 1)) == now + 1);
  CHECK(must(store->move_watermark("customer", 0)) == now + 1);
  CHECK(must(store->watermark("customer")) == now + 1);
  CHECK(must(store->watermark("vendor")) == 0);
}

TEST_CASE_FIXTURE(store_fixture, "a type's watermark moves once each of its batches is stored") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 10}, {});
  auto second = plan(import, "customer", {10, 20});
  auto type = type_of("customer", type_state::completed);
  type.server_time = now - 500;
  must(store->finish_type(import, type));
  CHECK(must(store->watermark("customer")) == 0);
  must(store->store_batch(picked_up(import, second)));
  must(store->finish_type(import, type));
  CHECK(must(store->watermark("customer")) == now - 500);
}

TEST_CASE_FIXTURE(store_fixture,
                  "a type that was skipped, failed or run by another import moves no watermark") {
  auto type = type_of("customer", type_state::failed);
  type.server_time = now;
  must(store->finish_type(start(), type));
  type.state = type_state::skipped;
  must(store->finish_type(start(), type));
  type.state = type_state::completed;
  type.taken_from = "acme.other";
  must(store->finish_type(start(), type));
  CHECK(must(store->watermark("customer")) == 0);
}

TEST_CASE_FIXTURE(store_fixture,
                  "a type that is skipped ends its batches, and the import completes without them") {
  auto import = start();
  plan(import, "customer", {std::nullopt, 10});
  auto running = plan(import, "customer", {10, 20});
  must(store->pick_up(import, running));
  must(store->finish_type(import, type_of("customer", type_state::skipped)));
  for (auto& batch : must(store->load_import(import)).batches) {
    CHECK(batch.state == batch_state::cancelled);
    CHECK(batch.counters.interrupted == (batch.number == running ? 1U : 0U));
  }
  CHECK(must(store->set_import_state(import, {import_state::completed})).state == import_state::completed);
}

TEST_CASE_FIXTURE(store_fixture, "what an account lacks is noted once and can be forgotten") {
  import_note note{"customer", "column_dropped", "custentity_x", "the account lacks it", now};
  CHECK(must(store->add_schema_note(note)));
  CHECK_FALSE(must(store->add_schema_note(note)));
  auto notes = must(store->schema_notes());
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].subject == "custentity_x");
  CHECK(notes[0].text == "the account lacks it");
  CHECK(must(store->drop_schema_note(note)));
  CHECK_FALSE(must(store->drop_schema_note(note)));
  CHECK(must(store->schema_notes()).empty());
}

TEST_CASE_FIXTURE(store_fixture, "pruning removes old finished imports and nothing else") {
  auto set = page({"id"}, {{1}});
  set->reject({"2", "bad", "{}"});
  auto old = start();
  import_batch(old, "customer", {std::nullopt, 10}, {set});
  must(store->add_note(old, {"customer", "plan_walked", "", "", now}));
  must(store->add_schema_note({"customer", "column_dropped", "x", "", now}));
  must(store->set_import_state(old, {.state = import_state::completed, .finished_at = now}));
  auto cancelled = start();
  must(store->begin_cancel(cancelled, "ann", now));
  must(store->finish_cancel(cancelled, now));
  auto recent = start();
  must(store->set_import_state(recent, {.state = import_state::completed, .finished_at = now + 100}));
  auto running = start();
  must(store->move_watermark("customer", now));

  CHECK(must(store->prune(now + 50)) == 2);
  CHECK(code_of(store->load_import(old)) == ec::unknown_import);
  CHECK(code_of(store->load_import(cancelled)) == ec::unknown_import);
  CHECK(must(reader()->imports({}, 10)).rows.size() == 2);
  CHECK(sql("SELECT id FROM customer") == rows{"1"});
  CHECK(must(reader()->rejected_records("customer", 0, 10)).rows.size() == 1);
  CHECK(must(store->schema_notes()).size() == 1);
  CHECK(must(store->watermark("customer")) == now);
  for (const auto* table : {"batches", "import_types", "import_notes", "cancel_receipts", "batch_attempts"})
    CHECK(sql(std::string{"SELECT count(*) FROM "} + table) == rows{"0"});
}

TEST_CASE_FIXTURE(store_fixture, "an import's number is never used twice, so records stay with their own") {
  auto old = start();
  import_batch(old, "customer", {std::nullopt, 10}, {page({"id"}, {{1}})});
  must(store->set_import_state(old, {.state = import_state::completed}));
  CHECK(must(store->prune(now + 1)) == 1);
  start();
  CHECK(sql("SELECT count(*) FROM customer c JOIN imports i ON i.number = c._import_id") == rows{"0"});
}

TEST_SUITE_END();
