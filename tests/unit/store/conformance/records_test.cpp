#include "conformance/fixture.hpp"

#include <limits>

using namespace tidemark;
using namespace tidemark::test;

using rows = std::vector<std::string>;

TEST_SUITE_BEGIN("tenant store: records");

TEST_CASE_FIXTURE(store_fixture, "values are kept exactly as they came") {
  auto import = start();
  std::string odd{"snow ☃, a \"quote\", a 'quote'"};
  import_batch(import, "customer", {std::nullopt, 10},
               {page({"id", "name", "balance", "active", "parent"},
                     {{-7, odd, "123456789012345678901234567890.10", 1, -3}, {2, "", "-0.00", 0, null}})});
  CHECK(sql("SELECT id, name, balance, active, parent FROM customer ORDER BY id")
        == rows{"-7|" + odd + "|123456789012345678901234567890.10|1|-3", "2||-0.00|0|null"});
}

TEST_CASE_FIXTURE(store_fixture, "a text keeps a zero byte and whatever follows") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 10}, {page({"id", "name"}, {{1, std::string{"a\0b", 3}}})});
  CHECK(sql("SELECT length(CAST(name AS BLOB)) FROM customer") == rows{"3"});
}

TEST_CASE_FIXTURE(store_fixture, "each record tells which import brought it, and when") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 10}, {page({"id"}, {{1}})});
  CHECK(sql("SELECT i.id, c._synced_at, c._deleted_at FROM customer c JOIN imports i ON i.number = "
            "c._import_id")
        == rows{import + "|2023-11-14T22:13:20Z|null"});
}

TEST_CASE_FIXTURE(store_fixture, "a record that comes again is updated") {
  auto first = start(import_mode::incremental);
  import_batch(first, "customer", {std::nullopt, 10},
               {page({"id", "name", "parent"}, {{1, "old", 5}, {2, "stays", null}})});
  now += 1000;
  auto second = start(import_mode::incremental);
  import_batch(second, "customer", {std::nullopt, 10}, {page({"id", "name", "parent"}, {{1, "new", 6}})});
  CHECK(sql("SELECT id, name, parent, _synced_at FROM customer ORDER BY id")
        == rows{"1|new|6|2023-11-14T22:13:21Z", "2|stays|null|2023-11-14T22:13:20Z"});
}

TEST_CASE_FIXTURE(store_fixture, "a reference that comes back empty is emptied") {
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "parent"}, {{1, 5}, {2, null}})});
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "parent"}, {{1, null}, {2, 7}})});
  CHECK(sql("SELECT id, parent FROM customer ORDER BY id") == rows{"1|null", "2|7"});
}

TEST_CASE_FIXTURE(store_fixture, "a column that was not asked for keeps its value") {
  import_batch(start(), "customer", {std::nullopt, 10},
               {page({"id", "name", "balance", "parent"}, {{1, "a", "1.50", 9}})});
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"balance", "id"}, {{"2.50", 1}})});
  CHECK(sql("SELECT name, balance, parent FROM customer") == rows{"a|2.50|9"});
}

TEST_CASE_FIXTURE(store_fixture, "storing the same records again changes nothing but import and time") {
  auto load = [&] {
    import_batch(start(), "customer", {std::nullopt, 10},
                 {page({"id", "name", "parent"}, {{1, "a", 4}, {2, "b", null}})});
  };
  load();
  auto before = sql("SELECT id, name, balance, active, parent, _deleted_at FROM customer ORDER BY id");
  now += 60'000;
  load();
  CHECK(sql("SELECT id, name, balance, active, parent, _deleted_at FROM customer ORDER BY id") == before);
  CHECK(sql("SELECT DISTINCT _synced_at FROM customer") == rows{"2023-11-14T22:14:20Z"});
}

TEST_CASE_FIXTURE(store_fixture, "a full import marks what did not arrive, within each batch's range alone") {
  import_batch(start(), "customer", {std::nullopt, 30}, {page({"id"}, {{-4}, {1}, {10}, {11}, {20}, {21}})});
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 10}, {page({"id"}, {{1}})});
  import_batch(import, "customer", {10, 20}, {});
  import_type(import, "customer", {20, 30}, {page({"id"}, {{21}})});
  CHECK(sql("SELECT id FROM customer WHERE _deleted_at IS NULL ORDER BY id") == rows{"1", "21"});
  CHECK(sql("SELECT DISTINCT _deleted_at FROM customer WHERE _deleted_at IS NOT NULL")
        == rows{"2023-11-14T22:13:20Z"});
}

