#include "tools/netsuite_sim/stats.hpp"

#include <doctest/doctest.h>

using namespace tidemark::netsuite_sim;

TEST_CASE("busy time is the integral of requests in flight, over all and within a table's window") {
  stats s;
  s.slots_changed(1, {1000, 0});
  s.query_began("a", {1000, 0});
  s.slots_changed(2, {1010, 10});
  s.query_began("b", {1010, 10});
  s.slots_changed(1, {1030, 30});
  s.query_ended("a", 100, 700, 30, {1030, 30});
  s.slots_changed(0, {1040, 40});
  s.query_ended("b", 50, 0, 30, {1040, 40});
  auto view = s.to_json({1100, 100});
  CHECK(view["slot_busy_ms"] == 60.0);
  CHECK(view["peak_in_flight"] == 2);
  CHECK(view["tables"]["a"]["window_busy_ms"] == 50.0);
  CHECK(view["tables"]["b"]["window_busy_ms"] == 50.0);
  CHECK(view["tables"]["a"]["rows"] == 100);
  CHECK(view["tables"]["a"]["numbered"] == 700);
  CHECK(view["tables"]["a"]["first_request_ms"] == 1000);
  CHECK(view["tables"]["b"]["last_request_ms"] == 1040);
}

TEST_CASE("a reset forgets what is over and keeps what goes on") {
  stats s;
  s.connection_opened();
  s.arrived();
  s.slots_changed(1, {0, 0});
  s.refused(true);
  s.reset({100, 100});
  auto view = s.to_json({150, 150});
  CHECK(view["requests"] == 0);
  CHECK(view["refusals"] == 0);
  CHECK(view["connections_open"] == 1);
  CHECK(view["in_flight"] == 1);
  CHECK(view["slot_busy_ms"] == 50.0);
}

TEST_CASE("recent requests can be read from a number on") {
  stats s;
  for (auto i = 0; i < 3; ++i) {
    request_record record;
    record.number = s.arrived();
    record.status = 200;
    record.ending = i == 1 ? "aborted" : "done";
    s.finished(record, 10);
  }
  CHECK(s.requests(0).size() == 3);
  CHECK(s.requests(2).size() == 1);
  CHECK(s.to_json({0, 0})["aborted_by_client"] == 1);
  CHECK(s.to_json({0, 0})["bytes"] == 30);
}
