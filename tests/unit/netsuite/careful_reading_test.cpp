#include "netsuite/careful_reading.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sample_types.hpp"
#include "table_model.hpp"

namespace tidemark::test {

namespace careful_reading_test {

using names = std::set<std::string>;

record_type wide_lines(bool sets, std::size_t columns) {
  record_type type;
  type.name = type.table = "wide";
  type.key = "id";
  if (sets) {
    type.set = set_of{"owner", "owner"};
    type.fields.push_back(make_field("owner", field_type::reference));
  }
  type.fields.push_back(make_field("id", field_type::id));
  for (std::size_t i = 0; i < columns; ++i)
    type.fields.push_back(make_field(fmt::format("c{}", i), field_type::text));
  return type;
}

/// A table of records, or of one parent's lines, some of which fail every page that shows certain columns.
class model_account {
public:
  explicit model_account(record_type type)
      : what(std::make_shared<const projection>(project(type))), sets_(type.set.has_value()) {}

  void fill(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) rows.insert({sets_ ? 7 : i, sets_ ? i : 0});
  }

  /// The page, or nothing for a 500.
  std::optional<std::string> answer(const wanted_page& asked) const {
    auto items = nlohmann::json::array();
    bool more = false;
    for (auto& row : rows) {
      auto& [range, after, limit, end, from] = asked.page;
      if (row.parent > range.up_to || (range.after && row.parent <= *range.after)) continue;
      if (after
          && (sets_ ? std::pair{row.parent, row.key} <= std::pair{after->parent, after->key}
                    : row.parent <= after->key))
        continue;
      if (items.size() == limit) {
        more = true;
        break;
      }
      nlohmann::json item{{"links", nlohmann::json::array()}};
      for (auto& field : asked.what->fields) {
        auto faults = broken.find(row);
        if (faults != broken.end() && faults->second.contains(field.column)) return std::nullopt;
        item[field.column] = field.column == "owner" ? std::to_string(row.parent)
                             : field.column == "id"  ? std::to_string(sets_ ? row.key : row.parent)
                                                     : "x";
      }
      items.push_back(std::move(item));
    }
    auto count = items.size();
    return nlohmann::json{{"items", std::move(items)}, {"count", count}, {"hasMore", more}}.dump();
  }

  std::uint64_t count(const key_range& range) const {
    return static_cast<std::uint64_t>(std::ranges::count_if(rows, [&](auto& row) {
      return row.parent <= range.up_to && (!range.after || row.parent > *range.after);
    }));
  }

