#include "actors/wave/page_size.hpp"

#include <random>

#include <doctest/doctest.h>
namespace page_size_test {

using namespace tidemark;
using namespace std::chrono_literals;

/// A table whose pages take `fixed` and `per_row` for each row, give or take a part of it all.
struct slow_table {
  double fixed = 0;   ///< seconds
  double per_row = 0; ///< seconds
  double noise = 0;
  std::uint64_t row_bytes = 200;
  std::mt19937_64 random{20240601};

  page_seen page(std::uint32_t rows) {
    auto factor = 1 + noise * std::uniform_real_distribution<double>{-1, 1}(random);
    std::chrono::duration<double> took{(fixed + per_row * rows) * factor};
    return {rows, rows * row_bytes, std::chrono::duration_cast<std::chrono::microseconds>(took)};
  }

  double seconds(std::uint32_t rows) const { return fixed + per_row * rows; }
};

/// The sizes after that many pages of the table.
void read_pages(page_size& size, slow_table& table, int pages) {
  for (int i = 0; i < pages; ++i) size.seen(table.page(size.rows()));
}

TEST_CASE("a quick table is read in pages of a thousand rows") {
  page_size size;
  slow_table table{.fixed = 0.4, .per_row = 0.002};
  for (int i = 0; i < 100; ++i) {
    REQUIRE(size.rows() == 1000);
    size.seen(table.page(size.rows()));
  }
}

TEST_CASE("a slow wide table gets pages that meet the target, within few pages and for good") {
  for (double per_row : {0.05, 0.1, 0.25}) {
    CAPTURE(per_row);
    page_size size{{.target = 30s}};
    slow_table table{.fixed = 0.4, .per_row = per_row};
    read_pages(size, table, 5);
    for (int i = 0; i < 300; ++i) {
      REQUIRE(table.seconds(size.rows()) < 33);
      REQUIRE(table.seconds(size.rows()) > 20);
      read_pages(size, table, 1);
    }
  }
}

TEST_CASE("a slow table whose times scatter stays near the target") {
  page_size size{{.target = 30s}};
  slow_table table{.fixed = 0.5, .per_row = 0.1, .noise = 0.2};
  read_pages(size, table, 10);
  double sum = 0;
  int far_off = 0;
  for (int i = 0; i < 1000; ++i) {
    auto seconds = table.seconds(size.rows());
    sum += seconds;
    if (seconds > 60 || seconds < 10) ++far_off;
    read_pages(size, table, 1);
  }
  CHECK(sum / 1000 > 20);
  CHECK(sum / 1000 < 40);
  CHECK(far_off <= 20);
}

TEST_CASE("a fixed latency is shared by as many rows as possible, even above the target") {
  page_size size{{.target = 30s}};
  slow_table table{.fixed = 45, .per_row = 0.0001};
  read_pages(size, table, 5);
  std::uint64_t rows = 0;
  for (int i = 0; i < 100; ++i) {
    rows += size.rows();
    REQUIRE(size.rows() >= 500);
    read_pages(size, table, 1);
  }
  CHECK(rows > 90'000);
}

TEST_CASE("time alone does not make pages smaller than fifty rows") {
  page_size size{{.target = 1s}};
  slow_table table{.fixed = 0.1, .per_row = 1};
  read_pages(size, table, 50);
  CHECK(size.rows() == 50);
}

TEST_CASE("a page stays below half of the largest accepted body") {
  page_size size{{.target = 30s, .max_body = 8U << 20U}};
  slow_table table{.fixed = 0.4, .per_row = 0.001, .noise = 0, .row_bytes = 20'000};
  read_pages(size, table, 5);
  CHECK(size.rows() * 20'000 <= 4U << 20U);
  CHECK(size.rows() * 20'000 > 3U << 20U);
}

TEST_CASE("after a page that was too much half of it is asked for, down to a single row") {
  page_size size;
  size.too_much();
  CHECK(size.rows() == 500);
  for (int i = 0; i < 20; ++i) size.too_much();
  CHECK(size.rows() == 1);
}

TEST_CASE("a table that was too slow for a while gets whole pages again, step by step") {
  page_size size;
  slow_table table{.fixed = 0.4, .per_row = 0.002};
  for (int i = 0; i < 4; ++i) size.too_much();
  auto before = size.rows();
  REQUIRE(before == 62);
  int pages = 0;
  while (size.rows() < 1000) {
    REQUIRE(++pages < 40);
    read_pages(size, table, 1);
    REQUIRE(size.rows() >= before);
    REQUIRE(size.rows() <= before + std::max(1U, before / 8));
    before = size.rows();
  }
}

TEST_CASE("a single row at a time is left again when it comes through") {
  page_size size;
  slow_table table{.fixed = 0.4, .per_row = 0.002};
  for (int i = 0; i < 20; ++i) size.too_much();
  read_pages(size, table, 60);
  CHECK(size.rows() == 1000);
}

TEST_CASE("a page without rows teaches nothing") {
  page_size size;
  size.seen({0, 40, 500s});
  CHECK(size.rows() == 1000);
}

TEST_CASE("whatever happens a page has between one and a thousand rows") {
  std::mt19937_64 random{20240602};
  auto below = [&](std::uint64_t n) { return random() % n; };
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    page_size size{
        {.target = std::chrono::milliseconds{1 + below(60'000)}, .max_body = 1 + below(64U << 20U)}};
    for (int i = 0; i < 200; ++i) {
      if (below(10) == 0)
        size.too_much();
      else
        size.seen({below(1001), below(100U << 20U), std::chrono::microseconds{below(200'000'000)}});
      REQUIRE(size.rows() >= 1);
      REQUIRE(size.rows() <= 1000);
    }
  }
}

} // namespace page_size_test
