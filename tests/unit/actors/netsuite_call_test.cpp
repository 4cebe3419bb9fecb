#include "actors/netsuite_call.hpp"

#include <doctest/doctest.h>

#include "actors/pool.hpp"
#include "fakes.hpp"

using namespace tidemark;
using namespace std::chrono_literals;

namespace {

/// One call by a puppet, with logins that are numbered.
struct call_world : driven_system {
  call_world() {
    transfers = spawn(http, engine.transport());
    slots = spawn(pool, "DEMO", slot_policy_options{.limit = 1, .seed = 5}, transfers);
    auto keeper = spawn([this](caf::event_based_actor*) {
      return caf::behavior{
          [this](const authorize&) {
            ++logins;
            return authorized{"Authorization: login " + std::to_string(logins), logins};
          },
          [this](const login_seen& x) { seen.push_back(x); },
      };
    });
    call.emplace(account_services{slots, transfers, caf::actor_cast<credential_actor>(keeper),
                                  "https://demo.example", "en"},
                 "demo.1");
  }

  void start() {
    let(caller, [this](caf::event_based_actor* self) {
      http_request wanted;
      wanted.url = "https://demo.example/x";
      call->start(self, wanted, false, [this](call_result got) { result = std::move(got); });
    });
  }

  fake_engine engine;
  http_actor transfers;
  pool_actor slots;
  std::uint64_t logins = 0;
  std::vector<login_seen> seen;
  caf::actor caller = spawn_puppet();
  std::optional<netsuite_call> call;
  std::optional<call_result> result;
};

} // namespace

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
  CHECK(it.seen[0].accepted);
  CHECK(it.seen[0].generation == 1);
}

TEST_CASE("a call that was cancelled in its transfer ends as cancelled") {
  call_world it;
  it.start();
  it.let(it.caller, [&](caf::event_based_actor* self) { it.call->cancel(self); });
  REQUIRE(it.result);
  CHECK(it.result->what.code == ec::cancelled);
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

TEST_CASE("a refused login is told to its keeper") {
  call_world it;
  it.start();
  it.engine.close(answer_of("{}", 401));
  it.settle();
  CHECK(it.result->what.code == ec::authentication);
  REQUIRE(it.seen.size() == 1);
  CHECK(it.seen[0].refused);
}
