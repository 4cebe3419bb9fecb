#include "actors/pool/pool.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"
namespace pool_test {

using namespace tidemark;
using namespace std::chrono_literals;

struct pool_world : driven_system {
  explicit pool_world(const slot_policy_options& options) {
    transfers = spawn(http, engine.transport());
    slots = spawn(pool, "DEMO", options, transfers);
  }
  explicit pool_world(std::uint32_t limit = 2) : pool_world(slot_policy_options{.limit = limit, .seed = 3}) {}

  reply<lease> acquire(const caf::actor& who, bool retry = false) {
    return ask_as<lease>(who, slots, acquire_slot{"demo.1", retry});
  }

  void open(const caf::actor& who, const reply<lease>& granted) {
    http_request request;
    request.id = granted.value().id;
    ask_as<fetched>(who, transfers, fetch{request, slots});
  }

  void close(const reply<lease>& granted, const http_response& response) {
    engine.close(granted.value().id, response);
    settle();
  }

  pool_status status() { return ask<pool_status>(slots, query_pool{}).value(); }

  fake_engine engine;
  http_actor transfers;
  pool_actor slots;
};

using watcher =
    listener<account_watcher, account_unavailable, account_available, account_suspect, login_refused>;

TEST_CASE("the pool grants up to its limit and the next one when a transfer closes") {
  pool_world it;
  auto someone = it.spawn_puppet();
  auto first = it.acquire(someone);
  auto second = it.acquire(someone);
  auto third = it.acquire(someone);
  REQUIRE(first.arrived());
  REQUIRE(second.arrived());
  CHECK_FALSE(third.arrived());
  CHECK(it.status().waiting == 1);
  it.open(someone, first);
  it.close(first, answer_of("{}"));
  REQUIRE(third.arrived());
  CHECK(third.value().id != first.value().id);
  CHECK(it.status().in_use == 2);
  CHECK(it.status().granted == 3);
}

TEST_CASE("a requester that ends before its grant is forgotten") {
  pool_world it{1};
  auto holder = it.spawn_puppet();
  auto leaver = it.spawn_puppet();
  auto patient = it.spawn_puppet();
  auto held = it.acquire(holder);
  auto left = it.acquire(leaver);
  auto waited = it.acquire(patient);
  it.crash(leaver);
  CHECK(it.status().waiting == 1);
  it.open(holder, held);
  it.close(held, answer_of("{}"));
  CHECK_FALSE(left.arrived());
  CHECK(waited.arrived());
}

TEST_CASE("when a holder ends, its transfer is cancelled and the slot comes back only with its end") {
  pool_world it{1};
  it.engine.obeys_cancel = false;
  auto holder = it.spawn_puppet();
  auto patient = it.spawn_puppet();
  auto held = it.acquire(holder);
  it.open(holder, held);
  auto waited = it.acquire(patient);
  it.crash(holder);
  CHECK(it.engine.cancelled == std::vector{held.value().id});
  CHECK_FALSE(waited.arrived());
  CHECK(it.status().in_use == 1);
  it.close(held, transport_error(transport_result::cancelled));
  CHECK(it.status().lingering == 1);
  CHECK_FALSE(waited.arrived());
  it.advance(900ms);
  CHECK_FALSE(waited.arrived());
  it.advance(200ms);
  CHECK(waited.arrived());
}

TEST_CASE("a lease whose holder ends before it opened a transfer is free at once") {
  pool_world it{1};
  auto holder = it.spawn_puppet();
  auto patient = it.spawn_puppet();
  it.acquire(holder);
  auto waited = it.acquire(patient);
  it.crash(holder);
  CHECK(waited.arrived());
  CHECK(it.engine.seen.empty());
}

TEST_CASE("a slot that has lingered long enough is free although nobody waits for one") {
  pool_world it{1};
  auto holder = it.spawn_puppet();
  auto held = it.acquire(holder);
  it.open(holder, held);
  it.crash(holder);
  CHECK(it.status().lingering == 1);
  it.advance(1100ms);
  CHECK(it.status().lingering == 0);
  CHECK(it.status().in_use == 0);
}

TEST_CASE("a requester that is gone already when it is heard takes no slot with it") {
  pool_world it{1};
  auto ghost = it.spawn_puppet();
  it.let(ghost, [&](caf::event_based_actor* self) {
    request(self, it.slots, caf::infinite, acquire_slot{}).then([](const lease&) {});
    self->quit();
  });
  auto next = it.acquire(it.spawn_puppet());
  CHECK(next.arrived());
}

TEST_CASE("after a refusal grants wait for the clock, and the refused one goes first") {
  pool_world it{1};
  auto refused = it.spawn_puppet();
  auto patient = it.spawn_puppet();
  auto held = it.acquire(refused);
  it.open(refused, held);
  auto waited = it.acquire(patient);
  it.close(held, refusal());
  auto again = it.acquire(refused, true);
  CHECK_FALSE(again.arrived());
  CHECK_FALSE(waited.arrived());
  CHECK(it.status().refused == 1);
  it.advance(150ms);
  CHECK(again.arrived());
  CHECK_FALSE(waited.arrived());
}

TEST_CASE("an outage is told to those who watch, and so is its end") {
  pool_world it{slot_policy_options{.limit = 2, .outage_after = 2, .outage_pause = 5s, .seed = 3}};
  watcher tenant{it};
  watcher leaver{it};
  it.tell(it.slots, watch_pool{tenant.handle()});
  it.tell(it.slots, watch_pool{leaver.handle()});
  it.crash(leaver.puppet());
  auto someone = it.spawn_puppet();
  auto fail_once = [&] {
    auto granted = it.acquire(someone);
    while (!granted.arrived()) it.advance(1s);
    it.open(someone, granted);
    it.close(granted, transport_error(transport_result::unreachable));
    return granted.value().probe;
  };
  CHECK_FALSE(fail_once());
  CHECK_FALSE(fail_once());
  CHECK(it.status().outage);
  CHECK(tenant.heard<account_unavailable>().empty());
  while (tenant.heard<account_unavailable>().empty()) CHECK(fail_once());
  CHECK(contains(tenant.heard<account_unavailable>().front().reason, "cannot connect"));
  watcher newcomer{it};
  it.tell(it.slots, watch_pool{newcomer.handle()});
  CHECK(newcomer.heard<account_unavailable>().size() == 1);

  auto granted = it.acquire(someone);
  while (!granted.arrived()) it.advance(1s);
  it.open(someone, granted);
  it.close(granted, answer_of("{}"));
  CHECK(tenant.heard<account_available>().size() == 1);
  CHECK_FALSE(it.status().outage);
  CHECK(leaver.heard<account_unavailable>().empty());
}

TEST_CASE("whose fault a failure was is found out although all that is open beside it hangs") {
  pool_world it{4};
  watcher tenant{it};
  it.tell(it.slots, watch_pool{tenant.handle()});
  auto someone = it.spawn_puppet();
  std::vector<reply<lease>> hanging;
  for (int i = 0; i < 3; ++i) it.open(someone, hanging.emplace_back(it.acquire(someone)));
  auto failed = it.acquire(someone);
  it.open(someone, failed);
  it.close(failed, answer_of("oops", 500));
  auto verdict = it.ask<judged>(it.slots, judge_failure{failed.value().id});
  CHECK(tenant.heard<account_suspect>().empty());
  it.advance(1100ms);
  CHECK_FALSE(verdict.arrived());
  REQUIRE(tenant.heard<account_suspect>().size() == 1);
  acquire_slot question;
  question.what = slot_purpose::probe;
  auto asked = it.ask_as<lease>(someone, it.slots, question);
  it.open(someone, asked);
  it.advance(10s);
  CHECK_FALSE(verdict.arrived());
  it.close(asked, answer_of("{}"));
  REQUIRE(verdict.arrived());
  CHECK_FALSE(verdict.value().excused);
}

TEST_CASE("the first answer beside a failure decides, and no question is asked") {
  pool_world it{2};
  watcher tenant{it};
  it.tell(it.slots, watch_pool{tenant.handle()});
  auto someone = it.spawn_puppet();
  auto slow = it.acquire(someone);
  it.open(someone, slow);
  auto failed = it.acquire(someone);
  it.open(someone, failed);
  it.close(failed, answer_of("oops", 500));
  auto verdict = it.ask<judged>(it.slots, judge_failure{failed.value().id});
  it.advance(900ms);
  it.close(slow, answer_of("{}"));
  REQUIRE(verdict.arrived());
  CHECK_FALSE(verdict.value().excused);
  it.advance(10s);
  CHECK(tenant.heard<account_suspect>().empty());
}

TEST_CASE("imports take turns, and the status tells who waits") {
  pool_world it{1};
  auto someone = it.spawn_puppet();
  auto held = it.acquire(someone);
  auto ask_for = [&](const std::string& import, urgency how_urgent = urgency::interactive) {
    return it.ask_as<lease>(someone, it.slots, acquire_slot{import, false, "demo", 0, how_urgent});
  };
  auto nightly = ask_for("demo.3", urgency::scheduled);
  auto first = ask_for("demo.1");
  auto second = ask_for("demo.1");
  auto other = ask_for("demo.2");
  auto lanes = it.status().lanes;
  REQUIRE(lanes.size() == 3);
  CHECK(lanes[0].import_id == "demo.1");
  CHECK(lanes[0].waiting == 2);
  std::vector<const reply<lease>*> order{&held, &first, &other, &second, &nightly};
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    it.open(someone, *order[i]);
    it.close(*order[i], answer_of("{}"));
    CHECK(order[i + 1]->arrived());
  }
}

