#include <doctest/doctest.h>

#include "netsuite/small_rows.hpp"

namespace tidemark::test {

TEST_CASE("boundaries are read from text and from numbers") {
  const auto page = decode_boundaries(
      R"({"count":2,"hasMore":true,"items":[{"links":[],"boundary":"-7","position":"1000","total":"1500"},)"
      R"({"links":[],"BOUNDARY":12,"position":1500,"total":1500}]})");
  REQUIRE(page);
  REQUIRE(page->rows.size() == 2);
  CHECK(page->rows[0].key == -7);
  CHECK(page->rows[1].key == 12);
  CHECK(page->rows[1].position == 1500);
  CHECK(page->total == 1500);
  CHECK(page->has_more);
}

TEST_CASE("a boundary without a number is an error of the server") {
  for (const auto* row :
       {R"({"position":"1","total":"1"})", R"({"boundary":"x","position":"1","total":"1"})",
        R"({"boundary":"1","position":"-1","total":"1"})", R"({"boundary":"1","position":"1"})",
        R"({"boundary":1.5,"position":"1","total":"1"})", R"({"boundary":null,"position":"1","total":"1"})"})
    CHECK(decode_boundaries(R"({"items":[)" + std::string{row} + "]}").error().code == ec::server);
}

TEST_CASE("counts and keys may come as floating numbers, but none that has lost digits") {
  const auto count = decode_count(R"({"items":[{"total":"1.0E7","last":1.2345678E7}]})");
  REQUIRE(count);
  CHECK(count->total == 10'000'000);
  CHECK(count->last == 12'345'678);
  CHECK(!decode_buckets(R"({"items":[{"bucket":"1","total":"2","keys":"1.8014398509481985E16"}]})"));
  CHECK(!decode_buckets(R"({"items":[{"bucket":"1","total":"2","keys":1.8014398509481985E16}]})"));
}

bucket_page sums_of(const std::string& first, const std::string& second) {
  auto page = decode_buckets(R"({"items":[{"bucket":"1","total":"2","keys":"3","v0":")" + first
                                 + R"("},{"bucket":"2","total":"2","keys":"3","v0":")" + second + R"("}]})",
                             1);
  REQUIRE(page);
  return *page;
}

TEST_CASE("a sum that is no number is none, and is told once") {
  for (const auto* bad : {"1,234", "12 EUR", "1.234,5", "1,2,3", ",", "", "-", "5,"}) {
    const auto page = sums_of(bad, bad);
    CHECK_MESSAGE(page.buckets[0].values == std::vector<std::string>{""}, bad);
    REQUIRE(page.unreadable.size() == 1);
    CHECK(page.unreadable[0].index == 0);
    CHECK(page.unreadable[0].text == bad);
  }
  const auto lacks = decode_buckets(R"({"items":[{"bucket":"1","total":"2","keys":"3"}]})", 1);
  REQUIRE(lacks);
  CHECK(lacks->unreadable.size() == 1);
  // Too long to be added up is not the account's fault.
  CHECK(sums_of("0.12345678901234567", "1").unreadable.empty());
}

TEST_CASE("a decimal comma is understood where it is one for certain, and then in all sums of the answer") {
  for (const auto* comma : {"1234,5", "-0,234", ",5", "12,3456", "1234,567"}) {
    const auto page = sums_of(comma, "1,234");
    CHECK_MESSAGE(page.unreadable.empty(), comma);
    CHECK(page.buckets[1].values == std::vector<std::string>{"1.234"});
  }
  CHECK(sums_of("1234,50", "7").buckets[0].values == std::vector<std::string>{"1234.5"});
}

TEST_CASE("a count has a last key unless it is zero") {
  const auto some = decode_count(R"({"items":[{"total":"143","last":"900"}]})");
  REQUIRE(some);
  CHECK(some->total == 143);
  CHECK(some->last == 900);
  const auto none = decode_count(R"({"items":[{"total":"0"}]})");
  REQUIRE(none);
  CHECK(none->total == 0);
  CHECK(!none->last);
  CHECK(!decode_count(R"({"items":[]})"));
  CHECK(!decode_count(R"({"items":[{"total":"5"}]})"));
  CHECK(!decode_count(R"({"items":[{"total":"5","last":"1"},{"total":"5","last":"1"}]})"));
}