TEST_CASE_FIXTURE(store_fixture, "an incremental import marks nothing") {
  import_batch(start(), "customer", {std::nullopt, 30}, {page({"id"}, {{1}, {2}})});
  import_type(start(import_mode::incremental), "customer", {std::nullopt, 30}, {page({"id"}, {{2}})});
  CHECK(sql("SELECT count(*) FROM customer WHERE _deleted_at IS NULL") == rows{"2"});
}

TEST_CASE_FIXTURE(store_fixture, "a record that comes back is no longer marked") {
  import_batch(start(), "customer", {std::nullopt, 30}, {page({"id", "name"}, {{1, "a"}})});
  import_type(start(), "customer", {std::nullopt, 30}, {});
  CHECK(sql("SELECT count(*) FROM customer WHERE _deleted_at IS NOT NULL") == rows{"1"});
  import_batch(start(import_mode::incremental), "customer", {std::nullopt, 30}, {page({"id"}, {{1}})});
  CHECK(sql("SELECT name, _deleted_at FROM customer") == rows{"a|null"});
}

TEST_CASE_FIXTURE(store_fixture, "a record's first time of being found gone stays") {
  import_batch(start(), "customer", {std::nullopt, 30}, {page({"id"}, {{1}})});
  import_type(start(), "customer", {std::nullopt, 30}, {});
  now += 60'000;
  import_type(start(), "customer", {std::nullopt, 30}, {});
  CHECK(sql("SELECT _deleted_at FROM customer") == rows{"2023-11-14T22:13:20Z"});
}

TEST_CASE_FIXTURE(store_fixture, "a type that has finished in full marks what lies above its last batch") {
  import_batch(start(), "customer", {std::nullopt, 90}, {page({"id"}, {{1}, {50}, {60}})});
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 40}, {page({"id"}, {{1}})});
  must(store->finish_type(import, type_of("customer", type_state::completed)));
  CHECK(sql("SELECT id FROM customer WHERE _deleted_at IS NULL") == rows{"1"});
}

TEST_CASE_FIXTURE(store_fixture,
                  "a plan that ends at the greatest key leaves nothing above it to be marked") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, std::numeric_limits<std::int64_t>::max()},
               {page({"id"}, {{1}})});
  must(store->finish_type(import, type_of("customer", type_state::completed)));
  CHECK(sql("SELECT _deleted_at FROM customer") == rows{"null"});
}

TEST_CASE_FIXTURE(store_fixture, "a type that is empty now marks everything") {
  import_batch(start(), "customer", {std::nullopt, 90}, {page({"id"}, {{-1}, {50}})});
  must(store->finish_type(start(), type_of("customer", type_state::completed)));
  CHECK(sql("SELECT count(*) FROM customer WHERE _deleted_at IS NULL") == rows{"0"});
}

TEST_CASE_FIXTURE(store_fixture, "a type that was not read whole marks nothing above its last batch") {
  import_batch(start(), "customer", {std::nullopt, 90}, {page({"id"}, {{50}})});
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, number));
  must(store->end_pick_up(import, failed(import, number, batch_state::failed)));
  must(store->finish_type(import, type_of("customer", type_state::completed_with_errors)));
  must(store->finish_type(start(), type_of("customer", type_state::skipped)));
  auto changed = type_of("customer", type_state::completed);
  changed.changed_since = now;
  must(store->finish_type(start(import_mode::incremental), changed));
  auto taken = type_of("customer", type_state::completed);
  taken.taken_from = "acme.other";
  must(store->finish_type(start(), taken));
  CHECK(sql("SELECT count(*) FROM customer WHERE _deleted_at IS NULL") == rows{"1"});
}

TEST_CASE_FIXTURE(store_fixture, "a page with a column that the table lacks stores nothing") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 10}),
                         {page({"id"}, {{1}}), page({"id", "shoe_size"}, {{2, 44}})});
  CHECK(code_of(store->store_batch(write)) == ec::internal);
  write.pages = {page({"name"}, {{"a"}})};
  CHECK(code_of(store->store_batch(write)) == ec::internal);
  CHECK(sql("SELECT count(*) FROM customer") == rows{"0"});
  CHECK(batch(import, write.batch).state == batch_state::running);
}

TEST_CASE_FIXTURE(store_fixture, "a batch of a type whose table was not prepared is refused by name") {
  auto import = start();
  auto other = take_over();
  auto number = batch_of(1, {std::nullopt, 10});
  must(other->add_batches(import, type_of("customer"), {&number, 1}));
  batch_write write;
  write.import_id = import;
  write.record_type = "customer";
  write.batch = 1;
  write.range.up_to = 10;
  write.pick_up = must(other->pick_up(import, 1));
  auto refused = other->store_batch(write);
  CHECK(code_of(refused) == ec::unknown_record_type);
  CHECK(refused.error().subject == "customer");
}

TEST_SUITE_END();
