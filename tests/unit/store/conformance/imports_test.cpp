#include "conformance/fixture.hpp"

using namespace tidemark;
using namespace tidemark::test;

TEST_SUITE_BEGIN("tenant store: imports");

TEST_CASE_FIXTURE(store_fixture, "an import is read back as it was created") {
  import_row row;
  row.id = "acme.01";
  row.tenant = "acme";
  row.record_type = "customer";
  row.mode = import_mode::incremental;
  row.system = "legacy";
  row.requested_at = now;
  row.requested_by = "o'neil \"the boss\"";
  row.how_urgent = urgency::scheduled;
  must(store->create_import(row));
  auto found = must(store->load_import("acme.01")).import;
  CHECK(found.tenant == "acme");
  CHECK(found.record_type == "customer");
  CHECK(found.mode == import_mode::incremental);
  CHECK(found.system == "legacy");
  CHECK(found.state == import_state::queued);
  CHECK(found.requested_at == now);
  CHECK(found.started_at == 0);
  CHECK(found.requested_by == row.requested_by);
  CHECK(found.how_urgent == urgency::scheduled);
}

TEST_CASE_FIXTURE(store_fixture, "an import's id is used once") {
  import_row row;
  row.id = "acme.01";
  must(store->create_import(row));
  CHECK(code_of(store->create_import(row)) == ec::conflict);
}

TEST_CASE_FIXTURE(store_fixture, "an import that is not in the ledger is unknown to every function") {
  CHECK(code_of(store->load_import("acme.no")) == ec::unknown_import);
  CHECK(code_of(store->set_import_state("acme.no", {})) == ec::unknown_import);
  CHECK(code_of(store->save_type("acme.no", {})) == ec::unknown_import);
  CHECK(code_of(store->finish_type("acme.no", {})) == ec::unknown_import);
  CHECK(code_of(store->add_note("acme.no", {})) == ec::unknown_import);
  CHECK(code_of(store->add_batches("acme.no", {}, {})) == ec::unknown_import);
  CHECK(code_of(store->pick_up("acme.no", 1)) == ec::unknown_import);
  batch_write write;
  write.import_id = "acme.no";
  CHECK(code_of(store->store_batch(write)) == ec::unknown_import);
  CHECK(code_of(store->end_pick_up("acme.no", {})) == ec::unknown_import);
  CHECK(code_of(store->reset_running("acme.no", {})) == ec::unknown_import);
  CHECK(code_of(store->failed_attempts("acme.no", 1)) == ec::unknown_import);
  CHECK(code_of(store->retry("acme.no", 0)) == ec::unknown_import);
  CHECK(code_of(store->begin_cancel("acme.no", "ann", now)) == ec::unknown_import);
  CHECK(code_of(store->finish_cancel("acme.no", now)) == ec::unknown_import);
  CHECK(code_of(store->receipt("acme.no")) == ec::unknown_import);
}

TEST_CASE_FIXTURE(store_fixture, "imports are resumed oldest first") {
  auto a = start();
  auto b = start();
  auto c = start();
  must(store->set_import_state(b, {.state = import_state::failed, .error = "no"}));
  auto unfinished = must(store->unfinished_imports());
  REQUIRE(unfinished.size() == 2);
  CHECK(unfinished[0].id == a);
  CHECK(unfinished[1].id == c);
}

TEST_CASE_FIXTURE(
    store_fixture,
    "the latest imports are the newest of each type, mode and state, however many ended since") {
  auto end = [&](const std::string& id, import_state state) {
    must(store->set_import_state(id, {.state = state}));
    return id;
  };
  auto failed = end(start(), import_state::failed);
  std::string good;
  for (int i = 0; i < 150; ++i) good = end(start(import_mode::incremental), import_state::completed);
  auto running = start();
  std::vector<std::string> ids;
  for (auto& row : must(store->latest_imports())) ids.push_back(row.id);
  CHECK(ids == std::vector{running, good, failed});
}

