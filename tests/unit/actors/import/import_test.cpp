#include "import/run_world.hpp"

#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>
namespace import_test {

using namespace tidemark;
using namespace std::chrono_literals;

using how = claim_decided::how;

http_response refused_login() {
  return answer_of(
      R"({"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]})", 401);
}

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

TEST_CASE(
    "all but the main type are planned at the start, and wait with their batches for what they depend on") {
  run_world it;
  it.hold_pages({"customer"});
  it.start();
  CHECK(it.claims.size() == 5);
  CHECK(it.open_pages() == std::vector<std::string>{"customer"});
  CHECK(it.ledger().batches.size() == 4);
  CHECK(it.status().records == record_counts{20, 10, 0, false});
  CHECK(it.type_in_ledger("invoice").planned);
  CHECK_FALSE(it.type_in_ledger("payment").planned);
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
  CHECK(it.engine.open.size() == 4); // the plans of all but the main type
  CHECK(it.type_in_ledger("payment").server_time == 1'772'359'200'000);
}

TEST_CASE("an account without the time service tells it by its Date field") {
  run_world it;
  it.account.server_time = answer_of(R"({"title":"not found"})", 404);
  it.account.server_time.server_date = 1'700'000'000'000; // behind this machine's: as early is safe
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
  CHECK(contains(it.end().error, "authentication failed"));
  CHECK(it.state_in_ledger() == import_state::failed);
}

TEST_CASE("credentials that were refused once by mistake go on") {
  run_world it;
  it.start();
  it.answer(refused_login());
  it.open_account();
  it.answer(it.account.server_time);
  it.advance(1s); // the pause after a refusal, as which it counts
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
  run_world it{{.limit = 20, .outage_after = 50, .seed = 11}}; // other imports get answers meanwhile
  it.hold_pages({"customer", "method"});
  it.start();
  // Twice the page, then the search for a column: the first record, the last one, and twice a key alone.
  for (int attempt = 0; attempt < 6; ++attempt) {
    it.advance(9s); // until its failure counts as its own, and the delay after it
    auto open =
        std::ranges::find_if(it.engine.open, [](auto& x) { return table_of_page(x.request) == "customer"; });
    REQUIRE(open != it.engine.open.end());
    it.engine.close(open->request.id, answer_of("oops", 500));
    it.settle();
  }
  it.advance(6s);
  CHECK(it.end().state == import_state::failed);
  CHECK(contains(it.end().error, "record type customer failed"));
  CHECK(it.engine.open.empty());
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

TEST_CASE("in every status the pick-ups add up, whatever ends a type in mid-run") {
  run_world it;
  it.fill("customer", 8000);
  it.hold_pages({"customer"});
  it.start();
  REQUIRE(it.engine.open.size() == 8);
  it.answer(it.account.answer(it.engine.open[0].request));
  SUBCASE("it loses its permission") {
    it.answer(answer_of(
        R"({"o:errorDetails":[{"detail":"You do not have permission","o:errorCode":"INSUFFICIENT_PERMISSION"}]})",
        403));
    CHECK(it.end().state == import_state::completed_with_errors); // others depend on it
    auto types = it.end().types;
    CHECK(std::ranges::find(types, "customer", &type_status::name)->state == type_state::skipped);
  }
  SUBCASE("its import is cancelled") {
    it.cancel();
    CHECK(it.end().state == import_state::cancelled);
  }
  SUBCASE("it loses its planned batches to a failure") {
    // Its first four batches cannot be read whatever is tried: then it is given up as a whole.
    for (int i = 0; i < 400 && it.ends.empty(); ++i) {
      if (it.engine.open.empty())
        it.advance(2s);
      else
        it.answer(answer_of(R"({"o:errorDetails":[{"detail":"Bad.","o:errorCode":"BAD"}]})", 400));
    }
    CHECK(it.end().state != import_state::running);
  }
  CHECK(it.end().pick_ups.picked_up > 8);
  for (auto& event : it.journal.heard<import_event>()) {
    auto& n = event.import.pick_ups;
    CHECK(n.picked_up
          == n.completed + n.failed_attempts + n.split + n.released + n.interrupted
                 + event.import.batches.running);
  }
  auto told = it.end().pick_ups;
  batch_counters kept;
  for (auto& batch : it.ledger().batches) {
    kept.picked_up += batch.counters.picked_up;
    kept.interrupted += batch.counters.interrupted;
    kept.released += batch.counters.released;
  }
  CHECK(kept.picked_up == told.picked_up);
  CHECK(kept.interrupted == told.interrupted);
  CHECK(kept.released == told.released);
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

/// A page of invoices whose customer is a word.
http_response worded_invoices(std::int64_t count) {
  std::string items;
  for (std::int64_t id = 1; id <= count; ++id)
    items +=
        fmt::format(R"({}{{"links":[],"id":"{}","customer":"Retail","item":"7"}})", id > 1 ? "," : "", id);
  return answer_of(fmt::format(R"({{"items":[{}],"hasMore":false,"count":{}}})", items, count));
}

TEST_CASE("a column that holds words where ids are declared is left out, and the records are stored") {
  for (bool legacy : {false, true}) {
    run_world it;
    it.legacy = legacy;
    it.fill("invoice", 30);
    it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
      // Only pages name the column.
      if (!contains(sql, "FROM invoice") || !contains(sql, "customer")) return std::nullopt;
      return worded_invoices(30);
    });
    it.open_account();
    it.start();
    CHECK(it.end().state == import_state::completed);
    CHECK(it.end().records.rejected == 0);
    CHECK(it.end().records.stored == 50);
    CHECK(it.end().pick_ups.failed_attempts == 0);
    REQUIRE(it.ledger().notes.size() == 1);
    auto note = it.ledger().notes[0];
    CHECK(note.code == "column_misfit");
    CHECK(note.record_type == "invoice");
    CHECK(note.subject == "customer");
    CHECK(contains(note.text, "30 of 30 values"));
    CHECK(contains(note.text, R"("Retail")"));
    CHECK(contains(note.text, R"("type": "text")"));
  }
}

TEST_CASE("single values that do not fit are kept aside and their records stored, whichever the path") {
  for (bool legacy : {false, true}) {
    run_world it;
    it.legacy = legacy;
    it.account.obstacles.push_back([](const std::string& sql) -> std::optional<http_response> {
      if (!contains(sql, "FROM invoice") || !contains(sql, "customer")) return std::nullopt;
      return worded_invoices(5);
    });
    it.open_account();
    it.start();
    CHECK(it.end().state == import_state::completed_with_errors);
    CHECK(it.end().records.rejected == 0);
    REQUIRE(it.ledger().notes.size() == 1);
    CHECK(it.ledger().notes[0].code == "value_kept_aside");
    CHECK(contains(it.ledger().notes[0].text, "5 of customer"));
  }
}

} // namespace import_test
