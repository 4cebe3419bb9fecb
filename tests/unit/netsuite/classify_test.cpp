#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>

#include "answers.hpp"
#include "error_samples.hpp"
#include "netsuite/classify.hpp"

namespace tidemark::test {

namespace classify_test {

std::string in_upper_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

TEST_CASE("every error of the service has its code and subject") {
  for (const auto& sample : error_samples()) {
    CAPTURE(sample.name);
    const auto verdict = classify(answer(sample.status, sample.body));
    REQUIRE(!verdict);
    CHECK(to_string(verdict.error().code) == to_string(sample.code));
    CHECK(verdict.error().subject == sample.subject);
    CHECK(!verdict.error().message.empty());
    CHECK(verdict.error().message.size() < 900);
  }
}

TEST_CASE("texts are recognised in any case") {
  for (const auto& sample : error_samples()) {
    if (sample.body.starts_with('{')) continue; // the names in an envelope are fixed
    CAPTURE(sample.name);
    const auto verdict = classify(answer(sample.status, in_upper_case(sample.body)));
    REQUIRE(!verdict);
    CHECK(to_string(verdict.error().code) == to_string(sample.code));
  }
  const auto column =
      classify(answer(400, error_envelope(400, "UNKNOWN IDENTIFIER 'MEMO'", "invalid_parameter")));
  CHECK(column.error().code == ec::unknown_column);
  CHECK(column.error().subject == "memo");
}

TEST_CASE("a message quotes NetSuite's own text, bounded") {
  const auto verdict =
      classify(answer(500, error_envelope(500, "Error ID: " + std::string(5000, 'x'), "UNEXPECTED_ERROR")));
  CHECK(verdict.error().message.find("500 unexpected_error: Error ID: xxx") != std::string::npos);
  CHECK(verdict.error().message.size() < 700);
}

TEST_CASE("an authentication failure says so first") {
  CHECK(classify(answer(401, "")).error().message.starts_with("authentication failed: "));
}

TEST_CASE("what the token endpoint refuses keeps its reason") {
  CHECK(classify(answer(400, R"({"error":"invalid_grant"})")).error().message
        == "authentication failed: 400 invalid_grant: no further text");
  CHECK(classify(answer(400, R"({"error":"invalid_client","error_description":"no such client"})"))
            .error()
            .message.find("400 invalid_client: no such client")
        != std::string::npos);
}

TEST_CASE("data is no failure") {
  CHECK(classify(answer(200, R"({"items":[]})")));
  CHECK(classify(answer(200, " \r\n{")));
  CHECK(classify(answer(200, "[]")));
  CHECK(classify(answer(204, "")));
}

TEST_CASE("a column or table is only taken from a text that names it in quotes") {
  for (const auto* text :
       {"This field is wrong", "The record was not found", "The record type does not exist"}) {
    const auto verdict = classify(answer(400, error_envelope(400, text, "INVALID_PARAMETER")));
    CHECK(verdict.error().code == ec::rejected);
    CHECK(verdict.error().subject.empty());
  }
}

TEST_CASE("a field that merely ends in another word is not taken for a column") {
  CHECK(classify(answer(400, error_envelope(400, "Subfield 'x' is wrong", "INVALID_PARAMETER"))).error().code
        == ec::rejected);
}

TEST_CASE("ends of transfers have codes of their own") {
  const auto code = [](transport_result how) { return classify(no_answer(how, "host: why")).error().code; };
  CHECK(code(transport_result::cancelled) == ec::cancelled);
  CHECK(code(transport_result::timeout) == ec::timeout);
  CHECK(code(transport_result::unreachable) == ec::transport);
  CHECK(code(transport_result::broken) == ec::transport);
  CHECK(code(transport_result::lost) == ec::connection_lost);
  CHECK(code(transport_result::body_too_large) == ec::body_too_large);
  CHECK(code(transport_result::failed) == ec::transport);
  CHECK(code(transport_result::tls) == ec::transport);
}

TEST_CASE("a certificate that is not trusted is reported with host and remedy") {
  const auto verdict = classify(no_answer(transport_result::tls, "example.com: self-signed certificate"));
  CHECK(verdict.error().message.find("example.com") != std::string::npos);
  CHECK(verdict.error().message.find("http.ca_file") != std::string::npos);
}

TEST_CASE("what may pass by itself is transient, the rest is not") {
  for (const auto code :
       {ec::refused, ec::server, ec::maintenance, ec::timeout, ec::transport, ec::store_unavailable})
    CHECK(is_transient(code));
  for (const auto code :
       {ec::none, ec::authentication, ec::permission, ec::unknown_column, ec::missing_table, ec::rejected,
        ec::unsupported_query, ec::body_too_large, ec::cancelled, ec::internal})
    CHECK(!is_transient(code));
}

} // namespace classify_test

} // namespace tidemark::test
