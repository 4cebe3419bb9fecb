#include "actors/import/blockers.hpp"

#include <algorithm>

#include <doctest/doctest.h>
namespace blockers_test {

using namespace tidemark;
using namespace std::chrono_literals;

using reason = batch_wait::reason;

type_status type_of(const std::string& name, type_state state) {
  type_status type;
  type.name = name;
  type.state = state;
  return type;
}

/// An import of customers and their invoices that runs, at an account with 5 slots that are all in use.
waiting_facts facts_of(std::vector<type_status> types, std::vector<batch_wait> waits = {}) {
  waiting_facts facts;
  facts.status.id = "demo.1";
  facts.status.tenant = "demo";
  facts.status.state = import_state::running;
  facts.status.types = std::move(types);
  facts.depends_on = {{"invoice", {"customer", "item"}}};
  facts.waits = std::move(waits);
  facts.pool.account = "1234567";
  facts.pool.effective = facts.pool.in_use = 5;
  facts.pool.waiting = 7;
  facts.now = 1'700'000'000'000;
  return facts;
}

std::vector<std::string> codes(const blocker_list& list) {
  std::vector<std::string> found;
  for (auto& each : list.blockers) found.push_back(each.what);
  return found;
}

bool says(const blocker& what, std::string_view text) { return what.text.find(text) != std::string::npos; }

using words = std::vector<std::string>;

TEST_CASE("batches in the queue and batches that stand for a slot are told as one blocker: the slots") {
  auto list = blockers_of(facts_of({type_of("customer", type_state::running)},
                                   {{"customer", 8, 40, reason::queue}, {"customer", 5, 1, reason::slot}}));
  REQUIRE(codes(list) == words{"slot"});
  CHECK(list.import_id == "demo.1");
  CHECK(list.state == import_state::running);
  auto& slot = list.blockers[0];
  CHECK(slot.record_type == "customer");
  CHECK(slot.batch == 5);
  CHECK(slot.batches == 41);
  CHECK(slot.subject == "1234567");
  CHECK(slot.text == "41 batches wait: account 1234567 has 5 of 5 slots in use, and 7 requests wait for one");
}

TEST_CASE("an account that does not answer is the blocker, rather than its slots") {
  auto facts = facts_of({type_of("customer", type_state::running)}, {{"customer", 5, 1, reason::slot}});
  facts.pool.outage = true;
  facts.pool.outage_reason = "connection refused";
  auto list = blockers_of(facts);
  REQUIRE(codes(list) == words{"outage"});
  CHECK(says(list.blockers[0], "connection refused"));
}

TEST_CASE("back-offs are told one by one, with the time of each") {
  auto list = blockers_of(
      facts_of({type_of("customer", type_state::running)},
               {{"customer", 5, 1, reason::back_off, 1500ms}, {"customer", 6, 1, reason::back_off, 300ms}}));
  REQUIRE(codes(list) == words{"back_off", "back_off"});
  CHECK(list.blockers[0].batch == 5);
  CHECK(list.blockers[0].until == 1'700'000'001'500);
  CHECK(list.blockers[0].text == "batch 5 has failed and is tried again in 1.5 s");
  CHECK(list.blockers[1].until == 1'700'000'000'300);
}

TEST_CASE("a type whose dependencies are under way waits for those that are, and for nothing else") {
  auto list =
      blockers_of(facts_of({type_of("customer", type_state::running), type_of("item", type_state::running),
                            type_of("invoice", type_state::waiting)},
                           {{"invoice", 11, 3, reason::hold}, {"customer", 1, 1, reason::slot}}));
  auto found = std::ranges::find(list.blockers, "invoice", &blocker::record_type);
  REQUIRE(found != list.blockers.end());
  CHECK(found->what == "dependency");
  CHECK(found->subject == "customer");
  CHECK(found->text == "invoice waits for customer, item");
  CHECK(std::ranges::count(list.blockers, "invoice", &blocker::record_type) == 1);
}

TEST_CASE("a dependency that is in, with or without errors, or that the account lacks, holds nobody up") {
  for (auto state : {type_state::completed, type_state::completed_with_errors, type_state::skipped}) {
    auto list = blockers_of(facts_of(
        {type_of("customer", state), type_of("item", state), type_of("invoice", type_state::planning)}));
    REQUIRE(codes(list) == words{"slot"});
    CHECK(list.blockers[0].record_type == "invoice");
    CHECK(says(list.blockers[0], "the ranges of invoice are being planned"));
  }
}

TEST_CASE("an account that refuses and refuses is told as that") {
  auto facts = facts_of({type_of("customer", type_state::planning)});
  facts.pool.refused_in_a_row = 2; // how its limit is found
  CHECK(codes(blockers_of(facts)) == words{"slot"});
  facts.pool.refused_in_a_row = 9;
  auto list = blockers_of(facts);
  REQUIRE(codes(list) == words{"refused"});
  CHECK(says(list.blockers[0], "has refused 9 times in a row"));
}

TEST_CASE("a type that another import runs waits for that one") {
  auto taken = type_of("customer", type_state::running);
  taken.taken_from = "demo.0";
  auto list = blockers_of(facts_of({taken}));
  REQUIRE(codes(list) == words{"taken"});
  CHECK(list.blockers[0].subject == "demo.0");
}

TEST_CASE("a type that has ended has no blocker") {
  for (auto state : {type_state::completed, type_state::failed, type_state::skipped, type_state::cancelled})
    CHECK(blockers_of(facts_of({type_of("customer", state)})).blockers.empty());
}

TEST_CASE("a type whose requests are all open has no blocker") {
  CHECK(blockers_of(facts_of({type_of("customer", type_state::running)})).blockers.empty());
}

TEST_CASE("each cause inside the node is told together for its batches, with the first of them") {
  struct row {
    reason why;
    const char* code;
    const char* text;
  };
  for (auto& [why, code, text] : std::vector<row>{{reason::budget, "memory", "byte_budget_mb"},
                                                  {reason::login, "login", "login"},
                                                  {reason::store, "store", "database"},
                                                  {reason::suspicion, "suspicion", "column"},
                                                  {reason::solitude, "solitude", "beside it"}}) {
    CAPTURE(code);
    auto list = blockers_of(facts_of({type_of("customer", type_state::running)},
                                     {{"customer", 9, 1, why}, {"customer", 4, 2, why}}));
    REQUIRE(codes(list) == words{code});
    CHECK(list.blockers[0].batch == 4);
    CHECK(list.blockers[0].batches == 3);
    CHECK(says(list.blockers[0], "3 batches wait"));
    CHECK(says(list.blockers[0], text));
  }
}

TEST_CASE("every waiting batch is told exactly once") {
  auto list =
      blockers_of(facts_of({type_of("customer", type_state::running), type_of("item", type_state::running)},
                           {{"customer", 1, 10, reason::queue},
                            {"customer", 11, 2, reason::store},
                            {"customer", 13, 1, reason::back_off, 1s},
                            {"item", 20, 5, reason::suspicion},
                            {"item", 25, 1, reason::slot}}));
  std::uint64_t batches = 0;
  for (auto& each : list.blockers) batches += each.batches;
  CHECK(batches == 19);
  CHECK(list.blockers.size() == 5);
}

TEST_CASE("a paused import has one blocker, who paused it, with the remedy") {
  struct row {
    pause_cause cause;
    const char* remedy;
  };
  for (auto& [cause, remedy] :
       std::vector<row>{{pause_cause::command, "\"tidemark import resume\""},
                        {pause_cause::outage, "by itself"},
                        {pause_cause::database, "by itself"},
                        {pause_cause::credentials, "good credentials and \"tidemark tenant resume demo\""},
                        {pause_cause::suspension, "\"tidemark tenant resume demo\""}}) {
    auto facts = facts_of({type_of("customer", type_state::running)}, {{"customer", 1, 10, reason::queue}});
    facts.status.state = import_state::paused;
    facts.status.paused_by = cause;
    facts.status.error = "because";
    auto list = blockers_of(facts);
    REQUIRE(codes(list) == words{"paused"});
    CHECK(list.blockers[0].record_type.empty());
    CHECK(list.blockers[0].subject == to_string(cause));
    CHECK(says(list.blockers[0], "because"));
    CHECK(says(list.blockers[0], remedy));
  }
}

TEST_CASE("an import that a person holds is told so first, and that its account does not answer besides") {
  for (auto cause : {pause_cause::suspension, pause_cause::credentials, pause_cause::command}) {
    auto facts = facts_of({});
    facts.status.state = import_state::paused;
    facts.status.paused_by = cause;
    facts.status.error = "suspended by anna";
    facts.pool.outage = true;
    facts.pool.outage_reason = "connection refused";
    auto list = blockers_of(facts);
    REQUIRE(codes(list) == words{"paused", "outage"});
    CHECK(says(list.blockers[0], "suspended by anna"));
    CHECK(says(list.blockers[1], "connection refused"));
    for (auto& each : list.blockers) CHECK_FALSE(says(each, "by itself"));
  }
}

TEST_CASE("an import that an outage paused is told so once") {
  auto facts = facts_of({});
  facts.status.state = import_state::paused;
  facts.status.paused_by = pause_cause::outage;
  facts.pool.outage = true;
  CHECK(codes(blockers_of(facts)) == words{"paused"});
}

TEST_CASE("a queued import names all that it waits for, in their order, and is behind the last of them") {
  auto facts = facts_of({});
  facts.status.state = import_state::queued;
  facts.behind = {"demo.1"};
  CHECK(blockers_of(facts).blockers.at(0).text
        == "the import waits for the end of import demo.1, which is under way");
  facts.behind = {"demo.1", "demo.2", "demo.3"};
  auto list = blockers_of(facts);
  REQUIRE(codes(list) == words{"queue"});
  CHECK(list.blockers[0].subject == "demo.3");
  CHECK(list.blockers[0].text
        == "the import waits for the end of 3 imports, one after the other: demo.1, which is under way, then "
           "demo.2, then demo.3");
}

TEST_CASE("an import whose record types are in waits for its account, too, while it compares") {
  auto facts = facts_of({});
  facts.status.state = import_state::running;
  type_status in;
  in.name = "customer";
  in.state = type_state::completed;
  facts.status.types = {in};
  CHECK(blockers_of(facts).blockers.empty());
  facts.pool.outage = true;
  CHECK(codes(blockers_of(facts)) == words{"outage"});
}

TEST_CASE("an import that was not let in yet waits for the account") {
  auto facts = facts_of({});
  facts.status.state = import_state::queued;
  CHECK(codes(blockers_of(facts)) == words{"slot"});
}

TEST_CASE("an import that is being cancelled waits for its last requests, one that has ended for nothing") {
  auto facts = facts_of({type_of("customer", type_state::running)}, {{"customer", 1, 10, reason::queue}});
  facts.status.state = import_state::cancelling;
  CHECK(codes(blockers_of(facts)) == words{"cancelling"});
  facts.status.state = import_state::completed;
  CHECK(blockers_of(facts).blockers.empty());
}

} // namespace blockers_test
