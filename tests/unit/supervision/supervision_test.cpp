/// Actors die of exceptions in their handlers, at every message that there is in an import: it still ends
/// right.
#include "mortal_world.hpp"

#include <algorithm>
#include <cstdlib>

#include <doctest/doctest.h>
#include <fmt/format.h>
namespace supervision_test {

using namespace tidemark;

/// The messages that are handled while nothing goes wrong, and how often.
const std::map<handler, std::size_t>& handlers() {
  static const auto seen = [] {
    mortal_world it;
    auto full = it.run(import_mode::full);
    REQUIRE(full);
    REQUIRE(full->state == import_state::completed);
    REQUIRE(it.stored() == it.account.contents());
    it.account.let_a_day_pass();
    auto changes = it.run(import_mode::incremental);
    REQUIRE(changes);
    REQUIRE(changes->state == import_state::completed);
    REQUIRE(it.stored() == it.account.contents());
    REQUIRE(it.unlawful_batches() == 0);
    REQUIRE(it.unfinished_batches() == 0);
    it.calm_down();
    REQUIRE(it.leases() == 0);
    REQUIRE(it.surplus_actors() == 0);
    return it.defect.seen();
  }();
  return seen;
}

bool complete(const import_status& status) {
  return std::ranges::all_of(status.types, [](auto& x) { return x.verified.result == proof::complete; });
}

std::string text_of(const import_status& status) {
  auto text = fmt::format("{}: {}", to_string(status.state), status.error);
  for (auto& note : status.notes) text += fmt::format("; {} {}", note.code, note.text);
  return text;
}

/// One full and one incremental import, in one of which somebody dies.
void survive(const injection& what) {
  auto title = to_string(what);
  CAPTURE(title);
  mortal_world it{what};
  auto full = it.run(import_mode::full);
  REQUIRE(full);
  CAPTURE(text_of(*full));
  CHECK(full->state == import_state::completed);
  CHECK(complete(*full));
  it.calm_down();
  CHECK(it.leases() == 0);
  CHECK(it.surplus_actors() == 0);
  CHECK(it.stored() == it.account.contents());
  it.account.let_a_day_pass();
  auto changes = it.run(import_mode::incremental);
  REQUIRE(changes);
  CAPTURE(text_of(*changes));
  CHECK(changes->state == import_state::completed);
  it.calm_down();
  CHECK(it.defect.thrown() == 1);
  CHECK(it.leases() == 0);
  CHECK(it.surplus_actors() == 0);
  CHECK(it.most_open() <= mortal_world::limit);
  CHECK(it.stored() == it.account.contents());
  CHECK(it.unlawful_batches() == 0);
  CHECK(it.unfinished_batches() == 0);
}

/// An import is paused and resumed, and another one cancelled, while somebody dies. Returns what was handled.
std::map<handler, std::size_t> obey(const std::optional<injection>& what) {
  auto title = what ? to_string(*what) : std::string{"nobody dies"};
  CAPTURE(title);
  mortal_world it{what};
  auto first = it.start(import_mode::full);
  it.answer_requests(8);
  auto paused = it.pause(first);
  if (paused) CHECK(paused->state == import_state::paused);
  CHECK((paused || what)); // after a death the import may be over before the command is given again
  if (paused) it.resume(first);
  auto ended = it.end_of(first);
  REQUIRE(ended);
  CAPTURE(text_of(*ended));
  CHECK(ended->state == import_state::completed);
  it.calm_down();
  CHECK(it.leases() == 0);
  CHECK(it.surplus_actors() == 0);
  CHECK(it.stored() == it.account.contents());
  auto second = it.start(import_mode::full);
  it.answer_requests(8);
  auto receipt = it.cancel(second);
  CHECK((receipt || what));
  auto cancelled = it.end_of(second);
  REQUIRE(cancelled);
  CHECK(cancelled->state == (receipt ? import_state::cancelled : import_state::completed));
  it.calm_down();
  CHECK(it.leases() == 0);
  CHECK(it.surplus_actors() == 0);
  CHECK(it.most_open() <= mortal_world::limit);
  CHECK(it.unlawful_batches() == 0);
  CHECK(it.defect.thrown() == (what ? 1 : 0));
  return it.defect.seen();
}

/// Its deaths are its import's; those of other actors take the tenant or the node along.
bool is_below_tenant(const std::string& actor) {
  static const std::set<std::string> names{"import", "wave", "planner", "batch", "verifier", "deletions"};
  return names.contains(actor);
}

bool whole_campaign() {
  const char* full = std::getenv("TIDEMARK_FULL");
  return full != nullptr && std::string{full} == "1";
}

/// The first, the middle and the last of so many messages; all of them in a long campaign (TIDEMARK_FULL=1).
std::set<std::size_t> occurrences(std::size_t count) {
  if (!whole_campaign()) return {1, (count + 1) / 2, count};
  std::set<std::size_t> all;
  for (std::size_t n = 1; n <= count; ++n) all.insert(n);
  return all;
}

TEST_CASE("whichever actor dies at whichever message, the import ends right") {
  std::size_t runs = 0;
  for (auto& [where, count] : handlers())
    for (auto n : occurrences(count)) {
      survive({where, n, moment::before});
      ++runs;
    }
  fmt::print("{} handlers, {} deaths before them\n", handlers().size(), runs);
}

TEST_CASE("whichever actor dies right after it has handled a message, the import ends right") {
  std::size_t runs = 0;
  for (auto& [where, count] : handlers())
    for (auto n : occurrences(count)) {
      survive({where, n, moment::after});
      ++runs;
    }
  fmt::print("{} handlers, {} deaths after them\n", handlers().size(), runs);
}

TEST_CASE(
    "whichever actor dies while an import is paused, resumed or cancelled, the command is carried out") {
  std::size_t runs = 0;
  for (auto& [where, count] : obey({})) {
    if (handlers().contains(where) && !whole_campaign()) continue; // these deaths are above
    for (auto n : occurrences(count))
      for (auto when : {moment::before, moment::after}) {
        obey(injection{where, n, when});
        ++runs;
      }
  }
  fmt::print("{} deaths while an import obeys\n", runs);
}

TEST_CASE(
    "an actor that dies at every message of a kind ends the import with the reason, and once the defect "
    "is mended the next import puts everything right") {
  std::size_t failed = 0;
  std::size_t given_up = 0;
  std::size_t unanswered = 0;
  for (auto& [where, count] : handlers()) {
    injection what{where, 0, moment::before};
    auto title = to_string(what);
    CAPTURE(title);
    mortal_world it{what};
    for (auto mode : {import_mode::full, import_mode::incremental}) {
      auto ended = it.run(mode);
      if (!it.given_up() && !ended) ++unanswered;
      if (it.given_up() || !ended) break;
      CAPTURE(text_of(*ended));
      REQUIRE(is_final(ended->state));
      if (ended->state != import_state::completed) {
        CHECK_FALSE(ended->error.empty());
        if (is_below_tenant(where.actor)) CHECK(contains(text_of(*ended), injector::text));
        ++failed;
      }
      it.calm_down();
      CHECK(it.leases() == 0);
      CHECK(it.surplus_actors() == 0);
      it.account.let_a_day_pass();
    }
    CHECK(it.defect.thrown() > 0);
    CHECK(it.most_open() <= mortal_world::limit);
    given_up += it.given_up() ? 1 : 0;
    it.defect.disarm();
    it.begin_anew();
    it.run(import_mode::full); // or what was left unfinished
    auto next = it.run(import_mode::full);
    REQUIRE(next);
    CHECK(next->state == import_state::completed);
    CHECK(it.stored() == it.account.contents());
    CHECK(it.unlawful_batches() == 0);
  }
  fmt::print(
      "{} handlers that always fail: {} imports failed, {} tenants or processes were given up, {} starts "
      "were never answered\n",
      handlers().size(), failed, given_up, unanswered);
}

} // namespace supervision_test
