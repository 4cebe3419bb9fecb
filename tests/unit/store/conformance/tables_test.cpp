#include "conformance/fixture.hpp"

#include <algorithm>

using namespace tidemark;
using namespace tidemark::test;

using rows = std::vector<std::string>;

TEST_SUITE_BEGIN("tenant store: record tables");

namespace tables_test {

record_type named(record_type type, std::string name) {
  type.name = std::move(name);
  return type;
}

field& field_of(record_type& type, std::string_view name) {
  return *std::ranges::find(type.fields, name, &field::name);
}

TEST_CASE_FIXTURE(store_fixture, "a table can bear the name of an SQL keyword and odd column names") {
  auto type = named(customer(), "transaction");
  field_of(type, "name").name = "group";
  field_of(type, "balance").name = "a\"b";
  must(store->prepare_table(type));
  import_batch(start(), "transaction", {std::nullopt, 10},
               {page({"id", "group", "a\"b"}, {{1, "g", "2.5"}})});
  CHECK(sql("SELECT \"group\", \"a\"\"b\" FROM \"transaction\"") == rows{"g|2.5"});
}

TEST_CASE_FIXTURE(store_fixture, "preparing a table again keeps its records") {
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id"}, {{1}})});
  must(store->prepare_table(customer()));
  restart();
  CHECK(sql("SELECT id FROM customer") == rows{"1"});
}

TEST_CASE_FIXTURE(store_fixture, "a new field becomes a column, and a lost one stays") {
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "name"}, {{1, "a"}})});
  auto type = customer();
  field_of(type, "name").name = field_of(type, "name").column = "email";
  must(store->prepare_table(type));
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "email"}, {{1, "a@b"}})});
  CHECK(sql("SELECT name, email FROM customer") == rows{"a|a@b"});
}

TEST_CASE_FIXTURE(store_fixture, "a set gains columns too") {
  auto type = transactionline();
  auto rate = field_of(type, "memo");
  rate.name = "rate";
  type.fields.push_back(rate);
  must(store->prepare_table(type));
  import_batch(start(), "transactionline", {std::nullopt, 10},
               {page({"transaction", "id", "rate"}, {{1, 0, "9.99"}})});
  CHECK(sql("SELECT rate FROM transactionline") == rows{"9.99"});
}

TEST_CASE_FIXTURE(store_fixture, "a field whose type has changed is refused with the remedy") {
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "balance"}, {{1, "1.5"}})});
  auto type = customer();
  field_of(type, "balance").type = field_type::integer;
  auto refused = store->prepare_table(type);
  REQUIRE(code_of(refused) == ec::bad_config);
  CHECK(refused.error().message
        == "the field balance of customer was decimal and is integer now: give it another name, or drop the "
           "table "
           "\"customer\" and import customer in full");
  CHECK(refused.error().subject == "customer");
}

TEST_CASE_FIXTURE(store_fixture, "a field that has no value may change its type, and is read whole then") {
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "name"}, {{1, "a"}})});
  while (must(store->make_next_index("customer")) > 0) {
  }
  must(store->move_watermark("customer", now));
  auto type = customer();
  field_of(type, "parent").type = field_type::text; // it had an index
  field_of(type, "balance").type = field_type::integer;
  must(store->prepare_table(type));
  CHECK(must(store->watermark("customer")) == 0);
  import_batch(start(), "customer", {std::nullopt, 10},
               {page({"id", "parent", "balance"}, {{1, "word", 15}})});
  CHECK(sql("SELECT name, parent, balance FROM customer") == rows{"a|word|15"});
}

TEST_CASE_FIXTURE(store_fixture, "a key cannot change its type, not even of an empty table") {
  auto type = customer();
  field_of(type, "id").type = field_type::text;
  CHECK(code_of(store->prepare_table(type)) == ec::bad_config);
}

TEST_CASE_FIXTURE(store_fixture, "a reference may become an integer, since both are kept alike") {
  auto type = customer();
  field_of(type, "parent").type = field_type::integer;
  must(store->prepare_table(type));
  field_of(type, "parent").type = field_type::reference;
  must(store->prepare_table(type));
}

TEST_CASE_FIXTURE(store_fixture, "a changed key is refused") {
  auto type = customer();
  type.key = "parent";
  CHECK(code_of(store->prepare_table(type)) == ec::bad_config);
  auto set = transactionline();
  set.set.reset();
  CHECK(code_of(store->prepare_table(set)) == ec::bad_config);
}

