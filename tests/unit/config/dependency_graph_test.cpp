#include "config/dependency_graph.hpp"

#include <doctest/doctest.h>
namespace dependency_graph_test {

using namespace tidemark;

record_type type_of(std::string name, std::vector<std::string> depends_on) {
  record_type result;
  result.name = std::move(name);
  result.depends_on = std::move(depends_on);
  return result;
}

/// currency ← subsidiary ← customer ← order, currency ← order, term ← customer, and a vendor that nobody
/// needs.
criteria shop() {
  return criteria{{type_of("order", {"currency", "customer"}), type_of("customer", {"subsidiary", "term"}),
                   type_of("subsidiary", {"currency"}), type_of("currency", {}), type_of("term", {}),
                   type_of("vendor", {"currency"})}};
}

dependency_graph graph_of(const criteria& types, std::string_view main) {
  auto result = resolve(types, main);
  REQUIRE_MESSAGE(result, result.error().message);
  return *std::move(result);
}

using names = std::vector<std::string>;

TEST_CASE("a graph holds the main type and what it needs, and nothing else") {
  const auto graph = graph_of(shop(), "order");
  CHECK(graph.main() == "order");
  CHECK(graph.size() == 5);
  CHECK(graph.contains("term"));
  CHECK(!graph.contains("vendor"));
}

TEST_CASE("a type's wave is the longest chain below it") {
  const auto graph = graph_of(shop(), "order");
  CHECK(graph.waves() == std::vector<names>{{"currency", "term"}, {"subsidiary"}, {"customer"}, {"order"}});
  CHECK(graph.wave_of("customer") == 2);
}

TEST_CASE("a type without dependencies is a graph of one wave") {
  CHECK(graph_of(shop(), "term").waves() == std::vector<names>{{"term"}});
}

/// With two groups of it, one of them in the other.
criteria shop_with_groups() {
  auto types = shop().record_types();
  types.push_back(type_of("buying", {"vendor", "term"}));
  types.push_back(type_of("all", {"order", "buying"}));
  for (auto& type : types) type.is_group = type.name == "buying" || type.name == "all";
  return criteria{types};
}

TEST_CASE("a group stands for its types and what they need, and is not among them") {
  const auto graph = graph_of(shop_with_groups(), "buying");
  CHECK(graph.main() == "buying");
  CHECK(graph.waves() == std::vector<names>{{"currency", "term"}, {"vendor"}});
  CHECK(graph.dependents_of("term").empty());
  const auto all = graph_of(shop_with_groups(), "all");
  CHECK(all.size() == 6);
  CHECK(!all.contains("buying"));
  CHECK(all.wave_of("order") == 3);
}

TEST_CASE("of a group alone its types are taken, without what they need") {
  const auto graph = resolve_alone(shop_with_groups(), "all");
  REQUIRE(graph);
  CHECK(graph->waves() == std::vector<names>{{"order", "term", "vendor"}});
  CHECK(resolve_alone(shop_with_groups(), "order")->size() == 1);
}

TEST_CASE("groups that hold each other are refused") {
  auto types = shop_with_groups().record_types();
  for (auto& type : types)
    if (type.name == "buying") type.depends_on.push_back("all");
  const auto result = resolve(criteria{types}, "all");
  REQUIRE(!result);
  CHECK(result.error().code == ec::dependency_cycle);
}

TEST_CASE("dependencies and dependents mirror each other") {
  const auto graph = graph_of(shop(), "order");
  CHECK(graph.dependencies_of("customer") == names{"subsidiary", "term"});
  CHECK(graph.dependents_of("currency") == names{"order", "subsidiary"});
  CHECK(graph.dependents_of("order").empty());
}

TEST_CASE("the remaining path counts the steps of the longest way up") {
  const auto graph = graph_of(shop(), "order");
  CHECK(graph.remaining_path("order") == 0);
  CHECK(graph.remaining_path("customer") == 1);
  CHECK(graph.remaining_path("term") == 2);
  CHECK(graph.remaining_path("currency") == 3);
}

TEST_CASE("what is ready comes with the longest remaining path first") {
  const auto graph = graph_of(shop(), "order");
  CHECK(ready_types(graph, {}, {}) == names{"currency", "term"});
  CHECK(ready_types(graph, {}, {"currency"}) == names{"term"});
  CHECK(ready_types(graph, {"currency"}, {"currency"}) == names{"subsidiary", "term"});
  CHECK(ready_types(graph, {"currency", "subsidiary"}, {"currency", "subsidiary", "term"}).empty());
}

TEST_CASE("a type is ready as soon as its own dependencies are complete, whatever its wave still does") {
  const criteria types{{type_of("main", {"left", "right"}), type_of("left", {"a"}), type_of("right", {"b"}),
                        type_of("a", {}), type_of("b", {})}};
  CHECK(ready_types(graph_of(types, "main"), {"a"}, {"a", "b"}) == names{"left"});
}

TEST_CASE("names that the graph does not know make nothing ready") {
  const auto graph = graph_of(shop(), "order");
  CHECK(ready_types(graph, {"vendor"}, {"vendor"}) == names{"currency", "term"});
}

TEST_CASE("an unknown main type is refused with the nearest names") {
  const auto result = resolve(shop(), "custmer");
  REQUIRE(!result);
  CHECK(result.error().code == ec::unknown_record_type);
  CHECK(result.error().subject == "custmer");
  CHECK(result.error().message == "the criteria file has no record type 'custmer'; did you mean 'customer'?");
}

TEST_CASE("a cycle is told as a path, with the fields that cause it and the remedy") {
  const auto types = parse_criteria(R"({"version":1,"record_types":[
      {"name":"start","key":"id","fields":[{"name":"id","type":"id"},{"name":"first","type":"reference","to":"a"}]},
      {"name":"a","key":"id","fields":[{"name":"id","type":"id"},{"name":"to_b","type":"reference","to":"b"},{"name":"also_b","type":"reference","to":"b"}]},
      {"name":"b","key":"id","set_of":{"parent":"c","column":"c"},"fields":[{"name":"id","type":"id"},{"name":"c","type":"reference","to":"c","weak":true}]},
      {"name":"c","key":"id","depends_on":["a"],"fields":[{"name":"id","type":"id"},{"name":"self","type":"reference","to":"c"}]}]})",
                                    "c.json");
  REQUIRE_MESSAGE(types, types.error().message);
  const auto result = resolve(*types, "start");
  REQUIRE(!result);
  CHECK(result.error().code == ec::dependency_cycle);
  CHECK(result.error().subject == "a");
  CHECK(result.error().message.contains("a → b → c → a"));
  CHECK(!result.error().message.contains("start"));
  CHECK(result.error().message.contains("a.to_b and a.also_b → b, b.set_of → c, c.depends_on → a"));
  CHECK(result.error().message.contains("\"weak\": true"));
}

