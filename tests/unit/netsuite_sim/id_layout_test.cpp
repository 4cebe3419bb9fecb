#include "tools/netsuite_sim/id_layout.hpp"

#include <doctest/doctest.h>

using namespace tidemark::netsuite_sim;

TEST_CASE("ids grow strictly and rank is the inverse of id_at") {
  for (auto gaps : {true, false}) {
    id_layout layout(-12, 99, gaps);
    auto previous = layout.id_at(0) - 1;
    for (std::int64_t ordinal = 0; ordinal < 20000; ++ordinal) {
      auto id = layout.id_at(ordinal);
      REQUIRE(id > previous);
      REQUIRE(layout.rank(id) == ordinal);
      for (auto between = previous + 1; between < id; ++between) REQUIRE(layout.rank(between) == ordinal);
      previous = id;
    }
  }
}

TEST_CASE("a layout with gaps leaves about a fifth of the ids out, and whole holes besides") {
  id_layout layout(1, 5, true);
  CHECK(layout.id_at(4095) <= 5120);
  CHECK(layout.id_at(4096) >= 5121 + 777);
}

TEST_CASE("a layout without gaps counts up from its first id") {
  id_layout layout(7, 5, false);
  CHECK(layout.id_at(0) == 7);
  CHECK(layout.id_at(1000) == 1007);
}
