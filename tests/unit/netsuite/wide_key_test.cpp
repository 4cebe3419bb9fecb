#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "netsuite/key_number.hpp"
#include "netsuite/page_decoder.hpp"
#include "netsuite/page_query.hpp"
#include "netsuite/suiteql.hpp"
#include "sample_types.hpp"

namespace tidemark::test {

namespace wide_key_test {

record_type accounting_line() {
  record_type type;
  type.name = type.table = "transactionaccountingline";
  type.fields = {make_field("transaction", field_type::reference), make_field("line", field_type::integer),
                 make_field("book", field_type::integer), make_field("amount", field_type::decimal)};
  type.wide_key = {"line", "book"};
  type.set = set_of{"transaction", "transaction"};
  return type;
}

record_type account_type() {
  record_type type;
  type.name = type.table = "accounttype";
  type.fields = {make_field("id", field_type::text), make_field("longname", field_type::text)};
  type.wide_key = {"id"};
  return type;
}

TEST_CASE("the number of a key never changes, and tells kinds and places apart") {
  key_number number;
  number.add(std::int64_t{3});
  number.add("Bank");
  number.add_null();
  CHECK(number.value() == 1216579250524752608);
  auto of = [](auto... parts) {
    key_number x;
    (x.add(parts), ...);
    return x.value();
  };
  using std::string_view;
  std::set<std::int64_t> all{of(std::int64_t{1}, std::int64_t{12}),
                             of(std::int64_t{11}, std::int64_t{2}),
                             of(string_view{"1"}, string_view{"12"}),
                             of(string_view{"11"}, string_view{"2"}),
                             of(string_view{"112"}),
                             of(std::int64_t{112}),
                             of(string_view{"1t2:12"}),
                             of(string_view{})};
  CHECK(all.size() == 8);
  CHECK(*all.begin() >= 0);
}

TEST_CASE("a wide key within a parent is read by all its fields, and continued by position") {
  const auto what = project(accounting_line());
  const std::string select = "SELECT t.transaction AS transaction, t.line AS line, t.book AS book, "
                             "t.amount AS amount FROM transactionaccountingline t ";
  const std::string order = " ORDER BY t.transaction ASC, t.line ASC, t.book ASC";
  CHECK(page_query(what, {{5, 90}}) == select + "WHERE t.transaction > 5 AND t.transaction <= 90" + order);
  CHECK(page_query(what, {{5, 90}, row_cursor{7, 123, 40}})
        == select + "WHERE t.transaction > 5 AND t.transaction <= 90 AND t.transaction >= 7" + order);
  CHECK(bucket_query(what, 1000, {2999, INT64_MAX})
        == "SELECT TO_CHAR(FLOOR(t.transaction / 1000)) AS bucket, TO_CHAR(COUNT(*)) AS total, "
           "TO_CHAR(COALESCE(SUM(t.line), 0)) AS keys, "
           "TO_CHAR(SUM(t.transaction)) AS parents FROM transactionaccountingline t WHERE t.transaction > "
           "2999 "
           "GROUP BY FLOOR(t.transaction / 1000) ORDER BY FLOOR(t.transaction / 1000) ASC");
  CHECK_FALSE(can_drop(accounting_line(), "line"));
  CHECK(can_drop(accounting_line(), "book"));
  CHECK(can_drop(accounting_line(), "amount"));
  auto keys = narrowed(what, {});
  CHECK(keys.names() == std::vector<std::string>{"transaction", "line", "book", "_key"});
  CHECK(keys.wide_key == std::vector<std::size_t>{1, 2});
  CHECK(optional_fields(what) == std::vector<std::size_t>{3});
}

TEST_CASE("fields behind the first of a wide key can be left out where the account lacks them") {
  const auto type = accounting_line();
  CHECK_FALSE(can_drop(type, "line"));
  CHECK_FALSE(can_drop(type, "transaction"));
  CHECK(can_drop(type, "book"));
  CHECK(is_key_column(type, "line"));
  CHECK_FALSE(is_key_column(type, "book"));
  CHECK_FALSE(is_key_column(type, "nosuch"));
  const auto what = project(type, without({"book", "line"}));
  CHECK(what.names() == std::vector<std::string>{"transaction", "line", "amount", "_key"});
  CHECK(what.wide_key == std::vector<std::size_t>{1});
  CHECK(what.summed == 1);
  CHECK(page_query(what, {{5, 90}}).ends_with(" ORDER BY t.transaction ASC, t.line ASC"));
  // What a comparison adds up stays, wherever it stands.
  auto by_day = type;
  by_day.fields.push_back(make_field("day", field_type::date));
  by_day.wide_key = {"day", "line", "book"};
  CHECK_FALSE(can_drop(by_day, "line"));
  CHECK(can_drop(by_day, "book"));
}

TEST_CASE("a type without an integer in its key is one range") {
  const auto what = project(account_type());
  CHECK_FALSE(what.has_ranges());
  CHECK(page_query(what, {{5, 90}, row_cursor{0, 123, 40}})
        == "SELECT t.id AS id, t.longname AS longname FROM accounttype t ORDER BY t.id ASC");
  CHECK(count_query(what, std::nullopt) == "SELECT TO_CHAR(COUNT(*)) AS total, 0 AS last FROM accounttype t");
  CHECK(bucket_query(what, INT64_MAX, {{}, INT64_MAX})
        == "SELECT 0 AS bucket, TO_CHAR(COUNT(*)) AS total, TO_CHAR(COALESCE(SUM(LENGTH(t.id)), 0)) AS keys "
           "FROM accounttype t");
  // Keys that the account does not know cannot be asked for: then all is.
  auto changing = account_type();
  changing.fields.push_back(make_field("changed", field_type::datetime));
  changing.change_column = "changed";
  CHECK(is_partial(project(changing), {1'700'000'000'000, {}}));
  CHECK_FALSE(is_partial(project(changing), {1'700'000'000'000, {5}}));
}

TEST_CASE("a window is what NetSuite allows, and overlaps the page before by little") {
  const auto what = project(accounting_line());
  for (std::uint32_t limit : {2U, 3U, 10U, 999U, 1000U})
    for (std::uint32_t position = 1; position < 5000; position += limit < 10 ? 1 : 7) {
      auto window = window_of(what, {{0, 9}, row_cursor{1, 1, position}, limit});
      CAPTURE(limit);
      CAPTURE(position);
      REQUIRE(window.offset % window.limit == 0);
      REQUIRE(window.limit <= limit + (limit < 10 ? 10 : 0));
      REQUIRE(window.known >= 1);
      REQUIRE(window.offset + window.known == position);
      REQUIRE(window.known < window.limit);
      if (limit == 1000) REQUIRE(window.limit - window.known >= 490);
    }
  CHECK(window_of(what, {{0, 9}, row_cursor{1, 1, 7}, 1}) == page_window{7, 1, 0});
  CHECK(window_of(project(customer()), {{0, 9}, row_cursor{0, 7}, 100}) == page_window{0, 100, 0});
}

/// An account that answers pages of one type; rows by (parent, fields of the key).
struct account {
  using row = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
  std::set<row> rows;

