#include "actors/import/range_sample.hpp"

#include <map>

#include <doctest/doctest.h>
namespace range_sample_test {

using namespace tidemark;

TEST_CASE("few ranges are all chosen, and of many each is as likely as any other") {
  range_sample few{10, "a"};
  for (int i = 5; i > 0; --i) few.add(i);
  CHECK(few.chosen() == std::vector<std::int64_t>{1, 2, 3, 4, 5});
  std::map<std::int64_t, int> times;
  constexpr int samples = 4000;
  for (int i = 0; i < samples; ++i) {
    range_sample it{5, std::to_string(i)};
    for (int bucket = 0; bucket < 50; ++bucket) it.add(bucket);
    CHECK(it.told() == 50);
    REQUIRE(it.chosen().size() == 5);
    for (auto bucket : it.chosen()) ++times[bucket];
  }
  // 400 each, by chance within 5 standard deviations of 19.
  for (int bucket = 0; bucket < 50; ++bucket) {
    CHECK(times[bucket] > 305);
    CHECK(times[bucket] < 495);
  }
}

TEST_CASE("the same seed chooses the same") {
  auto choose = [](const char* seed) {
    range_sample it{5, seed};
    for (int bucket = 0; bucket < 1000; ++bucket) it.add(bucket);
    return it.chosen();
  };
  CHECK(choose("acme.1") == choose("acme.1"));
  CHECK(choose("acme.1") != choose("acme.2"));
}

TEST_CASE("the bound is the published one") {
  CHECK(most_with_fault(60, 0) == doctest::Approx(0.0487).epsilon(0.01));
  CHECK(most_with_fault(300, 0) == doctest::Approx(0.00994).epsilon(0.01));
  CHECK(most_with_fault(20, 1) == doctest::Approx(0.2161).epsilon(0.01));
  CHECK(most_with_fault(60, 60) == 1);
  CHECK(most_with_fault(0, 0) == 1);
}

TEST_CASE("a sample says what it looked at, and what that means for the rest") {
  CHECK(describe(sample_result{1200, 60, 59'874, 0, 0})
        == "60 of 1200 ranges, 59874 records, compared value by value: all as in the account; with 95 % "
           "confidence at most 4.9 % of all ranges hold records that are not");
  sample_result found{1200, 60, 59'874, 2, 5};
  CHECK(found.says_of_others());
  CHECK(describe(found).ends_with("; an import in full renews them all"));
  sample_result all{3, 3, 2500, 1, 5};
  CHECK_FALSE(all.says_of_others());
  CHECK(describe(all)
        == "all 2500 records compared value by value: 5 in 1 ranges held other values, and are renewed");
}

} // namespace range_sample_test
