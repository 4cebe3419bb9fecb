#include "config/nearest.hpp"

#include <array>
#include <doctest/doctest.h>
namespace nearest_test {

using namespace tidemark;

constexpr std::array<std::string_view, 5> known{"customer", "vendor", "contact", "id", "transaction"};

TEST_CASE("a slip of the finger finds the name that was meant") {
  CHECK(nearest_names("custmer", known) == std::vector<std::string>{"customer"});
  CHECK(nearest_names("Customers", known) == std::vector<std::string>{"customer"});
}

TEST_CASE("a name that resembles nothing has no candidates") {
  CHECK(nearest_names("warehouse", known).empty());
  CHECK(nearest_names("", known).empty());
  CHECK(nearest_names(std::string(10'000, 'c'), known).empty());
}

TEST_CASE("candidates are told best first, at most three") {
  constexpr std::array<std::string_view, 5> close{"abcdef", "abcdeg", "abcxyf", "abcdxf", "abcdefg"};
  const auto found = nearest_names("abcdef", close);
  REQUIRE(found.size() == 3);
  CHECK(found.front() == "abcdef");
}

TEST_CASE("a question is only asked if there is something to propose") {
  CHECK(did_you_mean({}).empty());
  CHECK(did_you_mean({"a"}) == "; did you mean 'a'?");
  CHECK(did_you_mean({"a", "b", "c"}) == "; did you mean 'a', 'b' or 'c'?");
}

} // namespace nearest_test
