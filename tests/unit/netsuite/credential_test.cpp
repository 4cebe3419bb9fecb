#include <doctest/doctest.h>

#include "answers.hpp"
#include "key_pair.hpp"
#include "netsuite/credential.hpp"

namespace tidemark::test {

namespace credential_test {

constexpr unix_ms now = 1'700'000'000'000;
constexpr unix_ms minute = 60'000;

tenant_config tenant(auth_config auth) {
  tenant_config out;
  out.id = "harbour";
  out.account = "123456_SB1";
  out.base_url = "https://123456-sb1.suitetalk.api.netsuite.com";
  out.auth = std::move(auth);
  return out;
}

credential signed_by_tokens() {
  return *credential::make(tenant(tba_auth{secret{"a"}, secret{"b"}, secret{"c"}, secret{"d"}}));
}

credential with_certificate() {
  static const auto pem = key_pair::elliptic("P-256").pem();
  return *credential::make(tenant(oauth2_auth{"client", "certificate", pem, signing_algorithm::es256}));
}

http_response token(int seconds) {
  return answer(200, R"({"access_token":"eyJ","expires_in":)" + std::to_string(seconds) + "}");
}

std::string header(const credential& how, unix_ms when = now) {
  return how.authorize("GET", "https://example.com/", when).header;
}

TEST_CASE("requests without credentials have no authorization") {
  const auto none = *credential::make(tenant(no_auth{}));
  CHECK(none.state(now) == credential_state::ready);
  CHECK(header(none).empty());
}

TEST_CASE("token-based requests are signed anew at each attempt") {
  const auto how = signed_by_tokens();
  CHECK(how.state(now) == credential_state::ready);
  CHECK(header(how).starts_with("Authorization: OAuth realm=\"123456_SB1\""));
  CHECK(header(how) != header(how));
}

TEST_CASE("requests are signed with the server's time") {
  auto how = signed_by_tokens();
  how.observe_refusal(now + 10 * minute, now + 500);
  CHECK(header(how).find("oauth_timestamp=\"1700000600\"") != std::string::npos);
}

TEST_CASE("a certificate needs a token first, and uses it until shortly before it runs out") {
  auto how = with_certificate();
  CHECK(how.state(now) == credential_state::needs_token);
  const auto request = how.token_request(now);
  REQUIRE(request);
  CHECK(request->url == "https://123456-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token");
  REQUIRE(how.token_arrived(token(3600), now));
  CHECK(how.state(now) == credential_state::ready);
  CHECK(header(how) == "Authorization: Bearer eyJ");
  CHECK(how.state(now + 54 * minute) == credential_state::ready);
  CHECK(how.state(now + 55 * minute) == credential_state::needs_token);
}

TEST_CASE("a short-lived token is used for half of its life") {
  auto how = with_certificate();
  REQUIRE(how.token_arrived(token(60), now));
  CHECK(how.state(now + 29'999) == credential_state::ready);
  CHECK(how.state(now + 30'000) == credential_state::needs_token);
}

TEST_CASE("a refused token is dropped, and the next login has another generation") {
  auto how = with_certificate();
  REQUIRE(how.token_arrived(token(3600), now));
  const auto refused = how.authorize("GET", "https://example.com/", now).generation;
  how.unauthorized(refused);
  CHECK(how.state(now) == credential_state::needs_token);
  REQUIRE(how.token_arrived(token(3600), now));
  CHECK(how.state(now) == credential_state::ready);
  CHECK(how.authorize("GET", "https://example.com/", now).generation > refused);
}

TEST_CASE("refusals of requests that were open together drop one token, not the next one too") {
  auto how = with_certificate();
  REQUIRE(how.token_arrived(token(3600), now));
  const auto open = how.authorize("GET", "https://example.com/", now).generation;
  how.unauthorized(open);
  REQUIRE(how.token_arrived(token(3600), now));
  for (int i = 0; i < 4; ++i) how.unauthorized(open);
  CHECK(how.state(now) == credential_state::ready);
}

TEST_CASE("a refused signature is followed by one of another generation") {
  auto how = signed_by_tokens();
  const auto refused = how.authorize("GET", "https://example.com/", now).generation;
  how.unauthorized(refused);
  CHECK(how.state(now) == credential_state::ready);
  CHECK(how.authorize("GET", "https://example.com/", now).generation > refused);
}

TEST_CASE("a login that takes the place of a refused one goes on behind its generations") {
  auto how = signed_by_tokens();
  const auto known_to_be_refused = how.authorize("GET", "https://example.com/", now).generation + 1;
  how.unauthorized(known_to_be_refused);
  CHECK(how.authorize("GET", "https://example.com/", now).generation > known_to_be_refused);
}

TEST_CASE("a token request that failed leaves the credential without a token") {
  auto how = with_certificate();
  CHECK(!how.token_arrived(answer(503, ""), now));
  CHECK(how.state(now) == credential_state::needs_token);
  const auto refused = how.token_arrived(answer(400, R"({"error":"invalid_grant"})"), now);
  REQUIRE(!refused);
  CHECK(refused.error().code == ec::authentication);
  CHECK(how.state(now) == credential_state::needs_token);
}

TEST_CASE("a key that cannot be used is refused when the credential is made") {
  const auto how =
      credential::make(tenant(oauth2_auth{"client", "certificate", secret{"x"}, signing_algorithm::ps256}));
  REQUIRE(!how);
  CHECK(how.error().code == ec::bad_config);
}

} // namespace credential_test

} // namespace tidemark::test
