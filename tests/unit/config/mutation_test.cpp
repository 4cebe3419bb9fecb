#include "config/criteria.hpp"
#include "config/dependency_graph.hpp"
#include "config/node_config.hpp"
#include "tests/unit/config/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
namespace mutation_test {

using namespace tidemark;
using nlohmann::json;

using random_engine = std::mt19937;

constexpr int rounds_of_damage = 400;

std::size_t below(random_engine& random, std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
}

std::string shipped(const std::string& name) {
  std::ifstream in{TIDEMARK_SOURCE_DIR "/config/" + name};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Replaces, removes, inserts or repeats a few bytes.
std::string with_damage(std::string text, random_engine& random) {
  constexpr std::string_view bytes = "\"{}[],:=.\\ \n\0\xff#tf-1e9ax'";
  for (auto rounds = 1 + below(random, 4); rounds > 0; --rounds) {
    const auto at = below(random, text.size());
    switch (below(random, 4)) {
    case 0: text[at] = bytes[below(random, bytes.size())]; break;
    case 1: text.erase(at, 1 + below(random, 40)); break;
    case 2: text.insert(at, 1, bytes[below(random, bytes.size())]); break;
    default: {
      const auto from = below(random, text.size());
      text.insert(at, text.substr(from, below(random, 200)));
      break;
    }
    }
    if (text.empty()) text = " ";
  }
  return text;
}

/// A random value somewhere in the document.
json& any_place(json& root, random_engine& random) {
  auto* at = &root;
  while (at->is_structured() && !at->empty() && below(random, 6) != 0) {
    auto next = at->begin();
    std::advance(next, static_cast<std::ptrdiff_t>(below(random, at->size())));
    at = &*next;
  }
  return *at;
}

json any_value(random_engine& random, json& root) {
  switch (below(random, 9)) {
  case 0: return nullptr;
  case 1: return true;
  case 2: return -1;
  case 3: return 1e300;
  case 4: return "";
  case 5: return "customer";
  case 6: return json::array({"id", 3});
  case 7: return json::object({{"name", "id"}});
  default: return any_place(root, random);
  }
}

void check_message(const failure& what) {
  REQUIRE(!what.message.empty());
  REQUIRE(what.message.size() < 64 * 1024);
}

void check_whole(std::string_view text) {
  const auto types = parse_criteria(text, "m.json");
  if (!types) return check_message(types.error());
  for (const auto& type : types->record_types())
    if (const auto graph = resolve(*types, type.name); !graph) check_message(graph.error());
}

TEST_CASE("a criteria file with damaged bytes is read or refused, never a crash") {
  const auto text = shipped("criteria.json");
  REQUIRE(!text.empty());
  random_engine random{1};
  for (int i = 0; i < rounds_of_damage; ++i) check_whole(with_damage(text, random));
}

TEST_CASE("a criteria file with members replaced, moved or removed is read or refused, never a crash") {
  const auto original = json::parse(shipped("criteria.json"));
  random_engine random{2};
  for (int i = 0; i < rounds_of_damage; ++i) {
    auto root = original;
    for (auto rounds = 1 + below(random, 3); rounds > 0; --rounds) {
      auto& place = any_place(root, random);
      if (place.is_structured() && !place.empty() && below(random, 2) == 0) {
        auto gone = place.begin();
        std::advance(gone, static_cast<std::ptrdiff_t>(below(random, place.size())));
        place.erase(gone);
      } else {
        auto value = any_value(random, root);
        place = std::move(value);
      }
    }
    check_whole(root.dump());
  }
}

TEST_CASE("a node's configuration with damaged bytes is read or refused, never a crash") {
  const auto text = shipped("tidemark.example.toml");
  REQUIRE(!text.empty());
  const scratch_folder folder;
  random_engine random{3};
  for (int i = 0; i < rounds_of_damage; ++i) {
    const auto file = folder.write("m.toml", with_damage(text, random));
    const auto result = load_node_config(file, [](const std::string&) { return "sesame"; });
    if (!result) check_message(result.error());
  }
}

} // namespace mutation_test
