#include "actors/node/import_pages.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <doctest/doctest.h>
namespace import_pages_test {

using namespace tidemark;

import_status import_at(const std::string& tenant, unix_ms at) {
  import_status x;
  x.id = tenant + "." + std::to_string(at);
  x.requested_at = at;
  return x;
}

/// A tenant's answer: its imports behind `after`, newest first.
import_list page_of_tenant(const std::vector<import_status>& all, const import_place& after,
                           std::size_t limit) {
  import_list page;
  for (auto& x : all) {
    if (!after.id.empty() && import_place{x.requested_at, x.id} >= after) continue;
    if (page.imports.size() == limit) {
      page.next = {page.imports.back().requested_at, page.imports.back().id};
      break;
    }
    page.imports.push_back(x);
  }
  return page;
}

TEST_CASE("the lists of tenants become one, newest first, cut at the limit") {
  import_list a{{import_at("a", 5), import_at("a", 1)}, {}};
  import_list b{{import_at("b", 4), import_at("b", 3)}, {}};
  auto all = merge_pages({a, b}, 3);
  REQUIRE(all.imports.size() == 3);
  CHECK(all.imports[0].id == "a.5");
  CHECK(all.imports[2].id == "b.3");
  CHECK(all.next.id == "b.3");
  CHECK(merge_pages({a, b}, 4).next.id.empty());
}

TEST_CASE("what lies behind the end of a page with another one behind it waits for that") {
  import_list a{{import_at("a", 9), import_at("a", 8)}, {8, "a.8"}};
  import_list b{{import_at("b", 7), import_at("b", 1)}, {}};
  auto all = merge_pages({a, b}, 10);
  CHECK(all.imports.size() == 2);
  CHECK(all.next.id == "a.8");
}

TEST_CASE("page after page each import comes once and in order, however they lie") {
  std::mt19937 random{7};
  for (int round = 0; round < 300; ++round) {
    std::vector<std::vector<import_status>> tenants(1 + random() % 5);
    std::size_t count = 0;
    for (std::size_t i = 0; i < tenants.size(); ++i) {
      std::set<unix_ms> times;
      for (auto n = random() % 12; n > 0; --n) times.insert(static_cast<unix_ms>(1 + random() % 20));
      for (auto at : times)
        tenants[i].insert(tenants[i].begin(), import_at(std::string(1, 'a' + static_cast<char>(i)), at));
      count += times.size();
    }
    auto own_limit = 1 + random() % 4;
    auto limit = 1 + random() % 6;
    std::vector<import_place> seen;
    import_place after;
    do {
      std::vector<import_list> pages;
      for (auto& tenant : tenants) pages.push_back(page_of_tenant(tenant, after, own_limit));
      auto merged = merge_pages(std::move(pages), limit);
      for (auto& x : merged.imports) seen.push_back({x.requested_at, x.id});
      after = merged.next;
      REQUIRE(seen.size() <= count);
    } while (!after.id.empty());
    REQUIRE(seen.size() == count);
    REQUIRE(std::ranges::is_sorted(seen, std::greater{}));
  }
}

} // namespace import_pages_test
