#include "messages/import_id.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace tidemark;

TEST_CASE("an import's id tells its tenant") {
  auto id = new_import_id("demo", 1'700'000'000'000);
  CHECK(tenant_of(id) == "demo");
  CHECK(id.size() == 4 + 1 + 26);
}

TEST_CASE("a tenant's name may hold a dot") { CHECK(tenant_of(new_import_id("demo.eu", 1)) == "demo.eu"); }

TEST_CASE("the ids of a tenant sort by time") {
  std::mt19937_64 random{1};
  std::uniform_int_distribution<unix_ms> time{0, 200'000'000'000'000};
  std::vector<std::pair<unix_ms, std::string>> ids;
  for (int i = 0; i < 500; ++i) {
    auto at = time(random);
    ids.emplace_back(at, new_import_id("demo", at));
  }
  std::ranges::sort(ids, {}, &std::pair<unix_ms, std::string>::first);
  CHECK(std::ranges::is_sorted(ids, {}, &std::pair<unix_ms, std::string>::second));
}

TEST_CASE("ids of the same millisecond differ") {
  CHECK(new_import_id("demo", 5) != new_import_id("demo", 5));
  import_id_salt salt{};
  CHECK(new_import_id("demo", 5, salt) == new_import_id("demo", 5, salt));
}

TEST_CASE("what is not an import's id has no tenant") {
  auto id = new_import_id("demo", 5);
  CHECK_FALSE(tenant_of(""));
  CHECK_FALSE(tenant_of("demo"));
  CHECK_FALSE(tenant_of("." + id.substr(5)));
  CHECK_FALSE(tenant_of(id + "u"));
  CHECK_FALSE(tenant_of("demo-" + id.substr(5)));
  auto too_large = id;
  too_large[5] = '8';
  CHECK_FALSE(tenant_of(too_large));
  auto foreign = id;
  foreign.back() = 'u';
  CHECK_FALSE(tenant_of(foreign));
}
