#include "actors/tenant/type_claims.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <doctest/doctest.h>
namespace type_claims_test {

using namespace tidemark;

using how = type_claims::decision::how;

type_row ended(const std::string& name, type_state state) {
  type_row row;
  row.name = name;
  row.state = state;
  return row;
}

TEST_CASE("the first import to claim a record type runs it, also when it asks again") {
  type_claims claims;
  CHECK(claims.claim("customer", "a").decided == how::granted);
  auto again = claims.claim("customer", "a");
  CHECK(again.decided == how::granted);
  CHECK(again.import_id == "a");
  CHECK(claims.claim("item", "b").decided == how::granted);
}

TEST_CASE("whoever comes second waits, and is told for whom") {
  type_claims claims;
  claims.claim("customer", "a");
  auto second = claims.claim("customer", "b");
  CHECK(second.decided == how::waiting);
  CHECK(second.other == "a");
}

TEST_CASE("all who wait take a good result as their own") {
  for (auto state : {type_state::completed, type_state::completed_with_errors, type_state::skipped}) {
    type_claims claims;
    claims.claim("customer", "a");
    claims.claim("customer", "b");
    claims.claim("customer", "c");
    auto told = claims.end(ended("customer", state), "a");
    REQUIRE(told.size() == 2);
    CHECK(told[0].import_id == "b");
    CHECK(told[1].import_id == "c");
    for (auto& decision : told) {
      CHECK(decision.decided == how::taken);
      CHECK(decision.other == "a");
      CHECK(decision.result.state == state);
    }
    CHECK(claims.claim("customer", "d").decided == how::granted);
  }
}

TEST_CASE("after a failed run the next in line runs the type itself") {
  type_claims claims;
  claims.claim("customer", "a");
  claims.claim("customer", "b");
  claims.claim("customer", "c");
  auto told = claims.end(ended("customer", type_state::failed), "a");
  REQUIRE(told.size() == 1);
  CHECK(told[0].import_id == "b");
  CHECK(told[0].decided == how::granted);
  CHECK(claims.claim("customer", "c").other == "b");
}

TEST_CASE("only the runner can end a type") {
  type_claims claims;
  claims.claim("customer", "a");
  claims.claim("customer", "b");
  CHECK(claims.end(ended("customer", type_state::completed), "b").empty());
  CHECK(claims.end(ended("item", type_state::completed), "a").empty());
  CHECK(claims.claim("customer", "c").decided == how::waiting);
}

TEST_CASE("an import that leaves passes on what it runs and waits for nothing any more") {
  type_claims claims;
  claims.claim("customer", "a");
  claims.claim("item", "b");
  claims.claim("customer", "b");
  claims.claim("item", "a");
  auto told = claims.leave("a");
  REQUIRE(told.size() == 1);
  CHECK(told[0].first == "customer");
  CHECK(told[0].second.import_id == "b");
  CHECK(told[0].second.decided == how::granted);
  CHECK(claims.end(ended("item", type_state::completed), "b").empty());
  CHECK(claims.leave("nobody").empty());
}

TEST_CASE("an import that claims twice while it waits is told once") {
  type_claims claims;
  claims.claim("customer", "a");
  claims.claim("customer", "b");
  claims.claim("customer", "b");
  CHECK(claims.end(ended("customer", type_state::completed), "a").size() == 1);
}

TEST_CASE("in any history a record type has one runner, and nobody who waits is forgotten") {
  std::mt19937_64 random{5};
  auto pick = [&](int n) { return std::uniform_int_distribution<int>{0, n - 1}(random); };
  for (int round = 0; round < 20'000; ++round) {
    type_claims claims;
    std::optional<std::string> runner;
    std::set<std::string> waiting;
    auto hear = [&](const type_claims::decision& told) {
      REQUIRE(waiting.erase(told.import_id) == 1);
      if (told.decided != how::granted) return;
      REQUIRE_FALSE(runner);
      runner = told.import_id;
    };
    for (int i = 0; i < 20; ++i) {
      std::string who(1, static_cast<char>('a' + pick(4)));
      if (auto action = pick(4); action <= 1) {
        auto told = claims.claim("customer", who);
        if (told.decided == how::granted) {
          REQUIRE((!runner || *runner == who));
          runner = who;
        } else {
          REQUIRE(told.other == runner);
          waiting.insert(who);
        }
      } else if (action == 2) {
        auto was_runner = runner == who;
        if (was_runner) runner.reset();
        auto told = claims.end(ended("customer", pick(2) ? type_state::completed : type_state::failed), who);
        if (!was_runner) REQUIRE(told.empty());
        for (auto& decision : told) hear(decision);
      } else {
        if (runner == who) runner.reset();
        waiting.erase(who);
        for (auto& [type, decision] : claims.leave(who)) hear(decision);
      }
      REQUIRE((runner || waiting.empty()));
    }
  }
}

type_row changed(unix_ms since) {
  auto row = ended("customer", type_state::completed);
  row.changed_since = since;
  return row;
}

/// What an import that waits is told when the holder ends with this row.
how told(const claimant& holder, const type_row& row, const claimant& waiting) {
  type_claims claims;
  claims.claim("customer", holder);
  claims.claim("customer", waiting);
  auto decisions = claims.end(row, holder.import_id);
  REQUIRE(decisions.size() == 1);
  CHECK(decisions[0].import_id == waiting.import_id);
  return decisions[0].decided;
}

TEST_CASE("a full import does not take what an incremental one brought, and runs the type itself") {
  CHECK(told({"a", import_mode::incremental}, changed(5), "b") == how::granted);
  CHECK(told({"a", import_mode::incremental}, changed(0), "b") == how::taken);
  CHECK(told("a", changed(0), {"b", import_mode::incremental}) == how::taken);
}

TEST_CASE("an incremental import takes another's result if that reaches back as far and looked for as much") {
  claimant from_7{"b", import_mode::incremental, {.since = 7}};
  claimant reconciling{"b", import_mode::incremental, {.reconcile = true}};
  CHECK(told({"a", import_mode::incremental}, changed(5), {"b", import_mode::incremental}) == how::taken);
  CHECK(told({"a", import_mode::incremental}, changed(7), from_7) == how::taken);
  CHECK(told({"a", import_mode::incremental}, changed(8), from_7) == how::granted);
  CHECK(told({"a", import_mode::incremental}, changed(5), reconciling) == how::granted);
  CHECK(told({"a", import_mode::incremental, {.reconcile = true}}, changed(5), reconciling) == how::taken);
}

TEST_CASE("a verification neither takes a result nor has one to give") {
  CHECK(told("a", changed(0), {"b", import_mode::verify}) == how::granted);
  CHECK(told({"a", import_mode::verify}, changed(0), "b") == how::granted);
}

TEST_CASE("those who cannot take a result run one after the other") {
  type_claims claims;
  claims.claim("customer", {"a", import_mode::incremental});
  claims.claim("customer", "b");
  claims.claim("customer", {"c", import_mode::incremental});
  claims.claim("customer", "d");
  auto first = claims.end(changed(5), "a");
  REQUIRE(first.size() == 2);
  CHECK(first[0].import_id == "c");
  CHECK(first[0].decided == how::taken);
  CHECK(first[1].import_id == "b");
  CHECK(first[1].decided == how::granted);
  auto second = claims.end(changed(0), "b");
  REQUIRE(second.size() == 1);
  CHECK(second[0].import_id == "d");
  CHECK(second[0].decided == how::taken);
}

TEST_CASE("a type that another import read as other criteria describe it is not taken from there") {
  auto row = ended("customer", type_state::completed);
  row.description = "theirs";
  auto as = [](const char* description) { return claimant{"b", import_mode::full, {}, description}; };
  CHECK(told("a", row, as("ours")) == how::granted);
  CHECK(told("a", row, as("theirs")) == how::taken);
  CHECK(told("a", row, as("")) == how::taken);
}

/// Imports that each claim what they need at one moment, some of which hold all of it until the last is in.
class companions {
public:
  explicit companions(std::uint64_t seed) : random_(seed) {}