  std::shared_ptr<const projection> what;
  std::set<model_row> rows;
  std::map<model_row, names> broken; ///< columns, by row

private:
  bool sets_;
};

struct result {
  std::vector<model_row> read; ///< in the order in which they came; of records without sets only the parent
  std::vector<rejected_record> rejected;
  int questions = 0;
};

/// Reads to the end. Before each answer `before(question)` may change the account; if it returns true, the
/// question fails whatever it asks for.
template <class Before>
result read(const model_account& account, key_range range, std::uint64_t expected, Before before) {
  careful_reading reading{account.what, range, "HTTP 500", expected};
  result out;
  while (!reading.finished()) {
    REQUIRE(++out.questions < 2000);
    if (reading.must_count()) {
      REQUIRE(reading.counted(account.count(range)));
      continue;
    }
    auto asked = reading.next();
    auto hiccup = before(out.questions);
    auto body = account.answer(asked);
    if (!body || hiccup) {
      reading.failed({ec::server, "HTTP 500: it failed"});
      continue;
    }
    auto page = page_decoder{*asked.what}.decode(*body, asked.page);
    REQUIRE(page);
    reading.passed(std::move(*page), *body);
  }
  auto& what = *account.what;
  for (auto& page : reading.take_pages()) {
    for (std::size_t i = 0; i < page->size(); ++i) {
      auto key = page->row(i)[what.key].number;
      out.read.push_back(what.parent ? model_row{page->row(i)[*what.parent].number, key} : model_row{key, 0});
    }
    out.rejected.insert(out.rejected.end(), page->rejected().begin(), page->rejected().end());
  }
  return out;
}

result read(const model_account& account, key_range range, std::uint64_t expected) {
  return read(account, range, expected, [](int) { return false; });
}

TEST_CASE("a record that breaks its page is rejected with its key, the reason and what came through") {
  model_account account{customer()};
  account.rows = {{41, 0}, {42, 0}, {43, 0}};
  account.broken[{42, 0}] = {"creditlimit"};
  // What the sample's other columns hold does not matter to anybody here.
  auto found = read(account, {41, 42}, 1);
  CHECK(found.read.empty());
  REQUIRE(found.rejected.size() == 1);
  CHECK(found.rejected[0].key == "42");
  CHECK(found.rejected[0].reason == "NetSuite cannot give this record: HTTP 500: it failed");
  auto raw = nlohmann::json::parse(found.rejected[0].raw);
  CHECK(raw["id"] == "42");
  CHECK(raw["companyname"] == "x");
  CHECK_FALSE(raw.contains("creditlimit"));
  CHECK_FALSE(raw.contains("links"));
}

TEST_CASE("of a record with one broken column among a hundred at most seven are missing in its raw text") {
  for (int i = 0; i < 100; ++i) {
    CAPTURE(i);
    model_account account{wide_lines(false, 100)};
    account.fill(1);
    auto column = fmt::format("c{}", i);
    account.broken[{0, 0}] = {column};
    auto found = read(account, {-1, 0}, 1);
    REQUIRE(found.rejected.size() == 1);
    auto raw = nlohmann::json::parse(found.rejected[0].raw);
    REQUIRE(raw.size() >= 1 + 100 - 7);
    REQUIRE_FALSE(raw.contains(column));
    REQUIRE(found.questions <= 11);
  }
}

TEST_CASE("a record of which only the key comes through is rejected after few questions") {
  model_account account{wide_lines(false, 100)};
  account.fill(1);
  for (int i = 0; i < 100; ++i) account.broken[{0, 0}].insert(fmt::format("c{}", i));
  auto found = read(account, {-1, 0}, 1);
  REQUIRE(found.rejected.size() == 1);
  CHECK(found.rejected[0].key == "0");
  CHECK(found.rejected[0].raw == R"({"id":"0"})");
  CHECK(found.questions == 11);
}

TEST_CASE("a record whose key cannot be had either is rejected under the key of its range") {
  model_account account{wide_lines(false, 5)};
  account.rows = {{42, 0}};
  account.broken[{42, 0}] = {"id"};
  auto found = read(account, {41, 42}, 1);
  REQUIRE(found.rejected.size() == 1);
  CHECK(found.rejected[0].key == "42");
  CHECK(found.rejected[0].raw.empty());
  CHECK(found.questions == 3);
}

TEST_CASE("of a set with random broken lines only those are rejected, and the others are read once") {
  std::mt19937_64 random{20240504};
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    model_account account{wide_lines(true, 4 + random() % 20)};
    const auto lines = static_cast<std::int64_t>(1 + random() % (round % 10 == 0 ? 2500 : 200));
    account.fill(lines);
    for (int i = 0; i < round % 4; ++i)
      account.broken[{7, static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(lines))}] = {
          fmt::format("c{}", random() % 4)};
    // What was planned may be far off.
    auto found = read(account, {6, 7}, random() % 3000);
    std::vector<model_row> readable;
    for (auto& row : account.rows)
      if (!account.broken.contains(row)) readable.push_back(row);
    REQUIRE(found.read == readable);
    REQUIRE(found.rejected.size() == account.broken.size());
    for (auto [row, rejected] = std::pair{account.broken.begin(), found.rejected.begin()};
         row != account.broken.end(); ++row, ++rejected) {
      REQUIRE(rejected->key == fmt::format("7/{}", row->first.key));
      auto raw = nlohmann::json::parse(rejected->raw);
      REQUIRE(raw["owner"] == "7");
      REQUIRE_FALSE(raw.contains(*row->second.begin()));
    }
    // Ten halvings, the key and the columns for each of them, and the pages in between, which double again.
    auto broken = static_cast<int>(account.broken.size());
    REQUIRE(found.questions <= 5 + (broken + 1) * 10 + broken * (10 + 11));
  }
}

