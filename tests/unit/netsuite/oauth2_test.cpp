#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "answers.hpp"
#include "key_pair.hpp"
#include "netsuite/oauth2.hpp"

namespace tidemark::test {

namespace oauth2_test {

constexpr std::string_view url =
    "https://123456.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token";
constexpr unix_ms now = 1'700'000'000'000;

struct assertion_parts {
  nlohmann::json header;
  nlohmann::json payload;
  std::string signed_text;
  std::string signature;
};

assertion_parts take_apart(const std::string& assertion) {
  const auto first = assertion.find('.');
  const auto second = assertion.rfind('.');
  REQUIRE(first < second);
  return {nlohmann::json::parse(base64url_decode(assertion.substr(0, first))),
          nlohmann::json::parse(base64url_decode(assertion.substr(first + 1, second - first - 1))),
          assertion.substr(0, second), base64url_decode(assertion.substr(second + 1))};
}

ec code_of(const outcome<access_token>& result) { return result ? ec::none : result.error().code; }

TEST_CASE("an assertion names who asks, for what, and until when, and is signed with PS256") {
  const auto pair = key_pair::rsa(2048);
  const auto key = signing_key::load(pair.pem(), signing_algorithm::ps256);
  REQUIRE(key);
  const auto assertion = make_client_assertion(*key, "certificate", "client", url, now);
  REQUIRE(assertion);
  const auto parts = take_apart(*assertion);
  CHECK(parts.header == nlohmann::json{{"typ", "JWT"}, {"alg", "PS256"}, {"kid", "certificate"}});
  CHECK(parts.payload
        == nlohmann::json{{"iss", "client"},
                          {"scope", "rest_webservices"},
                          {"aud", url},
                          {"iat", 1'700'000'000},
                          {"exp", 1'700'000'300}});
  CHECK(pair.verify_ps(256, parts.signed_text, parts.signature));
  CHECK(!pair.verify_ps(256, parts.signed_text + "x", parts.signature));
}

TEST_CASE("an assertion is signed with ES256 as 64 bytes, every time") {
  const auto pair = key_pair::elliptic("P-256");
  const auto key = signing_key::load(pair.pem(), signing_algorithm::es256);
  REQUIRE(key);
  // Often enough that r or s has a leading zero byte in some of them.
  for (int i = 0; i < 600; ++i) {
    const auto assertion = make_client_assertion(*key, "certificate", "client", url, now + i * 1000);
    REQUIRE(assertion);
    const auto parts = take_apart(*assertion);
    REQUIRE(parts.signature.size() == 64);
    REQUIRE(parts.header["alg"] == "ES256");
    REQUIRE(pair.verify_es(256, parts.signed_text, parts.signature));
  }
}

TEST_CASE("every algorithm that NetSuite takes signs what it should") {
  struct algorithm {
    signing_algorithm which;
    std::string name;
    const char* curve; ///< null: RSA
    int bits;
    std::size_t length;
  };
  for (const auto& x : {algorithm{signing_algorithm::ps384, "PS384", nullptr, 384, 256},
                        algorithm{signing_algorithm::ps512, "PS512", nullptr, 512, 256},
                        algorithm{signing_algorithm::es384, "ES384", "P-384", 384, 96},
                        algorithm{signing_algorithm::es512, "ES512", "P-521", 512, 132}}) {
    CAPTURE(x.name);
    const auto pair = x.curve == nullptr ? key_pair::rsa(2048) : key_pair::elliptic(x.curve);
    const auto key = signing_key::load(pair.pem(), x.which);
    REQUIRE(key);
    for (int i = 0; i < 20; ++i) {
      const auto assertion = make_client_assertion(*key, "certificate", "client", url, now + i * 1000);
      REQUIRE(assertion);
      const auto parts = take_apart(*assertion);
      CHECK(parts.header["alg"] == x.name);
      CHECK(parts.signature.size() == x.length);
      CHECK((x.curve == nullptr ? pair.verify_ps(x.bits, parts.signed_text, parts.signature)
                                : pair.verify_es(x.bits, parts.signed_text, parts.signature)));
    }
  }
}

TEST_CASE("a key that does not fit its algorithm is refused with the remedy") {
  const auto load = [](const secret& pem, signing_algorithm algorithm) {
    const auto key = signing_key::load(pem, algorithm);
    REQUIRE(!key);
    CHECK(key.error().code == ec::bad_config);
    return key.error().message;
  };
  const auto elliptic = key_pair::elliptic("P-256").pem();
  CHECK(load(elliptic, signing_algorithm::ps256).find("use ES256") != std::string::npos);
  CHECK(load(key_pair::elliptic("P-384").pem(), signing_algorithm::es256).find("use ES384 for a P-384 key")
        != std::string::npos);
  CHECK(load(key_pair::rsa(1024).pem(), signing_algorithm::ps256).find("1024 bits") != std::string::npos);
  const auto rsa = key_pair::rsa(2048);
  CHECK(load(rsa.pem(), signing_algorithm::es256).find("use PS256") != std::string::npos);
  CHECK(load(rsa.pem("passphrase"), signing_algorithm::ps256).find("encrypted") != std::string::npos);
  CHECK(load(secret{"not a key: hunter2"}, signing_algorithm::ps256).find("hunter2") == std::string::npos);
  CHECK(load(secret{""}, signing_algorithm::ps256).find("PEM") != std::string::npos);
}

TEST_CASE("the token request is a form with the assertion") {
  const auto request = make_token_request(token_url("https://123456.suitetalk.api.netsuite.com"), "a.b+c");
  CHECK(request.method == "POST");
  CHECK(request.url == url);
  CHECK(request.headers.front() == "Content-Type: application/x-www-form-urlencoded");
  CHECK(request.body
        == "grant_type=client_credentials"
           "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
           "&client_assertion=a.b%2Bc");
}

TEST_CASE("a token's life may be a number or text") {
  for (const auto* life : {"3600", "\"3600\"", "3600.0"}) {
    const auto token = parse_token_response(
        answer(200, std::string{R"({"access_token":"eyJ","token_type":"Bearer","expires_in":)"} + life + "}"),
        now);
    REQUIRE(token);
    CHECK(token->value.reveal() == "eyJ");
    CHECK(token->expires_at == now + 3'600'000);
  }
}

TEST_CASE("refused credentials are an authentication failure that names the reason") {
  for (const auto* error : {"invalid_grant", "invalid_request", "invalid_client", "unauthorized_client"}) {
    const auto token = parse_token_response(
        answer(error == std::string{"invalid_client"} ? 401 : 400,
               std::string{R"({"error":")"} + error + R"(","error_description":"why not"})"),
        now);
    REQUIRE(code_of(token) == ec::authentication);
    CHECK(token.error().message.find(error) != std::string::npos);
    CHECK(token.error().message.find("why not") != std::string::npos);
  }
  CHECK(code_of(parse_token_response(answer(401, ""), now)) == ec::authentication);
}

TEST_CASE("trouble of the endpoint is not a refusal") {
  CHECK(code_of(parse_token_response(answer(500, "<html>oops</html>"), now)) == ec::server);
  CHECK(code_of(parse_token_response(answer(429, R"({"error":"slow_down"})"), now)) == ec::refused);
  CHECK(code_of(parse_token_response(no_answer(transport_result::timeout, "host: late"), now))
        == ec::timeout);
  CHECK(code_of(parse_token_response(answer(200, "<html>hello</html>"), now)) == ec::server);
}

TEST_CASE("an answer without a usable token is not one") {
  for (const auto* body :
       {"{}", "[]", "{\"access_token\":\"\",\"expires_in\":3600}", "{\"access_token\":\"x\"}",
        "{\"access_token\":\"x\",\"expires_in\":-1}", "{\"access_token\":\"x\",\"expires_in\":\"soon\"}",
        "{\"access_token\":\"x\",\"expires_in\":1e300}", "{\"access_token\":\"x\\r\\ny\",\"expires_in\":60}",
        "{\"access_token\":7,\"expires_in\":60}", "{\"access_token\":\"x\",\"expires_in\":60"})
    CHECK(code_of(parse_token_response(answer(200, body), now)) == ec::server);
}

} // namespace oauth2_test

} // namespace tidemark::test
