#include "actors/monitor/alert_board.hpp"

#include <doctest/doctest.h>
namespace alert_board_test {

using namespace tidemark;
using namespace std::chrono_literals;

using bad = alert_rule::bad;

struct board_world {
  alert_board board{{
      {"hot", alert_level::warning, bad::above, 80, 64, 10s, 20s, "%", "cool it", true},
      {"low", alert_level::error, bad::below, 100, 125, 0s, 0s, "MB", "make room", true},
      {"broken", alert_level::error, bad::above, 1, 0, 0s, 0s, "", "mend it", true},
      {"off", alert_level::error, bad::above, 1, 0, 0s, 0s, "", "", false},
  }};
  moment now{std::chrono::steady_clock::time_point{1h}, 1'000'000};
  alert_subject about{"demo", {}, {}, {}};

  void pass(std::chrono::seconds time) {
    now.steady += time;
    now.wall += std::chrono::milliseconds{time}.count();
  }
  void measure(std::string_view id, double value) { board.measure(id, about, value, "it is so", now); }
  bool up(std::string_view id) { return board.is_up(id, about); }
};

TEST_CASE("a remedy names the commands for what the alert is about, and follows it") {
  alert_board board{{{"bad", alert_level::error, alert_rule::bad::above, 1, 0, 0s, 0s, "",
                      "errors {tenant} --import {import}", true}}};
  alert_subject key{"demo", {}, {}, {}};
  alert what;
  what.id = "bad";
  what.about = {"demo", {}, "demo.1", {}};
  board.raise(what, key, {});
  CHECK(board.up().at(0).remedy == "errors demo --import demo.1");
  what.about.import_id = "demo.2";
  board.raise(what, key, {});
  CHECK(board.up().at(0).remedy == "errors demo --import demo.2");
  board.clear("bad", key, {});
  board.measure("bad", key, 1, "it is so", {});
  CHECK(board.up().at(0).remedy == "errors demo --import ID");
}

TEST_CASE("a value raises its alert after it was bad for the holding time") {
  board_world it;
  it.measure("hot", 85);
  CHECK(!it.up("hot"));
  it.pass(9s);
  it.measure("hot", 90);
  CHECK(!it.up("hot"));
  it.pass(1s);
  it.measure("hot", 91);
  REQUIRE(it.up("hot"));
  auto changes = it.board.take_changes();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].raised);
  CHECK(changes[0].what.id == "hot");
  CHECK(changes[0].what.about.tenant == "demo");
  CHECK(changes[0].what.since == it.now.wall);
  CHECK(changes[0].what.value == 91);
  CHECK(changes[0].what.threshold == 80);
  CHECK(changes[0].what.unit == "%");
  CHECK(changes[0].what.text == "it is so");
  CHECK(changes[0].what.remedy == "cool it");
  CHECK(it.board.take_changes().empty());
}

TEST_CASE("one good value in between starts the holding time anew") {
  board_world it;
  it.measure("hot", 85);
  it.pass(9s);
  it.measure("hot", 79);
  it.pass(1s);
  it.measure("hot", 85);
  it.pass(9s);
  it.measure("hot", 85);
  CHECK(!it.up("hot"));
}

TEST_CASE("a value that wavers around its threshold makes one alert") {
  board_world it;
  it.measure("hot", 85);
  it.pass(10s);
  it.measure("hot", 85);
  for (int i = 0; i < 100; ++i) {
    it.pass(10s);
    it.measure("hot", i % 2 == 0 ? 70 : 90);
  }
  CHECK(it.up("hot"));
  CHECK(it.board.take_changes().size() == 1);
}

TEST_CASE("an alert is cleared after the value was well for the holding time") {
  board_world it;
  it.measure("hot", 85);
  it.pass(10s);
  it.measure("hot", 85);
  it.pass(1s);
  it.measure("hot", 60);
  it.pass(19s);
  it.measure("hot", 60);
  CHECK(it.up("hot"));
  it.pass(1s);
  it.measure("hot", 60);
  CHECK(!it.up("hot"));
  auto changes = it.board.take_changes();
  REQUIRE(changes.size() == 2);
  CHECK(!changes[1].raised);
  CHECK(changes[1].what.cleared_at == it.now.wall);
  CHECK(changes[1].what.since < it.now.wall);
  REQUIRE(it.board.cleared().size() == 1);
  CHECK(it.board.up().empty());
}

TEST_CASE("where little is bad, little raises and enough clears") {
  board_world it;
  it.measure("low", 101);
  CHECK(!it.up("low"));
  it.measure("low", 100);
  CHECK(it.up("low"));
  it.measure("low", 124);
  CHECK(it.up("low"));
  it.measure("low", 125);
  CHECK(!it.up("low"));
}

TEST_CASE("a rule that is off, and an unknown one, raise nothing") {
  board_world it;
  it.measure("off", 5);
  it.measure("unheard_of", 5);
  alert what;
  what.id = "off";
  it.board.raise(what, it.about, it.now);
  CHECK(it.board.up().empty());
}

TEST_CASE("alerts of one rule are told apart by their subject") {
  board_world it;
  it.measure("broken", 1);
  it.board.measure("broken", {"other", {}, {}, {}}, 1, "", it.now);
  CHECK(it.board.up().size() == 2);
  it.measure("broken", 0);
  REQUIRE(it.board.up().size() == 1);
  CHECK(it.board.up()[0].about.tenant == "other");
}

TEST_CASE("an alert that others decide on is raised once and takes the newest text over") {
  board_world it;
  alert what;
  what.id = "flag_broken";
  what.about.name = "chunked_imports";
  what.text = "first";
  what.remedy = "restore it";
  it.board.raise(what, what.about, it.now);
  what.text = "second";
  it.board.raise(what, what.about, it.now);
  CHECK(it.board.take_changes().size() == 1);
  REQUIRE(it.board.up().size() == 1);
  CHECK(it.board.up()[0].text == "second");
  CHECK(it.board.up()[0].remedy == "restore it");
  it.board.clear("flag_broken", what.about, it.now);
  CHECK(it.board.up().empty());
  it.board.clear("flag_broken", what.about, it.now);
  CHECK(it.board.take_changes().size() == 1);
}

TEST_CASE("the worst alerts come first, and among them the oldest") {
  board_world it;
  it.measure("hot", 85);
  it.pass(10s);
  it.measure("hot", 85);
  it.pass(1s);
  it.measure("broken", 1);
  it.pass(1s);
  it.measure("low", 1);
  auto up = it.board.up();
  REQUIRE(up.size() == 3);
  CHECK(up[0].id == "broken");
  CHECK(up[1].id == "low");
  CHECK(up[2].id == "hot");
}

TEST_CASE("a hundred cleared alerts are remembered, the last first") {
  board_world it;
  for (int i = 0; i < 150; ++i) {
    it.pass(1s);
    it.measure("broken", 1);
    it.measure("broken", 0);
  }
  REQUIRE(it.board.cleared().size() == 100);
  CHECK(it.board.cleared().front().cleared_at == it.now.wall);
}

} // namespace alert_board_test
