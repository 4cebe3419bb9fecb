#include "netsuite/metadata_catalogue.hpp"

#include <algorithm>

#include <doctest/doctest.h>
namespace metadata_catalogue_test {

using namespace tidemark;

// The list as O:section_1540810174 shows it.
constexpr std::string_view list = R"json({ "items": [
  { "name": "salesOrder", "links": [
      { "rel": "canonical", "href": "https://x/services/rest/record/v1/metadata-catalog/salesOrder", "mediaType": "application/json" },
      { "rel": "describes", "href": "https://x/services/rest/record/v1/salesOrder" } ] },
  { "name": "customrecord_warranty", "links": [] }, { "name": "account" }, { "links": [] }, 7 ] })json";

constexpr std::string_view schema = R"json({ "type": "object", "properties": {
  "id": { "title": "Internal ID", "type": "string" },
  "companyName": { "type": "string", "nullable": true },
  "custentity_score": { "type": "number", "format": "double", "x-ns-custom-field": true },
  "custentity_days": { "type": ["null", "integer"], "x-ns-custom-field": true },
  "custentity_ok": { "type": "boolean", "x-ns-custom-field": true },
  "custentity_day": { "type": "string", "format": "date", "x-ns-custom-field": true },
  "custentity_at": { "type": "string", "format": "date-time", "x-ns-custom-field": true },
  "custentity_odd": 7,
  "custentity_rep": { "$ref": "/services/rest/record/v1/metadata-catalog/Employee", "x-ns-custom-field": true },
  "custentity_list": { "type": "object", "x-ns-custom-field": true, "properties": {
      "id": { "type": "string" }, "refName": { "type": "string" },
      "links": { "type": "array", "items": { "$ref": "/services/rest/record/v1/metadata-catalog/nsLink" } } } },
  "custentity_word": { "type": "object", "x-ns-custom-field": true, "properties": {
      "id": { "type": "string", "enum": [ "AUTO", "ON" ] }, "refName": { "type": "string" } } },
  "custentity_many": { "type": "object", "x-ns-custom-field": true, "properties": {
      "items": { "type": "array", "items": { "$ref": "/services/rest/record/v1/metadata-catalog/customlist_colour" } } } },
  "recmachcustrecord_owner": { "type": "object", "x-ns-custom-field": true, "properties": {} },
  "strangely_named": { "type": "string", "x-ns-custom-field": true },
  "item": { "type": "object", "properties": { "items": { "type": "array", "items": { "type": "object", "properties": {
      "amount": { "type": "number" }, "custcol_hint": { "type": "string", "x-ns-custom-field": true } } } } } },
  "links": { "type": "array", "items": { "$ref": "/services/rest/record/v1/metadata-catalog/nsLink" } } },
  "x-ns-filterable": [ "id" ] })json";

TEST_CASE("the catalogue's list gives names in lower case, and leaves out what has none") {
  auto names = parse_catalogue(list);
  REQUIRE(names);
  CHECK(*names == std::vector<std::string>{"account", "customrecord_warranty", "salesorder"});
}

TEST_CASE("a schema gives fields with their types and targets") {
  auto fields = parse_schema(schema);
  REQUIRE_MESSAGE(fields, fields.error().message);
  auto find = [&](std::string_view name) {
    auto found = std::ranges::find(*fields, name, &catalogue_field::name);
    REQUIRE_MESSAGE(found != fields->end(), name);
    return *found;
  };
  CHECK_FALSE(find("companyname").is_custom);
  CHECK(find("custentity_score").type == field_type::decimal);
  CHECK(find("custentity_days").type == field_type::integer);
  CHECK(find("custentity_ok").type == field_type::boolean);
  CHECK(find("custentity_day").type == field_type::date);
  CHECK(find("custentity_at").type == field_type::datetime);
  CHECK(find("custentity_odd").type == field_type::text);
  CHECK(find("custentity_rep")
        == catalogue_field{"custentity_rep", field_type::reference, "employee", true, false});
  CHECK(find("custentity_list")
        == catalogue_field{"custentity_list", field_type::reference, "", true, false});
  CHECK(find("custentity_word").type == field_type::text);
  CHECK(find("custentity_many")
        == catalogue_field{"custentity_many", field_type::multi_select, "customlist_colour", true, false});
  CHECK(find("custcol_hint").of_lines);
  CHECK(find("strangely_named").is_custom);
  for (auto absent : {"links", "recmachcustrecord_owner", "amount", "item"})
    CHECK(std::ranges::find(*fields, absent, &catalogue_field::name) == fields->end());
}

TEST_CASE("whatever else comes is refused, and never believed") {
  for (auto body :
       {"", "<html>no</html>", "[]", "{}", R"({"items":{}})", R"({"properties":[]})", "{\"items\":[{"}) {
    CHECK_FALSE(parse_catalogue(body));
    CHECK_FALSE(parse_schema(body));
  }
}

} // namespace metadata_catalogue_test