TEST_CASE("a walk finds a key or the end") {
  CHECK(*decode_walk(R"({"items":[{"boundary":"55"}],"hasMore":true})") == 55);
  CHECK(!decode_walk(R"({"items":[],"hasMore":false})")->has_value());
  CHECK(!decode_walk(R"({"items":[{}]})"));
}

TEST_CASE("what is not a page of rows is an error of the server") {
  for (const auto* body :
       {"", "{", "[]", "{}", R"({"items":{}})", R"({"items":[1]})", "<html>", R"({"items":[]} x)"})
    CHECK(decode_rows(body).error().code == ec::server);
}

TEST_CASE("without hasMore a full page counts as one with more to come") {
  CHECK(decode_rows(R"({"items":[{}]})", 1)->has_more);
  CHECK(!decode_rows(R"({"items":[{}]})", 2)->has_more);
}

TEST_CASE("where hasMore says no and totalResults says more, the next page tells") {
  CHECK(decode_rows(R"({"items":[{}],"hasMore":false,"totalResults":2})")->has_more);
  CHECK(!decode_rows(R"({"items":[{}],"hasMore":false,"totalResults":2,"offset":1})")->has_more);
  CHECK(!decode_rows(R"({"items":[],"hasMore":false,"totalResults":2})")->has_more);
}

TEST_CASE("no rows where more are promised is no page") {
  for (const auto* body :
       {R"({"items":[],"hasMore":true})", R"({"items":[],"hasMore":false,"offset":0,"totalResults":2})"})
    CHECK(decode_rows(body).error().code == ec::server);
  CHECK(decode_rows(R"({"items":[],"hasMore":false,"offset":999,"totalResults":2})"));
}

TEST_CASE("a key is absent only if a page says so") {
  const auto cut = decode_keys(R"({"items":[{"boundary":"-5"},{"boundary":7}],"hasMore":true})");
  REQUIRE(cut);
  CHECK(left_open(*cut, {-9, -5, 7, 8, 20}) == std::vector<std::int64_t>{8, 20});
  const auto whole = decode_keys(R"({"items":[{"boundary":"-5"},{"boundary":7}],"hasMore":false})");
  REQUIRE(whole);
  CHECK(left_open(*whole, {-9, -5, 7, 8, 20}).empty());
  CHECK(decode_keys(R"({"items":[{"boundary":"7"},{"boundary":-5}],"hasMore":true})").error().code
        == ec::server);
  CHECK(decode_keys(R"({"items":[{"boundary":"7"},{"boundary":-5}],"hasMore":false})"));
}

TEST_CASE("sorted keys tell their side, in order") {
  const auto page = decode_sorted(
      R"({"items":[{"boundary":"-5","inside":"F"},{"boundary":7,"inside":"T"},{"boundary":9,"inside":"F"}],)"
      R"("hasMore":true})",
      true, -6);
  REQUIRE(page);
  CHECK(page->inside == std::vector<std::int64_t>{7});
  CHECK(page->outside == std::vector<std::int64_t>{-5, 9});
  CHECK(page->last == 9);
  CHECK(page->has_more);
  CHECK(decode_sorted(R"({"items":[]})", true, 4)->last == 4);
  CHECK(decode_sorted(R"({"items":[{"boundary":3}]})", false, {})->outside == std::vector<std::int64_t>{3});
  for (const auto* bad : {R"({"boundary":"7","inside":"F"})", R"({"boundary":"8"})",
                          R"({"boundary":"8","inside":"N"})", R"({"inside":"T"})"})
    CHECK(decode_sorted(R"({"items":[)" + std::string{bad} + "]}", true, 7).error().code == ec::server);
}

} // namespace tidemark::test
