#include "actors/wave/retry_budget.hpp"

#include <random>

#include <doctest/doctest.h>

using namespace tidemark;

TEST_CASE("a type that gets nothing through has twenty tries") {
  retry_budget budget;
  for (int i = 0; i < 20; ++i) REQUIRE(budget.spend());
  CHECK_FALSE(budget.spend());
  CHECK_FALSE(budget.spend());
  CHECK(budget.left() == 0);
}

TEST_CASE("each batch that comes through earns a try") {
  retry_budget budget;
  while (budget.spend()) {
  }
  budget.earn();
  CHECK(budget.spend());
  CHECK_FALSE(budget.spend());
}

TEST_CASE("what was earned is bounded, so that a long success does not pay for a long failure") {
  retry_budget budget;
  for (int i = 0; i < 10'000; ++i) budget.earn();
  CHECK(budget.left() == retry_budget::at_most);
  for (std::uint32_t i = 0; i < retry_budget::at_most; ++i) REQUIRE(budget.spend());
  CHECK_FALSE(budget.spend());
}

TEST_CASE("a type of which one batch in ten fails at random never runs out") {
  std::mt19937_64 random{20240603};
  retry_budget budget;
  for (int i = 0; i < 100'000; ++i) {
    if (random() % 10 == 0)
      REQUIRE(budget.spend());
    else
      budget.earn();
  }
}
