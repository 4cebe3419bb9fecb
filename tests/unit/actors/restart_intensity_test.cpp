#include "actors/supervision.hpp"

#include <doctest/doctest.h>

using namespace tidemark;
using namespace std::chrono_literals;

TEST_CASE("three restarts within a minute are allowed, the fourth is one too many") {
  restart_intensity restarts;
  restart_intensity::time_point now{1h};
  for (int i = 0; i < 3; ++i) CHECK(restarts.allow(now + i * 10s));
  CHECK_FALSE(restarts.allow(now + 59s));
}

TEST_CASE("restarts that lie a minute back do not count") {
  restart_intensity restarts;
  restart_intensity::time_point now{1h};
  for (int i = 0; i < 3; ++i) restarts.allow(now + i * 10s);
  CHECK(restarts.allow(now + 60s));
  CHECK_FALSE(restarts.allow(now + 65s));
  CHECK(restarts.allow(now + 70s));
}

TEST_CASE("a restart that was refused does not count") {
  restart_intensity restarts{1, 10s};
  restart_intensity::time_point now{1h};
  CHECK(restarts.allow(now));
  for (int i = 1; i < 10; ++i) CHECK_FALSE(restarts.allow(now + i * 1s));
  CHECK(restarts.allow(now + 10s));
}
