#include "actors/wave/batch.hpp"

#include <numeric>

#include <doctest/doctest.h>

#include "actors/wave/batch_life_cycle.hpp"
#include "import/import_world.hpp"
namespace batch_test {

using namespace tidemark;
using namespace std::chrono_literals;

using how = pick_up_ended::how;

std::vector<std::int64_t> ids(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(last - first + 1));
  std::iota(result.begin(), result.end(), first);
  return result;
}

/// One batch of customers, (0, 5000], in a running import.
struct batch_world : import_world {
  explicit batch_world(const slot_policy_options& options = {.limit = 5, .seed = 11})
      : import_world(options) {
    create("customer", import_state::running);
    type_row type;
    type.name = "customer";
    type.state = type_state::running;
    type.planned = true;
    row.number = 1;
    row.record_type = "customer";
    row.range = {0, 5000};
    row.weight = 1000;
    REQUIRE_FALSE(ask<table_prepared>(database, prepare_table{"customer"}).failed());
    REQUIRE_FALSE(
        ask<done>(database, add_batches{"demo.1", type, std::make_shared<std::vector<batch_row>>(1, row)})
            .failed());
  }

  void start() {
    batch_job job;
    job.import_id = "demo.1";
    job.row = row;
    job.row.state = batch_state::running;
    job.row.counters.picked_up = 1;
    job.what = std::make_shared<const projection>(project(*types->find("customer")));
    job.expected_bytes = 1000;
    job.patience = {5s, 10s, 15s};
    job.at_least = at_least;
    actor = spawn(batch, std::move(job), batch_links{services(), front->handle(), room, wave.handle()});
  }

  void stop() { tell(actor, stop_branch{}); }

  std::vector<pick_up_ended>& ends() { return wave.heard<pick_up_ended>(); }

  const pick_up_ended& end() {
    REQUIRE(ends().size() == 1);
    return ends().front();
  }

  /// Takes every slot, so that a batch has to wait.
  std::vector<reply<lease>> take_slots(std::uint32_t count) {
    holder = spawn_puppet();
    std::vector<reply<lease>> taken;
    for (std::uint32_t i = 0; i < count; ++i) taken.push_back(ask_as<lease>(holder, slots, acquire_slot{}));
    return taken;
  }

  batch_row row;
  std::uint64_t at_least = 0;
  batch_actor actor;
  caf::actor holder;
  listener<wave_actor, pick_up_ended, ranges_planned, planning_failed> wave{*this};
};

TEST_CASE("a batch of one page is fetched, stored and reported") {
  batch_world it;
  it.start();
  REQUIRE(it.engine.open.size() == 1);
  auto sql = sql_of(it.engine.open[0].request);
  CHECK(contains(sql, "t.id > 0"));
  CHECK(contains(sql, "t.id <= 5000"));
  it.answer(page_of(ids(1, 700)));
  CHECK(it.end().ended == how::completed);
  CHECK(it.end().batch == 1);
  CHECK(it.end().stored.stored == 700);
  CHECK(it.in_ledger(1).state == batch_state::completed);
  CHECK(it.in_ledger(1).stored == 700);
  CHECK(it.pool_now().in_use == 0);
}

TEST_CASE("a range that holds more than a page is read to its end and stored as one") {
  batch_world it;
  it.start();
  it.answer(page_of(ids(1, 1000), true));
  CHECK(it.front->count<batch_write>() == 0);
  REQUIRE(it.engine.open.size() == 1);
  CHECK(contains(sql_of(it.engine.open[0].request), "t.id > 1000"));
  it.answer(page_of(ids(1001, 1300)));
  CHECK(it.end().ended == how::completed);
  CHECK(it.end().stored.stored == 1300);
  CHECK(it.front->count<batch_write>() == 1);
}

