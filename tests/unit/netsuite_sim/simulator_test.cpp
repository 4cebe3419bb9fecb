#include "tools/netsuite_sim/simulator.hpp"

#include <doctest/doctest.h>
namespace simulator_test {

using namespace tidemark::netsuite_sim;
using json = nlohmann::json;

/// An account with a clock and timers of the test's own.
struct bench {
  explicit bench(knobs k = open_to_all())
      : sim({.seed = 7, .scale = 0.01, .records = {}, .settings = std::move(k)},
            {[this] { return wall_ms; }, [this] { return steady_ms; },
             [this](std::chrono::microseconds time, std::function<void()> action) {
               timers.emplace_back(time, std::move(action));
             }}) {}

  static knobs open_to_all() {
    knobs k;
    k.auth = "none";
    return k;
  }

  http_reply ask(const std::string& query = "SELECT id FROM customer ORDER BY id",
                 const std::string& parameters = "limit=10") {
    return sim.handle({"POST",
                       "/services/rest/query/v1/suiteql?" + parameters,
                       {{"prefer", "transient"}, {"host", "sim"}},
                       json{{"q", query}}.dump()});
  }

  http_reply get(const std::string& target) { return sim.handle({"GET", target, {{"host", "sim"}}, ""}); }
  json admin(const std::string& target) { return json::parse(*get("/admin/" + target).body); }
  json admin(const std::string& target, const json& body) {
    return json::parse(*sim.handle({"POST", "/admin/" + target, {}, body.dump()}).body);
  }

  std::int64_t wall_ms = 1768478400000;
  double steady_ms = 1000;
  std::vector<std::pair<std::chrono::microseconds, std::function<void()>>> timers;
  simulator sim;
};

std::string header(const http_reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return "(none)";
}

std::string code_of(const http_reply& reply) {
  return json::parse(*reply.body)["o:errorDetails"][0]["o:errorCode"];
}

// -- concurrency
// ---------------------------------------------------------------------------------------------

TEST_CASE("a request over the limit is refused with the exact body, and a slot is free again before the last "
          "byte leaves") {
  bench b;
  std::vector<http_reply> running;
  for (auto i = 0; i < 5; ++i) running.push_back(b.ask());
  auto refused = b.ask();
  CHECK(refused.status == 429);
  CHECK(
      *refused.body
      == R"({"type":"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html","title":"Bad Request","status":429,"o:errorCode":"USER_ERROR",)"
         R"("o:errorDetails":[{"detail":"Concurrent request limit exceeded. Request blocked.","o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED"}]})");
  CHECK(header(refused, "Retry-After") == "(none)");
  CHECK(b.admin("stats")["in_flight"] == 5);
  running[0].before_end();
  CHECK(b.admin("stats")["in_flight"] == 4);
  CHECK(b.ask().status == 200);
  auto stats = b.admin("stats");
  CHECK(stats["peak_in_flight"] == 5);
  CHECK(stats["refusals"] == 1);
}

TEST_CASE("refusals can come as 401 and can carry Retry-After") {
  auto k = bench::open_to_all();
  k.concurrency_limit = 0;
  k.retry_after_s = 3;
  bench b(k);
  CHECK(header(b.ask(), "Retry-After") == "3");
  b.admin("knobs", {{"refusal_as_401_percent", 100}});
  auto refused = b.ask();
  CHECK(refused.status == 401);
  CHECK(code_of(refused) == "INVALID_LOGIN");
  CHECK(b.admin("stats")["refusals_as_401"] == 1);
}

TEST_CASE("an aborted request counts on for as long as the knob says") {
  bench b;
  b.ask().abandoned();
  CHECK(b.admin("stats")["in_flight"] == 0);
  b.admin("knobs", {{"abort_linger_ms", 700}});
  b.ask().abandoned();
  CHECK(b.admin("stats")["in_flight"] == 1);
  REQUIRE(b.timers.size() == 1);
  CHECK(b.timers[0].first == std::chrono::milliseconds(700));
  b.timers[0].second();
  auto stats = b.admin("stats");
  CHECK(stats["in_flight"] == 0);
  CHECK(stats["aborted_by_client"] == 2);
}

TEST_CASE("the metadata catalogue is served, takes a slot, and can be withheld") {
  bench b;
  const std::string path = "/services/rest/record/v1/metadata-catalog";
  auto list = b.get(path);
  CHECK(list.status == 200);
  CHECK(json::parse(*list.body)["items"].size() > 10);
  CHECK(b.admin("stats")["in_flight"] == 1);
  auto schema = b.get(path + "/customRecord_Warranty");
  CHECK(header(schema, "Content-Type") == "application/schema+json");
  CHECK(json::parse(*schema.body)["properties"].contains("custrecord_expires"));
  CHECK(b.get(path + "/unicorn").status == 404);
  b.admin("knobs", {{"catalogue", "forbidden"}});
  auto refused = b.get(path);
  CHECK(refused.status == 403);
  CHECK(code_of(refused) == "INSUFFICIENT_PERMISSION");
}

TEST_CASE("busy time and rows are accounted to the table") {
  bench b;
  auto reply = b.ask();
  b.steady_ms += 250;
  b.wall_ms += 250;
  reply.before_end();
  auto table = b.admin("stats")["tables"]["customer"];
  CHECK(table["rows"] == 10);
  CHECK(table["busy_ms"] == 250.0);
  CHECK(table["window_busy_ms"] == 250.0);
  auto requests = b.admin("requests?since=0");
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]["table"] == "customer");
  CHECK(requests[0]["status"] == 200);
  CHECK(requests[0]["duration_ms"] == 250.0);
}

