#include <doctest/doctest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "answers.hpp"
#include "netsuite/classify.hpp"
#include "netsuite/requests.hpp"

namespace tidemark::test {

namespace requests_test {

bool has_header(const http_request& request, std::string_view header) {
  return std::ranges::find(request.headers, header) != request.headers.end();
}

TEST_CASE("a 404 behind the last row is a page without rows, and one behind what paging reaches is not") {
  http_response answer;
  answer.status = 404;
  const failure none{ec::rejected, "", {}, "NONEXISTENT_ID"};
  const auto asked = [](std::uint32_t limit, std::uint32_t offset) {
    return make_query_request("https://demo", "SELECT 1", limit, offset);
  };
  CHECK(is_behind_last_row(asked(1, 1000), answer, none));
  CHECK(is_behind_last_row(asked(1000, 99'000), answer, none));
  CHECK_FALSE(is_behind_last_row(asked(1000, 0), answer, none));
  CHECK_FALSE(is_behind_last_row(asked(1000, 100'000), answer, none));
  CHECK_FALSE(is_behind_last_row(asked(1, 1000), answer, {ec::rejected, "", {}, "INVALID_PARAMETER"}));
  CHECK(classify(make_empty_page(answer)));
}

TEST_CASE("a query is posted transient, with a body that is real JSON") {
  const auto request = make_query_request("https://example.com", "SELECT 'a\"b\\\n\tc' FROM dual");
  CHECK(request.method == "POST");
  CHECK(request.url == "https://example.com/services/rest/query/v1/suiteql?limit=1000");
  CHECK(has_header(request, "Prefer: transient"));
  CHECK(has_header(request, "Content-Type: application/json"));
  for (auto& header : request.headers) CHECK_FALSE(header.starts_with("Accept-Language"));
  CHECK(nlohmann::json::parse(request.body) == nlohmann::json{{"q", "SELECT 'a\"b\\\n\tc' FROM dual"}});
}

TEST_CASE("a walk asks for one row far in") {
  const auto request = make_query_request("https://example.com", "SELECT 1", 1, 999);
  CHECK(request.url == "https://example.com/services/rest/query/v1/suiteql?limit=1&offset=999");
}

TEST_CASE("text that is not UTF-8 does not stop a query from being built") {
  const auto request = make_query_request("https://example.com", "SELECT '\xFF'");
  CHECK(nlohmann::json::accept(request.body));
}

TEST_CASE("the server's time is read to the millisecond") {
  CHECK(make_server_time_request("https://example.com").url
        == "https://example.com/services/rest/system/v1/serverTime");
  CHECK(*parse_server_time(answer(200, R"({"serverTime":"2025-03-26T16:21:00.000Z"})")) == 1'743'006'060'000);
  CHECK(*parse_server_time(answer(200, R"({"serverTime":"2025-03-26T16:21:00.250Z"})")) == 1'743'006'060'250);
  CHECK(*parse_server_time(answer(200, R"({"serverTime":"2025-03-26T16:21:00Z"})")) == 1'743'006'060'000);
}

TEST_CASE("a time that is none is an error of the server") {
  for (const auto* body : {"{}", "[]", "{", R"({"serverTime":7})", R"({"serverTime":"3/26/2025 4:21 pm"})",
                           R"({"serverTime":"2025-03-26T16:21:00+01:00"})"})
    CHECK(parse_server_time(answer(200, body)).error().code == ec::server);
  CHECK(parse_server_time(answer(404, "")).error().code == ec::rejected);
}

TEST_CASE("the limit of an integration comes before what is left of the account's") {
  const auto own = parse_governance(answer(
      200,
      R"({"accountConcurrencyLimit":5,"accountUnallocatedConcurrencyLimit":3,"integrationConcurrencyLimit":2})"));
  REQUIRE(own);
  CHECK(own->usable() == 2);
  const auto shared = parse_governance(answer(
      200,
      R"({"accountConcurrencyLimit":5,"accountUnallocatedConcurrencyLimit":3,"integrationLimitType":"accountLimit"})"));
  REQUIRE(shared);
  CHECK(shared->usable() == 3);
  CHECK(parse_governance(answer(403, R"({"o:errorCode":"INSUFFICIENT_PERMISSION"})")).error().code
        == ec::permission);
  CHECK(parse_governance(answer(200, R"({"accountConcurrencyLimit":-5})")).error().code == ec::server);
}

} // namespace requests_test

} // namespace tidemark::test
