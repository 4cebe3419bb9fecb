#include "actors/pool/credential_breaker.hpp"

#include <doctest/doctest.h>

#include <random>
namespace credential_breaker_test {

using namespace tidemark;
using namespace std::chrono_literals;

using news = credential_breaker::news;
using state = credential_breaker::state;
using purpose = credential_breaker::purpose;

/// A login with a clock; each request remembers whether it went alone.
struct login {
  explicit login(bool signs = true) : breaker(signs) {}

  bool send() {
    if (!breaker.may_send()) return false;
    breaker.sent(now);
    alone = breaker.goes_alone();
    return true;
  }

  news answer(ec code, purpose what = purpose::request) { return answer(code, alone, what); }
  news answer(ec code, bool lone, purpose what = purpose::request) {
    return breaker.closed(code, generation, what, lone, true, now);
  }

  /// One good answer.
  void prove() {
    REQUIRE(send());
    answer(ec::none);
    REQUIRE(breaker.now() == state::proven);
  }

  credential_breaker breaker;
  credential_breaker::time_point now{1h};
  std::uint64_t generation = 1;
  bool alone = false;
};

TEST_CASE("the first request with a login goes alone, and its good answer opens the others") {
  login it;
  CHECK(it.send());
  CHECK_FALSE(it.send());
  CHECK(it.answer(ec::none) == news::none);
  CHECK(it.send());
  CHECK(it.send());
}

TEST_CASE("requests without a login have nothing to prove") {
  login it{false};
  CHECK(it.send());
  CHECK(it.send());
}

TEST_CASE("any answer that needs a login proves it, a failure on the way does not") {
  for (auto code : {ec::unknown_column, ec::missing_table, ec::permission, ec::rejected}) {
    login it;
    it.send();
    it.answer(code);
    CHECK(it.breaker.now() == state::proven);
  }
  for (auto code : {ec::refused, ec::server, ec::maintenance, ec::timeout, ec::transport, ec::cancelled}) {
    login it;
    it.send();
    it.answer(code);
    CHECK(it.breaker.now() == state::unproven);
    CHECK(it.send());
    CHECK_FALSE(it.send());
  }
}

TEST_CASE("a 401 stops everything until the others have ended and one lone request has spoken") {
  login it;
  it.prove();
  for (int i = 0; i < 3; ++i) it.send();
  CHECK(it.answer(ec::authentication) == news::suspected);
  CHECK_FALSE(it.send());
  it.answer(ec::none, false); // sent before: says nothing about the login as it is now
  CHECK_FALSE(it.send());
  it.answer(ec::none, false);
  CHECK(it.send());
  CHECK_FALSE(it.send());
  CHECK(it.answer(ec::none) == news::disguised);
  CHECK(it.breaker.disguised() == 1);
  CHECK(it.send());
  CHECK(it.send());
}

TEST_CASE("a revoked login with five requests open is tried six times, and then no more") {
  login it;
  it.prove();
  int bad = 0;
  for (int i = 0; i < 5; ++i) it.send();
  for (int i = 0; i < 5; ++i) {
    it.answer(ec::authentication, false);
    ++bad;
  }
  REQUIRE(it.breaker.now() == state::suspected);
  it.generation = 2;
  while (it.send()) {
    it.answer(ec::authentication);
    ++bad;
  }
  CHECK(bad == 6);
  CHECK(it.breaker.now() == state::refused);
}

TEST_CASE("a login that never worked is tried twice") {
  login it;
  int bad = 0;
  while (it.send()) {
    it.answer(ec::authentication);
    ++bad;
  }
  CHECK(bad == 2);
}

TEST_CASE("a refused login that is allowed another try has one") {
  login it;
  while (it.send()) it.answer(ec::authentication);
  it.breaker.retry();
  CHECK(it.send());
  CHECK(it.answer(ec::authentication) == news::refused);
  CHECK_FALSE(it.send());
  it.breaker.retry();
  it.prove();
  CHECK(it.send());
  CHECK(it.answer(ec::authentication) == news::suspected);
}

TEST_CASE("a login that was refused before this process began has one try as well") {
  login it;
  it.breaker.retry();
  it.send();
  CHECK(it.answer(ec::authentication) == news::refused);
  login proven;
  proven.prove();
  proven.breaker.retry();
  CHECK(proven.breaker.now() == state::proven);
}

TEST_CASE("a late 401 of before does not count against a login that is tried again") {
  login it;
  it.prove();
  for (int i = 0; i < 3; ++i) it.send();
  it.answer(ec::authentication, false);
  it.answer(ec::authentication, false);
  CHECK_FALSE(it.send());
  it.answer(ec::authentication, false);
  CHECK(it.breaker.now() == state::suspected);
  CHECK(it.send());
}

TEST_CASE("a request that was signed before the 401 has to be signed anew") {
  login it;
  it.prove();
  it.generation = 4;
  it.send();
  it.answer(ec::authentication);
  CHECK(it.breaker.is_stale(3));
  CHECK(it.breaker.is_stale(4));
  CHECK_FALSE(it.breaker.is_stale(5));
  CHECK_FALSE(it.breaker.is_stale(0));
}

TEST_CASE("a token that can be fetched proves nothing, one that is refused twice ends it") {
  login it;
  it.send();
  it.answer(ec::none, purpose::login);
  CHECK(it.breaker.now() == state::unproven);
  it.send();
  CHECK(it.answer(ec::authentication, purpose::login) == news::suspected);
  it.send();
  it.answer(ec::none, purpose::login);
  CHECK(it.breaker.now() == state::suspected);
  it.send();
  CHECK(it.answer(ec::authentication, purpose::login) == news::refused);
}

TEST_CASE("a login that has been idle for a minute is proven anew") {
  login it;
  it.prove();
  it.now += credential_breaker::trust;
  CHECK(it.send());
  CHECK(it.send());
  it.answer(ec::none);
  it.answer(ec::none);
  it.now += credential_breaker::trust + 1ms;
  CHECK(it.send());
  CHECK_FALSE(it.send());
}

TEST_CASE("a probe that was cancelled or never sent leaves the way free for another") {
  login it;
  it.send();
  it.breaker.closed(ec::cancelled, 1, purpose::request, true, false, it.now);
  CHECK(it.send());
  it.answer(ec::cancelled);
  CHECK(it.send());
  CHECK_FALSE(it.send());
}

TEST_CASE(
    "in any history a suspected login has one request open, and never more than two bad ones in a row") {
  std::mt19937 random{11};
  for (int history = 0; history < 20'000; ++history) {
    login it;
    std::vector<bool> open; // alone?
    int bad_in_a_row = 0;   // of lone ones
    for (int step = 0; step < 60; ++step) {
      if (random() % 2 == 0) {
        if (it.send()) open.push_back(it.alone);
        if (it.alone && it.breaker.now() != state::proven && !open.empty() && open.back())
          REQUIRE(open.size() == 1);
      } else if (!open.empty()) {
        auto index = random() % open.size();
        bool alone = open[index];
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(index));
        auto code = random() % 3 == 0 ? ec::authentication : random() % 3 == 0 ? ec::timeout : ec::none;
        auto told = it.answer(code, alone);
        if (code == ec::authentication && alone) ++bad_in_a_row;
        if (code == ec::none && alone) bad_in_a_row = 0;
        REQUIRE(bad_in_a_row <= 2);
        if (told == news::refused) bad_in_a_row = 0;
      }
      if (random() % 7 == 0) it.now += 30s;
      REQUIRE(it.breaker.open() == open.size());
    }
  }
}

} // namespace credential_breaker_test
