#include "config/criteria.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
namespace criteria_test {

using namespace tidemark;

constexpr std::string_view orders = R"json({
  "version": 1,
  "record_types": [
    { "name": "customer", "key": "id", "fields": [
        { "name": "id", "type": "id" },
        { "name": "parent", "type": "reference", "to": "customer" } ] },
    { "name": "status", "key": "id", "fields": [ { "name": "id", "type": "id" } ] },
    { "name": "vendor", "key": "id", "fields": [ { "name": "id", "type": "id" } ] },
    { "name": "sales", "table": "transaction", "filter": "t.type IN ('SalesOrd', 'it''s')",
                           "key" : "id",
                           "change_column" : "lastmodifieddate",
                           "depends_on" : ["status"],
                           "fields" : [
                             {"name" : "id", "type" : "id"},
                             {"name" : "entity", "type" : "reference", "to" : [ "vendor", "customer" ]},
                             {"name" : "reversal", "type" : "reference", "to" : "sales"},
                             {"name" : "approver", "type" : "reference", "to" : "line", "weak" : true},
                             {"name" : "stage", "type" : "reference", "to" : "stage", "external" : true},
                             {"name" : "regions", "type" : "multi_select"},
                             {"name" : "changed", "type" : "datetime", "column" : "lastmodifieddate"}
                           ]
},
    { "name": "line", "key": "id", "set_of": { "parent": "sales", "column": "sale" }, "fields": [
        { "name": "sale", "column": "transaction", "type": "reference", "to": "sales", "weak": true },
        { "name": "id", "type": "id" } ] }
  ]
})json";

criteria parsed() {
  auto result = parse_criteria(orders, "orders.json");
  REQUIRE_MESSAGE(result, result.error().message);
  return *std::move(result);
}

TEST_CASE("a record type is found by its name and listed in the file's order") {
  const auto types = parsed();
  REQUIRE(types.find("sales") != nullptr);
  CHECK(types.find("sales")->table == "transaction");
  CHECK(types.find("sales")->filter == "t.type IN ('SalesOrd', 'it''s')");
  CHECK(types.find("nothing") == nullptr);
  CHECK(types.record_types().size() == 5);
  CHECK(types.record_types().front().name == "customer");
}

TEST_CASE("table and column default to the names") {
  const auto types = parsed();
  CHECK(types.find("customer")->table == "customer");
  CHECK(types.find("sales")->find_field("id")->column == "id");
  CHECK(types.find("sales")->find_field("changed")->column == "lastmodifieddate");
  CHECK(types.find("sales")->find_field("lastmodifieddate") == nullptr);
}

TEST_CASE("dependencies are listed and referenced types, without self, weak and external ones") {
  CHECK(parsed().find("sales")->depends_on == std::vector<std::string>{"customer", "status", "vendor"});
  CHECK(parsed().find("customer")->depends_on.empty());
}

TEST_CASE("a set depends on its parent even where the reference is weak") {
  CHECK(parsed().find("line")->depends_on == std::vector<std::string>{"sales"});
}

TEST_CASE("every field type has a name that reads back") {
  for (int i = 0; i <= static_cast<int>(field_type::multi_select); ++i) {
    const auto type = static_cast<field_type>(i);
    CHECK(field_type_from_string(to_string(type)) == type);
  }
  CHECK(!field_type_from_string("money"));
}

TEST_CASE("a criteria file that cannot be read is named") {
  for (const auto* file : {"/nonexistent/criteria.json", "/", "/dev/null/x"}) {
    const auto result = load_criteria(file);
    REQUIRE(!result);
    CHECK(result.error().code == ec::bad_config);
    CHECK(result.error().message.contains(file));
  }
}

TEST_CASE("a file whose record types wait for each other is refused, with its name and the circle") {
  const auto file = std::filesystem::temp_directory_path() / "tidemark-circle.json";
  std::ofstream{file} << R"json({ "version": 1, "record_types": [
    { "name": "hen", "key": "id", "depends_on": ["egg"], "fields": [ { "name": "id", "type": "id" } ] },
    { "name": "egg", "key": "id", "depends_on": ["hen"], "fields": [ { "name": "id", "type": "id" } ] } ] })json";
  const auto result = load_criteria(file);
  std::filesystem::remove(file);
  REQUIRE(!result);
  CHECK(result.error().code == ec::bad_config);
  CHECK(result.error().message.starts_with(file.string()));
  CHECK(result.error().message.contains("hen → egg → hen"));
}

TEST_CASE("a device in place of the criteria file is refused instead of read") {
  const auto result = load_criteria("/dev/zero");
  REQUIRE(!result);
  CHECK(result.error().message.contains("not a regular file"));
}

} // namespace criteria_test
