#include "tools/netsuite_sim/faults.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace tidemark::netsuite_sim;

TEST_CASE("without knobs nothing goes wrong") {
  faults f(1);
  for (auto i = 0; i < 100; ++i) CHECK(f.next({}, "customer") == mishap::none);
}

TEST_CASE("mishaps come about as often as their probability says") {
  knobs k;
  k.fault_500_probability = 0.2;
  k.fault_reset_probability = 0.1;
  faults f(1);
  auto status = 0;
  auto reset = 0;
  for (auto i = 0; i < 10000; ++i) {
    auto what = f.next(k, "customer");
    status += what == mishap::status_500 ? 1 : 0;
    reset += what == mishap::reset ? 1 : 0;
  }
  CHECK(status > 1800);
  CHECK(status < 2200);
  CHECK(reset > 850);
  CHECK(reset < 1150);
}

TEST_CASE("mishaps can be kept to one table and to the first requests") {
  knobs k;
  k.fault_hang_probability = 1;
  k.fault_table = "customer";
  k.fault_first_requests = 2;
  faults f(1);
  f.rearm(2);
  CHECK(f.next(k, "vendor") == mishap::none);
  CHECK(f.next(k, "customer") == mishap::hang);
  CHECK(f.next(k, "customer") == mishap::hang);
  CHECK(f.next(k, "customer") == mishap::none);
  f.rearm(1);
  CHECK(f.next(k, "customer") == mishap::hang);
}

TEST_CASE("errors come as JSON, HTML or nothing, as asked for") {
  knobs k;
  faults f(1);
  auto is_json = false;
  CHECK(nlohmann::json::parse(f.body_for(mishap::status_502, k, "customer", is_json).body)["status"] == 502);
  CHECK(is_json);
  k.fault_body = "html";
  CHECK(f.body_for(mishap::status_503, k, "customer", is_json).body.starts_with("<HTML>"));
  CHECK_FALSE(is_json);
  k.fault_body = "empty";
  CHECK(f.body_for(mishap::status_500, k, "customer", is_json).body.empty());
}

TEST_CASE("every named answer has a body of its own kind") {
  knobs k;
  faults f(1);
  auto is_json = false;
  auto body = [&](std::string name) {
    k.fault_answer = std::move(name);
    return f.body_for(mishap::answer, k, "customer", is_json);
  };
  CHECK(body("maintenance_page").status == 200);
  CHECK_FALSE(is_json);
  CHECK(body("gateway_timeout").status == 504);
  CHECK_FALSE(is_json);
  CHECK(body("unknown_table").body.find("customer") != std::string::npos);
  CHECK(is_json);
  CHECK(body("request_limit_exceeded").body.find("SSS_REQUEST_LIMIT_EXCEEDED") != std::string::npos);
  CHECK(body("insufficient_permission").status == 403);
}
