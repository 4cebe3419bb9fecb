#include "actors/import/deletion_findings.hpp"

#include <doctest/doctest.h>
namespace deletion_findings_test {

using namespace tidemark;

using keys = std::vector<std::int64_t>;
using by_type = std::map<std::size_t, named_keys>;

criteria types() {
  return parse_criteria(R"({"version":1,"record_types":[
    {"name":"customer","key":"id","deleted_as":{"recordtypeid":-2},"fields":[{"name":"id","type":"id"}]},
    {"name":"vendor","key":"id","deleted_as":{"recordtypeid":-3},"fields":[{"name":"id","type":"id"}]}]})",
                        "criteria.json")
      .value();
}

struct account {
  criteria known = types();
  deletion_findings read(const deletion_log& before = {}) const {
    return {known, {known.find("customer"), known.find("vendor")}, before};
  }
};

deletion_entry entity(std::int64_t record, std::string at = "2024-03-21 12:00:00") {
  return {record, "-9", "Entity", "", std::move(at)};
}

TEST_CASE("an entry of no certain type is looked up for every type") {
  account it;
  auto findings = it.read();
  CHECK(findings.take({{{4, "-2", "customer", "", ""}, entity(5), entity(5), entity(6)}, false})
        == by_type{{0, {{4}, {5, 6}}}, {1, {{}, {5, 6}}}});
}

TEST_CASE("a key that one entry names for certain is certain, whatever others say of it") {
  account it;
  auto findings = it.read();
  CHECK(findings.take({{entity(5), {5, "-2", "customer", "", ""}}, false})
        == by_type{{0, {{5}, {}}}, {1, {{}, {5}}}});
}

TEST_CASE("entries that are kept are known after the next page, and every name after all of them") {
  account it;
  auto findings = it.read();
  findings.take({{entity(5), entity(6)}, true});
  findings.keep({5});
  findings.take({{entity(7)}, false});
  CHECK(findings.names(6));
  CHECK_FALSE(findings.names(8));
  findings.answered(0, {}, {5});
  findings.conclude();
  CHECK(findings.found().names.size() == 1);
}

TEST_CASE("records that may be hidden are noted with their number and what to do") {
  auto note = note_on_doubt("customer", 7, 1);
  CHECK(note.record_type == "customer");
  CHECK(note.code == "deletions_unsure");
  CHECK(note.text.find("7 live records") != std::string::npos);
  CHECK(note.text.find("--reconcile") != std::string::npos);
}

TEST_CASE("what a record that is gone was called is learned, once, and known to the next import") {
  account it;
  auto findings = it.read();
  findings.take({{entity(5), entity(6)}, false});
  findings.answered(0, {}, {5, 6});
  findings.conclude();
  REQUIRE(findings.found().names.size() == 1);
  CHECK(findings.found().names[0].record_type == "customer");
  CHECK(findings.found().names[0].named_as == R"(recordtypeid -9, type "Entity")");
  auto next = it.read(findings.found());
  next.take({{entity(7)}, false});
  next.answered(0, {}, {7});
  next.conclude();
  CHECK(next.found().names.empty());
  CHECK(next.found().wrong.empty());
}

TEST_CASE("nothing is learned where a record of another type with the same key explains the entry as well") {
  account it;
  auto findings = it.read();
  findings.take({{entity(5), entity(6)}, false});
  findings.answered(0, {}, {5, 6});
  CHECK(findings.lessons() == std::vector<type_keys>{{"customer", {{5, 0}, {6, 0}}}});
  SUBCASE("of all of them") {
    findings.explained("customer", {{"vendor", {{5, 0}, {6, 0}}}});
    findings.conclude();
    CHECK(findings.found().names.empty());
  }
  SUBCASE("but not of one") {
    findings.explained("customer", {{"vendor", {{5, 0}}}});
    findings.conclude();
    CHECK(findings.found().names.size() == 1);
  }
  SUBCASE("or that is there itself") {
    findings.answered(1, {5}, {});
    findings.explained("customer", {{"vendor", {{5, 0}, {6, 0}}}});
    findings.conclude();
    CHECK(findings.found().names.size() == 1);
  }
}

