#include "actors/request/byte_shares.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace byte_shares_test {

using namespace tidemark;

using waiters = std::vector<byte_shares::waiter_id>;

/// One that gives 100 bytes.
struct room {
  waiters ask(byte_shares::waiter_id waiter, std::uint64_t bytes, byte_shares::account_id account = 1,
              const std::string& tenant = "t", const std::string& lane = "import") {
    shares.enqueue({waiter, bytes, account, tenant, lane});
    return shares.advance();
  }
  waiters give_back(std::uint64_t bytes, byte_shares::account_id account = 1) {
    shares.give_back(account, bytes);
    return shares.advance();
  }

  byte_shares shares{100};
};

TEST_CASE("an account alone gets half of the room, beyond its first reservation") {
  room it;
  for (byte_shares::waiter_id i = 1; i <= 5; ++i) CHECK(it.ask(i, 10) == waiters{i});
  CHECK(it.ask(6, 10).empty());
  CHECK(it.give_back(10) == waiters{6});
  CHECK(it.shares.held(1) == 50);
  room large;
  CHECK(large.ask(1, 90) == waiters{1});
}

TEST_CASE("what a hung account holds leaves room for others, who share it in turns") {
  room it;
  for (byte_shares::waiter_id i = 1; i <= 20; ++i) it.ask(i, 10, 1);
  REQUIRE(it.shares.held(1) == 50);
  for (byte_shares::waiter_id i = 0; i < 10; ++i) {
    it.ask(100 + i, 10, 2);
    it.ask(200 + i, 10, 3);
  }
  CHECK(it.shares.held(2) == 20);
  CHECK(it.shares.held(3) == 10);
  // And so on, for ever, whatever becomes of the hung one.
  for (byte_shares::waiter_id i = 1; i < 8; ++i) {
    CHECK(it.give_back(10, 3) == waiters{200 + i});
    CHECK(it.give_back(10, 2) == waiters{101 + i});
  }
}

TEST_CASE("busy accounts get equal shares, and their tenants and imports take turns") {
  room it;
  byte_shares::waiter_id id = 0;
  for (byte_shares::account_id account : {1U, 2U, 3U})
    for (int i = 0; i < 20; ++i) it.ask(++id, 5, account);
  // Who came first has half: it evens out as answers end.
  for (int i = 0; i < 8; ++i) it.give_back(5, 1);
  for (byte_shares::account_id account : {1U, 2U, 3U}) {
    CHECK(it.shares.held(account) >= 20);
    CHECK(it.shares.held(account) <= 30);
  }

  room of_tenants;
  of_tenants.ask(1, 60, 1, "a", "x");
  of_tenants.ask(2, 60, 1, "a", "x");
  of_tenants.ask(3, 60, 1, "a", "y");
  of_tenants.ask(4, 60, 1, "b", "z");
  CHECK(of_tenants.give_back(60) == waiters{2});
  CHECK(of_tenants.give_back(60) == waiters{4});
  CHECK(of_tenants.give_back(60) == waiters{3});
}

TEST_CASE("a large reservation is not passed by small ones of its account") {
  room it;
  it.ask(1, 30);
  CHECK(it.ask(2, 30).empty());
  CHECK(it.ask(3, 1).empty());
  CHECK(it.give_back(30) == waiters{2, 3});
}

TEST_CASE("who holds nothing and finds too little is next: others get no second reservation meanwhile") {
  room it;
  for (byte_shares::waiter_id i = 1; i <= 5; ++i) it.ask(i, 10, 1);
  CHECK(it.ask(6, 70, 2).empty());
  CHECK(it.ask(7, 10, 1).empty());
  CHECK(it.ask(8, 10, 3) == waiters{8}); // a first one that fits passes
  CHECK(it.give_back(10, 1).empty());
  CHECK(it.give_back(10, 1).empty());
  CHECK(it.give_back(10, 1) == waiters{6});
  CHECK(it.shares.reserved() == 100);
}

TEST_CASE("more than the whole room is given when nothing else is reserved") {
  room it;
  it.ask(1, 1, 1);
  CHECK(it.ask(2, 1000, 2).empty());
  CHECK(it.give_back(1, 1) == waiters{2});
  CHECK(it.ask(3, 1, 1).empty());
  CHECK(it.give_back(1000, 2) == waiters{3});
}

TEST_CASE("a waiter that has gone leaves its place, and nothing is given back twice") {
  room it;
  it.ask(1, 100);
  it.ask(2, 50);
  it.shares.forget(2);
  it.shares.forget(99);
  CHECK(it.ask(3, 40).empty());
  it.shares.give_back(1, 1000);
  it.shares.give_back(7, 1000);
  CHECK(it.shares.reserved() == 0);
  CHECK(it.shares.advance() == waiters{3});
  CHECK(it.shares.waiting() == 0);
}

TEST_CASE("in any history the room is kept, shares are kept, and everyone is served in the end") {
  struct reservation {
    byte_shares::account_id account;
    std::uint64_t bytes;
  };
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    byte_shares shares{100};
    std::map<byte_shares::waiter_id, reservation> waiting;
    std::vector<reservation> held;
    byte_shares::waiter_id last = 0;
    auto held_by = [&](auto&& counts) {
      std::uint64_t total = 0;
      for (auto& x : held) total += counts(x) ? x.bytes : 0;
      return total;
    };
    auto grant = [&] {
      for (auto waiter : shares.advance()) {
        auto served = waiting.extract(waiter);
        REQUIRE(served);
        auto wanted = served.mapped();
        auto own = held_by([&](auto& x) { return x.account == wanted.account; });
        held.push_back(wanted);
        auto total = held_by([](auto&) { return true; });
        REQUIRE((total <= 100 || held.size() == 1));
        if (own > 0) REQUIRE(own + wanted.bytes <= 100 - total);
      }
      REQUIRE(shares.reserved() == held_by([](auto&) { return true; }));
      REQUIRE(shares.waiting() == waiting.size());
      REQUIRE((waiting.empty() || !held.empty()));
    };
    auto end_one = [&] {
      if (held.empty()) return;
      auto which = held.begin() + static_cast<std::ptrdiff_t>(random() % held.size());
      shares.give_back(which->account, which->bytes);
      held.erase(which);
      grant();
    };
    for (int step = 0; step < 60; ++step) {
      if (random() % 3 == 0) {
        end_one();
        continue;
      }
      reservation wanted{random() % 4, 1 + (random() % 20 == 0 ? random() % 200 : random() % 30)};
      waiting.emplace(++last, wanted);
      shares.enqueue({last, wanted.bytes, wanted.account, std::to_string(random() % 2), "import",
                      random() % 2 == 0 ? urgency::interactive : urgency::scheduled});
      grant();
    }
    while (!held.empty()) end_one();
    REQUIRE(waiting.empty());
    REQUIRE(shares.reserved() == 0);
  }
}

} // namespace byte_shares_test