TEST_CASE("a cycle beside the way to the main type does not matter") {
  const criteria types{{type_of("main", {}), type_of("a", {"b"}), type_of("b", {"a"})}};
  CHECK(resolve(types, "main"));
}

TEST_CASE("a weak reference breaks a cycle") {
  const auto types = parse_criteria(R"({"version":1,"record_types":[
      {"name":"a","key":"id","fields":[{"name":"id","type":"id"},{"name":"b","type":"reference","to":"b"}]},
      {"name":"b","key":"id","fields":[{"name":"id","type":"id"},{"name":"a","type":"reference","to":"a","weak":true}]}]})",
                                    "c.json");
  REQUIRE(types);
  CHECK(graph_of(*types, "a").waves() == std::vector<names>{{"b"}, {"a"}});
  CHECK(graph_of(*types, "b").size() == 1);
}

TEST_CASE("what was planned under other criteria goes by the present dependencies among its own types") {
  // "customer" waits for a type that was not planned, "order" for a planned one more; "term" is not
  // described.
  const criteria now{{type_of("order", {"currency", "customer", "region"}), type_of("customer", {"region"}),
                      type_of("region", {"currency"}), type_of("currency", {})}};
  const auto graph = resolve_planned(now, "order", {"currency", "customer", "order", "term"});
  CHECK(graph.main() == "order");
  CHECK(graph.size() == 4);
  CHECK(graph.dependencies_of("order") == names{"currency", "customer"});
  CHECK(graph.dependencies_of("customer").empty());
  CHECK(graph.dependencies_of("term").empty());
  CHECK(graph.dependents_of("currency") == names{"order"});
  CHECK(graph.waves() == std::vector<names>{{"currency", "customer", "term"}, {"order"}});
  CHECK(graph.remaining_path("currency") == 1);
  CHECK(ready_types(graph, {"currency", "customer"}, {"currency", "customer", "term"}) == names{"order"});
}

TEST_CASE("a main type that is not described any more leaves the others in their order") {
  const criteria now{{type_of("customer", {"currency"}), type_of("currency", {})}};
  const auto graph = resolve_planned(now, "order", {"currency", "customer", "order"});
  CHECK(graph.waves() == std::vector<names>{{"currency", "order"}, {"customer"}});
  CHECK(resolve_planned(now, "order", {}).size() == 0);
}

TEST_CASE("a chain of ten thousand types resolves") {
  std::vector<record_type> chain{type_of("t0", {})};
  for (int i = 1; i < 10'000; ++i)
    chain.push_back(type_of("t" + std::to_string(i), {"t" + std::to_string(i - 1)}));
  const auto graph = graph_of(criteria{std::move(chain)}, "t9999");
  CHECK(graph.waves().size() == 10'000);
  CHECK(graph.remaining_path("t0") == 9'999);
}

} // namespace dependency_graph_test
