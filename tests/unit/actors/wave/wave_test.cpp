#include "actors/wave/wave.hpp"

#include <algorithm>
#include <map>

#include <doctest/doctest.h>

#include "import/import_world.hpp"
namespace wave_test {

using namespace tidemark;
using namespace std::chrono_literals;

struct wave_world : import_world {
  explicit wave_world(std::int64_t customers = 2500,
                      const slot_policy_options& policy = {.limit = 5, .seed = 11})
      : import_world(policy) {
    fill("customer", customers);
    create("invoice", import_state::running);
  }

  void start(planning_mode planning = planning_mode::automatic, std::uint32_t slot_count = 5) {
    wave_settings made_of{"demo.1",        0,       types,      services(),
                          front->handle(), room,    slot_count, {.max_attempts = 3},
                          {5s, 10s, 15s},  planning};
    actor = spawn(wave, std::move(made_of), import.handle());
  }

  void begin(const std::string& type, std::uint64_t first_number = 1, std::uint32_t remaining_path = 1) {
    begin_type message;
    message.row.name = type;
    message.first_number = first_number;
    message.remaining_path = remaining_path;
    tell(actor, message);
  }

  type_row last_type(const std::string& name) {
    auto& heard = import.heard<type_changed>();
    auto found = std::find_if(heard.rbegin(), heard.rend(), [&](auto& x) { return x.row.name == name; });
    REQUIRE(found != heard.rend());
    return found->row;
  }

  std::vector<import_note> notes(const std::string& code) {
    std::vector<import_note> found;
    for (auto& added : import.heard<note_added>())
      if (added.note.code == code) found.push_back(added.note);
    return found;
  }

  std::size_t running() {
    auto children = ask<child_list>(actor, list_children{}).value().children;
    return static_cast<std::size_t>(
        std::ranges::count_if(children, [](auto& x) { return x.name.starts_with("batch"); }));
  }

  std::size_t stopped() { return import.heard<branch_stopped>().size(); }

  std::vector<solitude::step> solitude_steps() {
    std::vector<solitude::step> steps;
    for (auto& step : import.heard<solitude>()) steps.push_back(step.what);
    return steps;
  }

  void order(solitude_order::step what) { tell(actor, solitude_order{what}); }

  wave_actor actor;
  listener<import_actor, batches_planned, batch_changed, type_changed, note_added, import_blocked,
           branch_stopped, solitude>
      import{*this};
};

http_response unknown_email() {
  return answer_of(
      R"({"o:errorDetails":[{"detail":"Search error occurred: Field 'email' for record 'customer' )"
      R"(was not found.","o:errorCode":"INVALID_PARAMETER"}]})",
      400);
}

TEST_CASE("a wave plans a type, runs its batches and tells its end") {
  wave_world it;
  it.open_account();
  it.start();
  it.begin("customer");
  auto type = it.last_type("customer");
  CHECK(type.state == type_state::completed);
  CHECK(type.started_at > 0);
  CHECK(type.finished_at > 0);
  auto ledger = it.ledger();
  REQUIRE(ledger.batches.size() == 3);
  for (auto& batch : ledger.batches) CHECK(batch.state == batch_state::completed);
  REQUIRE(ledger.types.size() == 1);
  CHECK(ledger.types[0].state == type_state::completed);
  CHECK(it.import.heard<import_blocked>().empty());
}

TEST_CASE("the plan is in the ledger before the first batch is fetched") {
  wave_world it;
  it.hold_pages();
  it.front->hold<add_batches>();
  it.start();
  it.begin("customer");
  CHECK(it.engine.open.empty());
  CHECK(it.front->count<add_batches>() == 1);
  it.front->release<add_batches>();
  CHECK(it.engine.open.size() == 3);
  CHECK(it.ledger().batches.size() == 3);
}

TEST_CASE("a type that waits for others is planned, and runs when it is told to") {
  wave_world it{10};
  it.hold_pages();
  it.start();
  begin_type held;
  held.row.name = "customer";
  held.first_number = 1;
  held.hold = true;
  it.tell(it.actor, held);
  CHECK(it.ledger().batches.size() == 1);
  CHECK(it.last_type("customer").state == type_state::waiting);
  CHECK(it.engine.open.empty());
  it.tell(it.actor, run_type{"customer"});
  CHECK(it.last_type("customer").state == type_state::running);
  CHECK(it.engine.open.size() == 1);
  it.answer_all();
  CHECK(it.last_type("customer").state == type_state::completed);
}

