#include "import/run_world.hpp"

#include <doctest/doctest.h>
namespace legacy_import_test {

using namespace tidemark;
using namespace std::chrono_literals;
using how = claim_decided::how;

struct legacy_world : run_world {
  legacy_world() { legacy = true; }

  /// Answers open requests until the next one is for a page of this table.
  void answer_until_page_of(const std::string& table) {
    for (int i = 0; i < 100; ++i) {
      REQUIRE(engine.open.size() == 1);
      if (table_of_page(engine.open[0].request) == table) return;
      answer(account.answer(engine.open[0].request));
    }
    FAIL("no page of " << table);
  }

  /// Its one batch.
  batch_row batch_of(const std::string& record_type) {
    auto snapshot = ledger();
    auto found = std::ranges::find(snapshot.batches, record_type, &batch_row::record_type);
    REQUIRE(found != snapshot.batches.end());
    return *found;
  }
};

TEST_CASE("the record types are walked in dependency order with one request at a time") {
  legacy_world it;
  it.start();
  std::size_t most = 0;
  while (!it.engine.open.empty()) {
    most = std::max(most, it.engine.open.size());
    it.answer(it.account.answer(it.engine.open[0].request));
  }
  CHECK(most == 1);
  CHECK(it.end().state == import_state::completed);
  CHECK(it.end().system == "chunked"); // as the row says; the tenant writes it
  CHECK(it.end().records.stored == 25);
  CHECK(it.end().batches.completed == 5);
  std::vector<std::string> walked;
  for (auto& row : it.ended_types) walked.push_back(row.name);
  CHECK(walked == std::vector<std::string>{"customer", "item", "method", "invoice", "payment"});
  CHECK(it.state_in_ledger() == import_state::completed);
}

TEST_CASE("a table of several pages is one batch, and each page is stored before the next one is asked for") {
  legacy_world it;
  it.fill("payment", 2500);
  it.start();
  it.answer_until_page_of("payment");
  CHECK(it.batch_of("payment").stored == 0);
  it.answer(it.account.answer(it.engine.open[0].request));
  CHECK(it.batch_of("payment").stored == 1000);
  CHECK(it.batch_of("payment").state == batch_state::running);
  it.answer_all();
  CHECK(it.batch_of("payment").stored == 2500);
  CHECK(it.batch_of("payment").state == batch_state::completed);
  CHECK(it.end().state == import_state::completed);
}

TEST_CASE("a watermark moves to the server's time") {
  legacy_world it;
  it.open_account();
  it.start();
  CHECK(it.type_in_ledger("payment").server_time == 1'772'359'200'000);
  auto marks = it.ask<type_marks>(it.database, load_marks{{"payment"}}).value().marks;
  REQUIRE(marks.size() == 1);
  CHECK(marks[0].watermark == 1'772'359'200'000);
}

TEST_CASE("a page that fails is asked for again, and a record type that cannot be had fails the import") {
  legacy_world it;
  it.start();
  it.answer_until_page_of("customer");
  it.answer(answer_of("oops", 500));
  CHECK(it.engine.open.empty());
  it.advance(60s);
  REQUIRE(it.engine.open.size() == 1);
  SUBCASE("and comes through") {
    it.answer_all();
    CHECK(it.end().state == import_state::completed);
  }
  SUBCASE("and fails again") {
    it.answer(answer_of("oops", 500));
    CHECK(it.end().state == import_state::failed);
    CHECK(contains(it.end().error, "customer"));
    auto batch = it.batch_of("customer");
    CHECK(batch.state == batch_state::failed);
    CHECK(batch.counters.failed_attempts == 1);
    CHECK(it.state_in_ledger() == import_state::failed);
  }
}

TEST_CASE("a column that the account lacks is left out, and a table that it lacks is skipped") {
  legacy_world it;
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "t.email")) return std::nullopt;
    return answer_of(
        R"({"o:errorDetails":[{"detail":"Field 'email' for record 'customer' was not found.","o:errorCode":"X"}]})",
        400);
  });
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "FROM method ")) return std::nullopt;
    return answer_of(R"({"o:errorDetails":[{"detail":"Record 'method' was not found.","o:errorCode":"X"}]})",
                     400);
  });
  it.open_account();
  it.start();
  CHECK(it.end().state == import_state::completed_with_errors);
  std::vector<std::string> notes;
  for (auto& note : it.end().notes) notes.push_back(note.code + " " + note.subject);
  CHECK(notes == std::vector<std::string>{"column_dropped email", "newly_skipped ", "type_skipped method"});
  CHECK(it.type_in_ledger("method").state == type_state::skipped);
}

