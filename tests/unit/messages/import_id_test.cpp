#include "messages/import_id.hpp"

#include <doctest/doctest.h>
namespace import_id_test {

using namespace tidemark;

constexpr import_id_salt no_salt{};

import_id_salt full_salt() {
  import_id_salt salt;
  salt.fill(0xff);
  return salt;
}

TEST_CASE("an import's id is its tenant, a dot and 26 characters") {
  CHECK(new_import_id("acme", 0, no_salt) == "acme.00000000000000000000000000");
  CHECK(new_import_id("acme", 1, no_salt) == "acme.00000000010000000000000000");
}

TEST_CASE("an import's id holds time and salt as a ULID does") {
  // The example of the ULID specification: its time part, then the greatest salt.
  CHECK(new_import_id("acme", 1469918176385, full_salt()) == "acme.01aryz6s41zzzzzzzzzzzzzzzz");
  CHECK(new_import_id("a", 281'474'976'710'655, full_salt()) == "a.7zzzzzzzzzzzzzzzzzzzzzzzzz");
  CHECK(new_import_id("a", 0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) == "a.0000000000041061050r3gg28a");
}

TEST_CASE("the ids of a tenant sort by time, whatever their salt") {
  CHECK(new_import_id("acme", 1'700'000'000'000, full_salt())
        < new_import_id("acme", 1'700'000'000'001, no_salt));
  CHECK(new_import_id("acme", 31, full_salt()) < new_import_id("acme", 32, no_salt));
}

TEST_CASE("two ids of the same millisecond differ") {
  CHECK(new_import_id("acme", 1'700'000'000'000) != new_import_id("acme", 1'700'000'000'000));
}

TEST_CASE("an id tells its tenant, even one with a dot in its name") {
  for (const auto* tenant : {"acme", "a", "acme.eu", "Acme-2"})
    CHECK(tenant_of(new_import_id(tenant, 1'700'000'000'000)) == tenant);
}

TEST_CASE("what is not an id has no tenant") {
  for (const auto* wrong :
       {"", ".", "acme", "acme.", ".01arz3ndekzzzzzzzzzzzzzzzz", "acme.01arz3ndekzzzzzzzzzzzzzzz",
        "acme.01arz3ndekzzzzzzzzzzzzzzzzz", "acme.81arz3ndekzzzzzzzzzzzzzzzz",
        "acme.01ARZ3NDEKZZZZZZZZZZZZZZZZ", "acme.01arz3ndekzzzzzzzzzzzzzzzu",
        "acme/01arz3ndekzzzzzzzzzzzzzzzz", "acme.01arz3ndek.zzzzzzzzzzzzzzz"})
    CHECK_MESSAGE(!tenant_of(wrong), wrong);
}

} // namespace import_id_test