TEST_CASE("a type does not end while the last part of its plan is on its way to the ledger") {
  wave_world it{1500};
  it.open_account();
  it.start(planning_mode::walk);
  std::size_t parts = 0;
  it.front->watch([&](std::type_index what) {
    // The count comes first, then one range at a time: the third part is the last.
    if (what == typeid(add_batches) && ++parts == 3) it.front->hold<add_batches>();
  });
  it.begin("customer");
  CHECK(it.ledger().batches.size() == 1);
  CHECK(it.last_type("customer").state == type_state::running);
  it.front->release<add_batches>();
  CHECK(it.ledger().batches.size() == 2);
  CHECK(it.last_type("customer").state == type_state::completed);
}

TEST_CASE("no more batches run at once than twice the account's slots") {
  wave_world it{8000, {.limit = 2, .seed = 11}};
  it.hold_pages();
  it.start(planning_mode::automatic, 2);
  it.begin("customer");
  CHECK(it.running() == 4);
  it.answer(it.account.answer(it.engine.open[0].request));
  CHECK(it.running() == 4);
  it.answer_all();
  CHECK(it.last_type("customer").state == type_state::completed);
}

TEST_CASE("a wave follows the account's limit, up and down, as its leases tell it") {
  wave_world it{40'000, {.limit = 2, .seed = 11}};
  auto answer_some = [&](std::size_t count) {
    for (; count > 0; --count) it.answer(it.account.answer(it.engine.open[0].request));
  };
  it.hold_pages();
  it.start(planning_mode::automatic, 2);
  it.begin("customer");
  CHECK(it.running() == 4);
  it.ask<pool_status>(it.slots, set_limit{8, limit_source::command, {}});
  CHECK(it.engine.open.size() == 4);
  answer_some(3); // the third was granted under the new limit
  CHECK(it.running() == 16);
  CHECK(it.engine.open.size() == 8);
  it.ask<pool_status>(it.slots, set_limit{1, limit_source::command, {}});
  answer_some(8 + 14); // the eight that were open, and all but the last of those that wait
  CHECK(it.running() == 2);
  CHECK(it.engine.open.size() == 1);
}

TEST_CASE("a limit that is less a reserve is what counts") {
  wave_world it{20'000, {.limit = 5, .reserve = 2, .seed = 11}};
  it.hold_pages();
  it.start();
  it.begin("customer");
  for (int i = 0; i < 5; ++i) it.answer(it.account.answer(it.engine.open[0].request));
  CHECK(it.running() == 6);
}

TEST_CASE("the type with the longest remaining path goes first") {
  wave_world it{3000, {.limit = 1, .seed = 11}};
  it.fill("item", 3000);
  it.hold_pages();
  it.front->hold<add_batches>();
  it.start(planning_mode::automatic, 1);
  it.begin("customer", 1, 1);
  it.begin("item", 1001, 2);
  it.front->release<add_batches>();
  it.answer(it.account.answer(it.engine.open[0].request));
  it.answer(it.account.answer(it.engine.open[0].request));
  std::vector<std::string> tables;
  for (auto& open : it.engine.open)
    tables.push_back(contains(sql_of(open.request), "FROM item") ? "item" : "customer");
  CHECK(tables.front() == "item");
}

TEST_CASE("a batch whose actor dies is a failed attempt and is tried again") {
  wave_world it{10};
  it.hold_pages();
  it.start();
  it.begin("customer");
  REQUIRE(it.engine.open.size() == 1);
  it.crash(it.fetchers.back());
  CHECK(it.engine.cancelled.size() == 1);
  auto row = it.in_ledger(1);
  CHECK(row.state == batch_state::pending);
  CHECK(row.counters.failed_attempts == 1);
  CHECK(row.error_code == "internal");
  it.advance(2s);
  REQUIRE(it.engine.open.size() == 1);
  it.answer_all();
  CHECK(it.last_type("customer").state == type_state::completed);
  CHECK(it.in_ledger(1).counters.picked_up == 2);
}

TEST_CASE("a batch that died after its records were stored is completed") {
  wave_world it{10};
  it.open_account();
  it.front->watch([&](std::type_index what) {
    if (what == typeid(batch_write)) caf::anon_send_exit(it.fetchers.back(), caf::exit_reason::unreachable);
  });
  it.start();
  it.begin("customer");
  auto row = it.in_ledger(1);
  CHECK(row.state == batch_state::completed);
  CHECK(row.counters.failed_attempts == 0);
  CHECK(it.last_type("customer").state == type_state::completed);
  CHECK(it.front->count<pick_up_batch>() == 1);
  CHECK(it.front->count<load_import>() == 1);
}

TEST_CASE("a planner that dies goes on where its last range ended") {
  wave_world it{4500};
  it.start(planning_mode::walk);
  it.begin("customer");
  for (int i = 0; i < 3; ++i) {
    auto walking = std::ranges::find_if(it.engine.open, [](auto& x) {
      return contains(sql_of(x.request), "AS boundary") || contains(sql_of(x.request), "COUNT(*)");
    });
    REQUIRE(walking != it.engine.open.end());
    auto id = walking->request.id;
    it.engine.close(id, it.account.answer(walking->request));
    it.settle();
  }
  auto planned = it.ledger().batches.size();
  CHECK(planned == 2);
  auto walking = std::ranges::find_if(it.engine.seen.rbegin(), it.engine.seen.rend(),
                                      [](auto& x) { return contains(sql_of(x), "AS boundary"); });
  auto index = static_cast<std::size_t>(it.engine.seen.rend() - walking) - 1;
  it.crash(it.fetchers[index]);
  it.advance(2s);
  it.answer_all();
  auto ledger = it.ledger();
  std::ranges::sort(ledger.batches, {}, [](auto& x) { return x.range.up_to; });
  std::optional<std::int64_t> after;
  for (auto& batch : ledger.batches) {
    CHECK(batch.range.after == after);
    CHECK(batch.state == batch_state::completed);
    after = batch.range.up_to;
  }
  CHECK(after == 4500);
  CHECK(it.last_type("customer").state == type_state::completed);
}

TEST_CASE("a failed attempt is repeated after its delay, by the clock") {
  wave_world it{10};
  it.hold_pages();
  it.start();
  it.begin("customer");
  it.answer(answer_of("oops", 500));
  CHECK(it.engine.open.empty());
  it.advance(450ms);
  CHECK(it.engine.open.empty());
  it.advance(600ms);
  CHECK(it.engine.open.size() == 1);
  it.answer_all();
  auto row = it.in_ledger(1);
  CHECK(row.state == batch_state::completed);
  CHECK(row.counters.failed_attempts == 1);
}

TEST_CASE("a type of whose table not even a key can be had has failed") {
  wave_world it{10, {.limit = 5, .outage_after = 50, .seed = 11}}; // other imports get answers meanwhile
  it.hold_pages();
  it.start();
  it.begin("customer");
  // Twice the page, then the first record, the last one, and twice a key alone.
  for (int i = 0; i < 6; ++i) {
    REQUIRE(it.engine.open.size() == 1);
    it.answer(answer_of("oops", 500));
    it.advance(9s);
  }
  CHECK(it.engine.open.empty());
  CHECK(it.last_type("customer").state == type_state::failed);
  CHECK(contains(it.last_type("customer").error, "500"));
  CHECK(it.in_ledger(1).state == batch_state::failed);
}

TEST_CASE("a column that the account lacks is told once, and later batches go without it") {
  wave_world it{3000};
  it.hold_pages();
  it.start();
  it.begin("customer");
  REQUIRE(it.engine.open.size() == 3);
  it.answer(unknown_email());
  CHECK(it.notes("column_dropped").size() == 1);
  CHECK(it.notes("column_dropped")[0].subject == "email");
  CHECK_FALSE(contains(sql_of(it.engine.open.back().request), "email"));
  it.answer_all();
  CHECK(it.last_type("customer").state == type_state::completed);
  CHECK(it.in_ledger(1).counters.failed_attempts == 0);
}

TEST_CASE("a type without a table is skipped") {
  wave_world it;
  it.account.obstacles.push_back([](const std::string&) {
    return std::optional{answer_of(
        R"({"o:errorDetails":[{"detail":"Record 'customer' was not found.","o:errorCode":"X"}]})", 400)};
  });
  it.open_account();
  it.start();
  it.begin("customer");
  CHECK(it.last_type("customer").state == type_state::skipped);
  CHECK(it.notes("type_skipped").size() == 1);
  CHECK(it.ledger().types[0].state == type_state::skipped);
}

TEST_CASE("a type whose table becomes invisible in between is skipped, and its batches end") {
  wave_world it{3000};
  it.hold_pages();
  it.start();
  it.begin("customer");
  it.answer(answer_of(
      R"({"o:errorDetails":[{"detail":"You do not have permission","o:errorCode":"INSUFFICIENT_PERMISSION"}]})",
      403));
  CHECK(it.last_type("customer").state == type_state::skipped);
  CHECK(it.engine.open.empty());
  it.advance(60s);
  CHECK(it.engine.open.empty());
}

http_response no_permission() {
  return answer_of(
      R"({"o:errorDetails":[{"detail":"You do not have permission","o:errorCode":"INSUFFICIENT_PERMISSION"}]})",
      403);
}

/// What was told last of each batch.
std::map<std::uint64_t, batch_row> last_told(wave_world& it) {
  std::map<std::uint64_t, batch_row> rows;
  for (auto& told : it.import.heard<batch_changed>()) rows[told.row.number] = told.row;
  return rows;
}

TEST_CASE("a type ends after the ends of its batches, and each pick-up is told how it ended") {
  wave_world it{3000};
  it.hold_pages();
  it.engine.obeys_cancel = false;
  it.start();
  it.begin("customer");
  REQUIRE(it.engine.open.size() == 3);
  it.answer(no_permission());
  CHECK(it.engine.cancelled.size() == 2);
  CHECK(it.last_type("customer").state == type_state::running);
  CHECK(it.ledger().types[0].state == type_state::running);
  it.answer(transport_error(transport_result::cancelled));
  CHECK(it.last_type("customer").state == type_state::running);
  SUBCASE("when the last has ended") {}
  SUBCASE("when the last has ended, although another verdict came in between") {
    it.answer(no_permission());
    CHECK(it.notes("type_skipped").size() == 1);
  }
  SUBCASE("when the last has ended, although the wave is being stopped") {
    it.tell(it.actor, stop_branch{});
    CHECK(it.stopped() == 0);
  }
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.settle();
  CHECK(it.last_type("customer").state == type_state::skipped);
  CHECK(it.ledger().types[0].state == type_state::skipped);
  auto told = last_told(it);
  CHECK(told.size() == 3);
  for (auto& [number, row] : told) {
    CHECK(row.state == batch_state::pending);
    CHECK(row.counters.picked_up == 1);
    CHECK(conserved(row));
    CHECK(it.in_ledger(number).counters == row.counters);
    CHECK(it.in_ledger(number).state == batch_state::cancelled);
  }
}

TEST_CASE("a type that is ending begins nothing more, and what it still plans is told before its end") {
  wave_world it{1500};
  it.start(planning_mode::walk);
  it.front->hold<add_batches>();
  it.begin("customer");
  // The count comes first, then one range at a time.
  while (it.front->count<add_batches>() < 2) it.answer(it.account.answer(it.engine.open.at(0).request));
  // The planner goes on to a range that the role may not read any more.
  REQUIRE(it.engine.open.size() == 1);
  it.answer(no_permission());
  CHECK(it.last_type("customer").state != type_state::skipped);
  it.front->release<add_batches>();
  CHECK(it.last_type("customer").state == type_state::skipped);
  CHECK(it.import.heard<batches_planned>().size() == 2);
  CHECK(it.import.heard<batch_changed>().empty());
  CHECK(it.in_ledger(1).state == batch_state::cancelled);
}

TEST_CASE("a record type that the criteria do not describe has failed") {
  wave_world it;
  it.start();
  it.begin("nothing");
  CHECK(it.last_type("nothing").state == type_state::failed);
  CHECK(contains(it.last_type("nothing").error, "do not describe"));
}

TEST_CASE("a table that the database refuses fails its type, and does not block the import") {
  wave_world it;
  it.front->refuse<prepare_table>({ec::bad_config, "the table customer is not tidemark's"});
  it.start();
  it.begin("customer");
  CHECK(it.last_type("customer").state == type_state::failed);
  CHECK(contains(it.last_type("customer").error, "not tidemark's"));
  CHECK(it.import.heard<import_blocked>().empty());
}

TEST_CASE("a stopped wave says so only after every child has ended") {
  wave_world it{3000};
  it.hold_pages();
  it.engine.obeys_cancel = false;
  it.start();
  it.begin("customer");
  REQUIRE(it.engine.open.size() == 3);
  it.tell(it.actor, stop_branch{});
  CHECK(it.engine.cancelled.size() == 3);
  CHECK(it.stopped() == 0);
  it.answer(transport_error(transport_result::cancelled));
  it.answer(transport_error(transport_result::cancelled));
  CHECK(it.stopped() == 0);
  it.answer(transport_error(transport_result::cancelled));
  CHECK(it.stopped() == 1);
  for (auto& batch : it.ledger().batches) {
    CHECK(batch.state == batch_state::pending);
    CHECK(batch.counters.interrupted == 1);
  }
}

TEST_CASE("a wave without children is stopped at once") {
  wave_world it;
  it.start();
  it.tell(it.actor, stop_branch{});
  CHECK(it.stopped() == 1);
}

TEST_CASE("a database that cannot be written blocks the import, told once") {
  wave_world it{8000};
  it.hold_pages();
  it.front->refuse<batch_write>({ec::store_unavailable, "the disk is full"});
  it.start(planning_mode::automatic, 3);
  it.begin("customer");
  it.answer_all();
  REQUIRE(it.import.heard<import_blocked>().size() == 1);
  CHECK(it.import.heard<import_blocked>()[0].what.code == ec::store_unavailable);
  CHECK(it.engine.open.empty());
  for (auto& batch : it.ledger().batches) CHECK(batch.counters.failed_attempts == 0);
}

TEST_CASE("credentials that are refused again after being signed anew block the import") {
  wave_world it{10};
  it.hold_pages();
  it.start();
  it.begin("customer");
  auto refused = answer_of(
      R"({"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]})", 401);
  it.answer(refused);
  CHECK(it.import.heard<import_blocked>().empty());
  it.answer(refused);
  REQUIRE(it.import.heard<import_blocked>().size() == 1);
  CHECK(it.import.heard<import_blocked>()[0].what.code == ec::authentication);
}

