#include "actors/import.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "import_world.hpp"

using namespace tidemark;
using namespace std::chrono_literals;

using how = claim_decided::how;

namespace {

/// An import of payments with everything that they need, for a tenant that grants every claim.
struct run_world : import_world {
  explicit run_world(const slot_policy_options& options = {.limit = 20, .seed = 11}) : import_world(options) {
    for (auto name : {"customer", "item", "method", "invoice", "payment"}) fill(name, 5);
    tenant = spawn([this](caf::event_based_actor* self) {
      return caf::behavior{
          [this, self](const claim_type& claim) {
            claims.push_back(claim.record_type);
            if (!grants) return;
            send(self, caf::actor_cast<import_actor>(self->current_sender()),
                 claim_decided{how::granted, claim.record_type, {}, {}});
          },
          [this](const type_ended& x) { ended_types.push_back(x.row); },
          [this](const import_ended& x) { ends.push_back(x.status); },
      };
    });
  }

  void start(import_state state = import_state::queued) {
    if (!created) row = create("payment", state);
    created = true;
    go_on();
  }

  /// Starts an actor for what the ledger holds.
  void go_on() {
    import_settings with{types,
                         services(),
                         front->handle(),
                         room,
                         journal.handle(),
                         20,
                         {.max_attempts = 2},
                         {5s, 10s, 15s},
                         planning_mode::automatic};
    actor = spawn(import, row, std::move(with), caf::actor_cast<tenant_actor>(tenant));
  }

  reply<cancel_receipt> cancel(const std::string& who = "anna") {
    return ask<cancel_receipt>(actor, cancel_import{"demo.1", who});
  }

  reply<done> pause(bool node_stops = false) { return ask<done>(actor, pause_import{"because", node_stops}); }

  import_status status() { return ask<import_status>(actor, query_status{}).value(); }

  const import_status& end() {
    REQUIRE(ends.size() == 1);
    return ends.front();
  }

  import_state state_in_ledger() { return ledger().import.state; }

  type_row type_in_ledger(const std::string& name) {
    auto snapshot = ledger();
    auto found = std::ranges::find(snapshot.types, name, &type_row::name);
    REQUIRE(found != snapshot.types.end());
    return *found;
  }

  caf::actor tenant;
  bool grants = true;
  bool created = false;
  import_row row;
  import_actor actor;
  std::vector<std::string> claims;
  std::vector<type_row> ended_types;
  std::vector<import_status> ends;
  listener<journal_actor, import_event> journal{*this};
};

http_response refused_login() {
  return answer_of(
      R"({"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]})", 401);
}

} // namespace

TEST_CASE("an import brings its types in, dependencies first, and ends as completed") {
  run_world it;
  it.open_account();
  it.start();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.end().progress == 10'000);
  CHECK(it.end().records == record_counts{25, 25, 0, false});
  auto ledger = it.ledger();
  CHECK(ledger.import.state == import_state::completed);
  CHECK(ledger.import.started_at > 0);
  CHECK(ledger.import.finished_at > 0);
  REQUIRE(ledger.types.size() == 5);
  for (auto& type : ledger.types) CHECK(type.state == type_state::completed);
  REQUIRE(it.ended_types.size() == 5);
  CHECK(it.ended_types.back().name == "payment");
  auto position = [&](std::string_view name) {
    return std::ranges::find(it.ended_types, name, &type_row::name) - it.ended_types.begin();
  };
  CHECK(position("customer") < position("invoice"));
  CHECK(position("item") < position("invoice"));
}

TEST_CASE("a type begins when its own dependencies have completed, whatever else is running") {
  run_world it;
  it.hold_pages({"method", "invoice"});
  it.start();
  CHECK(it.open_pages() == std::vector<std::string>{"method", "invoice"});
}

TEST_CASE("every type is planned at the start, and waits with its batches for what it depends on") {
  run_world it;
  it.hold_pages({"customer"});
  it.start();
  CHECK(it.claims.size() == 5);
  CHECK(it.open_pages() == std::vector<std::string>{"customer"});
  CHECK(it.ledger().batches.size() == 5);
  CHECK(it.status().records == record_counts{25, 10, 0, false});
  CHECK(it.type_in_ledger("invoice").planned);
  it.open_account();
  it.answer_all();
  CHECK(it.end().state == import_state::completed);
}

TEST_CASE("the numbers of batches are unique in the import") {
  run_world it;
  it.open_account();
  it.start();
  std::set<std::uint64_t> numbers;
  for (auto& batch : it.ledger().batches) CHECK(numbers.insert(batch.number).second);
  CHECK(numbers.size() == 5);
}

TEST_CASE("the first request goes alone and asks for the server's time") {
  run_world it;
  it.start();
  REQUIRE(it.engine.open.size() == 1);
  CHECK(contains(it.engine.open[0].request.url, "serverTime"));
  it.answer(it.account.server_time);
  CHECK(it.engine.open.size() == 5);
  CHECK(it.type_in_ledger("payment").server_time == 1'772'359'200'000);
}

