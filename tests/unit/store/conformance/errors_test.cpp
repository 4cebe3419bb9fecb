#include "conformance/fixture.hpp"
namespace errors_test {

using namespace tidemark;
using namespace tidemark::test;

/// A pick-up of a new batch that ends in a failed attempt.
std::uint64_t fail_one(store_fixture& it, const std::string& import, key_range range, const std::string& code,
                       unix_ms at) {
  auto batch = it.plan(import, "customer", range);
  must(it.store->pick_up(import, batch));
  auto end = it.failed(import, batch);
  end.attempt = failed_attempt{"server", code, "NetSuite failed on its side", "op-1", at};
  must(it.store->end_pick_up(import, end));
  return batch;
}

TEST_SUITE_BEGIN("tenant store: errors");

TEST_CASE_FIXTURE(store_fixture, "failed attempts are counted by record type, category and code") {
  auto import = start();
  fail_one(*this, import, {std::nullopt, 10}, "UNEXPECTED_ERROR", now + 1000);
  fail_one(*this, import, {10, 20}, "UNEXPECTED_ERROR", now + 3000);
  auto other = fail_one(*this, import, {20, 30}, "500", now + 2000);
  auto report = must(reader()->errors(import, {}, 10));
  CHECK(report.import_id == import);
  REQUIRE(report.counts.size() == 2);
  CHECK(report.counts[0] == error_count{"customer", "server", "UNEXPECTED_ERROR", 2, now + 3000});
  CHECK(report.counts[1] == error_count{"customer", "server", "500", 1, now + 2000});
  REQUIRE(report.last.size() == 3);
  CHECK(report.last[0].at == now + 3000);
  CHECK(report.last[1].batch == other);
  CHECK(report.last[1].import_id == import);
  CHECK(report.last[1].record_type == "customer");
  CHECK(report.last[1].operation_id == "op-1");
}

TEST_CASE_FIXTURE(store_fixture, "all errors are counted and only the last ones given") {
  auto import = start();
  for (int i = 0; i < 5; ++i) fail_one(*this, import, {i * 10, i * 10 + 10}, "500", now + i * 1000);
  auto report = must(reader()->errors(import, {}, 2));
  CHECK(report.counts.at(0).count == 5);
  REQUIRE(report.last.size() == 2);
  CHECK(report.last[0].at == now + 4000);
}

TEST_CASE_FIXTURE(store_fixture, "an empty id means the errors of all imports") {
  auto first = start();
  auto second = start();
  fail_one(*this, first, {std::nullopt, 10}, "500", now);
  fail_one(*this, second, {std::nullopt, 10}, "500", now + 1000);
  CHECK(must(reader()->errors(first, {}, 10)).last.size() == 1);
  auto all = must(reader()->errors("", {}, 10));
  CHECK(all.counts.at(0).count == 2);
  REQUIRE(all.last.size() == 2);
  CHECK(all.last[0].import_id == second);
}

TEST_CASE_FIXTURE(store_fixture, "rejected records, failed types and failed imports are errors too") {
  auto import = start();
  auto batch = plan(import, "customer", {std::nullopt, 10});
  auto rows = page({"id", "name"}, {{1, "one"}});
  rows->reject({"7", "its id is no number", "{}"});
  must(store->store_batch(picked_up(import, batch, {rows})));
  auto type = type_of("customer", type_state::failed);
  type.error = "too many rejects";
  must(store->finish_type(import, type));
  must(store->set_import_state(import, {import_state::failed, "record type customer failed"}));
  auto report = must(reader()->errors(import, {}, 10));
  REQUIRE(report.counts.size() == 3);
  auto has = [&](const std::string& category, const std::string& part) {
    for (auto& x : report.last)
      if (x.category == category) return x.text.find(part) != std::string::npos;
    return false;
  };
  CHECK(has("rejected_record", "record 7: its id is no number"));
  CHECK(has("type_failed", "too many rejects"));
  CHECK(has("import_failed", "record type customer failed"));
}

TEST_CASE_FIXTURE(store_fixture, "an import without errors has none, an unknown one is refused") {
  CHECK(must(reader()->errors(start(), {}, 10)).counts.empty());
  CHECK(code_of(reader()->errors("acme.no", {}, 10)) == ec::unknown_import);
}

TEST_CASE_FIXTURE(store_fixture, "errors outlive the store that wrote them") {
  auto import = start();
  fail_one(*this, import, {std::nullopt, 10}, "500", now);
  restart();
  CHECK(must(reader()->errors(import, {}, 10)).last.size() == 1);
}

TEST_CASE_FIXTURE(store_fixture,
                  "the past of a record type is that of its completed imports of the same mode") {
  auto run = [&](import_mode mode, import_state state, unix_ms duration) {
    auto import = start(mode);
    import_batch(import, "customer", {std::nullopt, 10}, {page({"id", "name"}, {{1, "one"}, {2, "two"}})});
    import_change change{state};
    change.started_at = now;
    change.finished_at = now + duration;
    must(store->set_import_state(import, change));
  };
  run(import_mode::full, import_state::completed, 1000);
  run(import_mode::full, import_state::failed, 2000);
  run(import_mode::incremental, import_state::completed, 3000);
  run(import_mode::full, import_state::completed_with_errors, 4000);
  start();
  auto type = must(store->latest_imports()).at(0).record_type;
  auto past = must(store->past_imports(type, import_mode::full, 10));
  REQUIRE(past.size() == 2);
  CHECK(past[0].duration == 4000);
  CHECK(past[1].duration == 1000);
  CHECK(past[1].records == 2);
  CHECK(must(store->past_imports(type, import_mode::full, 1)).size() == 1);
  CHECK(must(store->past_imports("unheard_of", import_mode::full, 10)).empty());
}

TEST_SUITE_END();

} // namespace errors_test
