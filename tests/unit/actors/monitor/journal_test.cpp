#include "actors/monitor/journal.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"
namespace journal_test {

using namespace tidemark;

import_status head_of(const std::string& id, import_state state = import_state::running) {
  import_status status;
  status.id = id;
  status.state = state;
  return status;
}

import_event state_event(const std::string& id, import_state state = import_state::running) {
  import_event event;
  event.kind = "import_state";
  event.import = head_of(id, state);
  return event;
}

import_event type_event(const std::string& id, const std::string& type, type_state state) {
  import_event event;
  event.kind = "type_state";
  event.import = head_of(id);
  event.import.types.emplace_back().name = type;
  event.import.types.back().state = state;
  return event;
}

import_event note_event(const std::string& id, const std::string& subject) {
  import_event event;
  event.kind = "note";
  event.import = head_of(id);
  event.import.notes.emplace_back().subject = subject;
  return event;
}

using subscriber = listener<subscriber_actor, journal_snapshot, import_event>;

struct journal_world : driven_system {
  journal_world() { stream = spawn(journal, std::uint64_t{77}); }

  void subscribe_as(const subscriber& who, std::uint32_t credit, const std::string& import_id = {}) {
    let(who.puppet(),
        [=, this](caf::event_based_actor* self) { send(self, stream, subscribe{import_id, credit}); });
  }

  void add_credit(const subscriber& who, std::uint32_t credit) {
    let(who.puppet(), [=, this](caf::event_based_actor* self) { send(self, stream, more_events{credit}); });
  }

