#include "actors/tenant/owner_mark.hpp"

#include <doctest/doctest.h>

#include "import/import_world.hpp"

namespace owner_mark_test {

using namespace tidemark;

constexpr unix_ms noon = 1'709'208'000'000;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

mark_holder holder(std::string node, std::int64_t process, std::string host = "here") {
  return {std::move(node), process, std::move(host), noon};
}

TEST_CASE("who serves a tenant is seen by others as long as they do, and by nobody after a clean stop") {
  scratch_folder folder;
  auto database = folder.file("tenant.db");
  owner_mark first{database, holder("first", 1)};
  CHECK_FALSE(first.is_held_by_other());
  CHECK_FALSE(first.other());
  owner_mark second{database, holder("second", 2)};
  CHECK(second.is_held_by_other());
  CHECK(second.other() == holder("first", 1));
  CHECK(contains(second.fate_of_other(), "node first (process 1 on host here, since 2024-02-29"));
  CHECK(contains(second.fate_of_other(), "still runs"));
  CHECK_FALSE(contains(second.fate_of_other(), "crash"));
  CHECK_FALSE(second.take());
  first.let_go();
  CHECK(second.take());
  CHECK_FALSE(second.is_held_by_other());
  second.let_go();
  CHECK_FALSE(owner_mark{database, holder("third", 3)}.other());
}

TEST_CASE("of an owner that ended without a word is told what is known, and no more") {
  scratch_folder folder;
  auto database = folder.file("tenant.db");
  {
    owner_mark first{database, holder("first", 1)};
  }
  SUBCASE("on this host it has ended, since the system gave its lock back") {
    owner_mark next{database, holder("next", 2)};
    CHECK_FALSE(next.is_held_by_other());
    CHECK(contains(next.fate_of_other(), "node first (process 1"));
    CHECK(contains(next.fate_of_other(), "crashed"));
    CHECK_FALSE(contains(next.fate_of_other(), "still runs"));
  }
  SUBCASE("on another host its lock may not be seen") {
    owner_mark next{database, holder("next", 2, "there")};
    CHECK(contains(next.fate_of_other(), "it crashed, or it still runs"));
  }
  SUBCASE("in this very process it was the tenant that died") {
    owner_mark next{database, holder("first", 1)};
    CHECK(contains(next.fate_of_other(), "what served the tenant died"));
    owner_mark sooner{database, holder("first", 1)};
    CHECK_FALSE(sooner.is_held_by_other());
    CHECK(contains(sooner.fate_of_other(), "what served the tenant died"));
  }
}

TEST_CASE(
    "where no mark can be made nothing is claimed, and a database without one has an owner without a name") {
  owner_mark nowhere{"/no/such/folder/tenant.db", holder("first", 1)};
  CHECK_FALSE(nowhere.take());
  CHECK_FALSE(nowhere.is_held_by_other());
  CHECK(contains(nowhere.fate_of_other(), "it crashed, or it still runs"));
}

} // namespace owner_mark_test
