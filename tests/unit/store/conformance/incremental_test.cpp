/// Claims about imports of what has changed, and about what the account has deleted.
#include "conformance/fixture.hpp"

TEST_SUITE_BEGIN("tenant store: changes");

namespace tidemark::test {

namespace incremental_test {

using rows = std::vector<std::string>;

std::shared_ptr<record_set> customers(std::vector<std::vector<value>> of) {
  return page({"id", "name", "parent"}, std::move(of));
}

type_row ended(std::string_view name, unix_ms server_time, unix_ms changed_since) {
  auto type = type_of(name, type_state::completed);
  type.server_time = server_time;
  type.changed_since = changed_since;
  return type;
}

TEST_CASE_FIXTURE(store_fixture, "a record that has not changed is not written again") {
  import_batch(start(), "customer", {std::nullopt, 9},
               {customers({{1, "Ann", 7}, {2, "Bob", null}, {3, null, 7}})});
  now += 3'600'000;
  auto stored = import_batch(start(import_mode::incremental), "customer", {std::nullopt, 9},
                             {customers({{1, "Ann", 7}, {2, "Bob", 7}, {3, "", 7}, {4, "Dan", null}})});
  CHECK(stored.stored == 4);
  CHECK(stored.unchanged == 1);
  CHECK(sql("SELECT id, _import_id, _synced_at FROM customer ORDER BY id")
        == rows{"1|1|2023-11-14T22:13:20Z", "2|2|2023-11-14T23:13:20Z", "3|2|2023-11-14T23:13:20Z",
                "4|2|2023-11-14T23:13:20Z"});
}

TEST_CASE_FIXTURE(store_fixture, "a record that was marked and comes back unchanged is live again") {
  import_batch(start(), "customer", {std::nullopt, 9}, {customers({{1, "Ann", 7}})});
  auto import = start(import_mode::incremental);
  must(store->delete_records(import, "customer", std::vector<std::int64_t>{1}));
  CHECK(sql("SELECT _deleted_at FROM customer") == rows{"2023-11-14T22:13:20Z"});
  auto stored = import_batch(import, "customer", {std::nullopt, 9}, {customers({{1, "Ann", 7}})});
  CHECK(stored.unchanged == 0);
  CHECK(sql("SELECT _deleted_at FROM customer") == rows{"null"});
}

TEST_CASE_FIXTURE(store_fixture, "a type that is read whole in an incremental import marks what is gone") {
  import_batch(start(), "customer", {std::nullopt, 9}, {customers({{1, "Ann", 7}, {2, "Bob", 7}})});
  auto import = start(import_mode::incremental);
  auto row = batch_of(900, {std::nullopt, 9});
  must(store->add_batches(import, type_of("customer"), {&row, 1}));
  auto stored = must(store->store_batch(picked_up(import, 900, {customers({{1, "Ann", 7}})})));
  CHECK(stored.unchanged == 1);
  CHECK(stored.missing == 1);
  CHECK(must(store->finish_type(import, ended("customer", now, 0))).deleted == 1);
  CHECK(sql("SELECT id FROM customer WHERE _deleted_at IS NOT NULL") == rows{"2"});
  CHECK(batch(import, 900).unchanged == 1);
}

TEST_CASE_FIXTURE(store_fixture, "what was found gone above the last batch stands in the type's row") {
  import_batch(start(), "customer", {std::nullopt, 90}, {customers({{1, "Ann", 7}, {50, "Bob", 7}})});
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 10}, {customers({{1, "Ann", 7}})});
  CHECK(must(store->finish_type(import, ended("customer", now, 0))).deleted == 1);
  CHECK(must(store->load_import(import)).types.at(0).deleted == 1);
}

TEST_CASE_FIXTURE(store_fixture,
                  "a table that gains a column loses its watermark, so that it is read whole") {
  must(store->finish_type(start(), ended("customer", now, 0)));
  CHECK(must(store->mark("customer")).watermark == now);
  must(store->prepare_table(customer()));
  CHECK(must(store->mark("customer")).watermark == now);
  auto wider = customer();
  auto added = wider.fields[1];
  added.name = added.column = "nickname";
  wider.fields.push_back(added);
  must(store->prepare_table(wider));
  CHECK(must(store->mark("customer")).watermark == 0);
}

TEST_CASE_FIXTURE(store_fixture, "a table that somebody dropped is made anew without a watermark") {
  must(store->finish_type(start(), ended("customer", now, 0)));
  sql("DROP TABLE customer");
  must(store->prepare_table(customer()));
  CHECK(must(store->mark("customer")).watermark == 0);
}

