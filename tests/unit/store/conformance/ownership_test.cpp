#include "conformance/fixture.hpp"

using namespace tidemark;
using namespace tidemark::test;

TEST_SUITE_BEGIN("tenant store: ownership");

TEST_CASE_FIXTURE(store_fixture, "every new owner gets a greater fence") {
  auto first = must(store->take_ownership("node-a"));
  auto second = must(store->take_ownership("node-b"));
  CHECK(second.fence > first.fence);
  CHECK(sql("SELECT name FROM owner") == std::vector<std::string>{"node-b"});
}

TEST_CASE_FIXTURE(store_fixture, "a new owner is told whether the one before released the database") {
  CHECK(must(store->take_ownership("node-a")).after_crash); // the fixture's own owner never did
  must(store->release_ownership());
  CHECK_FALSE(must(store->take_ownership("node-b")).after_crash);
  auto fresh = make_test_database();
  auto empty = must(fresh->open(options));
  CHECK_FALSE(must(empty->take_ownership("node-a")).after_crash);
}

TEST_CASE_FIXTURE(store_fixture, "a suspension outlives its owner until it is ended") {
  CHECK_FALSE(must(store->present_suspension()).active());
  must(store->set_suspension({"the login was refused", now, false}));
  auto successor = take_over();
  auto found = must(successor->present_suspension());
  CHECK(found.reason == "the login was refused");
  CHECK(found.since == now);
  CHECK_FALSE(found.by_command);
  CHECK(code_of(store->set_suspension({})) == ec::fenced);
  must(successor->set_suspension({}));
  CHECK_FALSE(must(successor->present_suspension()).active());
}

TEST_CASE_FIXTURE(store_fixture, "only the owner can release the database") {
  auto successor = take_over();
  CHECK(code_of(store->release_ownership()) == ec::fenced);
}

TEST_CASE_FIXTURE(store_fixture, "nothing is written before the database was taken over") {
  auto other = must(database->open(options));
  CHECK(code_of(other->move_watermark("customer", now)) == ec::fenced);
  CHECK(code_of(other->prepare_table(customer())) == ec::fenced);
}

TEST_CASE_FIXTURE(store_fixture, "a writer whose fence is old can write nothing more") {
  auto import = start();
  auto write = picked_up(import, plan(import, "customer", {std::nullopt, 10}), {page({"id"}, {{1}})});
  auto successor = take_over();
  CHECK(code_of(store->store_batch(write)) == ec::fenced);
  CHECK(code_of(store->begin_cancel(import, "ann", now)) == ec::fenced);
  CHECK(code_of(store->move_watermark("customer", now)) == ec::fenced);
  CHECK(code_of(store->prune(now)) == ec::fenced);
  CHECK(sql("SELECT count(*) FROM customer") == std::vector<std::string>{"0"});
  CHECK(must(successor->load_import(import)).import.state == import_state::running);
}

TEST_CASE_FIXTURE(store_fixture, "an old owner can still read") {
  auto import = start();
  auto successor = take_over();
  CHECK(must(store->load_import(import)).import.id == import);
}

TEST_CASE_FIXTURE(store_fixture, "an owner that takes over again may write again") {
  auto successor = take_over();
  CHECK(code_of(store->move_watermark("customer", now)) == ec::fenced);
  must(store->take_ownership("node-a"));
  CHECK(must(store->move_watermark("customer", now)) == now);
  CHECK(code_of(successor->move_watermark("customer", now)) == ec::fenced);
}

TEST_SUITE_END();
