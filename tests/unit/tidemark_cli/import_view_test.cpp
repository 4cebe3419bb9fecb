#include "samples.hpp"
#include "tools/tidemark/import_view.hpp"

#include <doctest/doctest.h>
namespace import_view_test {

using namespace tidemark;
using namespace tidemark::cli;
using effect = import_view::effect;

/// An event that carries the sample's head and nothing else.
import_event head_event(std::uint64_t epoch, std::uint64_t sequence) {
  import_event event;
  event.epoch = epoch;
  event.sequence = sequence;
  event.kind = "batch_completed";
  event.import = sample_import();
  event.import.types.clear();
  event.import.notes.clear();
  return event;
}

import_view streaming() {
  import_view view{sample_id};
  REQUIRE(view.apply(journal_snapshot{1, 10, {sample_import()}}) == effect::applied);
  return view;
}

TEST_CASE("a snapshot is taken as it is") {
  auto view = streaming();
  REQUIRE(view.status() != nullptr);
  CHECK(view.status()->types.size() == 4);
}

TEST_CASE("a snapshot without the import leaves what is known") {
  auto view = streaming();
  CHECK(view.apply(journal_snapshot{1, 11, {}}) == effect::missing);
  CHECK(view.status() != nullptr);
  import_view fresh{sample_id};
  CHECK(fresh.apply(journal_snapshot{1, 11, {}}) == effect::missing);
  CHECK(fresh.status() == nullptr);
}

TEST_CASE("an event changes the head and one record type") {
  auto view = streaming();
  auto event = head_event(1, 11);
  event.import.progress = 3000;
  event.import.types = {sample_type("item", 1, type_state::completed, 4000, 4000)};
  CHECK(view.apply(event) == effect::applied);
  CHECK(view.status()->progress == 3000);
  REQUIRE(view.status()->types.size() == 4);
  CHECK(view.status()->types[2].state == type_state::completed);
  CHECK(view.status()->notes.size() == 1);
}

TEST_CASE("each event is counted once") {
  auto view = streaming();
  auto event = head_event(1, 11);
  CHECK(view.apply(event) == effect::applied);
  CHECK(view.apply(event) == effect::ignored);
  CHECK(view.apply(head_event(1, 10)) == effect::ignored);
  CHECK(view.apply(head_event(1, 15)) == effect::applied);
}

TEST_CASE("events of other imports are passed over") {
  auto view = streaming();
  auto event = head_event(1, 11);
  event.import.id = "acme.01jzzzzzzz0000000000000001";
  event.import.state = import_state::failed;
  CHECK(view.apply(event) == effect::ignored);
  CHECK(view.status()->state == import_state::running);
}

TEST_CASE("events before the first snapshot mean nothing") {
  import_view view{sample_id};
  CHECK(view.apply(head_event(1, 1)) == effect::ignored);
  CHECK(view.status() == nullptr);
}

TEST_CASE("another epoch asks for a snapshot, and its events wait for it") {
  auto view = streaming();
  auto event = head_event(2, 1);
  event.import.state = import_state::failed;
  CHECK(view.apply(event) == effect::restarted);
  CHECK(view.apply(head_event(2, 2)) == effect::ignored);
  CHECK(view.apply(head_event(1, 12)) == effect::ignored);
  CHECK(view.status()->state == import_state::running);
  CHECK(view.apply(journal_snapshot{2, 2, {sample_import()}}) == effect::applied);
  CHECK(view.apply(head_event(2, 3)) == effect::applied);
}

TEST_CASE("a record type that was not known takes its place in wave order") {
  auto view = streaming();
  auto event = head_event(1, 11);
  event.import.types = {sample_type("employee", 1, type_state::running)};
  view.apply(event);
  CHECK(view.status()->types[2].name == "employee");
}

TEST_CASE("a note is kept once, whether told alone or with all others") {
  auto view = streaming();
  auto event = head_event(1, 11);
  event.import.notes = {{"item", "type_skipped", "item", "no such table", noon}};
  view.apply(event);
  CHECK(view.status()->notes.size() == 2);
  event.sequence = 12;
  event.import.notes = view.status()->notes;
  view.apply(event);
  CHECK(view.status()->notes.size() == 2);
}

TEST_CASE("an alert is told and leaves the import as it is") {
  auto view = streaming();
  auto event = head_event(1, 11);
  event.kind = "alert_raised";
  event.import = {};
  event.import.id = sample_id;
  CHECK(view.apply(event) == effect::told);
  CHECK(view.status()->state == sample_import().state);
  event.sequence = 12;
  event.import.id.clear();
  CHECK(view.apply(event) == effect::told);
  event.sequence = 13;
  event.import.id = "acme.other";
  CHECK(view.apply(event) == effect::ignored);
}

} // namespace import_view_test
