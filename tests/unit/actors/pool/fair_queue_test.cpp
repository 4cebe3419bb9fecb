#include "actors/pool/fair_queue.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <vector>

namespace tidemark {

namespace fair_queue_test {

std::vector<fair_queue::waiter_id> drain(fair_queue& queue) {
  std::vector<fair_queue::waiter_id> order;
  while (auto next = queue.pop()) order.push_back(*next);
  return order;
}

using ids = std::vector<fair_queue::waiter_id>;

TEST_CASE("one lane is served first come, first served") {
  fair_queue queue;
  for (fair_queue::waiter_id id : {1U, 2U, 3U}) queue.push(id, {"t", "a"}, urgency::interactive, false);
  CHECK(drain(queue) == ids{1, 2, 3});
}

TEST_CASE("lanes take turns, however many wait in one of them") {
  fair_queue queue;
  for (fair_queue::waiter_id id : {1U, 2U, 3U, 4U}) queue.push(id, {"t", "a"}, urgency::interactive, false);
  queue.push(10, {"t", "b"}, urgency::interactive, false);
  queue.push(20, {"t", "c"}, urgency::interactive, false);
  CHECK(drain(queue) == ids{1, 10, 20, 2, 3, 4});
}

TEST_CASE("tenants take turns, however many imports one of them has") {
  fair_queue queue;
  fair_queue::waiter_id id = 0;
  for (auto* lane : {"a", "b", "c"})
    for (int i = 0; i < 2; ++i) queue.push(++id, {"many", lane}, urgency::interactive, false);
  for (int i = 0; i < 3; ++i) queue.push(10 + ++id, {"one", "d"}, urgency::interactive, false);
  CHECK(drain(queue) == ids{1, 17, 3, 18, 5, 19, 2, 4, 6});
}

TEST_CASE("two tenants whose imports share a name are told apart") {
  fair_queue queue;
  queue.push(1, {"one", ""}, urgency::interactive, false);
  queue.push(2, {"one", ""}, urgency::interactive, false);
  queue.push(3, {"two", ""}, urgency::interactive, false);
  CHECK(queue.waiting() == std::map<std::string, std::size_t>{{"", 3}});
  CHECK(drain(queue) == ids{1, 3, 2});
}

TEST_CASE("a refused request is next before other tenants, too") {
  fair_queue queue;
  queue.push(1, {"one", "a"}, urgency::interactive, false);
  queue.push(2, {"two", "b"}, urgency::interactive, false);
  queue.push(3, {"two", "c"}, urgency::interactive, true);
  CHECK(queue.next() == 3);
  CHECK(drain(queue) == ids{3, 1, 2});
}

TEST_CASE("a tenant of which nobody may go keeps its turn") {
  fair_queue queue;
  queue.push(1, {"one", "a"}, urgency::interactive, false);
  queue.push(2, {"two", "b"}, urgency::interactive, false);
  queue.push(3, {"two", "b"}, urgency::interactive, false);
  auto not_one = [](auto waiter) { return waiter != 1; };
  CHECK(queue.pop(not_one) == 2);
  CHECK(queue.pop() == 1);
  CHECK(queue.pop() == 3);
}

TEST_CASE("what somebody waits for at the screen comes before what is scheduled") {
  fair_queue queue;
  queue.push(1, {"t", "a"}, urgency::scheduled, false);
  queue.push(2, {"t", "b"}, urgency::interactive, false);
  CHECK(drain(queue) == ids{2, 1});
}

TEST_CASE("a refused request is next") {
  fair_queue queue;
  queue.push(1, {"t", "a"}, urgency::interactive, false);
  queue.push(2, {"t", "b"}, urgency::interactive, false);
  queue.push(3, {"t", "b"}, urgency::interactive, true);
  CHECK(drain(queue) == ids{3, 1, 2});
}

TEST_CASE("a lane whose first waiter may not go keeps its turn, and the others are served") {
  fair_queue queue;
  queue.push(1, {"t", "a"}, urgency::interactive, false);
  queue.push(2, {"t", "b"}, urgency::interactive, false);
  queue.push(3, {"t", "c"}, urgency::scheduled, false);
  auto not_one = [](auto waiter) { return waiter != 1; };
  CHECK(queue.next(not_one) == 2);
  CHECK(queue.pop(not_one) == 2);
  CHECK(queue.pop(not_one) == 3);
  CHECK_FALSE(queue.next(not_one));
  CHECK_FALSE(queue.pop(not_one));
  CHECK(queue.pop() == 1);
}

TEST_CASE("a waiter that has gone is skipped, and its empty lane with it") {
  fair_queue queue;
  queue.push(1, {"t", "a"}, urgency::interactive, false);
  queue.push(2, {"t", "b"}, urgency::interactive, false);
  queue.erase(1);
  queue.erase(99);
  CHECK(queue.size() == 1);
  CHECK(queue.waiting() == std::map<std::string, std::size_t>{{"b", 1}});
  CHECK(drain(queue) == ids{2});
  CHECK(queue.empty());
}

TEST_CASE("three busy lanes get the same share, and everyone is served once") {
  std::mt19937 random{7};
  fair_queue queue;
  std::map<fair_queue::waiter_id, std::string> lane_of;
  std::map<std::string, int> served;
  fair_queue::waiter_id next = 0;
  auto add = [&](const std::string& lane) {
    lane_of[++next] = lane;
    queue.push(next, {"t", lane}, urgency::interactive, random() % 20 == 0);
  };
  for (auto* lane : {"a", "b", "c"})
    for (int i = 0; i < 10; ++i) add(lane);
  for (int i = 0; i < 30'000; ++i) {
    auto waiter = queue.pop();
    REQUIRE(waiter);
    auto lane = lane_of.extract(*waiter);
    REQUIRE(lane);
    ++served[lane.mapped()];
    add(lane.mapped());
  }
  for (auto& [lane, count] : served) {
    CHECK(count > 9'000);
    CHECK(count < 11'000);
  }
}

} // namespace fair_queue_test

} // namespace tidemark
