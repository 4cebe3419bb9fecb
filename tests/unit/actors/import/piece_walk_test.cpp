#include "actors/import/piece_walk.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <doctest/doctest.h>
namespace piece_walk_test {

using namespace tidemark;

struct walked {
  std::vector<key_range> pieces;
  std::vector<std::vector<row_cursor>> rows; ///< of each piece
  std::size_t pages = 0;
};

/// Walks through an account that gives `limit` rows per page.
walked walk_through(const std::vector<row_cursor>& account, const key_range& range, bool is_set,
                    std::size_t limit) {
  walked result;
  projection what;
  if (is_set) what.parent = 1;
  piece_walk it{range, what};
  std::vector<row_cursor> held;
  while (!it.over()) {
    auto asked = it.next();
    std::vector<row_cursor> found;
    for (auto& row : account) {
      auto ranged = is_set ? row.parent : row.key;
      bool inside = (!asked.range.after || ranged > *asked.range.after) && ranged <= asked.range.up_to;
      if (inside && (!asked.after || row > *asked.after)) found.push_back(row);
    }
    bool has_more = found.size() > limit;
    if (has_more) found.resize(limit);
    held.insert(held.end(), found.begin(), found.end());
    ++result.pages;
    REQUIRE(result.pages < 10'000);
    if (auto piece = it.arrived(has_more, found.empty() ? row_cursor{} : found.back())) {
      result.pieces.push_back(*piece);
      result.rows.push_back(std::exchange(held, {}));
    }
  }
  CHECK(held.empty());
  return result;
}

TEST_CASE("a range of few records is one piece, and so is an empty one") {
  auto few = walk_through({{0, 5}, {0, 9}}, {3, 10}, false, 10);
  CHECK(few.pieces == std::vector<key_range>{{3, 10}});
  CHECK(few.rows[0].size() == 2);
  CHECK(walk_through({}, {std::nullopt, 10}, false, 10).pieces == std::vector<key_range>{{std::nullopt, 10}});
}

TEST_CASE("a range of many records is written page by page") {
  std::vector<row_cursor> account;
  for (std::int64_t key = 1; key <= 300'000; key += 100) account.push_back({0, key});
  auto found = walk_through(account, {0, 1'000'000'000'000}, false, 1000);
  CHECK(found.pieces.size() == 3);
  CHECK(found.pages == 3);
  for (auto& rows : found.rows) CHECK(rows.size() <= 1000);
}

TEST_CASE("the rows of a parent are never apart") {
  // Parent 2 begins in the first page and ends in the third.
  std::vector<row_cursor> account{{1, 1}, {1, 2}, {2, 1}, {2, 2}, {2, 3}, {2, 4}, {2, 5}, {3, 1}};
  auto found = walk_through(account, {0, 9}, true, 3);
  CHECK(found.pieces == std::vector<key_range>{{0, 2}, {2, 9}});
  CHECK(found.rows[0].size() == 7);
}

TEST_CASE("whatever the keys look like, pieces cover the range and hold what lies in them, and no more") {
  std::mt19937_64 random{20240229};
  auto below = [&](std::int64_t end) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end));
  };
  for (int round = 0; round < 2000; ++round) {
    bool is_set = round % 2 == 0;
    auto spread = std::int64_t{1} << below(40);
    std::vector<row_cursor> account;
    for (auto count = below(60); count > 0; --count)
      account.push_back({is_set ? below(spread) - spread / 2 : 0, below(spread) - spread / 2});
    std::ranges::sort(account);
    account.erase(std::ranges::unique(account).begin(), account.end());
    auto limit = static_cast<std::size_t>(1 + below(7));
    key_range range{-spread, spread};
    auto found = walk_through(account, range, is_set, limit);
    CAPTURE(round);
    std::vector<row_cursor> all;
    auto after = range.after;
    for (std::size_t i = 0; i < found.pieces.size(); ++i) {
      auto& piece = found.pieces[i];
      auto& rows = found.rows[i];
      REQUIRE(piece.after == after);
      after = piece.up_to;
      std::size_t of_last = 0;
      for (auto& row : rows) {
        auto ranged = is_set ? row.parent : row.key;
        REQUIRE(ranged > *piece.after);
        REQUIRE(ranged <= piece.up_to);
        of_last += row.parent == rows.back().parent ? 1 : 0;
      }
      REQUIRE(rows.size() <= limit + (is_set ? of_last : 0));
      all.insert(all.end(), rows.begin(), rows.end());
    }
    REQUIRE(after == range.up_to);
    REQUIRE(all == account);
  }
}

} // namespace piece_walk_test