TEST_CASE("a name that tells the type for certain is learned, whatever else has the key") {
  account it;
  auto findings = it.read();
  findings.take({{{5, "-9", "Customer", "", ""}}, false});
  findings.answered(0, {}, {5});
  findings.explained("customer", {{"vendor", {{5, 0}}}});
  findings.conclude();
  CHECK(findings.found().names.size() == 1);
}

TEST_CASE("a name that was learned is forgotten once what is called so is there") {
  account it;
  const deletion_log before{"", {{"customer", R"(recordtypeid -9, type "Entity")"}}, {}};
  auto findings = it.read(before);
  findings.take({{entity(5), entity(6)}, false});
  findings.answered(0, {5}, {});
  SUBCASE("and nothing of it is gone") {
    findings.conclude();
    REQUIRE(findings.found().wrong.size() == 1);
    CHECK(findings.found().wrong[0].record_type == "customer");
  }
  SUBCASE("not if something of it is gone as well: it may stand for several types") {
    findings.answered(0, {}, {6});
    findings.conclude();
    CHECK(findings.found().wrong.empty());
  }
}

TEST_CASE("what a name can be learned from is known after the next page, and nothing else") {
  account it;
  auto findings = it.read();
  findings.take({{{4, "-2", "customer", "", ""}, {5, "-9", "Customer", "", ""}}, true});
  findings.keep_to_learn(0, {4, 5});
  findings.take({{entity(7)}, false});
  findings.answered(0, {}, {4, 5});
  findings.conclude();
  REQUIRE(findings.found().names.size() == 1);
  CHECK(findings.found().names[0].named_as == R"(recordtypeid -9, type "Customer")");
}

TEST_CASE("nothing is learned from a record whose deletion another entry tells") {
  account it;
  auto findings = it.read();
  findings.take({{{5, "-2", "customer", "", ""}, entity(5)}, false});
  findings.answered(0, {}, {5});
  findings.conclude();
  CHECK(findings.found().names.empty());
  findings.take({{entity(6), {6, "88", "Message", "", ""}}, false});
  findings.answered(0, {}, {6});
  findings.conclude();
  CHECK(findings.found().names.empty());
}

TEST_CASE("an entry of no certain type that names a record which is there is not looked up again") {
  account it;
  auto findings = it.read();
  findings.take({{entity(5)}, false});
  findings.answered(0, {}, {5});
  findings.answered(1, {5}, {});
  REQUIRE(findings.found().settled.size() == 1);
  auto next = it.read(findings.found());
  // Customer 5 may have come back.
  CHECK(next.take({{entity(5)}, false}) == by_type{{0, {{}, {5}}}});
  // A later deletion has an entry of its own.
  CHECK(next.take({{entity(5, "2024-03-22 09:30:00")}, false}) == by_type{{0, {{}, {5}}}, {1, {{}, {5}}}});
}

TEST_CASE("an entry whose kind was learned for a type is not looked up again for another record of it") {
  account it;
  auto findings = it.read();
  findings.take({{entity(5), entity(6)}, false});
  findings.answered(0, {6}, {5});
  findings.conclude();
  auto next = it.read(findings.found());
  CHECK(next.take({{entity(5), entity(6)}, false}) == by_type{{0, {{}, {5}}}, {1, {{}, {5, 6}}}});
}

TEST_CASE("an entry that is certain, or that tells the day alone, is looked up each time") {
  account it;
  auto findings = it.read();
  findings.take(
      {{{4, "-2", "customer", "", "2024-03-21 12:00:00"}, entity(5, ""), entity(6, "2024-03-21 00:00:00")},
       false});
  findings.answered(0, {4, 5, 6}, {});
  CHECK(findings.found().settled.empty());
}

TEST_CASE("names and a way that are not the usual ones are noted") {
  CHECK(notes_on({}, {}, 1).empty());
  auto notes = notes_on({"", {{"customer", "recordtypeid -9"}}, {}}, {true, {"type"}}, 1);
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].code == "deletions_named");
  CHECK(notes[0].subject == "recordtypeid -9");
  CHECK(notes[1].code == "deletions_way");
  CHECK(notes[1].text.find("by clock without type") != std::string::npos);
}

} // namespace deletion_findings_test
