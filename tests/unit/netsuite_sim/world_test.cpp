#include "tests/unit/netsuite_sim/support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
namespace world_test {

using namespace tidemark::netsuite_sim;
using namespace tidemark::netsuite_sim::test;

world_options small(std::uint64_t seed = 7) { return {.seed = seed, .scale = 0.02, .counts = {}}; }

std::string print(const world& data, const table& t, const row& r) {
  std::string result;
  cell value;
  for (std::size_t i = 0; i < t.columns.size(); ++i) {
    data.read(t, r, i, value);
    result += std::to_string(static_cast<int>(value.what())) + ":"
              + (value.what() == cell::type::text ? value.text()
                 : value.is_null()                ? ""
                                                  : std::to_string(value.number()))
              + "|";
  }
  return result;
}

std::string print(const world& data, const std::string& name, row_key key) {
  const auto& t = *data.find_table(name);
  auto found = data.find_row(t, key);
  return found ? print(data, t, *found) : "(none)";
}

/// A row of the table by its position.
row_key nth(const world& data, const std::string& name, std::size_t n) {
  return keys_of(data, *data.find_table(name)).at(n);
}

TEST_CASE("the same seed gives the same rows, another seed gives others") {
  world one(small());
  world two(small());
  world other(small(8));
  for (const auto& t : one.tables()) {
    row r;
    for (cursor rows(one, t, {}); rows.next(r);) REQUIRE(print(one, t, r) == print(two, t.name, r.key));
  }
  auto key = nth(one, "customer", 50);
  CHECK(print(one, "customer", key) != print(other, "customer", key));
}

TEST_CASE("a row does not depend on how many rows its table has, references and parents aside") {
  world few(small());
  world many({.seed = 7, .scale = 0.02, .counts = {{"customer", 100000}}});
  const auto& t = *few.find_table("customer");
  auto name = static_cast<std::size_t>(t.column_index("altname"));
  for (auto key : keys_of(few, t)) {
    cell a;
    cell b;
    few.read(t, *few.find_row(t, key), name, a);
    many.read(*many.find_table("customer"), *many.find_row(*many.find_table("customer"), key), name, b);
    REQUIRE(a.text() == b.text());
  }
}

TEST_CASE("a cursor gives each row once, in the order of the keys, and what find_row finds") {
  world data(small());
  for (const auto& t : data.tables()) {
    auto keys = keys_of(data, t);
    CHECK(std::ranges::is_sorted(keys));
    CHECK(std::ranges::adjacent_find(keys) == keys.end());
    CHECK(data.count(t, {}) == std::ssize(keys));
    for (auto key : keys) REQUIRE(data.find_row(t, key));
  }
}

TEST_CASE("a cursor over a range gives just the rows within it") {
  world data(small());
  for (const auto* name : {"customer", "transactionline", "deletedrecord"}) {
    const auto& t = *data.find_table(name);
    auto all = keys_of(data, t);
    for (std::size_t i = 0; i + 7 < all.size(); i += 13) {
      key_range range{all[i], all[i + 7]};
      REQUIRE(keys_of(data, t, range)
              == std::vector(all.begin() + static_cast<std::ptrdiff_t>(i),
                             all.begin() + static_cast<std::ptrdiff_t>(i) + 8));
      REQUIRE(data.count(t, range) == 8);
    }
    CHECK(keys_of(data, t, {{5, 0}, {4, 0}}).empty());
  }
}

TEST_CASE("some tables begin below zero, unless that is switched off") {
  world data(small());
  CHECK(nth(data, "customer", 0).id < 0);
  auto options = small();
  options.negative_ids = false;
  CHECK(nth(world(options), "customer", 0).id > 0);
}

TEST_CASE("lines begin at 0 and there are about as many as asked for") {
  world data({.seed = 3, .scale = 0.1, .counts = {}, .lines_per_transaction = 6});
  const auto& lines = *data.find_table("transactionline");
  auto keys = keys_of(data, lines);
  auto transactions = keys_of(data, data.transactions());
  auto average = static_cast<double>(keys.size()) / static_cast<double>(transactions.size());
  CHECK(average > 5.7);
  CHECK(average < 6.3);
  CHECK(std::ranges::count(keys, 0, &row_key::line) == std::ssize(transactions));
}

TEST_CASE("references point to rows, except for the few that dangle on purpose") {
  for (auto dangling : {true, false}) {
    auto options = small();
    options.dangling_references = dangling;
    world data(options);
    const auto& t = *data.find_table("contact");
    auto company = static_cast<std::size_t>(t.column_index("company"));
    auto missing = 0;
    row r;
    cell value;
    for (cursor rows(data, t, {}); rows.next(r);) {
      data.read(t, r, company, value);
      if (!value.is_null() && !data.find_row(*data.find_table("customer"), {value.number(), 0})) ++missing;
    }
    CHECK((missing > 0) == dangling);
  }
}

TEST_CASE("parents form deep chains, may have higher ids, and form a cycle on purpose") {
  world data(small());
  const auto& t = *data.find_table("customer");
  auto index = static_cast<std::size_t>(t.column_index("parent"));
  auto parent_of = [&](std::int64_t id) -> std::optional<std::int64_t> {
    cell value;
    auto found = data.find_row(t, {id, 0});
    if (!found) return std::nullopt;
    data.read(t, *found, index, value);
    return value.is_null() ? std::nullopt : std::optional(value.number());
  };
  auto longest = 0;
  auto cycle = false;
  auto forward = false;
  for (auto key : keys_of(data, t)) {
    std::set<std::int64_t> seen{key.id};
    auto depth = 0;
    for (auto at = parent_of(key.id); at; at = parent_of(*at), ++depth) {
      if (depth == 0 && *at > key.id) forward = true;
      if (!seen.insert(*at).second) {
        cycle = true;
        break;
      }
    }
    longest = std::max(longest, depth);
  }
  CHECK(longest >= 60);
  CHECK(forward);
  CHECK(cycle);
}

TEST_CASE("texts hold what breaks importers") {
  world data({.seed = 1, .scale = 0.1, .counts = {}});
  const auto& t = *data.find_table("customer");
  auto index = static_cast<std::size_t>(t.column_index("comments"));
  std::string all;
  std::size_t longest = 0;
  auto empty = false;
  row r;
  cell value;
  for (cursor rows(data, t, {}); rows.next(r);) {
    data.read(t, r, index, value);
    if (value.is_null()) continue;
    all += value.text();
    longest = std::max(longest, value.text().size());
    empty = empty || value.text().empty();
  }
  for (const auto* awkward : {"\"", "'", "\n", "\\", "🦀", "日本語"})
    CHECK(all.find(awkward) != std::string::npos);
  CHECK(longest >= 300);
  CHECK(empty);
}

TEST_CASE("a column holds words where it is told to, in as many of its values as asked for") {
  for (auto percent : {0.0, 30.0, 100.0}) {
    auto options = small();
    options.columns_as_text = {"customer.category"};
    options.columns_as_text_percent = percent;
    options.counts = {{"customer", 5000}};
    world data(options);
    const auto& t = *data.find_table("customer");
    auto index = static_cast<std::size_t>(t.column_index("category"));
    double words = 0;
    double values = 0;
    row r;
    cell value;
    for (cursor rows(data, t, {}); rows.next(r);) {
      data.read(t, r, index, value);
      values += value.is_null() ? 0 : 1;
      words += value.what() == cell::type::text ? 1 : 0;
    }
    CHECK(words / values * 100 == doctest::Approx(percent).epsilon(0.1));
  }
}

TEST_CASE("decimals have up to 20 digits and lose their leading zero only if asked to") {
  for (auto odd : {false, true}) {
    auto options = small();
    options.odd_decimals = odd;
    options.counts = {{"customer", 20000}};
    world data(options);
    const auto& t = *data.find_table("customer");
    auto index = static_cast<std::size_t>(t.column_index("custentity_loyalty_score"));
    std::ptrdiff_t most = 0;
    auto bare = false;
    auto negative_fraction = false;
    row r;
    cell value;
    for (cursor rows(data, t, {}); rows.next(r);) {
      data.read(t, r, index, value);
      if (value.is_null()) continue;
      const auto& text = value.text();
      most = std::max(most, std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; }));
      bare = bare || text.starts_with(".") || text.starts_with("-.");
      negative_fraction = negative_fraction || text.starts_with("-0.");
    }
    CHECK(most == 20);
    CHECK(bare == odd);
    CHECK(negative_fraction == !odd);
  }
}

