#include "actors/request/netsuite_call.hpp"

#include <doctest/doctest.h>

#include "actors/pool/pool.hpp"
#include "fakes.hpp"
namespace netsuite_call_test {

using namespace tidemark;
using namespace std::chrono_literals;

/// One call by a puppet, with logins that are numbered.
struct call_world : driven_system {
  explicit call_world(std::uint32_t limit = 1) {
    transfers = spawn(http, engine.transport());
    slots = spawn(pool, "DEMO", slot_policy_options{.limit = limit, .seed = 5}, transfers);
    auto keeper = spawn([this](caf::event_based_actor*) {
      return caf::behavior{
          [this](const authorize& wanted) {
            known_refused.push_back(wanted.refused_login);
            ++logins;
            return authorized{"Authorization: login " + std::to_string(logins), logins};
          },
          [this](const login_seen& x) { seen.push_back(x); },
      };
    });
    call.emplace(account_services{slots, transfers, caf::actor_cast<credential_actor>(keeper),
                                  "https://demo.example", "demo"},
                 "demo.1");
  }

  void start(bool retry = false) {
    result.reset();
    let(caller, [this, retry](caf::event_based_actor* self) {
      http_request wanted;
      wanted.url = "https://demo.example/x";
      call->start(self, wanted, retry, [this](call_result got) { result = std::move(got); });
    });
  }

  void answer(http_response response) {
    engine.close(std::move(response));
    settle();
  }