TEST_CASE_FIXTURE(store_fixture, "a refused change leaves the table usable as it was prepared") {
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "balance"}, {{1, "1.0"}})});
  auto type = customer();
  field_of(type, "balance").type = field_type::integer;
  REQUIRE_FALSE(store->prepare_table(type));
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "balance"}, {{1, "1.5"}})});
  CHECK(sql("SELECT balance FROM customer") == rows{"1.5"});
}

TEST_CASE_FIXTURE(store_fixture, "a dropped table is made anew, with the new types") {
  sql("DROP TABLE customer");
  auto type = customer();
  field_of(type, "balance").type = field_type::integer;
  must(store->prepare_table(type));
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "balance"}, {{1, 15}})});
  CHECK(sql("SELECT balance FROM customer") == rows{"15"});
}

TEST_CASE_FIXTURE(store_fixture, "a table that tidemark did not make is left alone") {
  sql("CREATE TABLE vendor (id INTEGER, secret TEXT)");
  auto refused = store->prepare_table(named(customer(), "vendor"));
  CHECK(code_of(refused) == ec::bad_config);
  CHECK(refused.error().message.find("rename it") != std::string::npos);
  CHECK(sql("SELECT count(*) FROM vendor") == rows{"0"});
}

TEST_CASE_FIXTURE(store_fixture, "a table that somebody put in the place of a dropped one is left alone") {
  sql("DROP TABLE customer");
  sql("CREATE TABLE customer (id INTEGER, name TEXT)");
  CHECK(code_of(store->prepare_table(customer())) == ec::bad_config);
  CHECK(sql("SELECT count(*) FROM customer") == rows{"0"});
}

TEST_CASE_FIXTURE(store_fixture, "a record type cannot take the place of a ledger table") {
  for (const auto* name : {"imports", "batches", "owner", "BATCHES"})
    CHECK(code_of(store->prepare_table(named(customer(), name))) == ec::bad_config);
}

TEST_CASE_FIXTURE(store_fixture, "a prefix keeps record tables apart, and must stay") {
  options.table_prefix = "ns_";
  auto prefixed = take_over();
  CHECK(code_of(prefixed->prepare_table(customer())) == ec::bad_config);
  must(prefixed->prepare_table(named(customer(), "owner")));
  CHECK(sql("SELECT count(*) FROM ns_owner") == rows{"0"});
}

TEST_CASE_FIXTURE(store_fixture, "a field with the name of one of tidemark's own columns is refused") {
  auto type = named(customer(), "vendor");
  field_of(type, "name").name = "_deleted_at";
  CHECK(code_of(store->prepare_table(type)) == ec::bad_config);
}

TEST_CASE_FIXTURE(store_fixture, "a key that is not among the fields is refused") {
  auto type = named(customer(), "vendor");
  type.key = "number";
  CHECK(code_of(store->prepare_table(type)) == ec::bad_config);
}

TEST_CASE_FIXTURE(store_fixture, "the indexes of references are made one by one, once") {
  auto type = customer();
  auto extra = field_of(type, "parent");
  extra.name = "salesrep";
  type.fields.push_back(extra);
  must(store->prepare_table(type));
  import_batch(start(), "customer", {std::nullopt, 10}, {page({"id", "parent"}, {{1, 5}, {2, null}})});
  CHECK(must(store->make_next_index("customer")) == 1);
  CHECK(must(store->make_next_index("customer")) == 0);
  CHECK(must(store->make_next_index("customer")) == 0);
  CHECK(must(store->make_next_index("transactionline")) == 0);
  CHECK(code_of(store->make_next_index("vendor")) == ec::unknown_record_type);
}

TEST_CASE_FIXTURE(store_fixture, "with indexes records are stored and updated as without") {
  import_batch(start(), "customer", {std::nullopt, 10},
               {page({"id", "parent"}, {{1, 5}, {2, null}, {3, 6}})});
  must(store->make_next_index("customer"));
  import_batch(start(), "customer", {std::nullopt, 10},
               {page({"id", "name", "parent"}, {{1, "a", 5}, {2, "b", 7}, {3, "c", null}, {4, "d", 5}})});
  CHECK(sql("SELECT id, name, parent FROM customer ORDER BY id")
        == rows{"1|a|5", "2|b|7", "3|c|null", "4|d|5"});
  CHECK(sql("SELECT id FROM customer WHERE parent = 5 ORDER BY id") == rows{"1", "4"});
}

TEST_SUITE_END();

} // namespace tables_test