TEST_CASE("administration, OPTIONS and token requests take no slot") {
  auto k = bench::open_to_all();
  k.concurrency_limit = 0;
  bench b(k);
  CHECK(b.get("/admin/stats").status == 200);
  CHECK(b.sim.handle({"OPTIONS", "/services/rest/", {}, ""}).status == 204);
  CHECK(b.sim.handle({"POST", "/services/rest/auth/oauth2/v1/token", {}, ""}).status == 400);
  b.admin("knobs", {{"count_token_requests", true}});
  CHECK(b.sim.handle({"POST", "/services/rest/auth/oauth2/v1/token", {}, ""}).status == 429);
}

// -- requests
// ------------------------------------------------------------------------------------------------

TEST_CASE("a query needs POST, the Prefer header and a JSON body") {
  bench b;
  CHECK(b.get("/services/rest/query/v1/suiteql").status == 405);
  auto no_prefer =
      b.sim.handle({"POST", "/services/rest/query/v1/suiteql", {}, R"({"q":"SELECT 1 FROM dual"})"});
  CHECK(no_prefer.status == 400);
  CHECK(code_of(no_prefer) == "INVALID_HEADER");
  auto no_json =
      b.sim.handle({"POST", "/services/rest/query/v1/suiteql", {{"prefer", "transient"}}, "q=SELECT"});
  CHECK(no_json.status == 400);
  CHECK(code_of(no_json) == "INVALID_CONTENT");
  CHECK(b.get("/services/rest/record/v1/unicorn").status == 404);
  CHECK(b.get("/elsewhere").status == 404);
}

TEST_CASE("bytes that are not UTF-8 harm nobody") {
  bench b;
  CHECK(b.get("/services/rest/record/v1/\xff\xfe").status == 404);
  CHECK(b.ask("SELECT id FROM customer ORDER BY id", "limit=%ff").status == 400);
  CHECK(
      b.sim.handle({"POST", "/services/rest/auth/oauth2/v1/token", {}, "grant_type=%ff&client_assertion=%fe"})
          .status
      == 400);
  CHECK(b.get("/admin/requests?since=0").status == 200);
}

