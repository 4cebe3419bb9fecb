#include <doctest/doctest.h>

#include <fmt/format.h>

#include "netsuite/field_lookup.hpp"

namespace tidemark::test {

TEST_CASE("names are found in whatever case they come") {
  field_lookup lookup{{"id", "companyname"}};
  CHECK(lookup.find("id") == 0);
  CHECK(lookup.find("CompanyName") == 1);
  CHECK(lookup.find("company") == field_lookup::unknown);
  CHECK(lookup.find("") == field_lookup::unknown);
}

TEST_CASE("the key that followed last time is expected") {
  field_lookup lookup{{"id", "name", "note"}};
  lookup.start_row();
  CHECK(lookup.find_expected("id\"") == field_lookup::unknown);
  lookup.find("id");
  lookup.find("note");
  lookup.start_row();
  CHECK(lookup.find_expected("id\":1") == 0);
  CHECK(lookup.find_expected("name\"") == field_lookup::unknown);
  CHECK(lookup.find_expected("note\"") == 2);
}

TEST_CASE("a longer key with the same beginning is not the expected one") {
  field_lookup lookup{{"id", "idx"}};
  lookup.start_row();
  lookup.find("id");
  lookup.start_row();
  CHECK(lookup.find_expected("idx\"") == field_lookup::unknown);
  CHECK(lookup.find_expected("i\"") == field_lookup::unknown);
}

TEST_CASE("each of many names is found") {
  std::vector<std::string> names;
  for (int i = 0; i < 101; ++i) names.push_back(fmt::format("custrecord_field_{}", i));
  field_lookup lookup{names};
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(lookup.find(names[i]) == i);
  CHECK(lookup.find("custrecord_field_101") == field_lookup::unknown);
}

} // namespace tidemark::test
