#include "actors/import/key_comparison.hpp"

#include <limits>

#include <doctest/doctest.h>
namespace key_comparison_test {

using namespace tidemark;

using runs = std::vector<key_comparison::run>;

constexpr auto least = std::numeric_limits<std::int64_t>::min();
constexpr auto most = std::numeric_limits<std::int64_t>::max();

TEST_CASE("a bucket holds about a thousand records") {
  CHECK(bucket_width(5000, key_range{-1, 4999}) == 1000);
  CHECK(bucket_width(1000, key_range{0, 50'000}) == 50'000);
  CHECK(bucket_width(10, key_range{0, 20}) == 2000);
  CHECK(bucket_width(0, std::nullopt) == 1000);
  CHECK(bucket_width(2, key_range{least, most}) == 1'000'000'000'000'000);
}

TEST_CASE("a bucket's keys are a range, below zero too") {
  CHECK(range_of(0, 1000) == key_range{-1, 999});
  CHECK(range_of(-1, 1000) == key_range{-1001, -1});
}

TEST_CASE("the buckets of the least and the greatest keys end with them") {
  for (std::int64_t width : {1000L, 1'000'000'000'000'000L}) {
    auto last = range_of(most / width, width);
    CHECK(last.up_to == most);
    CHECK(last.after == most / width * width - 1);
    auto first = range_of(least / width - 1, width);
    CHECK_FALSE(first.after);
    CHECK(first.up_to == least / width * width - 1);
  }
}

TEST_CASE("a bucket that no key can have does no harm, and is no answer") {
  const key_range everything{std::nullopt, most};
  for (std::int64_t width : {1000L, 1024L, 1'000'000'000'000'000L, most})
    for (auto bucket : {least, least + 1, most - 1, most}) {
      range_of(bucket, width);
      CHECK_FALSE(lie_within({{bucket, 1, 1, 0}}, everything, width));
    }
  CHECK(lie_within({{least / 1000 - 1, 1, 1, 0}, {-1, 1, 1, 0}, {most / 1000, 1, 1, 0}}, everything, 1000));
  CHECK(lie_within({{0, 1, 1, 0}}, everything, most));
  CHECK(lie_within({}, {0, 10}, 1000));
}

TEST_CASE("buckets that were not asked for, come twice or out of order are no answer") {
  CHECK(lie_within({{2, 1, 1, 0}, {4, 1, 1, 0}}, {1999, 4999}, 1000));
  CHECK_FALSE(lie_within({{1, 1, 1, 0}}, {1999, 4999}, 1000));
  CHECK_FALSE(lie_within({{5, 1, 1, 0}}, {1999, 4999}, 1000));
  CHECK_FALSE(lie_within({{3, 1, 1, 0}, {2, 1, 1, 0}}, {1999, 4999}, 1000));
  CHECK_FALSE(lie_within({{3, 1, 1, 0}, {3, 1, 1, 0}}, {1999, 4999}, 1000));
}

TEST_CASE("equal counts and sums are no difference, in however many parts they come") {
  key_comparison it;
  CHECK(it.add({{0, 10, 45, 0}, {1, 3, 60, 0}}, {{0, 10, 45, 0}, {1, 3, 60, 0}}).keys.empty());
  CHECK(it.add({{5, 1, 51, 0}}, {{5, 1, 51, 0}}).keys.empty());
  CHECK(it.differing() == 0);
  CHECK(it.their_rows() == 14);
}

TEST_CASE("a bucket differs by its count, by either sum, and by being on one side alone") {
  key_comparison it;
  key_bucket equal{5, 1, 1, 0};
  for (key_bucket theirs : {key_bucket{4, 5, 9, 0}, {4, 5, 8, 0}, {4, 4, 9, 0}, {4, 5, 9, 4}})
    CHECK(it.add({theirs, equal}, {{4, 5, 9, 5}, equal}).keys == runs{{4, 4}});
  CHECK(it.add({{4, 1, 1, 0}}, {}).keys == runs{{4, 4}});
  CHECK(it.add({}, {{4, 1, 1, 0}}).keys == runs{{4, 4}});
  CHECK(it.differing() == 6);
}

TEST_CASE("differing buckets are one run as long as no equal one is among them") {
  key_comparison it;
  CHECK(it.add({{1, 5, 9, 0}, {2, 5, 9, 0}, {4, 1, 1, 0}, {9, 1, 1, 0}},
               {{0, 2, 3, 0}, {1, 4, 9, 0}, {2, 5, 9, 0}, {7, 1, 1, 0}})
            .keys
        == runs{{0, 1}, {4, 9}});
}

TEST_CASE("however many buckets differ, only a few are kept") {
  key_comparison it;
  for (std::int64_t i = 0; i < 100'000; ++i) it.add({{i, 1, 1, 0}}, {});
  CHECK(it.differing() == 100'000);
  CHECK(it.first_differences().size() == 5);
}

TEST_CASE("differences are told with both counts, and the first few of many") {
  key_comparison it;
  it.add({{1, 998, 1, 0}, {2, 5, 9, 0}}, {{1, 1000, 2, 0}, {2, 5, 8, 0}});
  CHECK(
      describe(it, 1000)
      == "(999, 1999]: the account has 998 records, the database 1000; (1999, 2999]: 5 records in both, but "
         "not the same ones");
  key_comparison many;
  for (std::int64_t i = 0; i < 8; ++i) many.add({{i, 1, 1, 0}}, {});
  CHECK(describe(many, 10).ends_with("; and 3 ranges more"));
}

} // namespace key_comparison_test
