#include "netsuite/column_search.hpp"

#include <algorithm>
#include <bit>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sample_types.hpp"

namespace tidemark::test {

namespace column_search_test {

using verdict = column_search::verdict;
using names = std::set<std::string>;

std::shared_ptr<const projection> wide_table(std::size_t columns) {
  record_type type;
  type.name = type.table = "wide";
  type.key = "id";
  type.fields = {make_field("id", field_type::id)};
  for (std::size_t i = 0; i < columns; ++i)
    type.fields.push_back(make_field(fmt::format("c{}", i), field_type::text));
  return std::make_shared<const projection>(project(type));
}

/// An account that answers 500 to certain columns, always or only for the first or the last record.
struct model_account {
  names broken;
  names in_the_first;
  names in_the_last;

  bool answers(const wanted_page& asked) const {
    auto& record = asked.page.from_the_end ? in_the_last : in_the_first;
    return std::ranges::none_of(asked.what->fields, [&](auto& field) {
      return broken.contains(field.column) || record.contains(field.column);
    });
  }
};

struct finding {
  verdict result = verdict::open;
  names broken;
  int questions = 0;
};

/// Asks to the end. The question number `hiccup` fails whatever it asks for.
finding find(const std::shared_ptr<const projection>& table, const model_account& account, int hiccup = 0) {
  column_search search{table};
  finding found;
  while (search.result() == verdict::open) {
    REQUIRE(++found.questions < 1000);
    auto asked = search.next();
    REQUIRE(asked.page.limit == 1);
    search.answered(account.answers(asked) && found.questions != hiccup);
  }
  found.result = search.result();
  found.broken = {search.broken().begin(), search.broken().end()};
  return found;
}

TEST_CASE("one broken column among a hundred is found within twenty questions, wherever it stands") {
  auto table = wide_table(100);
  for (int i = 0; i < 100; ++i) {
    CAPTURE(i);
    auto column = fmt::format("c{}", i);
    auto found = find(table, {.broken = {column}, .in_the_first = {}, .in_the_last = {}});
    REQUIRE(found.result == verdict::columns_broken);
    REQUIRE(found.broken == names{column});
    REQUIRE(found.questions <= 20);
  }
}

TEST_CASE("of random tables exactly the broken columns are found") {
  std::mt19937_64 random{20240501};
  auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    auto columns = 4 + below(97);
    model_account account;
    while (account.broken.size() < static_cast<std::size_t>(round % 4))
      account.broken.insert(fmt::format("c{}", below(columns)));
    auto found = find(wide_table(columns), account);
    auto broken = static_cast<int>(account.broken.size());
    REQUIRE(found.result == (broken == 0 ? verdict::columns_fine : verdict::columns_broken));
    REQUIRE(found.broken == account.broken);
    // Two for each halving on the way to a column, and one to be sure of it.
    REQUIRE(found.questions <= 3 + broken * (2 * static_cast<int>(std::bit_width(columns)) + 1));
  }
}

TEST_CASE("a table whose first record comes through has no broken column: one question") {
  auto found = find(wide_table(100), {.broken = {}, .in_the_first = {}, .in_the_last = {"c3"}});
  CHECK(found.result == verdict::columns_fine);
  CHECK(found.questions == 1);
}

TEST_CASE("a broken first record does not bring a column into disrepute: two questions") {
  auto found = find(wide_table(100), {.broken = {}, .in_the_first = {"id", "c3"}, .in_the_last = {}});
  CHECK(found.result == verdict::columns_fine);
  CHECK(found.questions == 2);
}

TEST_CASE("columns are cleared when the first and the last record break by different ones") {
  std::mt19937_64 random{20240502};
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    auto first = random() % 50;
    auto last = 50 + random() % 50;
    auto found = find(wide_table(100), {.broken = {},
                                        .in_the_first = {fmt::format("c{}", first)},
                                        .in_the_last = {fmt::format("c{}", last)}});
    REQUIRE(found.result == verdict::columns_fine);
    REQUIRE(found.questions <= 40);
  }
}

TEST_CASE("a broken column is found although a record is broken too") {
  std::mt19937_64 random{20240503};
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    auto column = fmt::format("c{}", random() % 50);
    model_account account{.broken = {column}, .in_the_first = {}, .in_the_last = {}};
    (round % 2 == 0 ? account.in_the_first : account.in_the_last) = {fmt::format("c{}", 50 + random() % 50)};
    auto found = find(wide_table(100), account);
    REQUIRE(found.result == verdict::columns_broken);
    REQUIRE(found.broken == names{column});
    REQUIRE(found.questions <= 40);
  }
}

TEST_CASE("a table that not even gives a key is broken as a whole") {
  auto found = find(wide_table(100), {.broken = {"id"}, .in_the_first = {}, .in_the_last = {}});
  CHECK(found.result == verdict::table_broken);
  CHECK(found.broken.empty());
  CHECK(found.questions == 4);
}

TEST_CASE("where every single column fails it is the table") {
  names all;
  for (int i = 0; i < 20; ++i) all.insert(fmt::format("c{}", i));
  CHECK(find(wide_table(20), {.broken = all, .in_the_first = {}, .in_the_last = {}}).result
        == verdict::table_broken);
}

TEST_CASE("the only column of a table can be the broken one") {
  auto found = find(wide_table(1), {.broken = {"c0"}, .in_the_first = {}, .in_the_last = {}});
  CHECK(found.result == verdict::columns_broken);
  CHECK(found.broken == names{"c0"});
}

TEST_CASE("a table of keys alone is broken if it fails") {
  auto found = find(wide_table(0), {.broken = {"id"}, .in_the_first = {}, .in_the_last = {}});
  CHECK(found.result == verdict::table_broken);
}

TEST_CASE("one failure that passes changes no verdict, whichever question it meets") {
  auto table = wide_table(30);
  for (auto* column : {"c0", "c13", "c29"}) {
    model_account account{.broken = {column}, .in_the_first = {}, .in_the_last = {}};
    for (int hiccup = 1; hiccup <= 20; ++hiccup) {
      CAPTURE(column);
      CAPTURE(hiccup);
      auto found = find(table, account, hiccup);
      REQUIRE(found.result == verdict::columns_broken);
      REQUIRE(found.broken == names{column});
      REQUIRE(find(table, {}, hiccup).result == verdict::columns_fine);
    }
  }
}

TEST_CASE("the keys are asked for with every question, those of a set too") {
  auto lines = std::make_shared<const projection>(project(transaction_line()));
  column_search search{lines};
  for (int question = 0; search.result() == verdict::open; ++question) {
    REQUIRE(question < 40);
    auto asked = search.next();
    REQUIRE(asked.what->parent);
    REQUIRE(asked.what->fields[*asked.what->parent].column == "transaction");
    REQUIRE(asked.what->fields[asked.what->key].column == "id");
    search.answered(std::ranges::find(asked.what->fields, "memo", &field::column)
                    == asked.what->fields.end());
  }
  CHECK(search.broken() == std::vector<std::string>{"memo"});
}

} // namespace column_search_test

} // namespace tidemark::test