TEST_CASE("a cancel ends the open request first, and its receipt counts the batch") {
  legacy_world it;
  it.fill("payment", 2500);
  it.start();
  it.answer_until_page_of("payment");
  it.answer(it.account.answer(it.engine.open[0].request));
  it.engine.obeys_cancel = false;
  auto receipt = it.cancel();
  CHECK_FALSE(receipt.arrived());
  CHECK(it.engine.cancelled.size() == 1);
  it.answer(transport_error(transport_result::cancelled));
  REQUIRE(receipt.arrived());
  CHECK(receipt.value().batches_completed == 4);
  CHECK(receipt.value().batches_interrupted == 1);
  CHECK(it.state_in_ledger() == import_state::cancelled);
  CHECK(it.end().state == import_state::cancelled);
  CHECK(it.engine.open.empty());
}

TEST_CASE("a cancel waits for the write that is under way, and makes no further request") {
  legacy_world it;
  it.start();
  it.answer_until_page_of("customer");
  it.front->hold<batch_write>();
  it.answer(it.account.answer(it.engine.open[0].request));
  auto seen = it.engine.seen.size();
  auto receipt = it.cancel();
  CHECK_FALSE(receipt.arrived());
  it.front->release<batch_write>();
  CHECK(receipt.arrived());
  CHECK(it.engine.seen.size() == seen);
  CHECK(it.pool_now().in_use == 0);
}

TEST_CASE("a paused import begins its record type anew and keeps those before") {
  legacy_world it;
  it.fill("payment", 2500);
  it.start();
  it.answer_until_page_of("payment");
  it.answer(it.account.answer(it.engine.open[0].request));
  auto paused = it.halt(pause_cause::command);
  CHECK(paused.arrived());
  CHECK(it.end().state == import_state::paused);
  CHECK(it.batch_of("payment").state == batch_state::pending);
  CHECK(it.batch_of("payment").counters.interrupted == 1);
  CHECK(it.batch_of("payment").stored == 0);
  it.ends.clear();
  it.account.queries.clear();
  it.open_account();
  it.row = it.ledger().import;
  it.go_on();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.batch_of("payment").stored == 2500);
  CHECK(it.batch_of("payment").counters.picked_up == 2);
  for (auto& sql : it.account.queries) CHECK_FALSE(contains(sql, "FROM customer "));
}

TEST_CASE("an import whose actor died goes on with the record type that it was at") {
  legacy_world it;
  it.fill("payment", 2500);
  it.start();
  it.answer_until_page_of("payment");
  it.answer(it.account.answer(it.engine.open[0].request));
  it.crash(it.actor);
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.settle();
  it.open_account();
  it.row = it.ledger().import;
  it.go_on();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.batch_of("payment").stored == 2500);
  CHECK(it.batch_of("payment").counters.interrupted == 1);
}

TEST_CASE("a cancel that was cut short is finished by the next legacy actor") {
  legacy_world it;
  it.start();
  it.answer_until_page_of("item");
  it.crash(it.actor);
  it.ask<cancel_receipt>(it.database, begin_cancel{"demo.1", "anna", 5});
  it.row = it.ledger().import;
  it.go_on();
  CHECK(it.state_in_ledger() == import_state::cancelled);
  CHECK(it.end().state == import_state::cancelled);
}

TEST_CASE("credentials that stop working pause the import; at its first request they fail it") {
  legacy_world it;
  it.start();
  SUBCASE("later") {
    it.answer_until_page_of("item");
    CHECK(it.halt(pause_cause::credentials).arrived());
    CHECK(it.end().state == import_state::paused);
    CHECK(it.end().paused_by == pause_cause::credentials);
  }
  SUBCASE("at first") {
    CHECK(it.halt(pause_cause::credentials).arrived());
    CHECK(it.end().state == import_state::failed);
  }
}

TEST_CASE("each record type is verified once it is in, and told to others only then") {
  legacy_world it;
  it.options.verify = true;
  it.open_account();
  it.start();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.type_in_ledger("customer").verified.result == proof::complete);
  CHECK(it.ended_types.size() == 5);
}

TEST_CASE("a record type that another import has run is taken from there") {
  legacy_world it;
  it.grants = false;
  it.start();
  it.answer_all();
  REQUIRE(it.claims.size() == 5); // at one moment
  for (auto& type : it.claims)
    if (type != "customer") it.tell(it.actor, claim_decided{how::granted, type, {}, {}});
  it.tell(it.actor, claim_decided{how::waiting, "customer", "demo.0", {}});
  it.answer_all();
  auto types = it.status().types;
  CHECK(std::ranges::find(types, "customer", &type_status::name)->taken_from == "demo.0");
  CHECK(it.type_in_ledger("invoice").state == type_state::waiting);
  claim_decided taken{how::taken, "customer", "demo.0", {}};
  taken.result.state = type_state::completed;
  it.tell(it.actor, taken);
  it.answer_all();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.type_in_ledger("customer").taken_from == "demo.0");
}

} // namespace legacy_import_test