  void run() {
    for (int i = 0; i < 40; ++i) {
      if (pick(3) == 0)
        begin();
      else if (pick(8) == 0 && !open_.empty())
        leave(std::next(open_.begin(), pick(static_cast<int>(open_.size())))->first);
      else
        end_something();
    }
    for (int i = 0; i < 1000 && !open_.empty(); ++i) REQUIRE(end_something()); // nobody waits for ever
    REQUIRE(open_.empty());
  }

private:
  struct import {
    bool holds = false; ///< reconciles
    claimant who;
    std::vector<std::string> types; ///< of which the last needs all others
    std::set<std::string> granted, in;
  };

  int pick(int n) { return std::uniform_int_distribution<int>{0, n - 1}(random_); }

  void begin() {
    auto id = std::to_string(++last_);
import x{pick(2) == 0, {id, pick(2) == 0 ? import_mode::full:import_mode::verify }, {}, {}, {} };
    for (auto type : {"a", "b", "c", "d"})
      if (pick(2) == 0) x.types.push_back(type);
    if (x.types.empty()) return;
    std::ranges::shuffle(x.types, random_);
    auto& known = open_.emplace(id, x).first->second;
    for (auto& type : known.types) hear(type, it_.claim(type, known.who));
  }

  void hear(const std::string& type, const type_claims::decision& told) {
    auto found = open_.find(told.import_id);
    REQUIRE(found != open_.end());
    if (told.decided == how::granted) found->second.granted.insert(type);
    if (told.decided == how::taken) found->second.in.insert(type);
    if (told.decided == how::taken) end_if_all_in(told.import_id);
  }

  void leave(std::string id) { // not the key that goes with its entry
    open_.erase(id);
    for (auto& [type, told] : it_.leave(id)) hear(type, told);
  }

  void end_if_all_in(const std::string& id) {
    auto found = open_.find(id);
    if (found == open_.end() || found->second.in.size() < found->second.types.size()) return;
    auto x = found->second;
    if (x.holds)
      for (auto& type : x.granted) tell_end(type, id);
    leave(id);
  }

  void tell_end(const std::string& type, const std::string& id) {
    for (auto& told : it_.end(ended(type, type_state::completed), id)) hear(type, told);
  }

  /// One record type of some import ends; false if none can.
  bool end_something() {
    for (auto& [id, x] : open_) {
      for (auto& type : x.types) {
        bool is_main = type == x.types.back();
        if (!x.granted.contains(type) || x.in.contains(type)) continue;
        if (is_main && x.in.size() + 1 < x.types.size()) continue;
        x.in.insert(type);
        auto name = type;
        auto who = id;
        if (!x.holds) tell_end(name, who);
        end_if_all_in(who);
        return true;
      }
    }
    return open_.empty();
  }

  std::mt19937_64 random_;
  type_claims it_;
  std::map<std::string, import> open_;
  int last_ = 0;
};

TEST_CASE("no two imports wait for each other, whichever record types they need and hold") {
  for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
    INFO("seed ", seed);
    companions{seed}.run();
  }
}

} // namespace type_claims_test