TEST_CASE("a range that brings less than was planned is counted before anything of it is stored") {
  batch_world it;
  it.at_least = 1000;
  it.start();
  it.answer(page_of({}));
  CHECK(it.front->count<batch_write>() == 0);
  REQUIRE(it.engine.open.size() == 1);
  auto sql = sql_of(it.engine.open[0].request);
  CHECK(contains(sql, "COUNT(*)"));
  CHECK(contains(sql, "t.id > 0"));
  CHECK(contains(sql, "t.id <= 5000"));
  SUBCASE("it holds less") {
    it.answer(answer_of(R"({"items":[{"total":"0"}]})"));
    CHECK(it.end().ended == how::completed);
  }
  SUBCASE("the page was a stray one") {
    it.answer(answer_of(R"({"items":[{"total":"1000","last":"1000"}]})"));
    CHECK_FALSE(contains(sql_of(it.engine.open[0].request), "COUNT(*)"));
    it.answer(page_of(ids(1, 1000)));
    CHECK(it.end().ended == how::completed);
    CHECK(it.end().stored.stored == 1000);
  }
  SUBCASE("the account keeps counting more than it gives") {
    it.answer(answer_of(R"({"items":[{"total":"1000","last":"1000"}]})"));
    it.answer(page_of(ids(1, 300)));
    it.answer(answer_of(R"({"items":[{"total":"1000","last":"1000"}]})"));
    CHECK(it.end().ended == how::failed);
    CHECK(it.end().what.code == ec::server);
    CHECK(it.front->count<batch_write>() == 0);
  }
  SUBCASE("it is not counted, and comes like that again") {
    it.answer(answer_of(
        R"({"status":400,"o:errorDetails":[{"detail":"x","o:errorCode":"INVALID_PARAMETER"}]})", 400));
    it.answer(page_of({}));
    it.answer(answer_of(
        R"({"status":400,"o:errorDetails":[{"detail":"x","o:errorCode":"INVALID_PARAMETER"}]})", 400));
    CHECK(it.end().ended == how::completed);
  }
}

TEST_CASE("a range that has become empty is completed") {
  batch_world it;
  it.start();
  it.answer(page_of({}));
  CHECK(it.end().ended == how::completed);
  CHECK(it.end().stored.stored == 0);
}

TEST_CASE("a refused request goes back into the queue as a retry, and is no attempt") {
  batch_world it;
  it.start();
  it.answer(refusal());
  CHECK(it.ends().empty());
  CHECK(it.pool_now().waiting == 1);
  it.advance(1s);
  it.answer(page_of(ids(1, 3)));
  CHECK(it.end().ended == how::completed);
  CHECK(it.end().refusals == 1);
  CHECK(it.in_ledger(1).counters.refusals == 1);
  CHECK(it.in_ledger(1).counters.failed_attempts == 0);
}