// -- changes
// -------------------------------------------------------------------------------------------------

TEST_CASE("an update shows at once, sets the change column and leaves the rest alone") {
  world data(small());
  const auto& t = *data.find_table("customer");
  auto key = nth(data, "customer", 30);
  auto version = data.version(t);
  named_values values;
  values["email"].set_text("new@example.com");
  REQUIRE(data.update(t, key, values, noon));
  cell value;
  auto changed = data.find_row(t, key);
  data.read(t, *changed, static_cast<std::size_t>(t.column_index("email")), value);
  CHECK(value.text() == "new@example.com");
  data.read(t, *changed, static_cast<std::size_t>(t.column_index("lastmodifieddate")), value);
  CHECK(value.number() == noon);
  data.read(t, *changed, 0, value);
  CHECK(value.number() == key.id);
  CHECK(data.version(t) > version);
}

TEST_CASE("an inserted row takes its place in the order, and can be deleted again") {
  world data(small());
  const auto& t = *data.find_table("vendor");
  auto all = keys_of(data, t);
  row_key gap{all[20].id + 1, 0};
  while (data.find_row(t, gap)) ++gap.id;
  REQUIRE(data.insert(t, gap, {}, noon));
  CHECK_FALSE(data.insert(t, gap, {}, noon));
  auto with = keys_of(data, t);
  CHECK(std::ranges::is_sorted(with));
  CHECK(std::ranges::binary_search(with, gap));
  CHECK(data.count(t, {}) == std::ssize(all) + 1);
  REQUIRE(data.erase(t, gap, noon));
  CHECK(keys_of(data, t) == all);
}