TEST_CASE("a wave goes on with what the ledger holds of a type") {
  wave_world it{2500};
  it.hold_pages();
  it.start();
  it.begin("customer");
  it.answer(it.account.answer(it.engine.open[0].request));
  it.engine.close_all(answer_of("oops", 500));
  it.settle();
  it.crash(it.actor);

  auto ledger = it.ledger();
  it.engine.seen.clear();
  it.start();
  begin_type again;
  again.row = ledger.types[0];
  again.batches = ledger.batches;
  again.first_number = 1;
  it.tell(it.actor, again);
  CHECK(it.engine.seen.size() == 2);
  it.answer_all();
  CHECK(it.last_type("customer").state == type_state::completed);
  CHECK(it.ledger().batches.size() == 3);
}

TEST_CASE("a wave that is told to hold begins nothing and says when nothing runs any more") {
  wave_world it{8000, {.limit = 2, .seed = 11}};
  it.hold_pages();
  it.start(planning_mode::automatic, 2);
  it.begin("customer");
  it.order(solitude_order::step::hold);
  CHECK(it.solitude_steps().empty());
  it.answer_all();
  CHECK(it.engine.open.empty());
  CHECK(it.solitude_steps() == std::vector{solitude::step::quiet});
  it.order(solitude_order::step::resume);
  CHECK(it.engine.open.size() == 2);
  CHECK(it.solitude_steps().size() == 1);
}