TEST_CASE_FIXTURE(store_fixture, "a state brings its reason and its times, and leaves other times alone") {
  auto import = start();
  auto paused = must(store->set_import_state(
      import, {.state = import_state::paused, .error = "disk full", .paused_by = pause_cause::database}));
  CHECK(paused.paused_by == pause_cause::database);
  CHECK(paused.error == "disk full");
  CHECK(paused.started_at == now);
  auto running = must(store->set_import_state(import, {.state = import_state::running}));
  CHECK(running.error.empty());
  CHECK(running.paused_by == pause_cause::none);
  auto failed = must(
      store->set_import_state(import, {.state = import_state::failed, .error = "x", .finished_at = now + 5}));
  CHECK(failed.finished_at == now + 5);
  CHECK(failed.started_at == now);
}

TEST_CASE_FIXTURE(store_fixture, "a final state without a time gets the present one") {
  auto import = start();
  now += 7;
  CHECK(must(store->set_import_state(import, {.state = import_state::completed})).finished_at == now);
}

TEST_CASE_FIXTURE(store_fixture, "a final state is never left") {
  auto import = start();
  must(store->set_import_state(import, {.state = import_state::failed, .error = "no"}));
  CHECK(code_of(store->set_import_state(import, {.state = import_state::running})) == ec::stale);
  CHECK(code_of(store->save_type(import, type_of("customer"))) == ec::stale);
  CHECK(code_of(store->add_batches(import, type_of("customer"), {})) == ec::stale);
  CHECK(state(import) == import_state::failed);
}

TEST_CASE_FIXTURE(store_fixture, "an import becomes cancelling or cancelled only by a cancel") {
  auto import = start();
  CHECK(code_of(store->set_import_state(import, {.state = import_state::cancelling})) == ec::bad_request);
  CHECK(code_of(store->set_import_state(import, {.state = import_state::cancelled})) == ec::bad_request);
}

TEST_CASE_FIXTURE(store_fixture, "an import with a batch that is not done cannot be completed") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  CHECK(code_of(store->set_import_state(import, {.state = import_state::completed})) == ec::conflict);
  must(store->store_batch(picked_up(import, number)));
  CHECK(must(store->set_import_state(import, {.state = import_state::completed})).state
        == import_state::completed);
}

TEST_CASE_FIXTURE(store_fixture, "a final state leaves no batch and no record type unfinished") {
  auto import = start();
  auto waiting = plan(import, "customer", {std::nullopt, 10});
  auto running = plan(import, "customer", {10, 20});
  must(store->pick_up(import, running));
  must(store->set_import_state(import, {.state = import_state::failed, .error = "no"}));
  CHECK(batch(import, waiting).state == batch_state::cancelled);
  CHECK(batch(import, running).state == batch_state::cancelled);
  CHECK(batch(import, running).counters.interrupted == 1);
  CHECK(must(store->load_import(import)).types.front().state == type_state::cancelled);
}

TEST_CASE_FIXTURE(store_fixture, "record types are read back as they were last written, by wave and name") {
  auto import = start();
  type_row a;
  a.name = "customer";
  a.wave = 1;
  a.estimated = true;
  a.records_planned = 12'000;
  type_row b;
  b.name = "subsidiary";
  b.state = type_state::skipped;
  b.error = "no such table";
  must(store->save_types(import, std::vector{a, b}));
  a.state = type_state::running;
  a.server_time = now;
  a.taken_from = "acme.other";
  must(store->save_type(import, a));
  auto types = must(store->load_import(import)).types;
  REQUIRE(types.size() == 2);
  CHECK(types[0].name == "subsidiary");
  CHECK(types[0].error == "no such table");
  CHECK(types[0].state == type_state::skipped);
  CHECK(types[1].state == type_state::running);
  CHECK(types[1].estimated);
  CHECK_FALSE(types[1].planned);
  CHECK(types[1].records_planned == 12'000);
  CHECK(types[1].server_time == now);
  CHECK(types[1].taken_from == "acme.other");
}

TEST_CASE_FIXTURE(store_fixture, "a note is kept once per code, record type and subject") {
  auto import = start();
  import_note note{"customer", "column_dropped", "custentity_x", "the account lacks it", now};
  CHECK(must(store->add_note(import, note)));
  note.text = "again";
  CHECK_FALSE(must(store->add_note(import, note)));
  note.subject = "custentity_y";
  CHECK(must(store->add_note(import, note)));
  auto notes = must(store->load_import(import)).notes;
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].text == "the account lacks it");
  CHECK(notes[0].at == now);
}

TEST_SUITE_END();
