#include "netsuite/criteria_discovery.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "answers.hpp"
#include "netsuite/classify.hpp"

namespace criteria_discovery_test {

using namespace tidemark;
using test::answer;
using json = nlohmann::json;

constexpr std::string_view base = R"json({ "version": 1, "record_types": [
  { "name": "employee", "key": "id", "deleted_as": { "recordtypeid": -4 }, "fields": [ { "name": "id", "type": "id" } ] },
  { "name": "customer", "key": "id", "fields": [ { "name": "id", "type": "id" },
      { "name": "custentity_gone", "type": "text" }, { "name": "custentity_day", "type": "text" } ] },
  { "name": "transaction", "key": "id", "fields": [ { "name": "id", "type": "id" } ] },
  { "name": "line", "table": "transactionline", "key": "id", "set_of": { "parent": "transaction", "column": "transaction" },
    "fields": [ { "name": "transaction", "type": "reference", "to": "transaction" }, { "name": "id", "type": "id" } ] } ] })json";

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

http_response refusal(long status, const char* code, std::string_view detail) {
  return answer(status,
                fmt::format(R"({{"status":{},"o:errorDetails":[{{"detail":"{}","o:errorCode":"{}"}}]}})",
                            status, detail, code));
}

http_response rows(const std::vector<std::string>& items) {
  std::string text;
  for (auto& x : items) text += (text.empty() ? "" : ",") + x;
  return answer(200, fmt::format(R"({{"items":[{}],"hasMore":false}})", text));
}

struct account {
  bool has_catalogue = true;
  bool has_custom_tables = true;
  /// Columns by table; queries know no others.
  std::map<std::string, std::set<std::string>> columns{
      {"customer",
       {"id", "custentity_day", "custentity_rep", "custentity_cseg_region", "custentity_warranties"}},
      {"employee", {"id"}},
      {"transaction", {"id", "custbody_note"}},
      {"transactionline", {"id", "transaction", "custcol_hint"}},
      {"customrecord_warranty", {"id", "name", "lastmodified", "custrecord_customer", "custrecord_end"}},
      {"customrecord_cseg_region", {"id", "name"}},
      {"customlist_colour", {"id", "name", "isinactive"}}};
  std::uint32_t requests = 0;
  std::string fails; ///< the table whose queries fail

  http_response schema(const std::string& name) const {
    auto inline_reference =
        json{{"type", "object"},
             {"properties", {{"id", {{"type", "string"}}}, {"refName", {{"type", "string"}}}}}};
    json properties{{"id", {{"type", "string"}}}};
    if (name == "customer") {
      properties["custentity_day"] = {{"type", "string"}, {"format", "date"}};
      properties["custentity_rep"] = inline_reference;
      properties["custentity_cseg_region"] = inline_reference;
      properties["custentity_unqueryable"] = {{"type", "string"}};
      properties["custentity_o'dd; --"] = {{"type", "string"}};
      properties["custentity_warranties"] = {
          {"type", "object"}, {"properties", {{"items", {{"type", "array"}, {"items", inline_reference}}}}}};
    } else if (name == "salesorder") {
      properties["custbody_note"] = {{"type", "string"}};
      properties["item"] = {
          {"type", "object"},
          {"properties",
           {{"items",
             {{"type", "array"},
              {"items", {{"type", "object"}, {"properties", {{"custcol_hint", {{"type", "string"}}}}}}}}}}}};
    } else if (name == "customrecord_warranty") {
      properties["custrecord_customer"] = {{"$ref", "/services/rest/record/v1/metadata-catalog/customer"}};
      properties["custrecord_end"] = {{"type", "string"}, {"format", "date"}};
    }
    return answer(200, json{{"type", "object"}, {"properties", properties}}.dump());
  }