TEST_CASE("every answer carries an operation id and the server's date") {
  bench b;
  b.admin("knobs", {{"clock_skew_s", -3600}});
  auto one = b.ask();
  auto two = b.ask();
  CHECK(header(one, "X-N-OperationId") != header(two, "X-N-OperationId"));
  CHECK(header(one, "Date") == "Thu, 15 Jan 2026 11:00:00 GMT");
  CHECK(*b.get("/services/rest/system/v1/serverTime").body == R"({"serverTime":"2026-01-15T11:00:00.000Z"})");
}

TEST_CASE("governance limits are for administrators") {
  bench b;
  CHECK(b.get("/services/rest/system/v1/governanceLimits").status == 403);
  b.admin("knobs", {{"governance", "integration"}, {"integration_limit", 2}});
  CHECK(
      *b.get("/services/rest/system/v1/governanceLimits").body
      == R"({"accountConcurrencyLimit":5,"accountUnallocatedConcurrencyLimit":3,"integrationConcurrencyLimit":2,"integrationLimitType":"integrationSpecific"})");
}

TEST_CASE("without credentials, or with a wrong token, a request is refused and counted") {
  bench b(knobs{});
  auto refused = b.ask();
  CHECK(refused.status == 401);
  CHECK(code_of(refused) == "INVALID_LOGIN");
  auto bearer =
      b.sim.handle({"GET", "/services/rest/system/v1/serverTime", {{"authorization", "Bearer stolen"}}, ""});
  CHECK(bearer.status == 401);
  CHECK(header(bearer, "WWW-Authenticate").find("error=\"invalid_token\"") != std::string::npos);
  CHECK(b.admin("stats")["auth_failures"] == 2);
  CHECK(b.admin("stats")["in_flight"] == 0);
}

TEST_CASE("answers are compressed for clients that accept it, and only for them") {
  bench b;
  auto plain = b.ask("SELECT * FROM customer ORDER BY id", "limit=100");
  auto packed =
      b.sim.handle({"POST",
                    "/services/rest/query/v1/suiteql?limit=100",
                    {{"prefer", "transient"}, {"host", "sim"}, {"accept-encoding", "deflate, gzip"}},
                    json{{"q", "SELECT * FROM customer ORDER BY id"}}.dump()});
  CHECK(header(plain, "Content-Encoding") == "(none)");
  CHECK(header(packed, "Content-Encoding") == "gzip");
  CHECK(packed.body->size() * 2 < plain.body->size());
}

// -- mishaps
// -------------------------------------------------------------------------------------------------

TEST_CASE("maintenance answers everything with its text, for as long as it was set") {
  bench b;
  b.admin("knobs", {{"maintenance_ms", 5000}});
  auto down = b.ask();
  CHECK(down.status == 503);
  CHECK(down.body->find("regularly scheduled maintenance") != std::string::npos);
  b.steady_ms += 5000;
  CHECK(b.ask().status == 200);
}

TEST_CASE("faults turn into statuses, resets, truncated bodies and silence") {
  bench b;
  b.admin("knobs", {{"fault_502_probability", 1}, {"fault_body", "html"}});
  auto broken = b.ask();
  CHECK(broken.status == 502);
  CHECK(header(broken, "Content-Type") == "text/html");
  b.admin("knobs", {{"fault_502_probability", 0}, {"fault_reset_probability", 1}});
  CHECK(b.ask().end == http_reply::ending::reset);
  b.admin("knobs", {{"fault_reset_probability", 0}, {"fault_truncate_probability", 1}});
  CHECK(b.ask().end == http_reply::ending::truncated);
  b.admin("knobs", {{"fault_truncate_probability", 0}, {"fault_hang_probability", 1}});
  auto hung = b.ask();
  CHECK(hung.end == http_reply::ending::never);
  CHECK(b.admin("stats")["in_flight"] == 4);
  hung.abandoned();
  CHECK(b.admin("stats")["in_flight"] == 3);
}

TEST_CASE("latency grows with jitter and rows, and refusals do not wait") {
  auto k = bench::open_to_all();
  k.latency_ms = 100;
  k.latency_per_row_us = 1000;
  k.concurrency_limit = 1;
  bench b(k);
  CHECK(b.ask().delay == std::chrono::milliseconds(110));
  CHECK(b.ask().delay.count() == 0);
}

