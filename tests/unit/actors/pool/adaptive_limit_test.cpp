#include "actors/pool/adaptive_limit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <random>

namespace tidemark {

namespace adaptive_limit_test {

using namespace std::chrono_literals;

constexpr auto response_time = 400ms;

/// One request more than the account takes at the level of a limit.
adaptive_limit::reaction refuse_one(adaptive_limit& limit) { return limit.refused(limit.now() - 1); }

/// An account that takes `capacity` requests at once and answers each round in one response time.
struct account_model {
  adaptive_limit limit;
  std::uint32_t capacity;
  std::chrono::steady_clock::time_point now{1h};
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;

  void round() {
    auto level = limit.now();
    sent += level;
    // Refused at once, in any order; the others are open meanwhile.
    for (auto open = level; open > capacity; --open) {
      ++refused;
      limit.refused(open - 1);
    }
    for (std::uint32_t i = 0; i < std::min(level, capacity); ++i) limit.accepted(level);
    now += response_time;
  }

  void rounds(int count) {
    for (int i = 0; i < count; ++i) round();
  }
};

TEST_CASE("an account that never refuses is used up to its configured limit") {
  account_model account{adaptive_limit{15}, 100};
  account.rounds(1000);
  CHECK(account.limit.now() == 15);
}

TEST_CASE("a burst of refusals leaves what was accepted beside it") {
  adaptive_limit limit{10};
  for (std::uint32_t open = 9; open >= 4; --open) CHECK(limit.refused(open) == adaptive_limit::reaction::cut);
  CHECK(limit.now() == 4);
}

TEST_CASE("a refusal beside as many as the limit allows, or more, is no news") {
  adaptive_limit limit{10};
  limit.refused(4);
  CHECK(limit.refused(4) == adaptive_limit::reaction::none);
  CHECK(limit.refused(9) == adaptive_limit::reaction::none);
  CHECK(limit.now() == 4);
}

TEST_CASE("the limit never falls below one") {
  adaptive_limit limit{3};
  for (int i = 0; i < 20; ++i) limit.refused(0);
  CHECK(limit.now() == 1);
}

TEST_CASE("what is refused while others have the account's slots does not hold the limit down") {
  for (std::uint32_t taken : {0U, 1U, 3U}) {
    CAPTURE(taken);
    adaptive_limit limit{15};
    limit.refused(taken);
    CHECK(limit.now() == std::max(taken, 1U));
    int answers = 0;
    for (; limit.now() < 15; ++answers) limit.accepted(limit.now());
    CHECK(answers < 15);
  }
}

TEST_CASE("at the edge fewer than 3 of 100 requests are refused") {
  for (std::uint32_t capacity : {1U, 4U, 7U, 14U}) {
    CAPTURE(capacity);
    account_model account{adaptive_limit{15}, capacity};
    account.rounds(50);
    account.sent = account.refused = 0;
    account.rounds(2000);
    CHECK(account.refused * 100 < account.sent * 3);
    // And the account's slots are used: on average at least 97 of 100.
    CHECK((account.sent - account.refused) * 100 >= 97 * 2000ULL * capacity);
  }
}

TEST_CASE("full speed is back within 30 s after the account has its slots back") {
  account_model account{adaptive_limit{15}, 4};
  account.rounds(150);
  CHECK(account.limit.now() <= 5);
  account.capacity = 15;
  auto since = account.now;
  while (account.limit.now() < 15 && account.now - since < 60s) account.round();
  CHECK(account.now - since < 30s);
}

TEST_CASE("nothing grows while the slots are not fully used") {
  adaptive_limit limit{10};
  refuse_one(limit);
  for (int i = 0; i < 10'000; ++i) limit.accepted(0);
  CHECK(limit.now() == 9);
}

TEST_CASE("answers to requests of another level say nothing about this one") {
  adaptive_limit limit{10};
  refuse_one(limit);
  for (int i = 0; i < 10'000; ++i) limit.accepted(10);
  CHECK(limit.now() == 9);
}

TEST_CASE("a step that is refused goes back to the level before it") {
  adaptive_limit limit{10};
  limit.refused(9);
  limit.refused(8);
  for (std::uint32_t i = 0; i < adaptive_limit::patience; ++i) limit.accepted(8);
  CHECK(limit.now() == 9);
  CHECK(refuse_one(limit) == adaptive_limit::reaction::stepped);
  CHECK(limit.now() == 8);
  // The next one is careful again.
  for (std::uint32_t i = 0; i + 1 < adaptive_limit::patience; ++i) limit.accepted(8);
  CHECK(limit.now() == 8);
}

TEST_CASE("a refusal in mid-climb keeps what was accepted of it") {
  adaptive_limit limit{20};
  for (std::uint32_t open = 19; open >= 4; --open) limit.refused(open);
  for (std::uint32_t i = 0; i < adaptive_limit::patience; ++i) limit.accepted(4);
  limit.accepted(5);
  REQUIRE(limit.now() == 10);
  for (std::uint32_t open = 9; open >= 7; --open) limit.refused(open);
  CHECK(limit.now() == 7);
}

TEST_CASE("a lower configured limit holds at once, a higher one after what was learnt is forgotten") {
  adaptive_limit limit{10};
  limit.set_most(4);
  CHECK(limit.now() == 4);
  limit.set_most(20);
  CHECK(limit.now() == 20);
  limit.refused(14);
  limit.set_most(30);
  CHECK(limit.now() == 14);
  limit.reset();
  CHECK(limit.now() == 30);
}

TEST_CASE("whatever happens, the limit stays between one and the configured one") {
  std::mt19937 random{42};
  for (int history = 0; history < 2000; ++history) {
    auto most = 1 + random() % 40;
    adaptive_limit limit{static_cast<std::uint32_t>(most)};
    for (int step = 0; step < 300; ++step) {
      if (random() % 10 == 0)
        limit.refused(static_cast<std::uint32_t>(random() % 45));
      else
        limit.accepted(random() % 4 != 0 ? limit.now() : limit.now() - 1);
      REQUIRE(limit.now() >= 1);
      REQUIRE(limit.now() <= most);
    }
  }
}

} // namespace adaptive_limit_test

} // namespace tidemark
