#include "store/import_transitions.hpp"

#include <array>
#include <doctest/doctest.h>
namespace import_transitions_test {

using namespace tidemark;
using enum import_state;

constexpr std::array every_state{
    queued, planning, running, paused, cancelling, cancelled, completed, completed_with_errors, failed};

TEST_CASE("nothing follows a final state, not even itself") {
  for (auto from : {cancelled, completed, completed_with_errors, failed})
    for (auto to : every_state) CHECK_FALSE(legal(from, to));
}

TEST_CASE("only cancelled follows cancelling") {
  for (auto to : every_state) CHECK(legal(cancelling, to) == (to == cancelled || to == cancelling));
}

TEST_CASE("nothing is cancelled without cancelling first") {
  for (auto from : every_state) CHECK(legal(from, cancelled) == (from == cancelling));
}

TEST_CASE("every unfinished import can be cancelled") {
  for (auto from : every_state) CHECK(legal(from, cancelling) == !is_final(from));
}

TEST_CASE("an import goes back to the queue only from a pause") {
  for (auto from : every_state) CHECK(legal(from, queued) == (from == queued || from == paused));
}

TEST_CASE("a paused import goes on planning or running, or fails, but does not complete") {
  CHECK(legal(running, paused));
  CHECK(legal(paused, running));
  CHECK(legal(paused, planning));
  CHECK(legal(paused, failed));
  CHECK_FALSE(legal(paused, completed));
  CHECK_FALSE(legal(paused, completed_with_errors));
}

TEST_CASE("batches are taken only while planning or running, plans until the cancel") {
  for (auto state : every_state) {
    CHECK(accepts_batches(state) == (state == planning || state == running));
    CHECK(accepts_plans(state) == (!is_final(state) && state != cancelling));
  }
}

} // namespace import_transitions_test
