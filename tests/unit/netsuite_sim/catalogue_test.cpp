#include "support.hpp"
#include "tools/netsuite_sim/catalogue.hpp"

#include <doctest/doctest.h>
namespace catalogue_test {

using namespace tidemark::netsuite_sim;
using json = nlohmann::json;

std::vector<std::string> names(const test::account& sim) {
  std::vector<std::string> out;
  auto list = json::parse(catalogue_list(schema{sim.data, sim.settings}, "http://sim"));
  for (auto& each : list["items"]) out.push_back(each["name"]);
  return out;
}

json schema_of(const test::account& sim, std::string_view name, bool tells = false) {
  auto found = catalogue_schema(schema{sim.data, sim.settings}, name, tells);
  return found ? json::parse(*found) : json{};
}

bool has(const std::vector<std::string>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

TEST_CASE("the catalogue lists what the account shows, transactions by their kinds") {
  test::account sim;
  auto list = names(sim);
  for (auto name : {"customer", "customrecord_warranty", "customlist_colour", "salesorder", "inventoryitem"})
    CHECK_MESSAGE(has(list, name), name);
  for (auto name : {"transaction", "item", "transactionline", "deletedrecord", "customfield"})
    CHECK_FALSE_MESSAGE(has(list, name), name);
  knobs k;
  k.tables_off = {"customer"};
  k.projects = false;
  auto less = names(test::account{k});
  CHECK_FALSE(has(less, "customer"));
  CHECK_FALSE(has(less, "job"));
}

TEST_CASE("a schema marks custom fields, and tells the targets of references only if the knob says so") {
  test::account sim;
  auto properties = schema_of(sim, "customer")["properties"];
  CHECK(properties["custentity_loyalty_score"]["type"] == "number");
  CHECK(properties["custentity_loyalty_score"]["x-ns-custom-field"] == true);
  CHECK_FALSE(properties["email"].contains("x-ns-custom-field"));
  CHECK(properties["salesrep"]["properties"].contains("refName"));
  CHECK(schema_of(sim, "customer", true)["properties"]["salesrep"]["$ref"]
        == "/services/rest/record/v1/metadata-catalog/employee");
  CHECK(schema_of(sim, "salesorder")["properties"]["item"]["properties"]["items"]["items"]["properties"]
            .contains("custcol_packing_hint"));
  CHECK(schema_of(sim, "unicorn").is_null());
  knobs k;
  k.columns_off = {"customer.custentity_next_review"};
  CHECK_FALSE(schema_of(test::account{k}, "customer")["properties"].contains("custentity_next_review"));
}

TEST_CASE("the tables of customisations tell what fields are and point at, whatever the scale") {
  test::account sim;
  auto fields = sim.items(
      "SELECT scriptid, fieldtype, fieldvaluetype, fieldvaluetyperecord, recordtype FROM customfield");
  auto find = [&](const char* id) {
    for (auto& each : fields)
      if (each["scriptid"] == id) return each;
    return json{};
  };
  CHECK(find("CUSTENTITY_NEXT_REVIEW")["fieldvaluetype"] == "Date");
  CHECK(find("CUSTENTITY_PREFERRED_COLOURS")["fieldvaluetyperecord"]
        == sim.items(
            "SELECT internalid FROM customlist WHERE scriptid = 'CUSTOMLIST_COLOUR'")[0]["internalid"]);
  CHECK(find("CUSTRECORD_CUSTOMER")["fieldvaluetyperecord"] == "-2");
  CHECK(find("CUSTRECORD_CUSTOMER")["recordtype"]
        == sim.items("SELECT internalid FROM customrecordtype")[0]["internalid"]);
}

} // namespace catalogue_test
