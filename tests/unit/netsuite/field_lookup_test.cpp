#include <doctest/doctest.h>

#include <fmt/format.h>

#include "netsuite/field_lookup.hpp"

namespace tidemark::test {

namespace {

/// With as much behind it as may be read.
std::size_t expected(field_lookup& in, std::string text) {
  text.append(field_lookup::most_read, ' ');
  return in.find_expected(text.data());
}

} // namespace

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
  CHECK(expected(lookup, "id\"") == field_lookup::unknown);
  lookup.find("id");
  lookup.find("note");
  lookup.start_row();
  CHECK(expected(lookup, "id\":1") == 0);
  CHECK(expected(lookup, "name\"") == field_lookup::unknown);
  CHECK(expected(lookup, "note\"") == 2);
}

TEST_CASE("fields that a row lacks are passed over, and expected again in the next row") {
  field_lookup lookup{{"id", "companyname", "note", "currency"}};
  lookup.start_row();
  for (auto name : {"id", "companyname", "note", "currency"}) lookup.find(name);
  for (int row = 0; row < 2; ++row) {
    lookup.start_row();
    CHECK(expected(lookup, "id\"") == 0);
    CHECK(expected(lookup, "currency\"") == 3);
    lookup.start_row();
    CHECK(expected(lookup, "companyname\"") == 1);
    CHECK(expected(lookup, "note\"") == 2);
  }
}

TEST_CASE("names that are alike for their first eight bytes are told apart") {
  field_lookup lookup{{"defaultbillingaddress", "defaultshippingaddress", "seveneg", "eightlet"}};
  lookup.start_row();
  for (auto name : {"defaultbillingaddress", "defaultshippingaddress", "seveneg", "eightlet"})
    lookup.find(name);
  lookup.start_row();
  CHECK(expected(lookup, "defaultshippingaddress\"") == 1);
  CHECK(expected(lookup, "sevenegg\"") == field_lookup::unknown);
  CHECK(expected(lookup, "seveneg\"") == 2);
  CHECK(expected(lookup, "eightlets\"") == field_lookup::unknown);
  CHECK(expected(lookup, "eightlet\"") == 3);
}

TEST_CASE("a longer key with the same beginning is not the expected one") {
  field_lookup lookup{{"id", "idx"}};
  lookup.start_row();
  lookup.find("id");
  lookup.start_row();
  CHECK(expected(lookup, "idx\"") == field_lookup::unknown);
  CHECK(expected(lookup, "i\"") == field_lookup::unknown);
}

TEST_CASE("each of many names is found") {
  std::vector<std::string> names;
  for (int i = 0; i < 101; ++i) names.push_back(fmt::format("custrecord_field_{}", i));
  field_lookup lookup{names};
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(lookup.find(names[i]) == i);
  CHECK(lookup.find("custrecord_field_101") == field_lookup::unknown);
}

} // namespace tidemark::test
