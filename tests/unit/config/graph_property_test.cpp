#include "config/dependency_graph.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <random>
namespace graph_property_test {

using namespace tidemark;

using random_engine = std::mt19937;

std::size_t up_to(random_engine& random, std::size_t greatest) {
  return std::uniform_int_distribution<std::size_t>{0, greatest}(random);
}

/// Types t0 … tn in random order, each depending only on ones of a lower number.
criteria random_types(random_engine& random) {
  const auto count = 1 + up_to(random, 30);
  const auto density = up_to(random, 100);
  std::vector<record_type> types(count);
  for (std::size_t i = 0; i < count; ++i) {
    types[i].name = fmt::format("t{}", i);
    for (std::size_t k = 0; k < i; ++k)
      if (up_to(random, 99) < density) types[i].depends_on.push_back(fmt::format("t{}", k));
    std::ranges::sort(types[i].depends_on);
  }
  std::ranges::shuffle(types, random);
  return criteria{std::move(types)};
}

template <class Check>
void for_random_graphs(Check check) {
  random_engine random{20'240'611};
  for (int round = 0; round < 500; ++round) {
    const auto types = random_types(random);
    const auto main = fmt::format("t{}", up_to(random, types.record_types().size() - 1));
    const auto graph = resolve(types, main);
    REQUIRE_MESSAGE(graph, graph.error().message);
    check(types, *graph, random);
  }
}

TEST_CASE("in any graph a type's wave is one above the highest of its dependencies, so no wave is later than "
          "it must be") {
  for_random_graphs([](const criteria& types, const dependency_graph& graph, random_engine&) {
    std::size_t listed = 0;
    for (std::size_t wave = 0; wave < graph.waves().size(); ++wave) {
      REQUIRE(std::ranges::is_sorted(graph.waves()[wave]));
      for (const auto& type : graph.waves()[wave]) {
        ++listed;
        REQUIRE(graph.dependencies_of(type) == types.find(type)->depends_on);
        std::size_t earliest = 0;
        for (const auto& each : graph.dependencies_of(type))
          earliest = std::max(earliest, graph.wave_of(each) + 1);
        REQUIRE(wave == earliest);
      }
    }
    REQUIRE(listed == graph.size());
    REQUIRE(graph.waves().back() == std::vector{graph.main()});
  });
}

TEST_CASE("in any graph the remaining path is one above the longest of the dependents") {
  for_random_graphs([](const criteria&, const dependency_graph& graph, random_engine&) {
    for (const auto& wave : graph.waves())
      for (const auto& type : wave) {
        std::size_t longest = 0;
        for (const auto& each : graph.dependents_of(type))
          longest = std::max(longest, graph.remaining_path(each) + 1);
        REQUIRE(graph.remaining_path(type) == longest);
        REQUIRE(graph.dependents_of(type).empty() == (type == graph.main()));
      }
  });
}

TEST_CASE(
    "in any order of completion every type starts once, after its dependencies, and the main type last") {
  for_random_graphs([](const criteria&, const dependency_graph& graph, random_engine& random) {
    type_names completed;
    type_names started;
    std::vector<std::string> running;
    while (completed.size() < graph.size()) {
      for (const auto& type : ready_types(graph, completed, started)) {
        for (const auto& each : graph.dependencies_of(type)) REQUIRE(completed.contains(each));
        REQUIRE(started.insert(type).second);
        running.push_back(type);
      }
      REQUIRE(!running.empty());
      const auto next = running.begin() + static_cast<std::ptrdiff_t>(up_to(random, running.size() - 1));
      if (*next == graph.main()) REQUIRE(completed.size() + 1 == graph.size());
      completed.insert(*next);
      running.erase(next);
    }
    REQUIRE(ready_types(graph, completed, started).empty());
  });
}

TEST_CASE("any edge back from a type to one that waits for it is found as a cycle along real dependencies") {
  random_engine random{77};
  for (int round = 0; round < 300; ++round) {
    const auto graph_types = random_types(random);
    const auto main = fmt::format("t{}", graph_types.record_types().size() - 1);
    const auto graph = resolve(graph_types, main);
    if (graph->size() < 2) continue;
    auto types = graph_types.record_types();
    const auto& roots = graph->waves().front();
    const auto root = roots[up_to(random, roots.size() - 1)];
    std::ranges::find(types, root, &record_type::name)->depends_on = {main};
    const auto result = resolve(criteria{std::move(types)}, main);
    REQUIRE(!result);
    REQUIRE(result.error().code == ec::dependency_cycle);
    REQUIRE(result.error().message.contains(fmt::format("{} → {}", root, main)));
  }
}

} // namespace graph_property_test
