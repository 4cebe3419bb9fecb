#include "tools/netsuite_sim/knobs.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>

using namespace tidemark::netsuite_sim;

TEST_CASE("every knob has a name of its own and a meaning") {
  std::set<std::string_view> names;
  for (const auto& k : knob_table()) {
    CHECK(names.insert(k.name).second);
    CHECK_FALSE(k.meaning.empty());
  }
}

TEST_CASE("knobs written as JSON read back the same") {
  knobs changed;
  changed.concurrency_limit = 17;
  changed.tables_off = {"term", "vendor"};
  knobs read;
  REQUIRE(merge_knobs(read, to_json(changed)));
  CHECK(to_json(read) == to_json(changed));
}

TEST_CASE("an unknown knob is refused by its name and nothing is set") {
  knobs k;
  auto merged = merge_knobs(k, {{"concurrency_limit", 9}, {"no_such_knob", 1}});
  REQUIRE_FALSE(merged);
  CHECK(merged.error().subject == "no_such_knob");
  CHECK(k.concurrency_limit == 5);
}

TEST_CASE("values of the wrong type, out of range or not among the choices are refused") {
  knobs k;
  CHECK_FALSE(set_knob(k, "concurrency_limit", "many"));
  CHECK_FALSE(set_knob(k, "concurrency_limit", -1));
  CHECK_FALSE(set_knob(k, "fault_500_probability", 1.5));
  CHECK_FALSE(set_knob(k, "auth", "maybe"));
  CHECK_FALSE(set_knob(k, "time_zone", "Mars/Olympus"));
  CHECK_FALSE(set_knob(k, "tables_off", "term"));
}

TEST_CASE("the command line sets every type of knob from text") {
  knobs k;
  REQUIRE(set_knob_text(k, "latency_ms=250"));
  REQUIRE(set_knob_text(k, "fault_500_probability=0.25"));
  REQUIRE(set_knob_text(k, "gzip=false"));
  REQUIRE(set_knob_text(k, "time_zone=Asia/Kathmandu"));
  REQUIRE(set_knob_text(k, "columns_off=customer.email,item.cost"));
  CHECK(k.latency_ms == 250);
  CHECK(k.fault_500_probability == 0.25);
  CHECK_FALSE(k.gzip);
  CHECK(k.time_zone == "Asia/Kathmandu");
  CHECK(k.columns_off == std::vector<std::string>{"customer.email", "item.cost"});
  CHECK_FALSE(set_knob_text(k, "latency_ms"));
  CHECK_FALSE(set_knob_text(k, "latency_ms=soon"));
  CHECK_FALSE(set_knob_text(k, "nothing=1"));
}

TEST_CASE("a change reaches as far as the furthest of its knobs") {
  knobs before;
  auto after = before;
  CHECK(reach_of_change(before, after) == knob_reach::request);
  after.projects = false;
  CHECK(reach_of_change(before, after) == knob_reach::schema);
  after.id_gaps = false;
  CHECK(reach_of_change(before, after) == knob_reach::data);
}

TEST_CASE("the README lists the knobs as they are") {
  std::ifstream file(TIDEMARK_SOURCE_DIR "/tools/netsuite_sim/README.md");
  std::ostringstream text;
  text << file.rdbuf();
  CHECK_MESSAGE(text.str().find(knob_markdown()) != std::string::npos,
                "paste the output of netsuite-sim --list-knobs");
}