TEST_CASE("an account without the time service tells it by its Date field") {
  run_world it;
  it.account.server_time = answer_of(R"({"title":"not found"})", 404);
  it.account.server_time.server_date = 1'700'000'000'000;
  it.open_account();
  it.start();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.type_in_ledger("customer").server_time == 1'700'000'000'000);
}

TEST_CASE("refused credentials fail an import after two requests") {
  run_world it;
  it.start();
  it.answer(refused_login());
  REQUIRE(it.engine.open.size() == 1);
  it.answer(refused_login());
  CHECK(it.engine.seen.size() == 2);
  CHECK(it.end().state == import_state::failed);
  CHECK(contains(it.end().error, "nvalid login"));
  CHECK(it.state_in_ledger() == import_state::failed);
}

TEST_CASE("credentials that were refused once by mistake go on") {
  run_world it;
  it.start();
  it.answer(refused_login());
  it.open_account();
  it.answer(it.account.server_time);
  CHECK(it.end().state == import_state::completed);
}

TEST_CASE("an import that begins in an outage waits for its end") {
  run_world it;
  it.start();
  for (int i = 0; i < 12; ++i) {
    while (it.engine.open.empty()) it.advance(1s);
    it.answer(transport_error(transport_result::unreachable));
    CHECK(it.ends.empty());
  }
  CHECK(it.pool_now().outage);
  it.open_account();
  it.advance(20s);
  CHECK(it.end().state == import_state::completed);
}

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
  CHECK(receipt.value().batches_never_started == 1);
  CHECK(it.end().batches.cancelled == 3);
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
  auto paused = it.pause();
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
  CHECK(it.pause().arrived());
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

TEST_CASE("an import of a node that stops keeps its state, so that it goes on by itself") {
  run_world it;
  it.hold_pages();
  it.start();
  CHECK(it.pause(true).arrived());
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

TEST_CASE("a type that another import runs is waited for and taken as its own") {
  run_world it;
  it.grants = false;
  it.open_account();
  it.start();
  for (auto type : {"item", "method", "invoice", "payment"})
    it.tell(it.actor, claim_decided{how::granted, type, {}, {}});
  it.tell(it.actor, claim_decided{how::waiting, "customer", "demo.0", {}});
  auto types = it.status().types;
  CHECK(std::ranges::find(types, "customer", &type_status::name)->taken_from == "demo.0");
  CHECK(std::ranges::find(types, "invoice", &type_status::name)->batches.completed == 0);
  type_row theirs;
  theirs.name = "customer";
  theirs.state = type_state::completed;
  it.tell(it.actor, claim_decided{how::taken, "customer", "demo.0", theirs});
  CHECK(it.type_in_ledger("customer").taken_from == "demo.0");
  CHECK(it.type_in_ledger("customer").state == type_state::completed);
  for (auto& sql : it.account.queries) CHECK_FALSE(contains(sql, "FROM customer"));
  CHECK(it.end().state == import_state::completed);
}

TEST_CASE("a type that fails fails the import, and what still runs is stopped") {
  run_world it;
  it.hold_pages({"customer", "method"});
  it.start();
  for (int attempt = 0; attempt < 2; ++attempt) {
    it.advance(3s);
    auto open =
        std::ranges::find_if(it.engine.open, [](auto& x) { return table_of_page(x.request) == "customer"; });
    REQUIRE(open != it.engine.open.end());
    it.engine.close(open->request.id, answer_of("oops", 500));
    it.settle();
  }
  CHECK(it.end().state == import_state::failed);
  CHECK(contains(it.end().error, "record type customer failed"));
  CHECK(it.engine.open.empty());
}

TEST_CASE("an import that died between a type's failure and its own fails when it goes on") {
  run_world it;
  it.hold_pages({"customer"});
  it.start();
  it.front->hold<save_import_state>();
  it.answer(answer_of(R"({"o:errorDetails":[{"detail":"no","o:errorCode":"X"}]})", 400));
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

TEST_CASE("what an account lacks is noted once") {
  run_world it;
  it.fill("customer", 3000);
  it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
    if (!contains(sql, "t.email")) return std::nullopt;
    return answer_of(
        R"({"o:errorDetails":[{"detail":"Field 'email' for record 'customer' was not found.","o:errorCode":"X"}]})",
        400);
  });
  it.open_account();
  it.start();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.end().notes.size() == 1);
  CHECK(it.ledger().notes.size() == 1);
}

TEST_CASE("the journal hears of each state, and progress never goes back") {
  run_world it;
  it.open_account();
  it.start();
  auto& events = it.journal.heard<import_event>();
  std::vector<import_state> states;
  std::uint32_t progress = 0;
  for (auto& event : events) {
    if (event.kind == "import_state" && (states.empty() || states.back() != event.import.state))
      states.push_back(event.import.state);
    CHECK(event.import.progress >= progress);
    progress = event.import.progress;
  }
  CHECK(states
        == std::vector{import_state::queued, import_state::planning, import_state::running,
                       import_state::completed});
  CHECK(progress == 10'000);
}

TEST_CASE("an account without any records is imported") {
  run_world it;
  it.account.tables.clear();
  it.open_account();
  it.start();
  CHECK(it.end().state == import_state::completed);
  CHECK(it.end().batches.planned == 0);
}