  journal_actor stream;
};

TEST_CASE("figures that cannot be read stay as they were told last") {
  journal_world it;
  subscriber reader{it};
  it.subscribe_as(reader, 100);
  auto running = state_event("demo.1");
  running.import.progress = 4'000;
  running.import.batches.completed = running.import.pick_ups.completed = 4;
  running.import.types.emplace_back().name = "customer";
  it.tell(it.stream, running);
  auto paused = state_event("demo.1", import_state::paused);
  paused.import.unseen = true;
  it.tell(it.stream, paused);
  auto& told = reader.heard<import_event>().back().import;
  CHECK(told.state == import_state::paused);
  CHECK(told.progress == 4'000);
  CHECK(told.batches.completed == 4);
  CHECK(told.pick_ups.completed == 4);
  CHECK(told.types.size() == 1);
  CHECK_FALSE(told.unseen);
  // What was never seen is not made up.
  paused.import.id = "demo.2";
  it.tell(it.stream, paused);
  CHECK(reader.heard<import_event>().back().import.unseen);
}

TEST_CASE("a subscriber gets a snapshot, then every event in order") {
  journal_world it;
  it.tell(it.stream, state_event("demo.1"));
  subscriber reader{it};
  it.subscribe_as(reader, 100);
  REQUIRE(reader.heard<journal_snapshot>().size() == 1);
  auto& snapshot = reader.heard<journal_snapshot>()[0];
  CHECK(snapshot.epoch == 77);
  CHECK(snapshot.sequence == 1);
  REQUIRE(snapshot.imports.size() == 1);
  CHECK(snapshot.imports[0].id == "demo.1");

  for (int i = 0; i < 5; ++i) it.tell(it.stream, type_event("demo.1", "customer", type_state::running));
  auto& events = reader.heard<import_event>();
  REQUIRE(events.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(events[i].epoch == 77);
    CHECK(events[i].sequence == 2 + i);
  }
}

TEST_CASE("a snapshot holds what the events before it amount to") {
  journal_world it;
  it.tell(it.stream, state_event("demo.1"));
  it.tell(it.stream, type_event("demo.1", "customer", type_state::running));
  it.tell(it.stream, type_event("demo.1", "item", type_state::running));
  it.tell(it.stream, type_event("demo.1", "customer", type_state::completed));
  it.tell(it.stream, note_event("demo.1", "email"));
  subscriber reader{it};
  it.subscribe_as(reader, 1);
  auto& import = reader.heard<journal_snapshot>().at(0).imports.at(0);
  REQUIRE(import.types.size() == 2);
  CHECK(import.types[0].name == "customer");
  CHECK(import.types[0].state == type_state::completed);
  REQUIRE(import.notes.size() == 1);
  CHECK(import.notes[0].subject == "email");
}

TEST_CASE("nothing is sent beyond a subscriber's credit") {
  journal_world it;
  subscriber reader{it};
  it.subscribe_as(reader, 3);
  for (int i = 0; i < 10; ++i) it.tell(it.stream, state_event("demo.1"));
  CHECK(reader.heard<import_event>().size() == 2);
  it.add_credit(reader, 5);
  CHECK(reader.heard<import_event>().size() == 7);
  CHECK(reader.heard<import_event>().back().sequence == 7);
}

TEST_CASE("a subscriber without credit gets its snapshot with the first credit") {
  journal_world it;
  subscriber reader{it};
  it.subscribe_as(reader, 0);
  it.tell(it.stream, state_event("demo.1"));
  CHECK(reader.heard<journal_snapshot>().empty());
  it.add_credit(reader, 1);
  REQUIRE(reader.heard<journal_snapshot>().size() == 1);
  CHECK(reader.heard<journal_snapshot>()[0].sequence == 1);
  CHECK(reader.heard<import_event>().empty());
}

TEST_CASE("a subscriber that falls too far behind gets a new snapshot instead of what it missed") {
  journal_world it;
  subscriber reader{it};
  it.subscribe_as(reader, 1);
  for (int i = 0; i < 1500; ++i) it.tell(it.stream, state_event("demo.1"));
  it.add_credit(reader, 10);
  REQUIRE(reader.heard<journal_snapshot>().size() == 2);
  CHECK(reader.heard<journal_snapshot>()[1].sequence == 1500);
  CHECK(reader.heard<import_event>().empty());
  it.tell(it.stream, state_event("demo.1"));
  REQUIRE(reader.heard<import_event>().size() == 1);
  CHECK(reader.heard<import_event>()[0].sequence == 1501);
}

TEST_CASE("a subscriber of one import hears of no other") {
  journal_world it;
  it.tell(it.stream, state_event("demo.1"));
  it.tell(it.stream, state_event("demo.2"));
  subscriber reader{it};
  it.subscribe_as(reader, 100, "demo.2");
  REQUIRE(reader.heard<journal_snapshot>().at(0).imports.size() == 1);
  CHECK(reader.heard<journal_snapshot>()[0].imports[0].id == "demo.2");
  it.tell(it.stream, state_event("demo.1"));
  it.tell(it.stream, state_event("demo.2"));
  REQUIRE(reader.heard<import_event>().size() == 1);
  CHECK(reader.heard<import_event>()[0].import.id == "demo.2");
}

TEST_CASE("subscribing again starts over") {
  journal_world it;
  subscriber reader{it};
  it.subscribe_as(reader, 10);
  it.subscribe_as(reader, 10, "demo.1");
  CHECK(reader.heard<journal_snapshot>().size() == 2);
  it.tell(it.stream, state_event("demo.1"));
  CHECK(reader.heard<import_event>().size() == 1);
}

TEST_CASE("a subscriber that has gone is forgotten, and credit of a stranger is ignored") {
  journal_world it;
  subscriber gone{it};
  subscriber stranger{it};
  it.subscribe_as(gone, 10);
  it.crash(gone.puppet());
  it.add_credit(stranger, 10);
  it.tell(it.stream, state_event("demo.1"));
  CHECK(gone.heard<import_event>().empty());
  CHECK(stranger.heard<import_event>().empty());
}

TEST_CASE("of imports that have ended only the latest hundred are kept") {
  journal_world it;
  for (int i = 100; i < 250; ++i)
    it.tell(it.stream, state_event("demo." + std::to_string(i), import_state::completed));
  it.tell(it.stream, state_event("demo.099"));
  subscriber reader{it};
  it.subscribe_as(reader, 1);
  auto& imports = reader.heard<journal_snapshot>().at(0).imports;
  REQUIRE(imports.size() == 101);
  CHECK(imports.front().id == "demo.099");
  CHECK(imports[1].id == "demo.150");
}

TEST_CASE("imports of a tenant that a reload has removed are shown no more, and whoever follows hears so") {
  journal_world it;
  subscriber all{it};
  it.subscribe_as(all, 100);
  auto event = state_event("demo.1");
  event.import.tenant = "demo";
  it.tell(it.stream, event);
  event = state_event("other.1");
  event.import.tenant = "other";
  it.tell(it.stream, event);
  it.tell(it.stream, forget_tenant{"demo"});
  REQUIRE(all.heard<journal_snapshot>().size() == 2);
  auto& last = all.heard<journal_snapshot>().back();
  REQUIRE(last.imports.size() == 1);
  CHECK(last.imports[0].id == "other.1");
  it.tell(it.stream, forget_tenant{"nobody"});
  CHECK(all.heard<journal_snapshot>().size() == 2);
}

} // namespace journal_test
