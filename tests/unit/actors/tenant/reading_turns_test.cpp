#include "actors/tenant/reading_turns.hpp"

#include <random>
#include <vector>

#include <doctest/doctest.h>
namespace reading_turns_test {

using namespace tidemark;

using turns = reading_turns<int>;

/// The next so many, as "database question".
std::vector<std::string> taken(turns& from, int count = 100) {
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) {
    auto turn = from.next();
    if (!turn) break;
    result.push_back(turn->database + " " + std::to_string(turn->question));
  }
  return result;
}

using list = std::vector<std::string>;

TEST_CASE("a database is asked so many questions at once, in their order, and no more") {
  turns it{8, 2};
  for (int i = 1; i <= 4; ++i) it.add("a", i);
  CHECK(taken(it) == list{"a 1", "a 2"});
  it.over("a");
  CHECK(taken(it) == list{"a 3"});
}

TEST_CASE("questions about a database that hangs do not delay those about others") {
  turns it{4, 2};
  for (int i = 1; i <= 50; ++i) it.add("hangs", i);
  REQUIRE(taken(it).size() == 2);
  for (int i = 1; i <= 20; ++i) {
    it.add("well", i);
    CHECK(taken(it) == list{"well " + std::to_string(i)});
    it.over("well");
  }
}

TEST_CASE("databases take turns") {
  turns it{3, 2};
  for (int i = 1; i <= 3; ++i)
    for (auto name : {"a", "b", "c"}) it.add(name, i);
  CHECK(taken(it) == list{"a 1", "b 1", "c 1"});
  it.over("b");
  CHECK(taken(it) == list{"a 2"});
  it.over("c");
  CHECK(taken(it) == list{"b 2"});
  it.over("a");
  CHECK(taken(it) == list{"c 2"});
}

TEST_CASE("in any history nothing is lost, the bounds hold, and nobody waits without need") {
  std::mt19937_64 random{7};
  auto pick = [&](int n) { return std::uniform_int_distribution<int>{0, n - 1}(random); };
  for (int round = 0; round < 500; ++round) {
    turns it{4, 2};
    std::map<std::string, int> waiting;
    std::map<std::string, int> running;
    int open = 0;
    auto take = [&] {
      while (auto turn = it.next()) {
        --waiting[turn->database];
        ++running[turn->database];
        ++open;
      }
      REQUIRE(open <= 4);
      for (auto& [name, count] : running) {
        REQUIRE(count <= 2);
        REQUIRE((waiting[name] == 0 || count == 2 || open == 4));
      }
    };
    for (int step = 0; step < 60; ++step) {
      auto name = std::string(1, static_cast<char>('a' + pick(5)));
      if (pick(2) == 0) {
        it.add(name, step);
        ++waiting[name];
      } else if (running[name] > 0) {
        --running[name];
        --open;
        it.over(name);
      } else {
        it.over(name); // of none: changes nothing
      }
      take();
    }
    while (open > 0) {
      for (auto& [name, count] : running) {
        if (count == 0) continue;
        --count;
        --open;
        it.over(name);
        break;
      }
      take();
    }
    for (auto& [name, count] : waiting) REQUIRE(count == 0);
  }
}

} // namespace reading_turns_test