TEST_CASE_FIXTURE(store_fixture,
                  "deletions have a mark of their own that follows a type that was read whole") {
  must(store->finish_type(start(), ended("customer", now, 0)));
  CHECK(must(store->mark("customer")).deletes_until == now);
  must(store->finish_type(start(import_mode::incremental), ended("customer", now + 5000, now)));
  CHECK(must(store->mark("customer")).watermark == now + 5000);
  CHECK(must(store->mark("customer")).deletes_until == now);
  must(store->move_deletes("customer", now + 5000));
  must(store->move_deletes("customer", now + 1000));
  CHECK(must(store->mark("customer")).deletes_until == now + 5000);
  must(store->move_deletes("transactionline", now));
  CHECK(must(store->mark("transactionline")).watermark == 0);
}

TEST_CASE_FIXTURE(store_fixture,
                  "a dropped column is a schema note until an import does without dropping it") {
  import_note note{"customer", "column_dropped", "name", "it lacks it", now};
  SUBCASE("that the account lacks") {}
  SUBCASE("that holds something else") { note.code = "column_misfit"; }
  auto first = start();
  must(store->add_note(first, note));
  must(store->finish_type(first, ended("customer", now, 0)));
  CHECK(must(store->schema_notes()).size() == 1);
  // Dropped again: the note stays, and the watermark with it.
  auto second = start(import_mode::incremental);
  must(store->add_note(second, note));
  must(store->finish_type(second, ended("customer", now + 1, now)));
  CHECK(must(store->schema_notes()).size() == 1);
  CHECK(must(store->mark("customer")).watermark == now + 1);
  // It is there again, but not in the rows that were not read.
  must(store->finish_type(start(import_mode::incremental), ended("customer", now + 2, now)));
  CHECK(must(store->schema_notes()).empty());
  CHECK(must(store->mark("customer")).watermark == 0);
}

TEST_CASE_FIXTURE(store_fixture,
                  "records that were rejected and asked for again in vain are settled at the end") {
  auto bad = customers({});
  bad->reject({"5", "bad", "{}"});
  bad->reject({"", "no key", "{}"});
  import_batch(start(), "customer", {std::nullopt, 9}, {bad});
  CHECK(must(store->rejected_keys("customer", 10)) == std::vector<std::int64_t>{5});
  must(store->finish_type(start(import_mode::incremental), ended("customer", now, now)));
  auto left = must(reader()->rejected_records("customer", 0, 10)).rows;
  REQUIRE(left.size() == 1);
  CHECK(left[0].record.key.empty());
}

TEST_CASE_FIXTURE(store_fixture, "a record that is there again is told to the sets whose rows went with it") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 9}, {customers({{1, "Ann", 7}, {2, "Bob", 7}})});
  import_batch(import, "transactionline", {std::nullopt, 9},
               {page({"transaction", "id"}, {{1, 0}, {1, 1}, {2, 0}})});
  options.families["customer"].sets = {"transactionline"};
  restart();
  auto back = [&] { return must(store->parents_back("transactionline", "customer", 10)); };
  must(store->delete_records(import, "customer", std::vector<std::int64_t>{1, 2}));
  CHECK(back().empty());
  import_batch(import, "customer", {std::nullopt, 1}, {customers({{1, "Ann", 7}})});
  CHECK(back() == std::vector<std::int64_t>{1});
  import_batch(import, "transactionline", {std::nullopt, 1}, {page({"transaction", "id"}, {{1, 0}})});
  must(store->finish_type(import, ended("transactionline", 5, 7)));
  CHECK(back().empty());
  CHECK(sql("SELECT parent FROM cut_parents") == rows{"2"});
}

TEST_CASE_FIXTURE(store_fixture, "deleted records are marked once, and the rows of their sets go") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 9}, {customers({{1, "Ann", 7}, {2, "Bob", 7}})});
  import_batch(import, "transactionline", {std::nullopt, 9},
               {page({"transaction", "id"}, {{1, 0}, {1, 1}, {2, 0}, {3, 0}})});
  const std::vector<std::int64_t> keys{1, 3, 8};
  CHECK(must(store->find_live("customer", keys)) == std::vector<std::int64_t>{1});
  options.families["customer"].sets = {"transactionline", "unheard_of"};
  SUBCASE("") {}
  SUBCASE("of a type with a filter") { options.families["customer"].filtered = true; }
  restart();
  CHECK(must(store->find_live("customer", keys)) == std::vector<std::int64_t>{1, 3});
  CHECK(must(store->find_live("customer", keys, false)) == std::vector<std::int64_t>{1});
  CHECK(must(store->delete_records(import, "customer", keys)) == 1);
  CHECK(must(store->delete_records(import, "customer", keys)) == 0);
  CHECK(must(store->find_live("customer", keys)).empty());
  CHECK(sql("SELECT id FROM customer WHERE _deleted_at IS NULL") == rows{"2"});
  CHECK(sql("SELECT \"transaction\" FROM transactionline") == rows{"2"});
  CHECK(must(store->delete_records(import, "never_imported", keys)) == 0);
}