  std::string answer(const page_request& page, const page_window& window) const {
    nlohmann::json items = nlohmann::json::array();
    std::size_t place = 0;
    std::size_t total = 0;
    for (auto& [parent, line, book] : rows) {
      bool inside = (!page.range.after || parent > *page.range.after) && parent <= page.range.up_to
                    && (!page.after || parent >= page.after->parent);
      if (!inside) continue;
      ++total;
      if (place++ < window.offset || items.size() == window.limit) continue;
      items.push_back({{"links", nlohmann::json::array()},
                       {"transaction", std::to_string(parent)},
                       {"line", std::to_string(line)},
                       {"book", std::to_string(book)},
                       {"amount", "1.5"}});
    }
    bool has_more = total > window.offset + items.size();
    return nlohmann::json{{"count", items.size()},
                          {"hasMore", has_more},
                          {"items", items},
                          {"offset", window.offset},
                          {"totalResults", total}}
        .dump();
  }
};

TEST_CASE("however many rows a parent has, pages bring each once; what moves meanwhile is told, or missed by "
          "none") {
  std::mt19937_64 random{20240229};
  auto below = [&](std::int64_t end) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end));
  };
  const auto what = project(accounting_line());
  std::size_t told = 0;
  std::size_t whole = 0;
  for (int round = 0; round < 600; ++round) {
    account theirs;
    bool moves = round % 2 == 0;
    for (auto count = 1 + below(200); count > 0; --count)
      theirs.rows.insert({1 + below(4), below(60), below(3)});
    auto lasting = theirs.rows;
    page_request page{{std::nullopt, INT64_MAX}, {}, static_cast<std::uint32_t>(2 + below(30))};
    page_decoder decoder{what};
    std::multiset<account::row> seen;
    bool failed = false;
    for (;;) {
      auto window = window_of(what, page);
      auto found = decoder.decode(theirs.answer(page, window), page);
      if (!found || found->beyond || (found->promised > 0 && !found->has_more)) {
        REQUIRE(moves);
        REQUIRE((found || found.error().code == ec::server));
        failed = true;
        break;
      }
      for (std::size_t i = 0; i < found->records->size(); ++i) {
        auto row = found->records->row(i);
        REQUIRE(row[4].is == cell::kind::integer);
        seen.insert({row[0].number, row[1].number, row[2].number});
      }
      if (!found->has_more) break;
      page.after = found->last;
      if (moves && below(3) == 0) {
        auto victim = std::next(theirs.rows.begin(), below(static_cast<std::int64_t>(theirs.rows.size())));
        lasting.erase(*victim);
        theirs.rows.erase(victim);
      }
      if (moves && below(3) == 0) theirs.rows.insert({1 + below(4), below(60), below(3)});
      if (theirs.rows.empty()) break;
    }
    ++(failed ? told : whole);
    if (failed) continue;
    for (auto& row : lasting) REQUIRE(seen.count(row) >= 1);
    if (!moves) REQUIRE(seen.size() == theirs.rows.size());
  }
  CHECK(told > 50);
  CHECK(whole > 300);
}

