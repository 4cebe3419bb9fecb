#include "netsuite/range_reading.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "netsuite/suiteql.hpp"
#include "sample_types.hpp"

namespace tidemark::test {

namespace range_reading_test {

record_type names(std::initializer_list<std::string> key) {
  record_type type;
  type.name = type.table = "names";
  for (const auto& field : key) type.fields.push_back(make_field(field, field_type::text));
  type.wide_key = key;
  return type;
}

/// A table of texts by (first, second), of which paging reaches so many rows of each question.
struct table {
  std::shared_ptr<const projection> what;
  std::vector<std::pair<std::string, std::string>> rows;
  std::size_t cap = SIZE_MAX;
  std::size_t most_rows = 1000;
  bool counts = true;
  bool answers_behind_cap = true;
  std::size_t questions = 0;

  void fill(std::size_t count, std::size_t alike) {
    for (std::size_t i = 0; i < count; ++i)
      rows.push_back({fmt::format("k'{:05}", i / alike), fmt::format("{:05}", i)});
  }

  /// The page, or nothing for a refusal.
  std::optional<std::string> answer(const page_request& page) {
    ++questions;
    const auto window = window_of(*what, page);
    std::size_t begin = 0;
    while (begin < rows.size() && !page.from.empty() && text_literal(rows[begin].first) < page.from) ++begin;
    const auto total = rows.size() - begin;
    const bool is_beyond = window.offset + window.limit > cap;
    if (is_beyond && !answers_behind_cap) return std::nullopt;
    auto items = nlohmann::json::array();
    for (std::size_t i = begin + window.offset;
         !is_beyond && i < rows.size() && items.size() < std::min<std::size_t>(window.limit, most_rows);
         ++i) {
      nlohmann::json item{{what->fields[0].column, rows[i].first}};
      if (what->wide_key.size() > 1) item[what->fields[1].column] = rows[i].second;
      items.push_back(std::move(item));
    }
    const auto count = items.size();
    return nlohmann::json{{"items", std::move(items)},
                          {"count", count},
                          {"hasMore", false},
                          {"offset", window.offset},
                          {"totalResults", total}}
        .dump();
  }

