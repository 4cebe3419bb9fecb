#include "import/run_world.hpp"

#include <doctest/doctest.h>

using namespace tidemark;
using namespace std::chrono_literals;

using how = claim_decided::how;

TEST_CASE("the cancel is in the ledger before anything is stopped") {
  run_world it;
  it.hold_pages();
  it.start();
  REQUIRE(it.engine.open.size() == 3);
  it.front->hold<begin_cancel>();
  auto receipt = it.cancel();
  CHECK(it.engine.cancelled.empty());
  it.front->release<begin_cancel>();
  CHECK(it.engine.cancelled.size() == 3);
  CHECK(receipt.arrived());
}

TEST_CASE("an import whose cancel cannot be written asks its account nothing more") {
  run_world it;
  SUBCASE("chunked") {}
  SUBCASE("legacy") { it.legacy = true; }
  it.hold_pages();
  it.start();
  REQUIRE_FALSE(it.engine.open.empty());
  it.front->refuse<begin_cancel>({ec::store_unavailable, "locked"});
  auto receipt = it.cancel();
  REQUIRE(receipt.failed());
  CHECK(receipt.error().code == ec::store_unavailable);
  CHECK(it.engine.open.empty());
  auto seen = it.engine.seen.size();
  it.advance(60s);
  CHECK(it.engine.seen.size() == seen);
}

TEST_CASE("a receipt is given only when every transfer has closed, and says how many were interrupted") {
  run_world it;
  it.hold_pages({"method", "invoice"});
  it.engine.obeys_cancel = false;
  it.start();
  REQUIRE(it.engine.open.size() == 2);
  auto receipt = it.cancel();
  CHECK(it.state_in_ledger() == import_state::cancelling);
  CHECK_FALSE(receipt.arrived());
  it.answer(transport_error(transport_result::cancelled));
  CHECK_FALSE(receipt.arrived());
  it.answer(transport_error(transport_result::cancelled));
  REQUIRE(receipt.arrived());
  CHECK(receipt.value().requested_by == "anna");
  CHECK(receipt.value().batches_completed == 2);
  CHECK(receipt.value().batches_interrupted == 2);
  CHECK(it.state_in_ledger() == import_state::cancelled);
  CHECK(it.end().state == import_state::cancelled);
  CHECK(receipt.value().batches_never_started == 0);
  CHECK(it.end().batches.cancelled == 2);
}

TEST_CASE("two cancels get one receipt") {
  run_world it;
  it.hold_pages();
  it.engine.obeys_cancel = false;
  it.start();
  auto first = it.cancel("anna");
  auto second = it.cancel("ben");
  CHECK(it.front->count<begin_cancel>() == 1);
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.settle();
  REQUIRE(first.arrived());
  REQUIRE(second.arrived());
  CHECK(second.value().requested_by == "anna");
}

TEST_CASE("an import can be cancelled before it knows its ledger") {
  run_world it;
  it.front->hold<load_import>();
  it.start();
  auto receipt = it.cancel();
  CHECK_FALSE(receipt.arrived());
  it.front->release<load_import>();
  CHECK(receipt.arrived());
  CHECK(it.state_in_ledger() == import_state::cancelled);
  CHECK(it.engine.seen.empty());
}

TEST_CASE("an import can be cancelled while it asks for the server's time") {
  run_world it;
  it.engine.obeys_cancel = false;
  it.start();
  auto receipt = it.cancel();
  CHECK(it.engine.cancelled.size() == 1);
  CHECK_FALSE(receipt.arrived());
  it.answer(transport_error(transport_result::cancelled));
  CHECK(receipt.arrived());
}

TEST_CASE("a cancel that meets an import about to complete is carried through") {
  run_world it;
  it.hold_pages({"payment"});
  it.start();
  it.front->hold<begin_cancel>();
  auto receipt = it.cancel();
  it.front->hold<save_import_state>();
  it.answer_all();
  it.front->release<begin_cancel>();
  CHECK_FALSE(receipt.arrived());
  it.front->release<save_import_state>();
  REQUIRE(receipt.arrived());
  CHECK_FALSE(receipt.failed());
  CHECK(it.state_in_ledger() == import_state::cancelled);
  CHECK(it.end().state == import_state::cancelled);
}

TEST_CASE("a cancel overrules a pause that is under way") {
  run_world it;
  it.hold_pages();
  it.engine.obeys_cancel = false;
  it.start();
  auto paused = it.halt(pause_cause::command);
  auto receipt = it.cancel();
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.settle();
  CHECK(receipt.arrived());
  CHECK(paused.arrived());
  CHECK(it.state_in_ledger() == import_state::cancelled);
}

TEST_CASE("a cancel that comes too late is told so") {
  run_world it;
  it.hold_pages({"payment"});
  it.start();
  it.front->hold<save_import_state>();
  it.answer_all();
  auto receipt = it.cancel();
  it.front->release<save_import_state>();
  REQUIRE(receipt.failed());
  CHECK(receipt.error().code == ec::conflict);
  CHECK(it.state_in_ledger() == import_state::completed);
}

