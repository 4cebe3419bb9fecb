#include "import/run_world.hpp"

#include <doctest/doctest.h>
namespace import_finishing_test {

using namespace tidemark;
using namespace std::chrono_literals;

bool compares(const std::string& sql) { return contains(sql, "AS bucket"); }

type_status of(const import_status& status, const std::string& name) {
  auto found = std::ranges::find(status.types, name, &type_status::name);
  REQUIRE(found != status.types.end());
  return *found;
}

/// Answers everything but comparisons at once.
void hold_comparisons(run_world& it) {
  it.engine.rule = [&it](const http_request& request) -> std::optional<http_response> {
    if (compares(sql_of(request))) return std::nullopt;
    return it.account.answer(request);
  };
}

TEST_CASE("an import that verifies keeps the result of each type in status and ledger") {
  run_world it;
  it.options.verify = true;
  it.open_account();
  it.start();
  CHECK(it.end().state == import_state::completed);
  for (auto& type : it.end().types) {
    CHECK(type.verified.result == proof::complete);
    CHECK(type.verified.rows == 5);
  }
  CHECK(it.type_in_ledger("payment").verified.result == proof::complete);
  CHECK(std::ranges::count_if(it.account.queries, compares) == 5);
}

TEST_CASE("an import does not end before its last verification") {
  run_world it;
  it.options.verify = true;
  hold_comparisons(it);
  it.start();
  CHECK(it.ends.empty());
  CHECK(it.engine.open.size() == 5);
  it.answer_all();
  CHECK(it.end().state == import_state::completed);
}

TEST_CASE("others get a type when it is verified, not before") {
  run_world it;
  it.options.verify = true;
  hold_comparisons(it);
  it.start();
  CHECK(it.ended_types.empty());
  it.answer_all();
  CHECK(it.ended_types.size() == 5);
}

TEST_CASE("records that appear behind a batch's back are imported by the verification") {
  run_world it;
  it.options.verify = true;
  hold_comparisons(it);
  it.start();
  it.account.tables["customer"].insert(3000);
  it.account.tables["customer"].erase(2);
  it.answer_all();
  auto customer = of(it.end(), "customer");
  CHECK(customer.verified.result == proof::complete);
  CHECK(customer.verified.repaired == 2);
  CHECK(customer.records.deleted == 1);
}

TEST_CASE("a bucket of very many records is put right in pieces of a page") {
  run_world it;
  it.options.verify = true;
  // One key far away makes the buckets so wide that all others are in one.
  it.fill("customer", 4500);
  it.account.tables["customer"].insert(1'000'000'000'000);
  hold_comparisons(it);
  it.start();
  it.account.tables["customer"].erase(2);
  it.account.tables["customer"].insert(4501);
  it.answer_all();
  auto customer = of(it.end(), "customer");
  CHECK(customer.verified.result == proof::complete);
  CHECK(customer.verified.rows == 4501);
  CHECK(customer.verified.repaired == 1);
  CHECK(customer.records.deleted == 1);
  CHECK(it.front->senders<repair_range>().size() == 5);
}

TEST_CASE("a type that keeps changing differs, with a note, and the import completes all the same") {
  run_world it;
  it.options.verify = true;
  hold_comparisons(it);
  it.start();
  for (std::int64_t id = 100; it.ends.empty() && id < 200; ++id) {
    it.account.tables["customer"].insert(id);
    while (!it.engine.open.empty()) {
      it.account.tables["customer"].insert(id + 1000 * static_cast<std::int64_t>(it.engine.seen.size()));
      it.answer(it.account.answer(it.engine.open[0].request));
    }
  }
  CHECK(it.end().state == import_state::completed);
  CHECK(of(it.end(), "customer").verified.result == proof::differs);
  CHECK(std::ranges::any_of(it.end().notes, [](auto& note) { return note.code == "ranges_differ"; }));
}

TEST_CASE("a comparison that finds too much gone deletes nothing, and the import ends with errors") {
  run_world it;
  it.options.verify = true;
  it.fill("customer", 500);
  hold_comparisons(it);
  it.start();
  for (std::int64_t id = 1; id <= 400; ++id) it.account.tables["customer"].erase(id);
  it.answer_all();
  auto customer = of(it.end(), "customer");
  CHECK(customer.verified.result == proof::differs);
  CHECK(customer.verified.text == "400 of 500 live records are not in the account; their deletion is held");
  CHECK(customer.records.held == 400);
  CHECK(customer.records.deleted == 0);
  CHECK(customer.state == type_state::completed_with_errors);
  CHECK(it.end().records.held == 400);
  CHECK(it.end().state == import_state::completed_with_errors);
  CHECK(std::ranges::any_of(it.end().notes, [](auto& note) {
    return note.code == "deletions_held" && contains(note.text, "accept-deletions demo.1 --type customer");
  }));
  CHECK(it.type_in_ledger("customer").held == 400);
}

TEST_CASE("a comparison that the account refuses is noted and fails nothing") {
  run_world it;
  it.options.verify = true;
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!compares(sql)) return std::nullopt;
    return answer_of(R"({"o:errorDetails":[{"detail":"Invalid or unsupported search","o:errorCode":"X"}]})",
                     400);
  });
  it.open_account();
  it.start();
  CHECK(it.end().state == import_state::completed);
  for (auto& type : it.end().types) CHECK(type.verified.result == proof::failed);
}

TEST_CASE("a verifier that dies is started anew") {
  run_world it;
  it.options.verify = true;
  hold_comparisons(it);
  it.start();
  for (int deaths = 0; deaths < 3; ++deaths) it.crash(it.front->senders<count_keys>().back());
  it.answer_all();
  CHECK(it.end().state == import_state::completed);
  for (auto& type : it.end().types) CHECK(type.verified.result == proof::complete);
}

TEST_CASE("a verifier that dies again and again fails its comparison alone") {
  run_world it;
  it.options.verify = true;
  hold_comparisons(it);
  it.start();
  for (int deaths = 0; deaths < 4; ++deaths) it.crash(it.front->senders<count_keys>().back());
  it.answer_all();
  CHECK(it.end().state == import_state::completed);
  CHECK(std::ranges::count_if(it.end().types, [](auto& x) { return x.verified.result == proof::failed; })
        == 1);
  CHECK(std::ranges::any_of(it.end().notes, [](auto& note) {
    return note.code == "not_verified" && contains(note.text, "died more than 3 times in 60 s");
  }));
}

TEST_CASE("a cancel closes the comparisons that are open") {
  run_world it;
  it.options.verify = true;
  hold_comparisons(it);
  it.start();
  auto receipt = it.cancel();
  it.settle();
  CHECK(receipt.arrived());
  CHECK(it.engine.open.empty());
  CHECK(it.end().state == import_state::cancelled);
}

TEST_CASE("an import in mode verify compares its one type and fetches nothing that is right") {
  run_world it;
  it.mode = import_mode::verify;
  it.open_account();
  REQUIRE(it.ask<table_prepared>(it.database, prepare_table{"payment"}).arrived());
  it.start();
  CHECK(it.end().state == import_state::failed);
  CHECK(contains(it.end().error, "never imported whole"));
}

TEST_CASE("an incremental import of types without change columns compares what it reads") {
  run_world it;
  it.mode = import_mode::incremental;
  it.open_account();
  it.start();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.end().records.stored == 25);
  // The page is the plan: one request per type, and one for the time.
  CHECK(it.engine.seen.size() == 6);
  for (auto& sql : it.account.queries) CHECK_FALSE(contains(sql, "deletedrecord"));
}

} // namespace import_finishing_test
