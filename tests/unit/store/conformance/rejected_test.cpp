#include "conformance/fixture.hpp"

using namespace tidemark;
using namespace tidemark::test;

using rows = std::vector<std::string>;

TEST_SUITE_BEGIN("tenant store: rejected records");

namespace rejected_test {

std::shared_ptr<record_set> rejecting(std::vector<std::vector<value>> stored, const std::string& key) {
  auto set = page({"id", "name"}, std::move(stored));
  set->reject({key, "its date is not a date", "{\"id\":\"" + key + "\"}"});
  return set;
}

TEST_CASE_FIXTURE(store_fixture, "a record that decoding has rejected is kept with reason and text") {
  auto import = start();
  auto stored = import_batch(import, "customer", {std::nullopt, 10}, {rejecting({{1, "a"}}, "4")});
  CHECK(stored.stored == 1);
  CHECK(stored.rejected == 1);
  auto kept = must(reader()->rejected_records("customer", 0, 10)).rows;
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].record_type == "customer");
  CHECK(kept[0].record.key == "4");
  CHECK(kept[0].record.reason == "its date is not a date");
  CHECK(kept[0].record.raw == "{\"id\":\"4\"}");
  CHECK(kept[0].import_id == import);
  CHECK(kept[0].batch == 1);
  CHECK(kept[0].at == now);
  CHECK(batch(import, 1).rejected == 1);
}

// -- values ---------------------------------------------------------------------------------------

/// A customer whose name did not fit.
std::shared_ptr<record_set> nameless(std::vector<std::int64_t> keys) {
  std::vector<std::vector<value>> rows;
  for (auto key : keys) rows.push_back({key, null});
  auto set = page({"id", "name"}, std::move(rows));
  for (std::size_t i = 0; i < keys.size(); ++i)
    set->keep_aside({i, "name", "column 'name' holds \"\\ud83c\", which is not text", "\"\\ud83c\""});
  return set;
}

TEST_CASE_FIXTURE(store_fixture, "a value that did not fit is kept with the key of its record") {
  auto import = start();
  auto stored = import_batch(import, "customer", {std::nullopt, 10}, {nameless({4}), rejecting({}, "5")});
  CHECK(stored.stored == 1);
  CHECK(stored.rejected == 1);
  CHECK(sql("SELECT id, name FROM customer") == rows{"4|null"});
  auto first = must(reader()->rejected_records("customer", 0, 1));
  CHECK(first.rows.at(0).record.key == "5");
  auto second = must(reader()->rejected_records("customer", first.next, 1));
  REQUIRE(second.rows.size() == 1);
  CHECK(second.rows[0].record.key == "4");
  CHECK(second.rows[0].record.reason
        == "column 'name' holds \"\\ud83c\", which is not text; the record is stored without it");
  CHECK(second.rows[0].record.raw == "\"\\ud83c\"");
  CHECK(second.rows[0].import_id == import);
  CHECK(second.next == 0);
}

TEST_CASE_FIXTURE(store_fixture,
                  "a type with values kept aside ends with errors, a note, and its watermark") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 10}, {nameless({4, 5})});
  auto type = type_of("customer", type_state::completed);
  type.planned = true;
  type.server_time = now;
  auto ended = must(store->finish_type(import, type));
  CHECK(ended.state == type_state::completed_with_errors);
  CHECK(ended.kept_aside.find("2 of name") != std::string::npos);
  CHECK(must(store->watermark("customer")) == now);
  auto notes = must(store->load_import(import)).notes;
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].code == "value_kept_aside");
  CHECK(notes[0].text == "customer: " + ended.kept_aside);
  // As long as they are there, whatever later imports read.
  type.changed_since = now;
  auto later = must(store->finish_type(start(import_mode::incremental), type));
  CHECK(later.state == type_state::completed_with_errors);
}

TEST_CASE_FIXTURE(store_fixture,
                  "a value that comes well again is no longer kept, nor is one of a record that is gone") {
  import_batch(start(), "customer", {std::nullopt, 10}, {nameless({4, 5, 6})});
  CHECK(must(store->rejected_keys("customer", 10)) == std::vector<std::int64_t>{4, 5, 6});
  auto second = start(import_mode::incremental);
  import_batch(second, "customer", {std::nullopt, 10}, {page({"id", "name"}, {{5, "b"}})});
  CHECK(must(store->rejected_keys("customer", 10)) == std::vector<std::int64_t>{4, 6});
  must(store->delete_records(second, "customer", std::vector<std::int64_t>{4}));
  auto type = type_of("customer", type_state::completed);
  type.planned = true;
  must(store->finish_type(second, type));
  CHECK(must(store->rejected_keys("customer", 10)) == std::vector<std::int64_t>{6});
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "name"}, {{5, "b"}})});
  CHECK(must(store->rejected_keys("customer", 10)).empty());
}

TEST_CASE_FIXTURE(store_fixture, "values kept aside are no reason to read everything again") {
  import_batch(start(), "customer", {std::nullopt, 10}, {nameless({4, 5, 6}), rejecting({}, "7")});
  CHECK(must(store->rejected_keys("customer", 4)) == std::vector<std::int64_t>{7});
  CHECK(must(store->rejected_keys("customer", 5)) == std::vector<std::int64_t>{4, 5, 6, 7});
}

