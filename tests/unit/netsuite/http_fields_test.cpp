#include <doctest/doctest.h>

#include "netsuite/http_fields.hpp"

using namespace std::chrono_literals;

namespace tidemark::test {

TEST_CASE("a header line is split at its first colon") {
  const auto field = split_header("X-N-OperationId:  a:b \r\n");
  REQUIRE(field);
  CHECK(field->name == "X-N-OperationId");
  CHECK(field->value == "a:b");
  CHECK(!split_header("HTTP/1.1 200 OK"));
  CHECK(!split_header(": no name"));
  CHECK(split_header("Empty:")->value.empty());
}

TEST_CASE("names of fields are compared without regard to case") {
  CHECK(same_field("retry-AFTER", "Retry-After"));
  CHECK(!same_field("Retry-Afte", "Retry-After"));
}

TEST_CASE("dates are read in all three forms of HTTP") {
  for (const auto* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    CHECK(parse_http_date(text) == 784111777000);
  for (const auto* text : {"", "yesterday", "120", "99:99"}) CHECK(!parse_http_date(text));
}

TEST_CASE("a wait is read as seconds or as a date, within a day") {
  constexpr unix_ms now = 784111777000;
  CHECK(parse_retry_after("120", now) == 120s);
  CHECK(parse_retry_after(" 0 ", now) == 0s);
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now) == 30s);
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now) == 0s);
  CHECK(parse_retry_after("999999999", now) == 24h);
  CHECK(parse_retry_after("99999999999999999999999", now) == 24h);
  CHECK(parse_retry_after("-5", now) == 0s);
  CHECK(parse_retry_after("soon", now) == 0s);
  CHECK(parse_retry_after("", now) == 0s);
}

} // namespace tidemark::test
