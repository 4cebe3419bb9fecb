#include "config/criteria_writer.hpp"

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
namespace criteria_writer_test {

using namespace tidemark;

criteria parsed(const std::string& text) {
  auto types = parse_criteria(text, "written.json");
  REQUIRE_MESSAGE(types, types.error().message);
  return std::move(*types);
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("what is written is read as what it was: wide keys, strictness, display names and groups") {
  auto types = parsed(R"({"version":1,"record_types":[
    {"name":"a","key":"code","fields":[{"name":"code","type":"text"}]},
    {"name":"b","key":["x","y"],"strict":true,"fields":[{"name":"x","type":"integer","display":true},
      {"name":"y","type":"text","column":"why"}]},
    {"name":"all","group":["a","b"]}]})");
  CHECK(parsed(write_criteria(types.record_types())).record_types() == types.record_types());
}

TEST_CASE("what is written is read as what it was: the shipped criteria") {
  std::ifstream file{TIDEMARK_SOURCE_DIR "/config/criteria.json"};
  std::stringstream text;
  text << file.rdbuf();
  auto shipped = parsed(text.str());
  REQUIRE_FALSE(shipped.record_types().empty());
  CHECK(parsed(write_criteria(shipped.record_types())).record_types() == shipped.record_types());
}

TEST_CASE("what is written is read as what it was: everything that a type can have") {
  auto types = parsed(R"json({ "version": 1, "record_types": [
    { "name": "group", "key": "id", "fields": [ { "name": "id", "type": "id" } ] },
    { "name": "customer", "table": "entity", "filter": "t.kind = 'x\"y'", "key": "id", "change_column": "changed",
      "deleted_as": { "recordtypeid": -2 }, "deletion_guard": 7, "depends_on": [ "group" ], "fields": [
        { "name": "id", "type": "id" }, { "name": "changed", "type": "datetime" },
        { "name": "owner", "type": "reference", "to": [ "customer", "group" ], "weak": true, "column": "own" },
        { "name": "far", "type": "reference", "to": "galaxy", "external": true },
        { "name": "several", "type": "multi_select" } ] },
    { "name": "other", "key": "id", "deleted_as": { "scriptid": "customrecord_x" }, "fields": [
        { "name": "id", "type": "id" } ] },
    { "name": "line", "key": "id", "set_of": { "parent": "customer", "column": "customer" }, "fields": [
        { "name": "customer", "type": "reference", "to": "customer" }, { "name": "id", "type": "id" } ] } ] })json");
  CHECK(parsed(write_criteria(types.record_types())).record_types() == types.record_types());
}

TEST_CASE("a merge adds what an overlay lacks, and leaves what stands in it") {
  constexpr std::string_view before = R"json({ "version": 1, "record_types": [
    { "name": "customer", "fields": [ { "name": "custentity_a", "type": "text", "column": "custentity_b" } ] } ] })json";
  constexpr std::string_view more = R"json({ "version": 1, "record_types": [
    { "name": "customer", "change_column": "changed", "fields": [
        { "name": "custentity_a", "type": "integer" }, { "name": "custentity_c", "type": "date" } ] },
    { "name": "customrecord_x", "key": "id", "fields": [ { "name": "id", "type": "id" } ] } ] })json";
  auto merged = merge_overlays(before, "acme.json", more);
  REQUIRE_MESSAGE(merged, merged.error().message);
  auto types =
      parse_criteria(R"json({ "version": 1, "record_types": [ { "name": "customer", "key": "id", "fields": [
      { "name": "id", "type": "id" }, { "name": "changed", "type": "datetime" } ] } ] })json",
                     "base.json", *merged, "acme.json");
  REQUIRE_MESSAGE(types, types.error().message);
  auto* customer = types->find("customer");
  REQUIRE(customer != nullptr);
  CHECK(customer->change_column == "changed");
  REQUIRE(customer->find_field("custentity_a") != nullptr);
  CHECK(customer->find_field("custentity_a")->column == "custentity_b");
  CHECK(customer->find_field("custentity_a")->type == field_type::text);
  CHECK(customer->find_field("custentity_c") != nullptr);
  CHECK(types->find("customrecord_x") != nullptr);
  // Once more changes nothing.
  CHECK(merge_overlays(*merged, "acme.json", more) == merged);
}

TEST_CASE("what was external becomes weak once a merge describes it") {
  constexpr std::string_view before =
      R"json({ "version": 1, "record_types": [ { "name": "customer", "fields": [
      { "name": "custentity_x", "type": "reference", "to": "customrecord_x", "external": true },
      { "name": "custentity_y", "type": "reference", "to": "customrecord_y", "external": true } ] } ] })json";
  auto merged = merge_overlays(before, "acme.json", R"json({ "version": 1, "record_types": [
    { "name": "customrecord_x", "key": "id", "fields": [ { "name": "id", "type": "id" } ] } ] })json");
  REQUIRE_MESSAGE(merged, merged.error().message);
  auto types =
      parse_criteria(R"json({ "version": 1, "record_types": [ { "name": "customer", "key": "id", "fields": [
      { "name": "id", "type": "id" } ] } ] })json",
                     "base.json", *merged, "acme.json");
  REQUIRE_MESSAGE(types, types.error().message);
  CHECK(types->find("customer")->find_field("custentity_x")->weak);
  CHECK(types->find("customer")->find_field("custentity_y")->external);
}

TEST_CASE("a file that is no overlay is refused by its name, and not written over") {
  for (auto broken : {"", "[]", "{ \"version\": 1 }", "{ \"version\": 1, \"record_types\": {} }"}) {
    auto merged = merge_overlays(broken, "acme.json", write_criteria({}));
    REQUIRE_FALSE(merged);
    CHECK(merged.error().code == ec::bad_config);
    CHECK(contains(merged.error().message, "acme.json"));
  }
}

TEST_CASE("names that cannot stand in a database are known") {
  CHECK(may_be_field("custentity_x"));
  CHECK_FALSE(may_be_field("_x"));
  CHECK_FALSE(may_be_field("custentity_x; drop"));
  CHECK_FALSE(may_be_field(std::string(64, 'x')));
  CHECK(may_be_table("customrecord_x"));
  CHECK_FALSE(may_be_table("batches"));
}

} // namespace criteria_writer_test