TEST_CASE_FIXTURE(store_fixture, "a line whose value did not fit is settled when its parent comes") {
  auto lines = page({"transaction", "id", "memo"}, {{1, 2, null}});
  lines->keep_aside({0, "memo", "bad", "x"});
  import_batch(start(), "transactionline", {std::nullopt, 10}, {lines});
  CHECK(must(reader()->rejected_records("transactionline", 0, 10)).rows.at(0).record.key == "1/2");
  import_batch(start(import_mode::incremental), "transactionline", {std::nullopt, 10},
               {page({"transaction", "id", "memo"}, {{1, 3, "c"}})});
  CHECK(must(reader()->rejected_records("transactionline", 0, 10)).rows.empty());
}

TEST_CASE_FIXTURE(store_fixture, "a record that the database refuses is kept, and the others go through") {
  auto stored =
      import_batch(start(), "customer", {std::nullopt, 10},
                   {page({"id", "name", "parent"}, {{1, "a", 5}, {2, "b", "none"}, {3, "c", null}})});
  CHECK(stored.stored == 2);
  CHECK(stored.rejected == 1);
  CHECK(sql("SELECT id FROM customer ORDER BY id") == rows{"1", "3"});
  auto kept = must(reader()->rejected_records("", 0, 10)).rows;
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].record.key == "2");
  CHECK(kept[0].record.raw == R"({"id":2,"name":"b","parent":"none"})");
}

TEST_CASE_FIXTURE(store_fixture, "a refused update leaves the record as it was") {
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "parent"}, {{1, 5}})});
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "parent"}, {{1, "none"}})});
  CHECK(sql("SELECT parent, _deleted_at FROM customer") == rows{"5|null"});
}

TEST_CASE_FIXTURE(store_fixture, "a record without a key, or with one outside the range, is rejected") {
  auto stored =
      import_batch(start(), "customer", {0, 10},
                   {page({"id", "name"}, {{null, "a"}, {"x", "b"}, {0, "c"}, {11, "d"}, {10, "e"}})});
  CHECK(stored.stored == 1);
  CHECK(stored.rejected == 4);
  CHECK(sql("SELECT id FROM customer") == rows{"10"});
}

TEST_CASE_FIXTURE(store_fixture, "bytes that are not UTF-8 show as replacements in a kept record") {
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "name"}, {{null, "a\xff"}})});
  CHECK(must(reader()->rejected_records("", 0, 10)).rows.at(0).record.raw == "{\"name\":\"a\xef\xbf\xbd\"}");
}

TEST_CASE_FIXTURE(store_fixture, "a rejected record that passes later is no longer kept") {
  import_batch(start(), "customer", {std::nullopt, 10}, {rejecting({}, "4"), rejecting({}, "5")});
  import_batch(start(import_mode::incremental), "customer", {std::nullopt, 10}, {page({"id"}, {{4}})});
  auto kept = must(reader()->rejected_records("customer", 0, 10)).rows;
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].record.key == "5");
}

TEST_CASE_FIXTURE(store_fixture, "a record that is rejected again is kept once, as it was last seen") {
  import_batch(start(), "customer", {std::nullopt, 10}, {rejecting({}, "4")});
  auto second = start(import_mode::incremental);
  import_batch(second, "customer", {std::nullopt, 10}, {rejecting({}, "4")});
  auto kept = must(reader()->rejected_records("customer", 0, 10)).rows;
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].import_id == second);
}

TEST_CASE_FIXTURE(store_fixture, "a rejected record that a full import no longer finds is settled") {
  import_batch(start(), "customer", {std::nullopt, 20}, {rejecting({}, "4"), rejecting({}, "15")});
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id"}, {{1}})});
  auto kept = must(reader()->rejected_records("customer", 0, 10)).rows;
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].record.key == "15");
}

TEST_CASE_FIXTURE(store_fixture, "an unreadable key is settled once the type was read in full again") {
  import_batch(start(), "customer", {std::nullopt, 10}, {rejecting({}, "")});
  auto second = start();
  import_batch(second, "customer", {std::nullopt, 10}, {rejecting({}, "x")});
  CHECK(must(reader()->rejected_records("customer", 0, 10)).rows.size() == 2);
  must(store->finish_type(second, type_of("customer", type_state::completed_with_errors)));
  auto kept = must(reader()->rejected_records("customer", 0, 10)).rows;
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].record.key == "x");
}

TEST_CASE_FIXTURE(store_fixture, "a rejected record is not taken for gone") {
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "name"}, {{4, "a"}, {5, "b"}})});
  import_type(start(), "customer", {std::nullopt, 10}, {rejecting({}, "4")});
  CHECK(sql("SELECT id, _deleted_at IS NULL FROM customer ORDER BY id") == rows{"4|1", "5|0"});
}

TEST_CASE_FIXTURE(store_fixture, "with an unreadable key among the rejected nothing is taken for gone") {
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "name"}, {{4, "a"}, {5, "b"}})});
  import_type(start(), "customer", {std::nullopt, 10}, {rejecting({}, "")});
  CHECK(sql("SELECT count(*) FROM customer WHERE _deleted_at IS NULL") == rows{"2"});
}

TEST_CASE_FIXTURE(store_fixture, "rejected records are listed by type, as many as wanted") {
  import_batch(start(), "customer", {std::nullopt, 10}, {rejecting({}, "4"), rejecting({}, "5")});
  auto lines = page({"transaction", "id"}, {});
  lines->reject({"1/2", "bad", "{}"});
  import_batch(start(), "transactionline", {std::nullopt, 10}, {lines});
  CHECK(must(reader()->rejected_records("customer", 0, 10)).rows.size() == 2);
  CHECK(must(reader()->rejected_records("customer", 0, 1)).rows.size() == 1);
  CHECK(must(reader()->rejected_records("", 0, 10)).rows.size() == 3);
}

TEST_SUITE_END();

} // namespace rejected_test
