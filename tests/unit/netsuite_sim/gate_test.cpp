#include "tools/netsuite_sim/gate.hpp"

#include <doctest/doctest.h>

using namespace tidemark::netsuite_sim;

TEST_CASE("as many requests as the limit run at once, and one more when one has left") {
  knobs k;
  gate g;
  for (auto i = 0; i < 5; ++i) CHECK(g.enter(k, 0, 0.5));
  CHECK_FALSE(g.enter(k, 0, 0.5));
  g.leave();
  CHECK(g.enter(k, 0, 0.5));
  CHECK(g.in_flight() == 5);
}

TEST_CASE("other integrations take their part of the limit") {
  knobs k;
  k.background_load = 3;
  gate g;
  CHECK(g.enter(k, 0, 0.5));
  CHECK(g.enter(k, 0, 0.5));
  CHECK_FALSE(g.enter(k, 0, 0.5));
}

TEST_CASE("bursts come and go with the clock") {
  knobs k;
  k.background_burst = 5;
  k.background_on_ms = 100;
  k.background_off_ms = 300;
  gate g;
  CHECK(g.background(k, 50) == 5);
  CHECK(g.background(k, 150) == 0);
  CHECK(g.background(k, 450) == 5);
  CHECK_FALSE(g.enter(k, 99, 0.5));
  CHECK(g.enter(k, 100, 0.5));
}

TEST_CASE("an integration's own limit holds even where the account has room") {
  knobs k;
  k.concurrency_limit = 20;
  k.integration_limit = 2;
  gate g;
  CHECK(g.enter(k, 0, 0.5));
  CHECK(g.enter(k, 0, 0.5));
  CHECK_FALSE(g.enter(k, 0, 0.5));
}

TEST_CASE("a soft limit lets some requests pass") {
  knobs k;
  k.concurrency_limit = 0;
  k.soft_excess_probability = 0.25;
  gate g;
  CHECK(g.enter(k, 0, 0.2));
  CHECK_FALSE(g.enter(k, 0, 0.25));
}
