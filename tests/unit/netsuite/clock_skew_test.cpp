#include <doctest/doctest.h>

#include "netsuite/clock_skew.hpp"

using namespace std::chrono_literals;

namespace tidemark::test {

TEST_CASE("without an answer the local time is right") {
  const clock_skew skew;
  CHECK(skew.correct(1'000'000) == 1'000'000);
}

TEST_CASE("the first answer is believed, whatever it says") {
  clock_skew skew;
  skew.observe(8'000'000, 1'000'000);
  CHECK(skew.correct(1'000'000) == 8'000'500);
}

TEST_CASE("an answer without a date changes nothing") {
  clock_skew skew;
  skew.observe(0, 1'000'000);
  CHECK(skew.offset() == 0ms);
}

TEST_CASE("later answers move the time by a quarter of the difference") {
  clock_skew skew;
  skew.observe(1'000'000, 1'000'500);
  CHECK(skew.offset() == 0ms);
  skew.observe(1'008'000, 1'000'500);
  CHECK(skew.offset() == 2000ms);
}

TEST_CASE("one odd answer moves the time by two minutes at most") {
  clock_skew skew;
  skew.observe(1'000'000, 1'000'500);
  skew.observe(9'000'000'000'000, 1'000'500);
  CHECK(skew.offset() == 2min);
  skew.observe(1, 9'000'000'000'000);
  CHECK(skew.offset() == 0min);
}

TEST_CASE("a refusal has the time learned anew") {
  clock_skew skew;
  skew.observe(1'000'000 + 3'600'000, 1'000'500);
  CHECK(skew.offset() == 1h);
  skew.observe_refusal(0, 1'000'500);
  CHECK(skew.offset() == 1h);
  skew.observe_refusal(1'008'000, 1'000'500);
  CHECK(skew.offset() == 8s);
}

TEST_CASE("a steady difference is learned") {
  clock_skew skew;
  skew.observe(1'000'000, 1'000'500);
  for (unix_ms now = 0; now < 100'000; now += 1000) skew.observe(2'000'000 + now, 1'400'000 + now);
  CHECK(skew.offset() > 599s);
  CHECK(skew.offset() < 601s);
}

} // namespace tidemark::test
