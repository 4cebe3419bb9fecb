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

TEST_CASE_FIXTURE(store_fixture,
                  "a mark that lies in the future counts as the time its import began, and goes back") {
  constexpr unix_ms day = 86'400'000;
  auto ahead = now + 3 * day;
  auto import = start();
  must(store->set_import_state(import, {.state = import_state::running, .started_at = now - 1000}));
  auto type = type_of("customer", type_state::completed);
  type.server_time = ahead;
  must(store->finish_type(import, type));
  CHECK(must(store->watermark("customer")) == ahead);
  auto mark = must(store->mark("customer"));
  CHECK(mark.watermark == now - 1000 - day / 24);
  CHECK(mark.deletes_until == mark.watermark);
  // A little ahead is no wonder.
  must(store->move_watermark("vendor", now + 60'000));
  CHECK(must(store->mark("vendor")).watermark == now + 60'000);
  // Nobody knows when.
  must(store->move_watermark("item", ahead));
  CHECK(must(store->mark("item")).watermark == 0);
  must(store->move_deletes("customer", now + 5));
  CHECK(must(store->move_watermark("customer", now)) == now);
  CHECK(must(store->mark("customer")).watermark == now);
  CHECK(must(store->mark("customer")).deletes_until == now + 5);
}

TEST_CASE_FIXTURE(store_fixture,
                  "a type that another import has run takes along what that one has noted of it") {
  auto other = start();
  must(store->add_note(other, {"customer", "column_dropped", "phone", "it is left out", now}));
  must(store->add_note(other, {"vendor", "column_dropped", "fax", "it is left out", now}));
  auto import = start();
  auto type = type_of("customer", type_state::completed);
  type.taken_from = other;
  for (int i = 0; i < 2; ++i) must(store->finish_type(import, type));
  auto notes = must(store->load_import(import)).notes;
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].subject == "phone");
  CHECK(notes[0].text == "it is left out");
  CHECK(must(store->notes_on(import, "customer")).size() == 1);
  CHECK(must(store->notes_on(import, "vendor")).empty());
}

TEST_CASE_FIXTURE(store_fixture,
                  "keys that other types have too are told by type, marked ones as well, of no set") {
  import_type(start(), "customer", {std::nullopt, 10}, {page({"id"}, {{1}, {2}, {3}})});
  import_type(start(), "transactionline", {std::nullopt, 10}, {page({"transaction", "id"}, {{1, 1}})});
  CHECK(must(store->find_elsewhere("customer", std::vector<std::int64_t>{1, 2})).empty());
  import_type(start(), "customer", {std::nullopt, 10}, {page({"id"}, {{2}, {3}})});
  CHECK(must(store->find_elsewhere("vendor", std::vector<std::int64_t>{1, 3, 7}))
        == std::vector<type_keys>{{"customer", {{1, 0}, {3, 0}}}});
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