// -- administration
// ------------------------------------------------------------------------------------------

TEST_CASE("an unknown knob is refused by name with 400") {
  bench b;
  auto reply = b.sim.handle({"POST", "/admin/knobs", {}, R"({"no_such_knob": 1})"});
  CHECK(reply.status == 400);
  CHECK(reply.body->find("no_such_knob") != std::string::npos);
}

TEST_CASE("a knob that names a table or column that there is not is refused") {
  bench b;
  auto status = [&](const json& body) {
    return b.sim.handle({"POST", "/admin/knobs", {}, body.dump()}).status;
  };
  CHECK(status({{"tables_off", {"nothing"}}}) == 400);
  CHECK(status({{"columns_off", {"customer.nothing"}}}) == 400);
  CHECK(status({{"columns_broken", {"customer"}}}) == 400);
  CHECK(status({{"records_broken", {"nothing.7"}}}) == 400);
  CHECK(status({{"fault_table", "nothing"}}) == 400);
  CHECK(status({{"mutation_table", "nothing"}}) == 400);
  CHECK(status({{"columns_off", {"customer.email"}}, {"records_broken", {"customer.7"}}}) == 200);
}

TEST_CASE("knobs that reach schema or data take effect at once") {
  bench b;
  CHECK(b.ask("SELECT id FROM job ORDER BY id").status == 200);
  b.admin("knobs", {{"projects", false}});
  CHECK(b.ask("SELECT id FROM job ORDER BY id").status == 400);
  auto first = [&] { return json::parse(*b.ask().body)["items"][0]["id"].get<std::string>(); };
  b.admin("knobs", {{"concurrency_limit", 100}});
  CHECK(first().starts_with("-"));
  b.admin("knobs", {{"negative_ids", false}});
  CHECK_FALSE(first().starts_with("-"));
}

TEST_CASE("data operations are applied in order and the first bad one is named") {
  bench b;
  auto results = b.admin("data", json::array({{{"op", "insert"},
                                               {"table", "customer"},
                                               {"id", 700001},
                                               {"values", {{"email", "x@example.com"}}}}}));
  CHECK(results[0]["applied"] == 1);
  CHECK(json::parse(*b.ask("SELECT email FROM customer WHERE id = 700001").body)["items"][0]["email"]
        == "x@example.com");
  auto bad = b.sim.handle(
      {"POST",
       "/admin/data",
       {},
       R"([{"op":"delete","table":"customer","id":700001},{"op":"delete","table":"customer","id":700001}])"});
  CHECK(bad.status == 400);
  CHECK(bad.body->find("operation 1: there is no customer 700001 to delete") != std::string::npos);
}

TEST_CASE("the background mutator changes rows at its pace") {
  auto k = bench::open_to_all();
  k.mutations_per_s = 200;
  bench b(k);
  b.sim.start();
  for (auto tick = 0; tick < 20; ++tick) {
    auto action = std::move(b.timers.back().second);
    b.timers.clear();
    action();
  }
  auto changed = json::parse(*b.ask("SELECT COUNT(*) AS n FROM customer WHERE lastmodifieddate >= "
                                    "TO_DATE('2026-01-15 03:59:00','YYYY-MM-DD HH24:MI:SS')")
                                  .body);
  CHECK(std::stoi(changed["items"][0]["n"].get<std::string>()) > 50);
}

TEST_CASE("what the administration does not know is 404, and what is not JSON is 400") {
  bench b;
  CHECK(b.get("/admin/nothing").status == 404);
  CHECK(b.sim.handle({"POST", "/admin/knobs", {}, "{"}).status == 400);
  CHECK(b.sim.handle({"POST", "/admin/data", {}, "{}"}).status == 400);
  CHECK(b.get("/admin/requests?since=yesterday").status == 400);
  CHECK(b.sim.handle({"POST", "/admin/export", {}, "{}"}).status == 400);
}

} // namespace simulator_test
