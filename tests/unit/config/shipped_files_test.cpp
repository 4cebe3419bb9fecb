#include "config/criteria.hpp"
#include "config/dependency_graph.hpp"
#include "config/node_config.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>
namespace shipped_files_test {

using namespace tidemark;

using names = std::vector<std::string>;

const criteria& shipped() {
  static const auto types = [] {
    auto result = load_criteria(TIDEMARK_SOURCE_DIR "/config/criteria.json");
    REQUIRE_MESSAGE(result, result.error().message);
    return *std::move(result);
  }();
  return types;
}

TEST_CASE("the shipped criteria file describes the common record types") {
  for (const auto* name : {"currency",
                           "term",
                           "accountingperiod",
                           "customercategory",
                           "vendorcategory",
                           "pricelevel",
                           "subsidiary",
                           "department",
                           "classification",
                           "location",
                           "account",
                           "employee",
                           "customer",
                           "vendor",
                           "contact",
                           "item",
                           "job",
                           "projecttask",
                           "transaction",
                           "transactionline",
                           "salesorder",
                           "invoice",
                           "accountingbook",
                           "accounttype",
                           "transactionaccountingline",
                           "previoustransactionlink",
                           "nexttransactionlinelink",
                           "customeraddressbook",
                           "vendoraddressbookentityaddress",
                           "customersubsidiaryrelationship",
                           "inventorybalance",
                           "aggregateitemlocation",
                           "bin",
                           "inventorynumber",
                           "unitstypeuom",
                           "pricing",
                           "itemmember",
                           "itemvendor",
                           "entitystatus",
                           "partner",
                           "consolidatedexchangerate",
                           "timebill",
                           "file",
                           "message",
                           "note",
                           "supportcase",
                           "opportunity"})
    CHECK_MESSAGE(shipped().find(name) != nullptr, name);
  CHECK(shipped().record_types().size() == 105);
}

TEST_CASE("every transaction by name has a filter of its own and its entry in the log of deletions") {
  std::set<std::string> filters;
  for (const auto& type : shipped().record_types()) {
    if (type.table != "transaction" || type.name == "transaction") continue;
    CAPTURE(type.name);
    CHECK(filters.insert(type.filter).second);
    CHECK(type.filter.starts_with("t.type = '"));
    REQUIRE(type.deleted_as);
    CHECK(type.deleted_as->column == "type");
    CHECK(type.deleted_as->value == type.name);
    CHECK(type.change_column == "lastmodifieddate");
    CHECK_FALSE(resolve(shipped(), type.name)->contains("transaction"));
  }
  CHECK(filters.size() == 39);
}

TEST_CASE("the shipped groups hold what their names say, and everything reads each table once") {
  for (const auto* name : {"finance", "sales", "inventory", "everything"}) {
    const auto graph = resolve(shipped(), name);
    REQUIRE_MESSAGE(graph, name);
    CHECK_FALSE(graph->contains(name));
    CHECK(shipped().find(name)->is_group);
  }
  CHECK(resolve(shipped(), "finance")->contains("transactionaccountingline"));
  CHECK(resolve(shipped(), "sales")->contains("salesorder"));
  CHECK(resolve(shipped(), "inventory")->contains("inventorybalance"));
  const auto everything = resolve(shipped(), "everything");
  for (const auto& type : shipped().record_types()) {
    const auto by_name = type.table == "transaction" && type.name != "transaction";
    if (!type.is_group) CHECK_MESSAGE(everything->contains(type.name) != by_name, type.name);
  }
}

TEST_CASE("rows that have no id of their own are told apart within their parent") {
  for (const auto& type : shipped().record_types()) {
    if (type.wide_key.empty()) continue;
    CAPTURE(type.name);
    CHECK((type.set || type.name == "accounttype"));
    CHECK(type.summed_key() == type.find_field(type.wide_key.front()));
  }
  CHECK(shipped().find("inventorybalance")->wide_key.size() == 4);
  CHECK(shipped().find("itemmember")->set == set_of{"item", "parentitem"});
}

TEST_CASE("every shipped record type resolves without a cycle") {
  for (const auto& type : shipped().record_types()) {
    const auto graph = resolve(shipped(), type.name);
    CHECK_MESSAGE(graph, type.name);
  }
}

TEST_CASE("lines of transactions come in the eighth wave, after everything that they refer to") {
  const auto graph = resolve(shipped(), "transactionline");
  REQUIRE(graph);
  CHECK(graph->waves()
        == std::vector<names>{
            {"accountingperiod", "currency", "customercategory", "pricelevel", "term", "vendorcategory"},
            {"subsidiary"},
            {"classification", "department", "location"},
            {"account", "employee"},
            {"customer", "item", "vendor"},
            {"job"},
            {"transaction"},
            {"transactionline"}});
}

TEST_CASE("contacts wait for every kind of company, project tasks for projects") {
  CHECK(resolve(shipped(), "contact")->dependencies_of("contact") == names{"customer", "vendor"});
  CHECK(resolve(shipped(), "projecttask")->dependencies_of("projecttask") == names{"job"});
}

TEST_CASE("sales orders and invoices are transactions of one type") {
  const auto* order = shipped().find("salesorder");
  CHECK(order->table == "transaction");
  CHECK(order->filter == "t.type = 'SalesOrd'");
  CHECK(shipped().find("invoice")->filter == "t.type = 'CustInvc'");
  const auto graph = resolve(shipped(), "salesorder");
  REQUIRE(graph);
  CHECK(!graph->contains("transaction"));
  CHECK(graph->wave_of("salesorder") == 6);
}

TEST_CASE("lines are a set of their transaction and tell their change in a column of their own") {
  const auto* line = shipped().find("transactionline");
  CHECK(line->set == set_of{"transaction", "transaction"});
  CHECK(line->key == "id");
  CHECK(line->change_column == "linelastmodifieddate");
}

TEST_CASE("subsidiaries that are lists in one text are read as such") {
  for (const auto* name : {"account", "department", "classification", "item"})
    CHECK(shipped().find(name)->find_field("subsidiary")->type == field_type::multi_select);
}

TEST_CASE("the shipped example configuration loads as soon as its variables are set") {
  const auto* file = TIDEMARK_SOURCE_DIR "/config/tidemark.example.toml";
  const auto unset = load_node_config(file, [](const std::string&) { return std::nullopt; });
  REQUIRE(!unset);
  CHECK(std::ranges::count(unset.error().message, '\n') == 3);
  CHECK(unset.error().message.contains("NS_TOKEN_SECRET"));

  const auto config = load_node_config(file, [](const std::string& name) -> std::optional<std::string> {
    if (name.starts_with("FEATURE_")) return std::nullopt; // neither true nor false would be refused
    return "value of " + name;
  });
  REQUIRE_MESSAGE(config, config.error().message);
  REQUIRE(config->tenants.size() == 2);
  CHECK(std::get<tba_auth>(config->tenants[0].auth).token.reveal() == "value of NS_TOKEN");
  CHECK(std::holds_alternative<no_auth>(config->tenants[1].auth));
  CHECK(load_criteria(config->criteria_file));
}

} // namespace shipped_files_test