  fake_engine engine;
  http_actor transfers;
  pool_actor slots;
  std::uint64_t logins = 0;
  std::vector<login_seen> seen;
  std::vector<std::uint64_t> known_refused;
  caf::actor caller = spawn_puppet();
  std::optional<netsuite_call> call;
  std::optional<call_result> result;
};

TEST_CASE("a call is authorized, gets a slot, is sent and answered") {
  call_world it;
  it.start();
  CHECK(it.call->phase() == call_phase::transferring);
  REQUIRE(it.engine.open.size() == 1);
  CHECK(it.engine.open[0].request.headers.back() == "Authorization: login 1");
  it.engine.close(answer_of("{}"));
  it.settle();
  REQUIRE(it.result);
  CHECK(it.result->what.code == ec::none);
  CHECK(it.call->phase() == call_phase::idle);
  REQUIRE(it.seen.size() == 1);
  CHECK_FALSE(it.seen[0].refused);
  CHECK(it.seen[0].generation == 1);
}

TEST_CASE("a call that was cancelled in its transfer ends as cancelled") {
  call_world it;
  it.start();
  it.let(it.caller, [&](caf::event_based_actor* self) { it.call->cancel(self); });
  REQUIRE(it.result);
  CHECK(it.result->what.code == ec::cancelled);
}

TEST_CASE(
    "a request whose kept connection was dead is made again at once, signed anew, on a new connection") {
  call_world it;
  it.start();
  CHECK_FALSE(it.engine.open[0].request.fresh_connection);
  it.answer(transport_error(transport_result::lost));
  CHECK_FALSE(it.result);
  REQUIRE(it.engine.open.size() == 1);
  CHECK(it.engine.open[0].request.fresh_connection);
  CHECK(it.engine.open[0].request.headers == std::vector<std::string>{"Authorization: login 2"});
  it.answer(answer_of("{}"));
  REQUIRE(it.result);
  CHECK(it.result->what.code == ec::none);
  it.start();
  CHECK_FALSE(it.engine.open[0].request.fresh_connection);
}

TEST_CASE("a call that is cancelled while its kept connection breaks is not made again") {
  call_world it;
  it.start();
  it.engine.obeys_cancel = false;
  it.let(it.caller, [&](caf::event_based_actor* self) { it.call->cancel(self); });
  it.answer(transport_error(transport_result::lost));
  REQUIRE(it.result);
  CHECK(it.result->what.code == ec::cancelled);
  CHECK(it.engine.open.empty());
}

TEST_CASE("a login that waited too long for its slot is made anew before it is sent") {
  call_world it;
  auto holder = it.spawn_puppet();
  it.ask_as<lease>(holder, it.slots, acquire_slot{});
  it.start();
  CHECK(it.call->phase() == call_phase::waiting);
  it.advance(3min);
  it.crash(holder);
  REQUIRE(it.engine.seen.size() == 1);
  CHECK(it.engine.seen[0].headers.size() == 1);
  CHECK(it.engine.seen[0].headers[0] == "Authorization: login 2");
}

TEST_CASE("a refused login is told to its keeper, and the call ends as one that is to be made again") {
  call_world it;
  it.start();
  it.answer(answer_of("{}", 401));
  REQUIRE(it.result);
  CHECK(it.result->what.code == ec::refused);
  REQUIRE(it.seen.size() == 1);
  CHECK(it.seen[0].refused);
  it.start(true);
  CHECK(it.known_refused == std::vector<std::uint64_t>{0, 1});
  it.answer(answer_of("{}"));
  CHECK(it.result->what.code == ec::none);
}

TEST_CASE("a login that is refused twice in a row is told as that, and nothing more is sent") {
  call_world it;
  it.start();
  it.answer(answer_of("{}", 401));
  it.start(true);
  it.answer(answer_of("{}", 401));
  CHECK(it.result->what.code == ec::refused);
  it.start(true);
  REQUIRE(it.result);
  CHECK(it.result->what.code == ec::authentication);
  CHECK(it.engine.seen.size() == 2);
}

TEST_CASE("a request that is refused again and again while the login passes otherwise is given up") {
  call_world it;
  auto other = it.spawn_puppet();
  for (int i = 0; i < 5; ++i) {
    it.start(i > 0);
    it.answer(answer_of("{}", 401));
    if (i == 4) break;
    CHECK(it.result->what.code == ec::refused);
    // Somebody else's request passes, with the same login.
    http_request request;
    request.id = it.ask_as<lease>(other, it.slots, acquire_slot{"demo.2", false, "demo", 100}).value().id;
    it.ask_as<fetched>(other, it.transfers, fetch{request, it.slots});
    it.answer(answer_of("{}"));
    it.advance(6s);
  }
  CHECK(it.result->what.code == ec::authentication);
}

TEST_CASE("a call that was signed before its login was refused is signed anew when its turn comes") {
  call_world it{2};
  auto other = it.spawn_puppet();
  http_request request;
  request.id = it.ask_as<lease>(other, it.slots, acquire_slot{"demo.2", false, "demo", 1}).value().id;
  it.ask_as<fetched>(other, it.transfers, fetch{request, it.slots});
  it.start(); // waits: the login is not proven yet
  CHECK(it.call->phase() == call_phase::waiting);
  it.answer(answer_of("{}", 401));
  REQUIRE(it.engine.open.size() == 1);
  CHECK(it.engine.open[0].request.headers.back() == "Authorization: login 2");
  CHECK(it.known_refused == std::vector<std::uint64_t>{0, 1});
}

TEST_CASE("a failure is told once it is known whether the account is down") {
  call_world it;
  listener<account_watcher, account_suspect, account_unavailable, account_available, login_refused> tenant{
      it};
  it.tell(it.slots, watch_pool{tenant.handle()});
  it.start();
  it.answer(transport_error(transport_result::broken));
  CHECK_FALSE(it.result);
  CHECK(it.call->phase() == call_phase::judging);
  CHECK(tenant.heard<account_suspect>().size() == 1);
  it.advance(6s);
  REQUIRE(it.result);
  CHECK(it.result->what.code == ec::transport);
  CHECK_FALSE(it.result->excused);
}

TEST_CASE("a failure that is part of an outage is nobody's attempt") {
  call_world it;
  it.start();
  it.answer(answer_of("The account is currently unavailable while we undergo scheduled maintenance.", 503));
  REQUIRE(it.result);
  CHECK(it.result->what.code == ec::maintenance);
  CHECK(it.result->excused);
}

} // namespace netsuite_call_test