TEST_CASE("a login that is refused twice is told to those who watch, and whoever asks is turned away") {
  pool_world it;
  watcher tenant{it};
  it.tell(it.slots, watch_pool{tenant.handle()});
  auto someone = it.spawn_puppet();
  auto ask_signed = [&](std::uint64_t login) {
    return it.ask_as<lease>(someone, it.slots, acquire_slot{"demo.1", true, "demo", login});
  };
  for (std::uint64_t login : {1U, 2U}) {
    auto granted = ask_signed(login);
    it.open(someone, granted);
    it.close(granted, answer_of("no", 401));
  }
  REQUIRE(tenant.heard<login_refused>().size() == 1);
  CHECK(tenant.heard<login_refused>()[0].tenant == "demo");
  CHECK(contains(tenant.heard<login_refused>()[0].reason, "tidemark tenant resume demo"));
  auto turned_away = ask_signed(3);
  REQUIRE(turned_away.failed());
  CHECK(turned_away.error().code == ec::authentication);
  it.tell(it.slots, retry_login{"demo"});
  CHECK(ask_signed(3).arrived());
}

TEST_CASE(
    "the limit that the account tells replaces a guess, and an operator's replaces both until a reset") {
  pool_world it{5};
  it.ask<pool_status>(it.slots, set_limit{5, limit_source::fallback, "not asked yet"});
  CHECK(it.status().source == limit_source::fallback);
  CHECK(it.ask<pool_status>(it.slots, set_limit{15, limit_source::governance, {}}).value().effective == 15);
  it.ask<pool_status>(it.slots, set_limit{5, limit_source::fallback, "another tenant may not ask"});
  CHECK(it.status().limit == 15);
  auto told = it.ask<pool_status>(it.slots, set_limit{3, limit_source::command, "by anna"}).value();
  CHECK(told.limit == 3);
  CHECK(told.source == limit_source::command);
  it.ask<pool_status>(it.slots, set_limit{20, limit_source::governance, {}});
  CHECK(it.status().limit == 3);
  auto reset = it.ask<pool_status>(it.slots, reset_pool{}).value();
  CHECK(reset.limit == 20);
  CHECK(reset.source == limit_source::governance);
}