  http_response say(const http_request& asked) {
    ++requests;
    auto at = asked.url.find("metadata-catalog");
    if (at != std::string::npos) {
      if (!has_catalogue) return refusal(403, "INSUFFICIENT_PERMISSION", "You may not.");
      auto name = asked.url.substr(at + std::string_view{"metadata-catalog"}.size());
      if (!name.empty()) return schema(name.substr(1));
      json items = json::array();
      for (auto each :
           {"customer", "employee", "salesOrder", "customrecord_warranty", "customrecord_cseg_region"})
        items.push_back({{"name", each}});
      return answer(200, json{{"items", items}}.dump());
    }
    auto sql = json::parse(asked.body)["q"].get<std::string>();
    auto table = sql.substr(sql.find("FROM ") + 5);
    table = table.substr(0, table.find(' '));
    if (table == fails) return answer(500, "{}");
    if (table == "customlist" || table == "customfield" || table == "customrecordtype") {
      if (!has_custom_tables)
        return refusal(400, "INVALID_PARAMETER",
                       fmt::format("Search error occurred: Record '{}' was not found.", table));
      if (table == "customrecordtype")
        return rows({R"({"internalid":"101","scriptid":"CUSTOMRECORD_WARRANTY"})",
                     R"({"internalid":"102","scriptid":"CUSTOMRECORD_CSEG_REGION"})"});
      if (table == "customlist") return rows({R"({"internalid":"501","scriptid":"CUSTOMLIST_COLOUR"})"});
      return rows(
          {R"({"scriptid":"CUSTENTITY_REP","fieldvaluetype":"List/Record","fieldvaluetyperecord":"-4"})",
           R"({"scriptid":"CUSTENTITY_DAY","fieldvaluetype":"Date"})",
           R"({"scriptid":"CUSTENTITY_WARRANTIES","fieldvaluetype":"Multiple Select","fieldvaluetyperecord":"101"})",
           R"({"scriptid":"CUSTBODY_NOTE","fieldvaluetype":"Long Text"})",
           R"({"scriptid":"CUSTCOL_HINT","fieldvaluetype":"Check Box"})",
           R"({"scriptid":"CUSTRECORD_CUSTOMER","fieldvaluetype":"SELECT","fieldvaluetyperecord":"-2","recordtype":"101"})",
           R"({"scriptid":"CUSTRECORD_END","fieldvaluetype":"DATE","recordtype":"101"})"});
    }
    auto known = columns.find(table);
    if (known == columns.end())
      return refusal(400, "INVALID_PARAMETER",
                     fmt::format("Search error occurred: Record '{}' was not found.", table));
    if (contains(sql, "SELECT *")) {
      json item;
      for (auto& column : known->second)
        if (column != "custentity_rep") item[column] = column == "custcol_hint" ? "T" : "x";
      return rows({item.dump()});
    }
    auto list = sql.substr(7, sql.find(" FROM") - 7);
    for (std::size_t begin = list.find("t."); begin != std::string::npos;
         begin = list.find("t.", begin + 1)) {
      if (begin > 0 && list[begin - 1] != ' ') continue;
      auto name = list.substr(begin + 2, list.find(' ', begin) - begin - 2);
      if (!known->second.contains(name))
        return refusal(
            400, "INVALID_PARAMETER",
            fmt::format("Search error occurred: Unknown identifier '{}'. Available identifiers are: x",
                        name));
    }
    return rows({R"({"id":"1"})"});
  }

  discovery discover(const std::vector<std::string>& wanted = {}, std::string_view overlay = {},
                     std::set<std::string> imported = {}) {
    auto types = overlay.empty() ? parse_criteria(base, "base.json")
                                 : parse_criteria(base, "base.json", overlay, "o.json");
    REQUIRE_MESSAGE(types, types.error().message);
    criteria_discovery it{"acme", "https://a", wanted, std::make_shared<const criteria>(std::move(*types)),
                          std::move(imported)};
    while (auto asked = it.next()) {
      REQUIRE(requests < 200);
      auto response = say(*asked);
      auto whole = classify(response);
      auto what = whole ? failure{} : whole.error();
      if (!it.again(response, what, 0)) it.answered(response, what, 0);
    }
    CHECK(it.report().requests == requests);
    return it.report();
  }
};

