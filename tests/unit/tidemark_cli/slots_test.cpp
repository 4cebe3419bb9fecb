#include "samples.hpp"
#include "tools/tidemark/slots.hpp"

#include <doctest/doctest.h>

using namespace tidemark;
using namespace tidemark::cli;

TEST_CASE("the slots of an account are told in a few words, or why it gives none") {
  pool_status pool;
  pool.limit = pool.effective = 10;
  pool.in_use = 8;
  CHECK(slots_words(pool).text == "slots 8 of 10");
  pool.waiting = 3;
  CHECK(slots_words(pool).text == "slots 8 of 10, 3 waiting");
  pool.effective = 6;
  pool.in_use = 6;
  CHECK(slots_words(pool).text == "slots 6 of 6 (10 when NetSuite has room), 3 waiting");
  pool.reserve = 4;
  CHECK(slots_words(pool).text == "slots 6 of 6, 3 waiting");
  pool.outage = true;
  pool.outage_reason = "HTTP 503";
  CHECK(slots_words(pool).text == "account is down: HTTP 503");
  CHECK(slots_words(pool).in == tone::bad);
}

TEST_CASE("several accounts are told as one sum") {
  pool_status a, b;
  a.account = "1", b.account = "2";
  a.limit = a.effective = 5, b.limit = b.effective = 10;
  a.in_use = 4, b.in_use = 10, b.waiting = 2;
  CHECK(slots_words({a, b}).text == "slots 14 of 15 in 2 accounts, 2 waiting");
  b.outage = true;
  CHECK(slots_words({a, b}).text == "slots 14 of 15 in 2 accounts, 2 waiting, 1 account down");
  CHECK(slots_words(std::vector<pool_status>{}).text.empty());
}

TEST_CASE("the pool of a tenant is where its login is used") {
  pool_status a, b;
  a.account = "1", b.account = "2";
  a.logins = {{"acme", "proven"}};
  b.logins = {{"globex", "proven"}};
  std::vector<pool_status> both{a, b}, one{a};
  CHECK(pool_of(both, "globex")->account == "2");
  CHECK(pool_of(both, "initech") == nullptr);
  CHECK(pool_of(one, "initech")->account == "1");
}