TEST_CASE("a cancel that was cut short is finished by the next actor") {
  run_world it;
  it.hold_pages();
  it.start();
  it.crash(it.actor);
  it.ask<cancel_receipt>(it.database, begin_cancel{"demo.1", "anna", 5});
  it.row = it.ledger().import;
  REQUIRE(it.row.state == import_state::cancelling);
  it.go_on();
  CHECK(it.state_in_ledger() == import_state::cancelled);
  CHECK(it.end().state == import_state::cancelled);
}

TEST_CASE("an actor for an import that has ended only says so") {
  run_world it;
  it.open_account();
  it.start();
  it.account.queries.clear();
  it.ends.clear();
  it.go_on();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.end().progress == 10'000);
  CHECK(it.account.queries.empty());
}

TEST_CASE("a paused import keeps what it has and goes on from there") {
  run_world it;
  it.hold_pages({"invoice"});
  it.start();
  CHECK(it.halt(pause_cause::command).arrived());
  CHECK(it.end().state == import_state::paused);
  CHECK(it.end().error == "because");
  CHECK(it.state_in_ledger() == import_state::paused);
  it.row = it.ledger().import;
  it.account.queries.clear();
  it.open_account();
  it.go_on();
  REQUIRE(it.ends.size() == 2);
  CHECK(it.ends.back().state == import_state::completed);
  for (auto& sql : it.account.queries) CHECK_FALSE(contains(sql, "FROM customer"));
}

TEST_CASE("a halt with a grace lets open requests end and stores what they bring, but begins nothing new") {
  run_world it;
  it.hold_pages({"invoice"});
  it.start();
  REQUIRE(it.engine.open.size() == 1);
  auto halted = it.halt(pause_cause::none, 10s);
  CHECK_FALSE(halted.arrived());
  CHECK(it.engine.cancelled.empty());
  it.open_account();
  it.account.queries.clear();
  it.answer_all();
  CHECK(halted.arrived());
  auto batches = it.ledger().batches;
  CHECK(std::ranges::all_of(batches, [](auto& row) {
    return row.record_type != "invoice" || row.state == batch_state::completed;
  }));
  CHECK(std::ranges::none_of(it.account.queries, [](auto& sql) { return contains(sql, "FROM payment"); }));
  CHECK(it.state_in_ledger() == import_state::running);
}

TEST_CASE("requests that outlast the grace are closed") {
  run_world it;
  it.hold_pages({"invoice"});
  it.start();
  auto halted = it.halt(pause_cause::command, 10s);
  it.advance(9s);
  CHECK_FALSE(halted.arrived());
  it.advance(2s);
  CHECK(it.engine.cancelled.size() == 1);
  CHECK(halted.arrived());
  CHECK(it.ledger().import.paused_by == pause_cause::command);
}

TEST_CASE("a cancel does not wait for the grace of a halt") {
  run_world it;
  it.hold_pages();
  it.start();
  auto halted = it.halt(pause_cause::command, 10s);
  auto receipt = it.cancel();
  CHECK(receipt.arrived());
  CHECK(halted.arrived());
  CHECK(it.engine.cancelled.size() == 3);
}

TEST_CASE("an import of a node that stops keeps its state, so that it goes on by itself") {
  run_world it;
  it.hold_pages();
  it.start();
  CHECK(it.halt(pause_cause::none).arrived());
  CHECK(it.state_in_ledger() == import_state::running);
  CHECK(it.engine.open.empty());
}

TEST_CASE("a wave that dies is rebuilt from the ledger") {
  run_world it;
  it.hold_pages();
  it.start();
  REQUIRE(it.engine.open.size() == 3);
  it.crash(it.front->senders<prepare_table>().front());
  CHECK(it.engine.cancelled.size() == 3);
  it.advance(2s);
  REQUIRE(it.engine.open.size() == 3);
  it.open_account();
  it.answer_all();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.end().pick_ups.interrupted == 3);
  CHECK(it.end().pick_ups.failed_attempts == 0);
  CHECK(it.end().progress == 10'000);
}

TEST_CASE("a wave that dies more than three times in a minute fails the import with the reason") {
  run_world it;
  it.hold_pages();
  it.start();
  auto wave_0 = it.front->senders<prepare_table>().front();
  for (int i = 0; i < 4; ++i) {
    CHECK(it.ends.empty());
    it.crash(wave_0);
    it.advance(2s);
    wave_0 = it.front->senders<prepare_table>().back();
  }
  CHECK(it.end().state == import_state::failed);
  CHECK(contains(it.end().error, "wave 0 died more than 3 times"));
}

TEST_CASE("a type that is granted while its wave is rebuilt begins with the new wave") {
  run_world it;
  it.grants = false;
  it.open_account();
  it.start();
  auto grant = [&](const std::string& type) { it.tell(it.actor, claim_decided{how::granted, type, {}, {}}); };
  grant("customer");
  it.front->hold<reset_running>();
  it.crash(it.front->senders<prepare_table>().front());
  grant("item");
  grant("method");
  it.front->release<reset_running>();
  CHECK(it.type_in_ledger("item").state == type_state::completed);
  CHECK(it.type_in_ledger("method").state == type_state::completed);
}

