#include "samples.hpp"
#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/fleet_frame.hpp"
#include "tools/tidemark/fleet_view.hpp"

#include <doctest/doctest.h>

#include <algorithm>
namespace fleet_test {

using namespace tidemark;
using namespace tidemark::cli;
using effect = fleet_view::effect;

import_status import(const std::string& id, unix_ms requested_at = noon) {
  auto result = sample_import();
  result.id = id;
  result.tenant = id.substr(0, id.find('.'));
  result.requested_at = requested_at;
  return result;
}

import_event event(std::uint64_t sequence, import_status status, std::uint64_t epoch = 1) {
  import_event result;
  result.epoch = epoch;
  result.sequence = sequence;
  result.kind = "import_state";
  result.import = std::move(status);
  return result;
}

fleet_view streaming() {
  fleet_view view;
  view.apply(journal_snapshot{1, 10, {import("acme.1")}});
  return view;
}

std::vector<std::string> ids(const fleet_view& view) {
  std::vector<std::string> result;
  for (auto* x : view.imports()) result.push_back(x->id);
  return result;
}

using strings = std::vector<std::string>;

constexpr unix_ms now = noon + 61'000;

/// Two imports, one of them in trouble.
struct sample_fleet {
  import_status first = import("acme.1");
  import_status second = import("globex.1");
  fleet all;

  sample_fleet() {
    second.state = import_state::paused;
    second.error = "NetSuite account 1_SB1 does not answer";
    second.batches.failed = 2;
    all.node = "hamburg";
    all.imports = {&first, &second};
    all.pools = {sample_pool()};
  }
  std::string frame(std::size_t width, std::size_t height = 24) const {
    return joined(fleet_frame(all, now, {width, height, false}));
  }
};

TEST_CASE("imports that have ended are no part of a fleet") {
  fleet_view view;
  auto ended = import("acme.1");
  ended.state = import_state::completed;
  auto paused = import("acme.2");
  paused.state = import_state::paused;
  view.apply(journal_snapshot{1, 10, {ended, paused}});
  CHECK(ids(view) == strings{"acme.2"});
}

TEST_CASE("an import that begins is added, and they stand in the order of their requests") {
  auto view = streaming();
  CHECK(view.apply(event(11, import("globex.1", noon - 1000))) == effect::applied);
  CHECK(ids(view) == strings{"globex.1", "acme.1"});
}

TEST_CASE("an event keeps the record types that it does not tell of") {
  auto view = streaming();
  auto changed = import("acme.1");
  changed.progress = 7777;
  changed.types.clear();
  view.apply(event(11, changed));
  CHECK(view.find("acme.1")->progress == 7777);
  CHECK(view.find("acme.1")->types.size() == 4);
}

TEST_CASE("an import that was dropped does not come back by what it still says") {
  auto view = streaming();
  auto ended = import("acme.1");
  ended.state = import_state::completed;
  CHECK(view.apply(event(11, ended)) == effect::applied);
  view.drop("acme.1");
  CHECK(view.apply(event(12, ended)) == effect::ignored);
  CHECK(ids(view).empty());
}

TEST_CASE("an event is taken once, and none of another life of the journal") {
  auto view = streaming();
  CHECK(view.apply(event(10, import("acme.2"))) == effect::ignored);
  CHECK(view.apply(event(11, import("acme.2"), 2)) == effect::restarted);
  CHECK(view.apply(event(12, import("acme.2"), 2)) == effect::ignored);
  view.apply(journal_snapshot{2, 12, {import("acme.3")}});
  CHECK(ids(view) == strings{"acme.3"});
  CHECK(view.apply(event(13, import("acme.4"), 2)) == effect::applied);
}

TEST_CASE("a wide frame of a fleet shows everything") {
  auto frame = sample_fleet{}.frame(200);
  for (auto& part : strings{"hamburg  1 import running  1 paused  slots 3 of 13, 2 waiting\n", "2:09 to 2:49",
                            "13,005/~24,505", "#######.......................", "acme.1", "globex.1",
                            "NetSuite account 1_SB1 does not answer, 2 failed batches, 2 rejected"})
    CHECK_MESSAGE(frame.find(part) != std::string::npos, part << " is not in\n" << frame);
}

TEST_CASE("a narrow one keeps tenant, record type, state and percent") {
  CHECK(sample_fleet{}.frame(40)
        == "hamburg  1 import running  1 paused\n"
           "slots 3 of 13, 2 waiting\n"
           "tenant  record type  state      done\n"
           "acme    invoice      running  25.0 %\n"
           "globex  invoice      paused   25.0 %\n");
}

TEST_CASE("no frame of a fleet is ever larger than its terminal") {
  sample_fleet sample;
  sample.first.record_type = std::string(90, 'x');
  sample.second.error = "a long\nreason " + std::string(300, 'y');
  for (int i = 0; i < 20; ++i) sample.all.imports.push_back(&sample.first);
  for (std::size_t width = 1; width < 150; width += 3)
    for (std::size_t height = 1; height < 30; height += 3) {
      auto lines = fleet_frame(sample.all, now, {width, height, true});
      CHECK(lines.size() <= height);
      for (auto& x : lines) CHECK(width_of(x) <= width);
    }
}

TEST_CASE("imports that do not fit are counted") {
  sample_fleet sample;
  for (int i = 0; i < 20; ++i) sample.all.imports.push_back(&sample.first);
  CHECK(sample.frame(100, 10).find("and 15 more\n") != std::string::npos);
}

TEST_CASE("a fleet without imports has only its head") {
  sample_fleet sample;
  sample.all.imports.clear();
  sample.all.pools.clear();
  CHECK(sample.frame(100) == "hamburg  0 imports running\n");
}

} // namespace fleet_test