TEST_CASE_FIXTURE(store_fixture, "nothing is deleted for an import that was cancelled") {
  auto import = start(import_mode::incremental);
  must(store->begin_cancel(import, "ann", now));
  CHECK(code_of(store->delete_records(import, "customer", std::vector<std::int64_t>{1})) == ec::stale);
}

TEST_CASE_FIXTURE(store_fixture, "a tenant may have its deleted records removed instead of marked") {
  options.remove_deleted = true;
  restart();
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 9},
               {customers({{1, "Ann", 7}, {2, "Bob", 7}, {3, "Cid", 7}})});
  must(store->delete_records(import, "customer", std::vector<std::int64_t>{1}));
  CHECK(sql("SELECT id FROM customer") == rows{"2", "3"});
  auto again = start();
  CHECK(import_batch(again, "customer", {std::nullopt, 2}, {customers({})}).missing == 1);
  must(store->finish_type(again, ended("customer", now, 0)));
  CHECK(sql("SELECT count(*) FROM customer") == rows{"0"});
}

TEST_CASE_FIXTURE(store_fixture, "options and results of an import are kept in its ledger") {
  import_row row;
  row.id = "acme.options";
  row.tenant = "acme";
  row.record_type = "customer";
  row.mode = import_mode::verify;
  row.options = {now, true, true};
  row.options.deep = 60;
  must(store->create_import(row));
  auto type = type_of("customer", type_state::completed);
  type.changed_since = now - 5;
  type.deleted = 3;
  type.verified = {proof::differs, now, 17, 2, "two ranges", "counts"};
  must(store->save_type(row.id, type));
  auto read = must(store->load_import(row.id));
  CHECK(read.import.mode == import_mode::verify);
  CHECK(read.import.options == row.options);
  CHECK(read.types.at(0).changed_since == now - 5);
  CHECK(read.types.at(0).deleted == 3);
  CHECK(read.types.at(0).verified.result == proof::differs);
  CHECK(read.types.at(0).verified.at == now);
  CHECK(read.types.at(0).verified.rows == 17);
  CHECK(read.types.at(0).verified.repaired == 2);
  CHECK(read.types.at(0).verified.text == "two ranges");
  CHECK(read.types.at(0).verified.method == "counts");
  CHECK(read.import.options.deep == 60);
}

TEST_CASE_FIXTURE(store_fixture, "what was found out about the log of deletions is kept, each once") {
  CHECK(must(store->load_deletion_log()).way.empty());
  deletion_log found{
      "by day",
      {{"customer", "recordtypeid -9"}},
      {{"customer", "5|-9|||x", "2024-03-21 12:00:00"}, {"customer", "6|-9|||x", "2024-03-18 09:00:00"}}};
  for (int i = 0; i < 2; ++i) must(store->add_to_deletion_log(found, "2024-03-18"));
  auto known = must(store->load_deletion_log());
  CHECK(known.way == "by day");
  REQUIRE(known.names.size() == 1);
  CHECK(known.names[0].named_as == "recordtypeid -9");
  CHECK(known.settled.size() == 2);
  must(store->add_to_deletion_log({"by clock", {}, {}}, "2024-03-19"));
  known = must(store->load_deletion_log());
  CHECK(known.way == "by clock");
  CHECK(known.names.size() == 1);
  REQUIRE(known.settled.size() == 1);
  CHECK(known.settled[0].entry == "5|-9|||x");
  CHECK(known.settled[0].deleted_at == "2024-03-21 12:00:00");
}

TEST_CASE_FIXTURE(store_fixture, "when the usual way was last tried is kept, and a wrong name is not") {
  CHECK(must(store->load_deletion_log()).usual_tried_at == 0);
  deletion_log found{"by clock", {{"customer", "recordtypeid -9"}, {"vendor", "recordtypeid -9"}}, {}};
  found.usual_tried_at = now;
  must(store->add_to_deletion_log(found, "2024-03-18"));
  CHECK(must(store->load_deletion_log()).usual_tried_at == now);
  deletion_log later{"by clock", {}, {}};
  later.wrong = {{"customer", "recordtypeid -9"}};
  must(store->add_to_deletion_log(later, "2024-03-18"));
  auto known = must(store->load_deletion_log());
  CHECK(known.usual_tried_at == now);
  REQUIRE(known.names.size() == 1);
  CHECK(known.names[0].record_type == "vendor");
}

} // namespace incremental_test

TEST_SUITE_END();

} // namespace tidemark::test
