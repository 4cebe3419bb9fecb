#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>
#include <random>

#include "netsuite/boundary_plan.hpp"
#include "table_model.hpp"

namespace tidemark::test {

namespace boundary_plan_test {

boundary_page page(std::vector<boundary> rows, std::uint64_t total, bool has_more = false) {
  return {std::move(rows), total, has_more};
}

/// The ranges follow one another without gap or overlap.
void check_contiguous(const std::vector<planned_batch>& batches) {
  std::optional<std::int64_t> after;
  for (const auto& batch : batches) {
    REQUIRE(batch.range.after == after);
    REQUIRE((!after || batch.range.up_to > *after));
    after = batch.range.up_to;
  }
}

std::uint64_t sum_of_weights(const std::vector<planned_batch>& batches) {
  std::uint64_t sum = 0;
  for (const auto& batch : batches) sum += batch.weight;
  return sum;
}

TEST_CASE("each boundary ends a range, and the last one ends the plan") {
  boundary_plan plan{range_kind::records};
  CHECK(plan.stride() == 1000);
  CHECK(!plan.after());
  const auto batches = plan.add(page({{-7, 1000}, {90, 2000}, {95, 2003}}, 2003));
  REQUIRE(batches);
  CHECK(*batches == std::vector<planned_batch>{{{std::nullopt, -7}, 1000}, {{-7, 90}, 1000}, {{90, 95}, 3}});
  CHECK(plan.whole());
  CHECK(plan.total() == 2003);
}

TEST_CASE("a plan that is not whole goes on above its last key and says how much it expects") {
  boundary_plan plan{range_kind::records};
  REQUIRE(plan.add(page({{10, 1000}, {20, 2000}}, 2500, true)));
  CHECK(!plan.whole());
  CHECK(plan.after() == 20);
  CHECK(plan.planned() == 2000);
  CHECK(plan.total() == 2500);
  const auto rest = plan.add(page({{30, 600}}, 600));
  REQUIRE(rest);
  CHECK(*rest == std::vector<planned_batch>{{{20, 30}, 600}});
  CHECK(plan.whole());
  CHECK(plan.total() == 2600);
}

TEST_CASE("a plan without rows is whole and empty") {
  for (const auto kind : {range_kind::records, range_kind::sets}) {
    boundary_plan plan{kind};
    CHECK(plan.add(page({}, 0))->empty());
    CHECK(plan.whole());
    CHECK(plan.total() == 0);
    CHECK(!plan.add(page({}, 0)));
  }
}

TEST_CASE("a page that stops early without saying so is asked for again from its end") {
  boundary_plan plan{range_kind::records};
  REQUIRE(plan.add(page({{10, 1000}}, 2500, false)));
  CHECK(!plan.whole());
  CHECK(plan.after() == 10);
}

TEST_CASE("boundaries that make no sense are refused and change nothing") {
  boundary_plan plan{range_kind::records};
  REQUIRE(plan.add(page({{10, 1000}}, 2500, true)));
  for (const auto& bad : {page({}, 0, true), page({{10, 1000}}, 1500), page({{20, 1000}, {15, 1500}}, 1500),
                          page({{20, 1000}, {20, 1500}}, 1500), page({{20, 1001}}, 1001),
                          page({{20, 1000}, {30, 1000}}, 1500), page({{20, 500}}, 400), page({{20, 0}}, 0)}) {
    const auto batches = plan.add(bad);
    REQUIRE(!batches);
    CHECK(batches.error().code == ec::server);
    CHECK(plan.after() == 10);
    CHECK(plan.planned() == 1000);
  }
}

TEST_CASE("a set is cut before the last parent that keeps it at a thousand rows for certain") {
  boundary_plan plan{range_kind::sets};
  CHECK(plan.stride() == 50);
  // One parent per 50 rows: the cut before parent 20 leaves 950 to 999 rows below it, the next one might have
  // 1049.
  std::vector<boundary> rows;
  for (std::uint64_t i = 1; i <= 30; ++i) rows.push_back({static_cast<std::int64_t>(i * 10), i * 50});
  const auto batches = plan.add(page(rows, 1500));
  REQUIRE(batches);
  REQUIRE(batches->size() == 2);
  CHECK(batches->front().range == key_range{std::nullopt, 199});
  CHECK(batches->back().range == key_range{199, 300});
  CHECK(sum_of_weights(*batches) == 1500);
}

TEST_CASE("a parent with too many rows is a range of its own") {
  boundary_plan plan{range_kind::sets};
  std::vector<boundary> rows{{10, 50}};
  for (std::uint64_t position = 100; position <= 2000; position += 50) rows.push_back({20, position});
  rows.push_back({30, 2040});
  const auto batches = plan.add(page(rows, 2040));
  REQUIRE(batches);
  REQUIRE(batches->size() == 3);
  CHECK((*batches)[0].range == key_range{std::nullopt, 19});
  CHECK((*batches)[1].range == key_range{19, 20});
  CHECK((*batches)[2].range == key_range{20, 30});
  CHECK(sum_of_weights(*batches) == 2040);
}

TEST_CASE("a page that one parent fills still moves the plan on") {
  boundary_plan plan{range_kind::sets};
  std::vector<boundary> rows;
  for (std::uint64_t position = 50; position <= 50'000; position += 50) rows.push_back({20, position});
  const auto first = plan.add(page(rows, 60'100, true));
  REQUIRE(first);
  CHECK(first->empty()); // where the range before parent 20 ends is known with the next page
  CHECK(plan.after() == 19);
  const auto second = plan.add(page(rows, 60'060, true));
  REQUIRE(second);
  CHECK(*second == std::vector<planned_batch>{{{std::nullopt, 19}, 40}});
  CHECK(plan.after() == 20);
  CHECK(plan.total() == 60'100);
  const auto third = plan.add(page({{25, 50}, {26, 60}}, 60));
  REQUIRE(third);
  CHECK(*third == std::vector<planned_batch>{{{19, 20}, 60'000}, {{20, 26}, 60}});
  CHECK(plan.whole());
  CHECK(plan.total() == 60'100);
}

TEST_CASE("a plan that was cut off goes on above its last range") {
  boundary_plan plan{range_kind::records, 500};
  CHECK(plan.after() == 500);
  CHECK(*plan.add(page({{900, 70}}, 70)) == std::vector<planned_batch>{{{500, 900}, 70}});
}

TEST_CASE("plans of random tables of records cover every key in ranges of a thousand at most") {
  std::mt19937_64 random{20240301};
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    auto table = table_model::of_records(random, static_cast<std::size_t>(random() % 9000));
    const auto before = table.rows();
    boundary_plan plan{range_kind::records};
    std::vector<planned_batch> batches;
    const bool grows = round % 2 == 1 && !before.empty();
    while (!plan.whole()) {
      // Pages of three boundaries make plans of several pages.
      const auto added = plan.add(table.boundaries(plan, 3));
      REQUIRE(added);
      for (const auto& batch : *added) {
        REQUIRE(table.count_in(batch.range) == batch.weight);
        REQUIRE(batch.weight <= max_batch_records);
      }
      batches.insert(batches.end(), added->begin(), added->end());
      if (grows && batches.size() < 20) table.insert(random, 300);
    }
    check_contiguous(batches);
    CHECK(plan.total() == sum_of_weights(batches));
    if (!grows) CHECK(plan.total() == before.size());
    if (!before.empty()) CHECK(batches.back().range.up_to >= before.rbegin()->parent);
  }
}

TEST_CASE("plans of random sets never part a parent and cover every row in ranges of a thousand at most") {
  std::mt19937_64 random{20240302};
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    constexpr std::size_t sizes[] = {3, 60, 900, 1100, 3000};
    auto table = table_model::of_sets(random, static_cast<std::size_t>(random() % 200), sizes[round % 5]);
    const auto before = table.rows();
    boundary_plan plan{range_kind::sets};
    std::vector<planned_batch> batches;
    const bool grows = round % 3 == 2 && !before.empty();
    const std::size_t page_size = round % 2 == 0 ? 1000 : 1 + random() % 40;
    int pages = 0;
    while (!plan.whole()) {
      const auto added = plan.add(table.boundaries(plan, page_size));
      REQUIRE(added);
      for (const auto& batch : *added) {
        const auto rows = table.count_in(batch.range);
        REQUIRE((rows <= max_batch_records || table.parents_in(batch.range) == 1));
      }
      batches.insert(batches.end(), added->begin(), added->end());
      REQUIRE(++pages < 2000);
      if (grows && pages < 10) table.insert(random, 100);
    }
    check_contiguous(batches);
    CHECK(plan.total() == sum_of_weights(batches));
    // By windows, whose pages tell of all of them as a rule, the weights are estimates where one does not.
    if (!grows && pages <= 3) CHECK(plan.total() == before.size());
    if (!before.empty()) CHECK(batches.back().range.up_to >= before.rbegin()->parent);
  }
}

TEST_CASE("ranges of sets are well filled and their weights near the truth") {
  std::mt19937_64 random{20240303};
  const auto table = table_model::of_sets(random, 4000, 30);
  boundary_plan plan{range_kind::sets};
  std::vector<planned_batch> batches;
  while (!plan.whole()) {
    const auto added = plan.add(table.boundaries(plan));
    REQUIRE(added);
    batches.insert(batches.end(), added->begin(), added->end());
  }
  for (const auto& batch : batches) {
    const auto rows = static_cast<std::int64_t>(table.count_in(batch.range));
    CHECK(std::abs(rows - static_cast<std::int64_t>(batch.weight)) <= 50);
    if (&batch != &batches.back()) CHECK(rows >= 800);
  }
}

/// How the plan of a table came about.
struct planning {
  std::uint64_t queries = 0;
  std::uint64_t numbered = 0; ///< rows, by all of them
  std::vector<planned_batch> batches;
};

planning plan_all(const table_model& table, boundary_plan plan, std::size_t page_size) {
  planning out;
  while (!plan.whole()) {
    const auto page = table.boundaries(plan, page_size);
    ++out.queries;
    out.numbered += page.total;
    REQUIRE(out.queries < 300);
    const auto added = plan.add(page);
    REQUIRE(added);
    out.batches.insert(out.batches.end(), added->begin(), added->end());
    REQUIRE(plan.reached()
            == (out.batches.empty() ? std::nullopt : std::optional{out.batches.back().range.up_to}));
  }
  check_contiguous(out.batches);
  for (const auto& batch : out.batches) REQUIRE(table.count_in(batch.range) <= max_batch_records);
  REQUIRE(out.batches.back().range.up_to == table.rows().rbegin()->parent);
  return out;
}

/// 300 000 rows, three to a parent.
table_model large_set(std::int64_t first, const std::function<std::int64_t(std::int64_t)>& key_of) {
  table_model table{true};
  for (std::int64_t parent = 0; parent < 100'000; ++parent)
    for (std::int64_t line = 0; line < 2 + parent % 3; ++line)
      table.insert(model_row{first + key_of(parent), line});
  return table;
}

TEST_CASE("the queries that plan a large set number each row about once, and once at first") {
  const auto table = large_set(1000, [](auto x) { return 2 * x; });
  // Pages of 200 boundaries tell of 10 000 rows.
  const auto planning = plan_all(table, boundary_plan{range_kind::sets}, 200);
  const auto rows = table.rows().size();
  CHECK(planning.queries <= rows / 9'000);
  CHECK(planning.numbered < rows * 22 / 10);
  CHECK(planning.batches.size() < rows / 870);
  CHECK(
      std::abs(static_cast<std::int64_t>(sum_of_weights(planning.batches)) - static_cast<std::int64_t>(rows))
      < 500);
}

TEST_CASE("keys with gaps, or that are denser in places, cost a few queries more") {
  const auto tables = {large_set(-5, [](auto x) { return x + (x > 50'000 ? 3'000'000'000 : 0); }),
                       large_set(7, [](auto x) { return x < 30'000 ? 500 * x : 50'000'000 + x; }),
                       large_set(7, [](auto x) { return x + x * x / 1000; }),
                       large_set(7, [](auto x) { return x + x / 20'000 * 1'000'000; })};
  for (const auto& table : tables) {
    const auto planning = plan_all(table, boundary_plan{range_kind::sets}, 200);
    const auto rows = table.rows().size();
    CHECK(planning.queries <= rows / 9'000 + 40);
    CHECK(planning.numbered < 5 * rows);
  }
}

TEST_CASE("a count is enough to begin with windows") {
  for (const std::int64_t first : {1, -40, 900'000'000}) {
    CAPTURE(first);
    const auto table = large_set(first, [](auto x) { return 2 * x; });
    boundary_plan plan{range_kind::sets, std::nullopt, table.count()};
    CHECK(plan.up_to());
    CHECK(plan.total() == table.rows().size());
    const auto planning = plan_all(table, plan, 1000);
    CHECK(planning.queries <= 8 + (first > 1 ? 10U : 0U));
    CHECK(planning.numbered < table.rows().size() * (first > 1 ? 25 : 14) / 10);
  }
}

TEST_CASE("boundaries beyond the end that was asked for are refused") {
  boundary_plan plan{range_kind::records, 0, row_count{9'000'000, 9'000'000}};
  REQUIRE(plan.up_to());
  CHECK(plan.add(page({{*plan.up_to() + 1, 1000}}, 1000)).error().code == ec::server);
}

TEST_CASE("a window with next to nothing in it adds nothing, and the next one is wider") {
  boundary_plan plan{range_kind::records, 0, row_count{9'000'000, 9'000'000}};
  const auto first = plan.up_to();
  REQUIRE(first);
  CHECK(plan.add(page({}, 0))->empty());
  CHECK(plan.add(page({{5, 20}}, 20))->empty());
  CHECK(!plan.whole());
  CHECK(plan.after() == 0);
  CHECK(plan.up_to() > *first * 60);
}

TEST_CASE("a window is widened however few keys the rows seem to have") {
  boundary_plan plan{range_kind::sets, 0, row_count{200'000, 1}};
  CHECK(plan.up_to() == 1);
  CHECK(plan.add(page({}, 0))->empty());
  CHECK(plan.up_to() >= 7);
  boundary_plan none{range_kind::sets, 5, row_count{200'000, 5}};
  CHECK(none.up_to() == 6);
  CHECK(none.add(page({}, 0))->empty());
  CHECK(none.up_to() >= 12);
}

} // namespace boundary_plan_test

} // namespace tidemark::test
