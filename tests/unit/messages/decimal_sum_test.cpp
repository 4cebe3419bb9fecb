#include "messages/decimal_sum.hpp"

#include <limits>

#include <doctest/doctest.h>
namespace decimal_sum_test {

using namespace tidemark;

std::optional<std::string> sum_of(std::initializer_list<const char*> values) {
  decimal_sum sum;
  for (const auto* x : values) sum.add(std::string_view{x});
  return sum.text();
}

TEST_CASE("decimals are added up without rounding, in one form for equal sums") {
  CHECK(sum_of({}) == "0");
  CHECK(sum_of({"0.1", "0.2"}) == "0.3");
  CHECK(sum_of({"0.30", "-0.3"}) == "0");
  CHECK(sum_of({"-12.50", "0.25"}) == "-12.25");
  CHECK(sum_of({"99999999999999999999", "1"}) == "100000000000000000000");
  CHECK(sum_of({"0.0000000000000001", "1000"}) == "1000.0000000000000001");
  CHECK(sum_of({"10"}) == "10");
  CHECK(sum_of({"10.", ".5"}) == "10.5");
}

TEST_CASE("whole numbers go with them") {
  decimal_sum sum;
  sum.add(std::numeric_limits<std::int64_t>::max());
  sum.add(std::numeric_limits<std::int64_t>::max());
  sum.add(std::string_view{"0.5"});
  CHECK(sum.text() == "18446744073709551614.5");
}

TEST_CASE("what cannot be added up exactly makes the sum unknown") {
  CHECK_FALSE(sum_of({"1", "0.00000000000000001"}));
  CHECK_FALSE(sum_of({"99999999999999999999999"}));
  CHECK_FALSE(
      sum_of({"20000000000000000000000", "-1", "10000000000000000000000", "20000000000000000000000"}));
  for (const auto* bad : {"", ".", "-", "1e3", "+1", "a", "1.2.3", " 1"}) CHECK_FALSE(sum_of({bad}));
}

} // namespace decimal_sum_test
