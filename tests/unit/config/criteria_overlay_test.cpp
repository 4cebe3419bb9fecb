#include "config/criteria.hpp"

#include <doctest/doctest.h>
namespace criteria_overlay_test {

using namespace tidemark;

constexpr std::string_view base = R"json({ "version": 1, "record_types": [
  { "name": "customer", "key": "id", "deleted_as": { "recordtypeid": -2 }, "fields": [
      { "name": "id", "type": "id" }, { "name": "email", "type": "text" } ] },
  { "name": "line", "key": "id", "set_of": { "parent": "customer", "column": "customer" }, "fields": [
      { "name": "customer", "type": "reference", "to": "customer" }, { "name": "id", "type": "id" } ] } ] })json";

outcome<criteria> with(std::string_view overlay) {
  return parse_criteria(base, "base.json", overlay, "acme.json");
}

std::string refused(std::string_view overlay) {
  auto types = with(overlay);
  REQUIRE_FALSE(types);
  CHECK(types.error().code == ec::bad_config);
  return types.error().message;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("an overlay adds record types, adds fields, and replaces those of the same name") {
  auto types = with(R"json({ "version": 1, "record_types": [
    { "name": "customer", "change_column": "changed", "fields": [
        { "name": "changed", "type": "datetime" }, { "name": "email", "type": "text", "column": "altemail" } ] },
    { "name": "customrecord_x", "key": "id", "fields": [
        { "name": "id", "type": "id" }, { "name": "owner", "type": "reference", "to": "customer" } ] } ] })json");
  REQUIRE_MESSAGE(types, types.error().message);
  auto* customer = types->find("customer");
  CHECK(customer->change_column == "changed");
  CHECK(customer->fields.size() == 3);
  CHECK(customer->find_field("email")->column == "altemail");
  CHECK(customer->deleted_as->value == "-2");
  CHECK(types->find("customrecord_x")->depends_on == std::vector<std::string>{"customer"});
  CHECK(types->record_types().size() == 3);
}

TEST_CASE("a display name is a field of its own behind the one that it shows") {
  auto types = with(R"json({ "version": 1, "record_types": [ { "name": "customer", "fields": [
      { "name": "email", "type": "text", "column": "altemail", "display": true } ] },
    { "name": "line", "fields": [
      { "name": "customer", "type": "reference", "to": "customer", "display": true } ] } ] })json");
  REQUIRE_MESSAGE(types, types.error().message);
  auto& fields = types->find("customer")->fields;
  REQUIRE(fields.size() == 3);
  CHECK(fields[2].name == "email_display");
  CHECK(fields[2].type == field_type::text);
  CHECK(fields[2].column == "builtin.df(altemail)");
  CHECK(fields[2].display_of == "altemail");
  CHECK(fields[1].display_of.empty());
  CHECK(types->find("line")->find_field("customer_display") != nullptr);
}

TEST_CASE("an overlay adds to a group, and makes others") {
  auto types = parse_criteria(R"json({ "version": 1, "record_types": [
      { "name": "a", "key": "id", "fields": [ { "name": "id", "type": "id" } ] },
      { "name": "b", "key": "id", "fields": [ { "name": "id", "type": "id" } ] },
      { "name": "some", "group": ["a"] } ] })json",
                              "base.json", R"json({ "version": 1, "record_types": [
      { "name": "some", "group": ["b", "a"] }, { "name": "own", "group": ["b", "some"] } ] })json",
                              "acme.json");
  REQUIRE_MESSAGE(types, types.error().message);
  CHECK(types->find("some")->depends_on == std::vector<std::string>{"a", "b"});
  CHECK(types->find("own")->is_group);
}

TEST_CASE("the result is checked as a whole, and both files are named") {
  auto text = refused(R"json({ "version": 1, "record_types": [
    { "name": "customer", "fields": [ { "name": "rep", "type": "reference", "to": "employee" } ] } ] })json");
  CHECK(contains(text, "base.json with acme.json"));
  CHECK_MESSAGE(contains(text, "'employee'"), text);
}

TEST_CASE("a broken overlay is told by its own name") {
  CHECK(contains(refused("{"), "acme.json"));
  CHECK(contains(refused("[]"), "acme.json"));
  CHECK(contains(refused(R"({ "version": 2, "record_types": [] })"), "$.version"));
  CHECK(contains(refused(R"({ "version": 1, "record_types": [ { "key": "id" } ] })"),
                 "$.record_types[0].name"));
  CHECK(contains(refused(R"({ "version": 1, "record_types": [ { "name": "x" }, { "name": "x" } ] })"),
                 "twice"));
  CHECK(contains(refused(R"({ "version": 1, "record_types": [], "recordtypes": [] })"), "unknown member"));
}

TEST_CASE("a type names its deletions by one column, and a set by none") {
  auto type = [](std::string_view deleted_as) {
    return std::string{R"({ "version": 1, "record_types": [ { "name": "customer", "deleted_as": )"}
           + std::string{deleted_as} + " } ] }";
  };
  CHECK(with(type(R"({ "type": "customer" })"))->find("customer")->deleted_as
        == deleted_record_name{"type", "customer"});
  CHECK(with(type(R"({ "scriptid": "customrecord_x" })"))->find("customer")->deleted_as
        == deleted_record_name{"scriptid", "customrecord_x"});
  CHECK(contains(refused(type(R"({})")), "is empty"));
  CHECK(contains(refused(type(R"({ "recordtypeid": "-2" })")), "whole number"));
  CHECK(contains(refused(type(R"({ "type": "it's" })")), "deleted_as.type"));
  CHECK(contains(refused(type(R"({ "type": "x", "scriptid": "y" })")), "twice"));
  CHECK(contains(
      refused(R"({ "version": 1, "record_types": [ { "name": "line", "deleted_as": { "type": "x" } } ] })"),
      "go with their parent"));
}

} // namespace criteria_overlay_test