TEST_CASE("a line whose key cannot be had takes the rest of its set along, named by the parent") {
  model_account account{wide_lines(true, 5)};
  account.fill(40);
  account.broken[{7, 20}] = {"id"};
  auto found = read(account, {6, 7}, 40);
  CHECK(found.read.size() == 20);
  REQUIRE(found.rejected.size() == 1);
  CHECK(found.rejected[0].key == "7/");
}

TEST_CASE("a record that has gone meanwhile is neither read nor rejected") {
  model_account account{wide_lines(false, 5)};
  account.fill(1);
  account.broken[{0, 0}] = {"c1"};
  auto found = read(account, {-1, 0}, 1, [&](int question) {
    if (question == 2) account.rows.clear();
    return false;
  });
  CHECK(found.read.empty());
  CHECK(found.rejected.empty());
  CHECK(found.questions == 3); // and how many there are
}

TEST_CASE("failures that pass reject nothing, whichever question they meet") {
  for (bool sets : {false, true}) {
    model_account account{wide_lines(sets, 8)};
    account.fill(sets ? 30 : 1);
    // The pages of a set have come down to one line when the last of these fails.
    const int at_first = sets ? 4 : 1;
    for (int hiccup = 0; hiccup <= 3; ++hiccup) {
      CAPTURE(sets);
      CAPTURE(hiccup);
      auto found = read(account, {sets ? 6 : -1, sets ? 7 : 0}, 30,
                        [&](int question) { return question <= at_first || question == at_first + hiccup; });
      REQUIRE(found.read.size() == account.rows.size());
      REQUIRE(found.rejected.empty());
    }
  }
}

TEST_CASE("fewer rows than were thought to be there are counted before they are believed") {
  model_account account{wide_lines(true, 2)};
  careful_reading reading{account.what, {6, 7}, "HTTP 500", 3};
  auto body = *account.answer(reading.next());
  reading.passed(*page_decoder{*account.what}.decode(body, reading.next().page), body);
  REQUIRE(reading.must_count());
  SUBCASE("they are gone") {
    CHECK(reading.counted(0));
    CHECK(reading.finished());
  }
  SUBCASE("they are not") {
    CHECK(reading.counted(3).error().code == ec::server);
    CHECK(!reading.finished());
  }
}

TEST_CASE("a record that comes through in parts but never as a whole is rejected with all of its parts") {
  model_account account{wide_lines(false, 8)};
  account.fill(1);
  careful_reading reading{account.what, {-1, 0}, "HTTP 500", 1};
  int questions = 0;
  while (!reading.finished()) {
    REQUIRE(++questions < 40);
    auto asked = reading.next();
    if (asked.what->fields.size() == account.what->fields.size()) {
      reading.failed({ec::server, "too much at once"});
      continue;
    }
    auto body = account.answer(asked).value();
    reading.passed(page_decoder{*asked.what}.decode(body, asked.page).value(), body);
  }
  auto pages = reading.take_pages();
  REQUIRE(pages.size() == 1);
  REQUIRE(pages[0]->rejected().size() == 1);
  CHECK(nlohmann::json::parse(pages[0]->rejected()[0].raw).size() == 9);
  CHECK(pages[0]->rejected()[0].reason == "NetSuite cannot give this record: too much at once");
}

} // namespace careful_reading_test

} // namespace tidemark::test
