#include "conformance/fixture.hpp"

#include <chrono>

namespace summaries_test {

using namespace tidemark;
using namespace tidemark::test;

TEST_SUITE_BEGIN("tenant store: summaries");

import_summary summary_of(store_fixture& it, const std::string& import) {
  for (auto& x : must(it.reader()->imports({}, 1000)).rows)
    if (x.import.id == import) return x;
  FAIL("the import is not listed");
  return {};
}

/// A running import of one type with a completed, a split, a failed and a pending batch.
std::string mixed_import(store_fixture& it) {
  auto import = it.start();
  it.import_batch(import, "customer", {std::nullopt, 10}, {page({"id"}, {{1}, {2}})});
  auto halves = it.plan(import, "customer", {10, 20});
  must(it.store->pick_up(import, halves));
  auto split = it.failed(import, halves, batch_state::split);
  split.batch.counters.failed_attempts = 0;
  split.batch.counters.split = 1;
  split.children = {batch_of(100, {10, 15}, 500), batch_of(101, {15, 20}, 500)};
  must(it.store->end_pick_up(import, split));
  must(it.store->pick_up(import, 100));
  must(it.store->end_pick_up(import, it.failed(import, 100, batch_state::failed)));
  return import;
}

void check_mixed(const import_summary& found, std::uint64_t pending, std::uint64_t cancelled) {
  REQUIRE(found.types.size() == 1);
  auto& x = found.types[0].totals;
  CHECK(found.types[0].row.name == "customer");
  CHECK(x.batches == batch_counts{3, 1, 1, cancelled, 0, pending});
  CHECK(x.records.stored == 2);
  CHECK(x.weight_planned == 2000);
  CHECK(x.weight_done == 1500);
  CHECK(x.pick_ups == batch_counters{3, 1, 1, 1, 0, 0, 0});
}

TEST_CASE_FIXTURE(store_fixture, "a summary says what the batches come to, before the end and after it") {
  auto import = mixed_import(*this);
  check_mixed(summary_of(*this, import), 1, 0);
  must(store->set_import_state(import, {import_state::failed, "no more"}));
  check_mixed(summary_of(*this, import), 0, 1);
  must(store->retry(import, 0));
  auto again = summary_of(*this, import);
  CHECK(again.types.at(0).totals.batches == batch_counts{3, 1, 0, 0, 0, 2});
}

TEST_CASE_FIXTURE(store_fixture, "the summary of a cancelled import is that of its end") {
  auto import = mixed_import(*this);
  must(store->begin_cancel(import, "anna", now));
  must(store->finish_cancel(import, now));
  check_mixed(summary_of(*this, import), 0, 1);
}

TEST_CASE_FIXTURE(store_fixture, "imports are listed newest first, page after page") {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    now += 1000;
    ids.push_back(start());
  }
  ids.push_back(start()); // in the same moment as the one before
  std::vector<std::string> listed;
  import_place after;
  do {
    auto page = must(reader()->imports(after, 2));
    for (auto& x : page.rows) listed.push_back(x.import.id);
    after = page.next;
  } while (!after.id.empty());
  CHECK(listed == std::vector<std::string>{ids.rbegin(), ids.rend()});
}

TEST_CASE_FIXTURE(store_fixture, "the sums of an import go with its rows") {
  auto import = mixed_import(*this);
  must(store->set_import_state(import, {import_state::failed, "no more", 0, now}));
  CHECK(sql("SELECT count(*) FROM type_totals") == std::vector<std::string>{"1"});
  CHECK(must(store->prune(now + 1)) == 1);
  CHECK(sql("SELECT count(*) FROM type_totals") == std::vector<std::string>{"0"});
}

TEST_CASE_FIXTURE(store_fixture, "a thousand imports of many batches are listed in a moment") {
  // 1000 imports with 10 record types of 20 batches each: 200 000 batches.
  sql("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
      "INSERT INTO imports (id, tenant, record_type, mode, system, state, requested_at) "
      "SELECT printf('acme.%026d', i), 'acme', 'customer', 'full', 'chunked', 'running', "
      "printf('2024-01-01T00:%02d:%02d.000Z', i / 60, i % 60) FROM n;"
      "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 9) "
      "INSERT INTO import_types (import_number, name, wave, state, planned, estimated, records_planned, "
      "taken_from, error) SELECT number, 'type' || i, 1, 'completed', 1, 0, 20000, '', '' FROM imports, n;"
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20) "
      "INSERT INTO batches (import_number, number, record_type, after_key, up_to_key, weight, state, "
      "picked_up, completed, stored) SELECT t.import_number, substr(t.name, 5) * 20 + i, t.name, i, i + 1, "
      "1000, 'completed', 1, 1, 1000 FROM import_types t, n;");
  for (auto& id : sql("SELECT id FROM imports")) must(store->set_import_state(id, {import_state::completed}));
  auto begun = std::chrono::steady_clock::now();
  auto page = must(reader()->imports({}, 1000));
  auto taken = std::chrono::steady_clock::now() - begun;
  MESSAGE("1000 imports listed in ", std::chrono::duration_cast<std::chrono::milliseconds>(taken).count(),
          " ms");
  REQUIRE(page.rows.size() == 1000);
  CHECK(page.rows[0].types.size() == 10);
  CHECK(page.rows[0].types[0].totals.records.stored == 20'000);
  CHECK(taken < std::chrono::milliseconds{500}); // some 40 ms where nothing else runs
}

TEST_SUITE_END();

} // namespace summaries_test