TEST_CASE("a hold that was lifted before the wave was quiet is answered too, once") {
  wave_world it{3000};
  it.hold_pages();
  it.start();
  it.begin("customer");
  it.order(solitude_order::step::hold);
  it.order(solitude_order::step::resume);
  CHECK(it.solitude_steps() == std::vector{solitude::step::quiet});
  it.answer_all();
  CHECK(it.solitude_steps().size() == 1);
}

TEST_CASE("a batch that was running at three deaths waits for its turn and runs alone") {
  wave_world it{2500};
  it.hold_pages();
  it.start();
  it.begin("customer");
  it.tell(it.actor, stop_branch{});
  it.engine.close_all(transport_error(transport_result::cancelled));
  it.settle();

  auto ledger = it.ledger();
  REQUIRE(ledger.batches.size() == 3);
  it.engine.seen.clear();
  it.start();
  begin_type again;
  again.row = ledger.types[0];
  again.batches = ledger.batches;
  again.batches[1].deaths = 3;
  it.tell(it.actor, again);
  CHECK(it.engine.open.size() == 2);
  CHECK(it.solitude_steps() == std::vector{solitude::step::wanted});
  it.order(solitude_order::step::hold);
  it.answer_all();
  CHECK(it.solitude_steps().back() == solitude::step::quiet);
  it.order(solitude_order::step::alone);
  CHECK(it.engine.open.size() == 1);
  CHECK(it.solitude_steps().back() == solitude::step::quiet);
  it.answer_all();
  CHECK(it.solitude_steps().back() == solitude::step::over);
  it.order(solitude_order::step::resume);
  CHECK(it.last_type("customer").state == type_state::completed);
}

} // namespace wave_test
