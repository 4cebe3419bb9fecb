#include "actors/import/control_sample.hpp"

#include <numeric>

#include <doctest/doctest.h>
namespace control_sample_test {

using namespace tidemark;

std::vector<std::int64_t> first(std::size_t count) {
  std::vector<std::int64_t> keys(count);
  std::iota(keys.begin(), keys.end(), 1);
  return keys;
}

TEST_CASE("controls are spread over the keys") {
  CHECK(control_sample{first(5)}.keys() == first(5));
  auto some = control_sample{first(1000)}.keys();
  CHECK(some.size() == most_controls);
  CHECK(some.front() == 1);
  CHECK(some.back() == 996);
}

TEST_CASE("without a control nothing is known") { CHECK_FALSE(control_sample{}.shown_in(first(9))); }

TEST_CASE("few controls have to be there all") {
  control_sample few{first(5)};
  CHECK(few.shown_in({9, 5, 4, 3, 2, 1}));
  CHECK_FALSE(few.shown_in({1, 2, 3, 4}));
}

TEST_CASE("of many controls one in fifty may have been deleted just now") {
  control_sample many{first(200)};
  CHECK(many.shown_in(first(196)));
  CHECK_FALSE(many.shown_in(first(195)));
  CHECK_FALSE(many.shown_in({}));
  control_sample some{first(20)};
  CHECK(some.shown_in(first(19)));
  CHECK_FALSE(some.shown_in(first(18)));
}

} // namespace control_sample_test
