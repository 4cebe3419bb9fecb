#include "actors/import/value_proof.hpp"

#include <doctest/doctest.h>
namespace value_proof_test {

using namespace tidemark;

using indexes = std::vector<std::size_t>;

const std::vector<value_sum> two{{"amount", sum_kind::numbers}, {"memo", sum_kind::lengths}};

TEST_CASE("sums differ where both sides know them") {
  CHECK(differing_sums({1, 2, 3, 0, {"1", "", "3"}}, {1, 2, 3, 0, {"1", "2", "4"}}) == indexes{2});
  CHECK(differing_sums({1, 2, 3, 0, {"1"}}, {1, 2, 3, 0, {}}).empty());
}

TEST_CASE("a range that agrees once it is read again held older values") {
  value_proof it{two};
  it.add({{4, {0}}, {9, {1}}}, {});
  REQUIRE(it.next() == 4);
  CHECK(it.compared(3, {}).empty());
  REQUIRE(it.next() == 9);
  CHECK(it.compared(0, {}).empty());
  CHECK_FALSE(it.next());
  CHECK(it.ranges_renewed() == 1);
  CHECK(it.records_renewed() == 3);
  CHECK(describe(it) == "3 records in 1 ranges held older values than the account, and are renewed");
}

TEST_CASE("one that changes between its reading and its sums is read again") {
  value_proof it{two};
  it.add({{4, {0}}}, {});
  CHECK(it.compared(2, {0}).empty());
  REQUIRE(it.next() == 4);
  CHECK(it.compared(1, {}).empty());
  CHECK_FALSE(it.next());
  CHECK(it.records_renewed() == 3);
  CHECK(it.restless_field().empty());
}

TEST_CASE("a sum that differs in two ranges that were just read says nothing") {
  value_proof it{two};
  it.add({{1, {1}}, {2, {0, 1}}, {3, {1}}, {4, {0, 1}}}, {{4, 0}, {4, 0}});
  for (int times = 0; times < 3; ++times) {
    REQUIRE(it.next() == 1);
    CHECK(it.compared(0, {1}).empty());
  }
  CHECK(it.restless_field() == "memo");
  REQUIRE(it.next() == 2);
  CHECK(it.compared(5, {1}).empty());
  CHECK(it.compared(0, {1}).empty());
  CHECK(it.compared(0, {1}) == std::vector<value_sum>{two[1]});
  // What differs in that one alone is not read again.
  REQUIRE(it.next() == 4);
  CHECK(it.compared(1, {1}).empty());
  CHECK_FALSE(it.next());
  CHECK(it.restless_field().empty());
  CHECK(it.standing() == std::vector<value_sum>{two[0]});
  CHECK(it.ranges_renewed() == 1);
}

TEST_CASE("nothing is expected where nothing was asked for") {
  value_proof none;
  CHECK_FALSE(none.next());
  CHECK(none.compared(1, {7}).empty());
  CHECK(describe(none).empty());
  none.add({{1, {0}}}, {{1, 0}});
  CHECK_FALSE(none.next());
}

TEST_CASE("only a sum that was compared wherever records are to agree is named") {
  std::vector<sum_coverage> seen;
  add_coverage(seen, {1, 2, 3, 0, {"1", ""}}, {1, 2, 3, 0, {"1", "2"}});
  add_coverage(seen, {2, 2, 3, 0, {"1", "2"}}, {2, 2, 3, 0, {}}); // not expected to agree
  value_proof it{two};
  CHECK(it.standing().empty());
  it.add({}, seen);
  CHECK(it.standing() == std::vector<value_sum>{two[0]});
  it.add({}, {{1, 0}, {1, 0}});
  CHECK(it.standing() == std::vector<value_sum>{two[0]});
}

TEST_CASE("a sum that is left out is told once, and is looked at no more") {
  value_proof it{two};
  it.add({{4, {0}}}, {{1, 0}, {1, 0}});
  CHECK(it.leave_out({0, 7}) == std::vector<value_sum>{two[0]});
  CHECK(it.leave_out({0}).empty());
  CHECK_FALSE(it.next());
  CHECK(it.leave_out_all() == std::vector<value_sum>{two[1]});
  CHECK(it.standing().empty());
}

} // namespace value_proof_test
