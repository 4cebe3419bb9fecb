#include "actors/request/budget.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"
namespace budget_test {

using namespace tidemark;

struct budget_world : driven_system {
  budget_world() { room = spawn(budget, 100U); }

  reply<bytes_reserved> reserve(const caf::actor& who, std::uint64_t bytes, std::uint64_t account = 1) {
    return ask_as<bytes_reserved>(who, room, reserve_bytes{bytes, account});
  }

  void release(const caf::actor& who, std::uint64_t bytes) {
    let(who, [this, bytes](caf::event_based_actor* self) { send(self, room, release_bytes{bytes}); });
  }

  budget_actor room;
};

TEST_CASE("room of one account is given in the order of asking, even if a later one would fit") {
  budget_world it;
  auto a = it.spawn_puppet();
  auto b = it.spawn_puppet();
  auto c = it.spawn_puppet();
  CHECK(it.reserve(a, 70).arrived());
  auto large = it.reserve(b, 40);
  auto small = it.reserve(c, 10);
  CHECK_FALSE(large.arrived());
  CHECK_FALSE(small.arrived());
  it.release(a, 70);
  CHECK(large.arrived());
  CHECK(small.arrived());
}

TEST_CASE("more than the whole budget is given when nobody else holds anything") {
  budget_world it;
  auto a = it.spawn_puppet();
  auto b = it.spawn_puppet();
  it.reserve(a, 1);
  auto huge = it.reserve(b, 1000, 2);
  CHECK_FALSE(huge.arrived());
  it.release(a, 1);
  CHECK(huge.arrived());
  auto next = it.reserve(a, 1);
  CHECK_FALSE(next.arrived());
  it.release(b, 1000);
  CHECK(next.arrived());
}

TEST_CASE("the room of a holder that ends comes back, and its waiting place goes") {
  budget_world it;
  auto a = it.spawn_puppet();
  auto b = it.spawn_puppet();
  auto c = it.spawn_puppet();
  it.reserve(a, 100);
  auto gone = it.reserve(b, 100);
  auto next = it.reserve(c, 100);
  it.crash(b);
  it.crash(a);
  CHECK_FALSE(gone.arrived());
  CHECK(next.arrived());
}

TEST_CASE("an account whose holders hang leaves room for another") {
  budget_world it;
  std::vector<reply<bytes_reserved>> hung;
  for (int i = 0; i < 10; ++i) hung.push_back(it.reserve(it.spawn_puppet(), 20));
  auto other = it.spawn_puppet();
  for (int i = 0; i < 10; ++i) {
    CHECK(it.reserve(other, 20, 2).arrived());
    it.release(other, 20);
  }
  CHECK_FALSE(hung.back().arrived());
}

TEST_CASE("nobody can give back more than it holds") {
  budget_world it;
  auto a = it.spawn_puppet();
  auto b = it.spawn_puppet();
  auto c = it.spawn_puppet();
  it.reserve(a, 60, 1);
  it.reserve(b, 40, 2);
  it.release(b, 1000);
  it.release(c, 1000);
  CHECK_FALSE(it.reserve(c, 50, 3).arrived());
}

} // namespace budget_test