criteria with(const discovery& found) {
  auto types = parse_criteria(base, "base.json", found.overlay, "overlay.json");
  REQUIRE_MESSAGE(types, types.error().message);
  return std::move(*types);
}

std::set<std::string> names(const std::vector<criteria_difference>& all) {
  std::set<std::string> out;
  for (auto& x : all) out.insert(x.field.empty() ? x.record_type : x.record_type + "." + x.field);
  return out;
}

const field& field_of(const criteria& types, std::string_view type, std::string_view name) {
  auto* found = types.find(type);
  REQUIRE_MESSAGE(found != nullptr, type);
  auto* x = found->find_field(name);
  REQUIRE_MESSAGE(x != nullptr, name);
  return *x;
}

TEST_CASE(
    "custom fields, records, lists and segments become an overlay that loads, with types and references") {
  account a;
  auto found = a.discover();
  auto types = with(found);
  CHECK(field_of(types, "customer", "custentity_rep").references == std::vector<std::string>{"employee"});
  CHECK(field_of(types, "customer", "custentity_rep").weak);
  CHECK(field_of(types, "customer", "custentity_cseg_region").references
        == std::vector<std::string>{"customrecord_cseg_region"});
  CHECK(field_of(types, "customer", "custentity_warranties").type == field_type::multi_select);
  CHECK(field_of(types, "customer", "custentity_warranties").references
        == std::vector<std::string>{"customrecord_warranty"});
  CHECK(field_of(types, "transaction", "custbody_note").type == field_type::text);
  CHECK(field_of(types, "line", "custcol_hint").type == field_type::boolean);
  auto* warranty = types.find("customrecord_warranty");
  REQUIRE(warranty != nullptr);
  CHECK(warranty->key == "id");
  CHECK(warranty->change_column == "lastmodified");
  CHECK(warranty->deleted_as == deleted_record_name{"scriptid", "customrecord_warranty"});
  CHECK(warranty->find_field("isinactive") == nullptr); // it has none
  CHECK(field_of(types, "customrecord_warranty", "custrecord_customer").references
        == std::vector<std::string>{"customer"});
  CHECK(field_of(types, "customrecord_warranty", "custrecord_end").type == field_type::date);
  CHECK(types.find("customlist_colour") != nullptr);
  CHECK(types.find("customlist_colour")->change_column.empty());
}

TEST_CASE("what the catalogue names and queries do not know is left out, and told") {
  account a;
  auto found = a.discover({"customer"});
  CHECK_FALSE(names(found.gained).contains("customer.custentity_unqueryable"));
  CHECK(std::ranges::any_of(found.remarks, [](auto& x) { return contains(x, "custentity_unqueryable"); }));
  CHECK_FALSE(names(found.gained).contains("transaction.custbody_note")); // not asked for
  CHECK_FALSE(std::ranges::any_of(found.remarks, [](auto& x) { return contains(x, "could not be tried"); }));
}

TEST_CASE("what is described and gone, or of another type, is told") {
  account a;
  auto found = a.discover();
  CHECK(names(found.lost) == std::set<std::string>{"customer.custentity_gone"});
  CHECK(names(found.changed) == std::set<std::string>{"customer.custentity_day"});
}

TEST_CASE("a table of NetSuite's own that is off is a remark, and no loss") {
  account a;
  a.has_catalogue = false;
  a.columns.erase("employee");
  auto found = a.discover({"employee"});
  CHECK(found.lost.empty());
  CHECK(
      std::ranges::any_of(found.remarks, [](auto& x) { return contains(x, "employee is not to be seen"); }));
}

TEST_CASE("one that was imported before is a loss") {
  account a;
  a.columns.erase("employee");
  auto found = a.discover({"employee"}, {}, {"employee", "customer"});
  CHECK(names(found.lost) == std::set<std::string>{"employee"});
}

