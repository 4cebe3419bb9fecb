#include "actors/request/http.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"
namespace http_test {

using namespace tidemark;

struct http_world : driven_system {
  http_world() { transfers = spawn(http, engine.transport()); }

  reply<fetched> start(transfer_id id) {
    http_request request;
    request.id = id;
    return ask<fetched>(transfers, fetch{request, slots.handle()});
  }

  fake_engine engine;
  http_actor transfers;
  listener<pool_actor, transfer_closed> slots{*this};
};

TEST_CASE("a transfer's end is told to the pool and to whoever asked for it") {
  http_world it;
  auto asked = it.start(7);
  CHECK_FALSE(asked.arrived());
  it.engine.close(answer_of("{}"));
  it.settle();
  REQUIRE(asked.arrived());
  CHECK(asked.value().what.code == ec::none);
  REQUIRE(it.slots.heard<transfer_closed>().size() == 1);
  CHECK(it.slots.heard<transfer_closed>()[0].id == 7);
  CHECK(it.slots.heard<transfer_closed>()[0].opened);
}

TEST_CASE("an answer that is an error says which") {
  http_world it;
  auto asked = it.start(7);
  it.engine.close(refusal());
  it.settle();
  CHECK(asked.value().what.code == ec::refused);
  CHECK(it.slots.heard<transfer_closed>()[0].code == ec::refused);
}

TEST_CASE("a cancelled transfer ends as cancelled") {
  http_world it;
  auto asked = it.start(7);
  it.tell(it.transfers, cancel_transfer{7, it.slots.handle()});
  CHECK(asked.value().what.code == ec::cancelled);
  CHECK(it.slots.heard<transfer_closed>()[0].code == ec::cancelled);
  CHECK(it.slots.heard<transfer_closed>()[0].opened);
}

TEST_CASE("cancelling what was never opened gives the lease back") {
  http_world it;
  it.tell(it.transfers, cancel_transfer{9, it.slots.handle()});
  REQUIRE(it.slots.heard<transfer_closed>().size() == 1);
  CHECK(it.slots.heard<transfer_closed>()[0].id == 9);
  CHECK_FALSE(it.slots.heard<transfer_closed>()[0].opened);
}

TEST_CASE("an end that is reported twice is told once") {
  http_world it;
  auto asked = it.start(7);
  auto response = answer_of("{}");
  response.id = 7;
  it.tell(it.transfers, transfer_ended{response});
  it.tell(it.transfers, transfer_ended{response});
  CHECK(it.slots.heard<transfer_closed>().size() == 1);
}

TEST_CASE("an answer that comes after the actor has gone is dropped") {
  http_world it;
  it.start(7);
  it.crash(it.transfers);
  it.engine.close(answer_of("{}"));
  it.settle();
  CHECK(it.slots.heard<transfer_closed>().empty());
}

} // namespace http_test