TEST_CASE(
    "a configured limit and reserve take the place of what the account told, and not of an operator's") {
  pool_world it{5};
  it.ask<pool_status>(it.slots, set_limit{15, limit_source::governance, {}});
  auto told = it.ask<pool_status>(it.slots, set_limit{8, limit_source::configured, {}, 3}).value();
  CHECK(told.limit == 8);
  CHECK(told.reserve == 3);
  CHECK(told.effective == 5);
  it.ask<pool_status>(it.slots, set_limit{2, limit_source::command, "by anna"});
  told = it.ask<pool_status>(it.slots, set_limit{9, limit_source::configured, {}, 0}).value();
  CHECK(told.limit == 2);
  CHECK(told.source == limit_source::command);
  CHECK(told.reserve == 0);
  CHECK(it.ask<pool_status>(it.slots, reset_pool{}).value().limit == 9);
}

TEST_CASE("a reset gives back leases whose transfers are not open, and no others") {
  pool_world it{2};
  auto someone = it.spawn_puppet();
  auto lost = it.acquire(someone);
  auto used = it.acquire(someone);
  it.open(someone, used);
  auto waited = it.acquire(someone);
  it.advance(30s);
  it.ask<pool_status>(it.slots, reset_pool{});
  CHECK_FALSE(waited.arrived()); // its holder may only be slow
  it.advance(31s);
  CHECK(it.ask<pool_status>(it.slots, reset_pool{}).value().in_use == 2);
  REQUIRE(waited.arrived());
  it.tell(it.slots, transfer_closed{lost.value().id, ec::none, 1s, 0s, true, "", false});
  CHECK(it.status().in_use == 2);
}

TEST_CASE("the status tells how busy the slots were and how many handshakes were saved") {
  pool_world it{2};
  auto someone = it.spawn_puppet();
  auto granted = it.acquire(someone);
  it.open(someone, granted);
  it.advance(10s);
  auto first = answer_of("{}");
  first.new_connection = true;
  it.close(granted, first);
  auto again = it.acquire(someone);
  it.open(someone, again);
  it.close(again, answer_of("{}"));
  it.advance(10s);
  auto status = it.status();
  CHECK(status.busy_1m == doctest::Approx(2500).epsilon(0.05));
  CHECK(status.transfers == 2);
  CHECK(status.reused == 1);
}

} // namespace pool_test