TEST_CASE("a deleted record is gone and logged") {
  world data(small());
  const auto& t = *data.find_table("customer");
  auto key = nth(data, "customer", 40);
  REQUIRE(data.erase(t, key, noon));
  CHECK_FALSE(data.find_row(t, key));
  CHECK_FALSE(data.erase(t, key, noon));
  CHECK_FALSE(data.update(t, key, {}, noon));
  CHECK_FALSE(std::ranges::binary_search(keys_of(data, t), key));
  const auto& log = *data.find_table("deletedrecord");
  auto entry = data.find_row(log, {key.id, -2});
  REQUIRE(entry);
  cell value;
  data.read(log, *entry, static_cast<std::size_t>(log.column_index("type")), value);
  CHECK(value.text() == "customer");
  data.read(log, *entry, static_cast<std::size_t>(log.column_index("deleteddate")), value);
  CHECK(value.number() == noon);
}

TEST_CASE(
    "a deleted transaction takes its lines along, an inserted one brings some, and lines are never logged") {
  world data(small());
  const auto& lines = *data.find_table("transactionline");
  const auto& log = *data.find_table("deletedrecord");
  auto key = nth(data, "transaction", 25);
  auto logged = data.count(log, {});
  key_range of_key{{key.id, std::numeric_limits<std::int64_t>::min()},
                   {key.id, std::numeric_limits<std::int64_t>::max()}};
  auto had = keys_of(data, lines, of_key);
  REQUIRE(had.size() >= 2);
  REQUIRE(data.erase(lines, had[1], noon));
  CHECK(data.count(log, {}) == logged);
  CHECK(keys_of(data, lines, of_key).size() == had.size() - 1);
  REQUIRE(data.erase(data.transactions(), key, noon));
  CHECK(keys_of(data, lines, of_key).empty());
  CHECK(data.count(log, {}) == logged + 1);
  REQUIRE(data.insert(data.transactions(), key, {}, noon));
  CHECK(keys_of(data, lines, of_key) == had);
}

TEST_CASE("a value for an unknown column or for the key is refused and changes nothing") {
  world data(small());
  const auto& t = *data.find_table("customer");
  auto key = nth(data, "customer", 3);
  auto before = print(data, "customer", key);
  CHECK_FALSE(data.update(t, key, {{"shoe_size", cell{}}}, noon));
  CHECK_FALSE(data.update(t, key, {{"id", cell{}}}, noon));
  CHECK(print(data, "customer", key) == before);
}

} // namespace world_test