  outcome<std::size_t> read(range_reading& reading) {
    page_decoder decoder{*what};
    while (!reading.finished()) {
      REQUIRE(questions < 500);
      if (reading.must_count()) {
        ++questions;
        if (!counts && !reading.not_counted()) return fail(ec::rejected, "not counted");
        if (!counts) continue;
        if (auto verdict = reading.counted(rows.size()); !verdict) return std::unexpected(verdict.error());
        continue;
      }
      const auto body = answer(reading.next().page);
      if (!body) {
        if (!reading.refused()) return fail(ec::rejected, "refused");
        continue;
      }
      auto page = decoder.decode(*body, reading.next().page);
      if (!page) return std::unexpected(page.error());
      reading.passed(std::move(*page));
    }
    std::set<std::int64_t> keys;
    std::size_t count = 0;
    for (const auto& page : reading.take_pages())
      for (std::size_t i = 0; i < page->size(); ++i, ++count) keys.insert(page->row(i)[what->key].number);
    CHECK(keys.size() == count);
    return count;
  }
};

table table_of(const record_type& type) {
  table out;
  out.what = std::make_shared<const projection>(project(type));
  return out;
}

const key_range all{std::nullopt, INT64_MAX};

data_page page_of(std::size_t rows, bool has_more, std::optional<row_cursor> last = {}) {
  data_page page;
  page.records = std::make_shared<record_set>();
  page.count = page.fresh = rows;
  page.has_more = has_more;
  page.last = last;
  return page;
}

auto customers() { return std::make_shared<const projection>(project(customer())); }

TEST_CASE("a range that brings what was planned costs no count") {
  range_reading reading{customers(), {0, 5000}, 1000, 700};
  reading.passed(page_of(700, false, row_cursor{0, 5000}));
  CHECK(reading.finished());
}

TEST_CASE("fewer rows are believed if a count says so, too") {
  range_reading reading{customers(), {0, 5000}, 1000, 700};
  reading.passed(page_of(699, false, row_cursor{0, 5000}));
  CHECK(!reading.finished());
  REQUIRE(reading.must_count());
  REQUIRE(reading.counted(699));
  CHECK(reading.finished());
}

TEST_CASE("an empty page is read once more, and that the account keeps counting more is a failure") {
  range_reading reading{customers(), {0, 5000}, 1000, 700};
  reading.passed(page_of(0, false));
  REQUIRE(reading.counted(700));
  CHECK(!reading.must_count());
  CHECK(!reading.next().page.after);
  SUBCASE("it was a stray one") {
    reading.passed(page_of(700, false, row_cursor{0, 5000}));
    CHECK(reading.finished());
  }
  SUBCASE("it was not") {
    reading.passed(page_of(0, false));
    const auto verdict = reading.counted(700);
    REQUIRE(!verdict);
    CHECK(verdict.error().code == ec::server);
    CHECK(verdict.error().message
          == "the account counts 700 records of customer in (0, 5000] and gives 0 of them");
  }
}

TEST_CASE("rows that totalResults promises are counted, however many have come") {
  range_reading reading{customers(), {0, 5000}, 1000, 5};
  auto page = page_of(700, false, row_cursor{0, 700});
  page.promised = 1;
  reading.passed(std::move(page));
  CHECK(reading.must_count());
}

TEST_CASE("where the account does not count a second reading tells") {
  range_reading reading{customers(), {0, 5000}, 1000, 700};
  reading.passed(page_of(10, false, row_cursor{0, 10}));
  CHECK(reading.not_counted());
  CHECK(!reading.finished());
  reading.passed(page_of(10, false, row_cursor{0, 10}));
  CHECK(reading.not_counted());
  CHECK(reading.finished());
}

TEST_CASE("what was taken is not asked for again") {
  range_reading reading{customers(), {0, 5000}, 1000, 1500};
  reading.passed(page_of(1000, true, row_cursor{0, 3000}));
  CHECK(reading.take_pages().size() == 1);
  CHECK(reading.range() == key_range{3000, 5000});
  reading.passed(page_of(0, false));
  REQUIRE(reading.must_count());
  REQUIRE(reading.counted(500));
  CHECK(reading.next().page.range == key_range{3000, 5000});
  reading.passed(page_of(500, false, row_cursor{0, 4000}));
  CHECK(reading.finished());
}

TEST_CASE("the weight of a set is an estimate") {
  CHECK(certain_rows(project(customer()), 1000) == 1000);
  CHECK(certain_rows(project(transaction_line()), 1000) == 900);
  CHECK(certain_rows(project(transaction_line()), 60) == 1);
  CHECK(certain_rows(project(transaction_line()), 0) == 0);
}

TEST_CASE("what paging does not reach is read on from the last row") {
  for (const bool answers : {true, false})
    for (const auto alike : {std::size_t{1}, std::size_t{7}, std::size_t{400}}) {
      CAPTURE(answers);
      CAPTURE(alike);
      auto it = table_of(alike == 1 ? names({"a"}) : names({"a", "b"}));
      it.fill(7300, alike);
      it.cap = 3000;
      it.answers_behind_cap = answers;
      range_reading reading{it.what, all, 1000, 7300};
      const auto read = it.read(reading);
      REQUIRE_MESSAGE(read, read.error().message);
      CHECK(*read == 7300);
    }
}

TEST_CASE("pages that are shorter than asked for, and say that they are the last, lose nothing") {
  auto it = table_of(names({"a"}));
  it.fill(1500, 1);
  it.most_rows = 300;
  range_reading reading{it.what, all, 1000, 1500};
  const auto read = it.read(reading);
  REQUIRE_MESSAGE(read, read.error().message);
  CHECK(*read == 1500);
}

TEST_CASE(
    "what paging does not reach, of an account that does not count, is given up after a second reading") {
  auto it = table_of(names({"a"}));
  it.fill(7300, 1);
  it.cap = 3000;
  it.counts = false;
  range_reading reading{it.what, all, 1000, 7300};
  const auto read = it.read(reading);
  REQUIRE(!read);
  CHECK(read.error().code == ec::rejected);
  CHECK(it.questions < 20);
}

TEST_CASE("what cannot be read on is told") {
  auto it = table_of(names({"a", "b"}));
  it.fill(7300, 7300); // nothing tells where to go on
  it.cap = 3000;
  range_reading reading{it.what, all, 1000, 7300};
  const auto read = it.read(reading);
  REQUIRE(!read);
  CHECK(read.error().code == ec::server);
  CHECK_MESSAGE(read.error().message.find("counts 7300 records of names and gives 2994 of them")
                    != std::string::npos,
                read.error().message);
}

} // namespace range_reading_test

} // namespace tidemark::test