TEST_CASE("after three patiences without a slot a batch is released") {
  batch_world it;
  auto taken = it.take_slots(5);
  it.start();
  it.advance(29'900ms);
  CHECK(it.ends().empty());
  CHECK(it.pool_now().waiting == 1);
  it.advance(200ms);
  CHECK(it.end().ended == how::released);
  CHECK(it.pool_now().waiting == 0);
  CHECK(it.engine.seen.empty());
}

TEST_CASE("a slot that becomes free within the third patience is used") {
  batch_world it;
  it.take_slots(5);
  it.start();
  it.advance(29s);
  it.crash(it.holder);
  REQUIRE(it.engine.open.size() == 1);
  it.advance(60s);
  CHECK(it.ends().empty());
  it.answer(page_of(ids(1, 3)));
  CHECK(it.end().ended == how::completed);
}

TEST_CASE("patience begins anew with each page") {
  batch_world it{{.limit = 1, .seed = 11}};
  it.start();
  it.take_slots(1);
  it.answer(page_of(ids(1, 1000), true));
  it.advance(29'900ms);
  CHECK(it.ends().empty());
  it.advance(200ms);
  CHECK(it.end().ended == how::released);
}

TEST_CASE("a refused request that is repeated does not begin the patience anew") {
  batch_world it;
  it.start();
  it.advance(9s);
  auto later = refusal();
  later.retry_after = 60s;
  it.answer(later);
  it.advance(20'900ms);
  CHECK(it.ends().empty());
  it.advance(200ms);
  CHECK(it.end().ended == how::released);
  CHECK(it.end().refusals == 1);
}

TEST_CASE("a request that was refused last is not repeated once patience is over") {
  batch_world it;
  it.start();
  it.advance(31s);
  REQUIRE(it.engine.open.size() == 1);
  it.answer(refusal());
  CHECK(it.end().ended == how::released);
  CHECK(it.end().refusals == 1);
  CHECK(it.pool_now().waiting == 0);
}

TEST_CASE("a call that is signed anew does not begin the patience anew") {
  batch_world it{{.limit = 2, .seed = 11}};
  std::uint64_t logins = 0;
  it.login = caf::actor_cast<credential_actor>(it.spawn([&logins](caf::event_based_actor*) {
    return caf::behavior{[&logins](const authorize&) {
                           ++logins;
                           return authorized{"Authorization: login", logins};
                         },
                         [](const login_seen&) {}};
  }));
  it.take_slots(1);
  auto other = it.spawn_puppet();
  auto proving = it.ask_as<lease>(other, it.slots, acquire_slot{"other", false, "demo", 1}).value();
  it.start();
  it.advance(20s);
  it.tell(it.slots, transfer_closed{proving.id, ec::authentication, 1ms, 0s, true, "no"});
  CHECK(logins == 2);
  CHECK(it.engine.open.empty()); // others have half of the limit
  it.advance(9'900ms);
  CHECK(it.ends().empty());
  it.advance(200ms);
  CHECK(it.end().ended == how::released);
}

TEST_CASE("the wait for room counts: patience does not begin anew with a reservation") {
  batch_world it;
  auto hoarder = it.spawn_puppet();
  it.ask_as<bytes_reserved>(hoarder, it.room, reserve_bytes{std::uint64_t{1} << 40U});
  it.take_slots(5);
  it.start();
  it.advance(20s);
  CHECK(it.pool_now().waiting == 0);
  it.crash(hoarder);
  CHECK(it.pool_now().waiting == 1);
  it.advance(9'900ms);
  CHECK(it.ends().empty());
  it.advance(200ms);
  CHECK(it.end().ended == how::released);
}

TEST_CASE("a batch that gets no room in time is released, and its place with it") {
  batch_world it;
  auto hoarder = it.spawn_puppet();
  it.ask_as<bytes_reserved>(hoarder, it.room, reserve_bytes{std::uint64_t{1} << 40U});
  it.start();
  it.advance(29'900ms);
  CHECK(it.ends().empty());
  it.advance(200ms);
  CHECK(it.end().ended == how::released);
  CHECK(contains(it.end().what.message, "room"));
  it.crash(hoarder);
  CHECK(it.engine.seen.empty());
}

TEST_CASE("an answer that takes longer than all patience is taken") {
  batch_world it;
  it.start();
  it.advance(100s);
  CHECK(it.ends().empty());
  it.answer(page_of(ids(1, 3)));
  CHECK(it.end().ended == how::completed);
}

TEST_CASE("a batch that is stopped while it is picked up ends as interrupted") {
  batch_world it;
  it.front->hold<pick_up_batch>();
  it.start();
  it.stop();
  CHECK(it.end().ended == how::interrupted);
  it.front->release<pick_up_batch>();
  CHECK(it.ends().size() == 1);
  CHECK(it.engine.seen.empty());
}

TEST_CASE("a batch that is stopped while it waits for room ends as interrupted") {
  batch_world it;
  auto hoarder = it.spawn_puppet();
  it.ask_as<bytes_reserved>(hoarder, it.room, reserve_bytes{std::uint64_t{1} << 40U});
  it.start();
  it.stop();
  CHECK(it.end().ended == how::interrupted);
  it.crash(hoarder);
  CHECK(it.engine.seen.empty());
}

TEST_CASE("a batch that is stopped while it waits for a slot ends as interrupted and leaves the queue") {
  batch_world it;
  it.take_slots(5);
  it.start();
  CHECK(it.pool_now().waiting == 1);
  it.stop();
  CHECK(it.end().ended == how::interrupted);
  CHECK(it.pool_now().waiting == 0);
}

TEST_CASE("a batch that is stopped in a transfer ends when the transfer has closed") {
  batch_world it;
  it.engine.obeys_cancel = false;
  it.start();
  it.stop();
  it.stop();
  CHECK(it.engine.cancelled.size() == 1);
  CHECK(it.ends().empty());
  it.answer(transport_error(transport_result::cancelled));
  CHECK(it.end().ended == how::interrupted);
}

TEST_CASE("a page that arrives just before a stop is not stored") {
  batch_world it;
  it.engine.obeys_cancel = false;
  it.start();
  it.stop();
  it.answer(page_of(ids(1, 10)));
  CHECK(it.end().ended == how::interrupted);
  CHECK(it.front->count<batch_write>() == 0);
}

TEST_CASE("a batch that is stopped while it is stored ends as the ledger decides") {
  batch_world it;
  it.front->hold<batch_write>();
  it.start();
  it.answer(page_of(ids(1, 10)));
  it.stop();
  CHECK(it.ends().empty());
  it.front->release<batch_write>();
  CHECK(it.end().ended == how::completed);
}

TEST_CASE("records that come after a cancel was committed are not stored, and the batch is interrupted") {
  batch_world it;
  it.front->hold<batch_write>();
  it.start();
  it.answer(page_of(ids(1, 10)));
  it.ask<cancel_receipt>(it.database, begin_cancel{"demo.1", "anna", 5});
  it.front->release<batch_write>();
  CHECK(it.end().ended == how::interrupted);
  CHECK(it.end().what.code == ec::stale);
}

TEST_CASE("a page that cannot be decoded is a failure with its operation id") {
  batch_world it;
  it.start();
  auto broken = answer_of(R"({"items":[{"id":"1")");
  broken.operation_id = "op-7";
  it.answer(broken);
  CHECK(it.end().ended == how::failed);
  CHECK(it.end().what.code == ec::server);
  CHECK(it.end().operation_id == "op-7");
}

TEST_CASE("an unknown column is reported with its name") {
  batch_world it;
  it.start();
  it.answer(answer_of(R"({"title":"Bad Request","status":400,"o:errorDetails":[{"detail":)"
                      R"("Invalid search query. Detailed unprocessed description follows. )"
                      R"(Search error occurred: Field 'email' for record 'customer' was not found.",)"
                      R"("o:errorCode":"INVALID_PARAMETER"}]})",
                      400));
  CHECK(it.end().ended == how::failed);
  CHECK(it.end().what.code == ec::unknown_column);
  CHECK(it.end().what.subject == "email");
}

TEST_CASE("a batch under suspicion notes that its answer is there before it looks at it") {
  batch_world it;
  it.row.deaths = deaths_to_run_alone;
  it.front->hold<note_arrival>();
  it.start();
  it.answer(page_of(ids(1, 7)));
  CHECK(it.front->count<note_arrival>() == 1);
  CHECK(it.front->count<batch_write>() == 0);
  it.front->release<note_arrival>();
  it.settle();
  CHECK(it.front->count<batch_write>() == 1);
  CHECK(it.end().ended == how::completed);
}

TEST_CASE("a batch that is stopped while it notes that ends as interrupted") {
  batch_world it;
  it.row.deaths = deaths_to_run_alone;
  it.front->hold<note_arrival>();
  it.start();
  it.answer(page_of(ids(1, 7)));
  it.stop();
  CHECK(it.end().ended == how::interrupted);
  it.front->release<note_arrival>();
  it.settle();
  CHECK(it.front->count<batch_write>() == 0);
}

TEST_CASE("a lost connection is a failure") {
  batch_world it;
  it.start();
  it.answer(transport_error(transport_result::broken));
  CHECK(it.end().ended == how::failed);
  CHECK(it.end().what.code == ec::transport);
}

TEST_CASE("a probe that finds the account still down costs the batch no attempt") {
  batch_world it{{.limit = 5, .outage_after = 1, .seed = 11}};
  auto other = it.spawn_puppet();
  http_request request;
  request.id = it.ask_as<lease>(other, it.slots, acquire_slot{}).value().id;
  it.ask_as<fetched>(other, it.transfers, fetch{request, it.slots});
  it.answer(transport_error(transport_result::unreachable));
  REQUIRE(it.pool_now().outage);
  // Until a request that is nobody's work has confirmed the outage no other one goes.
  acquire_slot as_probe;
  as_probe.what = slot_purpose::probe;
  request.id = it.ask_as<lease>(other, it.slots, as_probe).value().id;
  it.ask_as<fetched>(other, it.transfers, fetch{request, it.slots});
  it.answer(transport_error(transport_result::unreachable));
  it.start();
  CHECK(it.engine.open.empty());
  it.advance(1s);
  it.answer(transport_error(transport_result::unreachable));
  CHECK(it.end().ended == how::released);
  CHECK(it.end().what.code == ec::transport);
}

TEST_CASE("a batch that the ledger does not let run is interrupted") {
  batch_world it;
  it.ask<picked_up>(it.database, pick_up_batch{"demo.1", 1});
  it.start();
  CHECK(it.end().ended == how::interrupted);
  CHECK(it.end().what.code == ec::stale);
}

TEST_CASE("a database that cannot be written is reported as that") {
  batch_world it;
  it.front->refuse<batch_write>({ec::store_unavailable, "the disk is full"});
  it.start();
  it.answer(page_of(ids(1, 10)));
  CHECK(it.end().ended == how::failed);
  CHECK(it.end().what.code == ec::store_unavailable);
}

TEST_CASE("the room that a batch reserved comes back when it ends") {
  batch_world it;
  it.start();
  it.answer(page_of(ids(1, 10)));
  CHECK(it.ask<bytes_reserved>(it.room, reserve_bytes{std::uint64_t{64} << 20U}).arrived());
}

} // namespace batch_test