TEST_CASE("a group stands for its members, and is no table") {
  constexpr std::string_view grouped =
      R"({ "version": 1, "record_types": [ { "name": "people", "group": ["employee"] },
                                           { "name": "most", "group": ["people"] } ] })";
  account a;
  a.has_catalogue = false;
  a.columns.erase("employee");
  auto found = a.discover({"most"}, grouped, {"employee"});
  CHECK(names(found.lost) == std::set<std::string>{"employee"});
  CHECK(names(found.gained).empty());
  a.requests = 0;
  for (auto& x : a.discover({}, grouped).remarks) {
    CHECK_FALSE(contains(x, "people"));
    CHECK_FALSE(contains(x, "most "));
  }
}

TEST_CASE("what could not be asked is told as that, and not as the same") {
  account a;
  a.fails = "customer";
  auto found = a.discover({"customer"});
  CHECK_FALSE(found.not_tried.empty());
  a.requests = 0;
  CHECK(a.discover({"employee"}).not_tried.empty());
}

TEST_CASE("only described names and those that an account may have added can be wanted") {
  auto types = parse_criteria(base, "base.json");
  REQUIRE(types);
  for (auto* name : {"customer", "transactionline", "customrecord_any", "customlist_any"})
    CHECK(criteria_discovery::may_be_wanted(name, *types));
  CHECK_FALSE(criteria_discovery::may_be_wanted("custoner", *types));
}

TEST_CASE("with its own overlay an account has gained nothing more") {
  account a;
  auto first = a.discover();
  a.requests = 0;
  auto second = a.discover({}, first.overlay);
  CHECK(names(second.gained).empty());
  a.columns.erase("customrecord_warranty");
  a.columns["customer"].erase("custentity_rep");
  a.requests = 0;
  auto third = a.discover({}, first.overlay);
  CHECK(names(third.lost)
        == std::set<std::string>{"customer.custentity_gone", "customer.custentity_rep",
                                 "customrecord_warranty"});
}

TEST_CASE("without a catalogue the tables of customisations tell the same") {
  account a;
  auto by_catalogue = a.discover();
  a.has_catalogue = false;
  a.requests = 0;
  auto by_tables = a.discover();
  CHECK(std::ranges::any_of(by_tables.remarks,
                            [](auto& x) { return contains(x, "catalogue cannot be read"); }));
  auto expected = names(by_catalogue.gained);
  expected.erase("customer.custentity_cseg_region"); // the made-up table does not have it
  CHECK(names(by_tables.gained) == expected);
  auto types = with(by_tables);
  CHECK(field_of(types, "customer", "custentity_rep").references == std::vector<std::string>{"employee"});
}

TEST_CASE("without either, a few records tell the names at least") {
  account a;
  a.has_catalogue = a.has_custom_tables = false;
  auto found = a.discover({"customer", "line"});
  auto gained = names(found.gained);
  CHECK(gained.contains("customer.custentity_warranties"));
  CHECK_FALSE(gained.contains("customer.custentity_rep")); // empty in all of them
  CHECK(found.changed.empty());                            // types are guesses
  CHECK(field_of(with(found), "line", "custcol_hint").type == field_type::boolean);
  CHECK(std::ranges::any_of(found.remarks, [](auto& x) { return contains(x, "records alone"); }));
}

TEST_CASE("without tables of customisations a catalogue that does not tell targets gives integers") {
  account a;
  a.has_custom_tables = false;
  auto types = with(a.discover());
  CHECK(field_of(types, "customer", "custentity_rep").type == field_type::integer);
  CHECK(field_of(types, "transaction", "custbody_note").type == field_type::text);
  CHECK(field_of(types, "line", "custcol_hint").type == field_type::text);
}

TEST_CASE("a type that nobody knows is told, and names that cannot be columns do no harm") {
  account a;
  a.columns["customer"].insert("custentity_" + std::string(60, 'x'));
  auto found = a.discover({"unicorn"});
  CHECK(found.gained.empty());
  CHECK(found.unknown == std::vector<std::string>{"unicorn"});
  a.has_catalogue = a.has_custom_tables = false;
  a.requests = 0;
  with(a.discover({"customer"}));
}

} // namespace criteria_discovery_test