TEST_CASE("an import that died between a type's failure and its own fails when it goes on") {
  run_world it;
  it.hold_pages({"customer"});
  it.start();
  it.front->hold<save_import_state>();
  it.answer(
      answer_of(R"({"o:errorDetails":[{"detail":"Unknown identifier 'nosuch'","o:errorCode":"X"}]})", 400));
  it.crash(it.actor);
  REQUIRE(it.type_in_ledger("customer").state == type_state::failed);
  REQUIRE(it.state_in_ledger() == import_state::running);
  it.front->drop<save_import_state>();
  it.row = it.ledger().import;
  it.go_on();
  CHECK(it.end().state == import_state::failed);
  CHECK(contains(it.end().error, "record type customer failed"));
}

TEST_CASE("a database that cannot be written pauses the import with the reason") {
  run_world it;
  it.open_account();
  it.front->refuse<batch_write>({ec::store_unavailable, "the disk is full"});
  it.start();
  CHECK(it.end().state == import_state::paused);
  CHECK(it.end().error == "the disk is full");
}

TEST_CASE("what waiting does not cure fails the import, with the sentence of the failure") {
  for (auto code : {ec::store_defect, ec::internal, ec::conflict}) {
    run_world it;
    it.open_account();
    it.front->refuse<add_batches>({code, "the database is damaged: restore it"});
    it.start();
    CHECK(it.end().state == import_state::failed);
    CHECK(it.end().error == "the database is damaged: restore it");
    CHECK(it.state_in_ledger() == import_state::failed);
  }
}

TEST_CASE("a database that turns out to be damaged as a batch is stored fails the import, not the batch") {
  run_world it;
  it.open_account();
  it.front->refuse<batch_write>({ec::store_defect, "the database is damaged: restore it"});
  it.start();
  CHECK(it.end().state == import_state::failed);
  CHECK(it.end().error == "the database is damaged: restore it");
  CHECK(it.end().pick_ups.failed_attempts == 0);
}

TEST_CASE("a table that cannot be prepared fails its record type by name, whichever the path") {
  for (bool legacy : {false, true}) {
    run_world it;
    it.legacy = legacy;
    it.open_account();
    it.front->refuse<prepare_table>(
        {ec::bad_config, "the database has a \"customer\" of its own: rename it"});
    it.start();
    CHECK(it.end().state == import_state::failed);
    CHECK(contains(it.end().error, "failed: the database has a \"customer\" of its own: rename it"));
    CHECK(it.end().paused_by == pause_cause::none);
    CHECK(it.type_in_ledger("customer").state == type_state::failed);
    CHECK(it.type_in_ledger("customer").error == "the database has a \"customer\" of its own: rename it");
    CHECK(it.state_in_ledger() == import_state::failed);
  }
}

TEST_CASE("a table that was replaced while its import rested fails it by name when it goes on") {
  for (bool legacy : {false, true}) {
    run_world it;
    it.legacy = legacy;
    it.hold_pages({"payment"});
    it.start();
    REQUIRE(it.halt(pause_cause::command).arrived());
    REQUIRE(it.type_in_ledger("customer").state == type_state::completed);
    it.row = it.ledger().import;
    it.ends.clear();
    it.front->refuse<prepare_table>({ec::bad_config, "the key of it has changed: undo that"});
    it.open_account();
    it.go_on();
    CHECK(it.end().state == import_state::failed);
    CHECK(contains(it.end().error, "failed: the key of it has changed: undo that"));
  }
}

TEST_CASE("batches that were running when the database went away have not died of it, whichever the path") {
  for (bool legacy : {false, true}) {
    run_world it;
    it.legacy = legacy;
    for (int times = 0; times < 3; ++times) {
      it.hold_pages({"customer"});
      times == 0 ? it.start() : it.go_on();
      failure locked{ec::store_unavailable, "the database is locked"};
      it.front->refuse<batch_write>(locked);
      it.front->refuse<end_pick_up>(locked);
      it.front->refuse<save_import_state>(locked);
      it.answer_all();
      REQUIRE(it.ends.empty()); // it could not even be paused
      it.front->accept<batch_write>();
      it.front->accept<end_pick_up>();
      it.front->accept<save_import_state>();
      it.row = it.ledger().import;
    }
    it.open_account();
    it.go_on();
    CHECK(it.end().state == import_state::completed);
    CHECK(it.end().pick_ups.interrupted >= 3);
    for (auto& batch : it.ledger().batches) CHECK(batch.deaths == 0);
  }
}

TEST_CASE("batches that were running when their import's actor died have died with it") {
  run_world it;
  it.hold_pages({"customer"});
  it.start();
  it.crash(it.actor);
  it.after_death = true;
  it.open_account();
  it.go_on();
  CHECK(it.end().state == import_state::completed);
  auto batches = it.ledger().batches;
  auto customers = std::ranges::find(batches, "customer", &batch_row::record_type);
  REQUIRE(customers != batches.end());
  CHECK(customers->deaths == 1);
  CHECK(customers->counters.interrupted == 1);
}