TEST_CASE("a row whose key cannot be read is kept aside without a number, others with theirs") {
  auto type = accounting_line();
  type.strict = true;
  auto page = page_decoder{project(type)}.decode(
      R"({"count":3,"hasMore":false,"items":[{"transaction":"1","line":"x","book":"1","amount":"1"},)"
      R"({"transaction":"1","line":"2","book":"1","amount":"much"},{"transaction":"1","amount":"3"}],)"
      R"("offset":0,"totalResults":3})",
      {{std::nullopt, INT64_MAX}});
  REQUIRE(page);
  CHECK(page->records->empty());
  auto& rejected = page->records->rejected();
  REQUIRE(rejected.size() == 3);
  key_number number;
  number.add(std::int64_t{2});
  number.add(std::int64_t{1});
  CHECK(rejected[0].key == "1/");
  CHECK(rejected[1].key == "1/" + std::to_string(number.value()));
  CHECK(rejected[2].key == "1/");
  CHECK(rejected[2].reason == "the fields of the key are all empty");
  CHECK(page->last == row_cursor{1, number.value(), 2});
}

TEST_CASE("a key that is there twice is not a key") {
  auto page = page_decoder{project(account_type())}.decode(
      R"({"count":2,"hasMore":false,"items":[{"id":"Bank","longname":"a"},{"id":"Bank","longname":"b"}],)"
      R"("offset":0,"totalResults":2})",
      {{std::nullopt, INT64_MAX}});
  REQUIRE_FALSE(page);
  CHECK(page.error().code == ec::rejected);
  // By the values that somebody can look for.
  CHECK(page.error().message.find("not unique: 'Bank' is there twice") != std::string::npos);
}

} // namespace wide_key_test
} // namespace tidemark::test
