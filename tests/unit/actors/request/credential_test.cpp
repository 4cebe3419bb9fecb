#include "actors/request/credential.hpp"

#include <memory>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "actors/clock.hpp"
#include "actors/pool/pool.hpp"
#include "fakes.hpp"
namespace credential_test {

using namespace tidemark;
using namespace std::chrono_literals;

/// A private key of its own for each run.
std::string fresh_key() {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()), BIO_free};
  REQUIRE(PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* text = nullptr;
  auto length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

tenant_config oauth2_tenant() {
  tenant_config config;
  config.base_url = "https://demo.example";
  oauth2_auth auth;
  auth.client_id = "client";
  auth.certificate_id = "certificate";
  auth.private_key = secret{fresh_key()};
  auth.algorithm = signing_algorithm::es256;
  config.auth = auth;
  return config;
}

struct login_world : driven_system {
  explicit login_world(const tenant_config& config = oauth2_tenant()) {
    transfers = spawn(http, engine.transport());
    slots = spawn(pool, "DEMO", slot_policy_options{.limit = 2, .seed = 5}, transfers);
    auto made = credential::make(config);
    REQUIRE(made);
    login = spawn(credential_keeper, std::string{"demo"}, *std::move(made), slots, transfers, std::string{},
                  note_taker{});
  }

  reply<authorized> authorize_once() {
    return ask<authorized>(login, authorize{"POST", "https://demo.example/services/rest/query/v1/suiteql"});
  }

  void answer(http_response response) {
    engine.close(std::move(response));
    settle();
  }

  pool_status pool_now() { return ask<pool_status>(slots, query_pool{}).value(); }

  fake_engine engine;
  http_actor transfers;
  pool_actor slots;
  credential_actor login;
};

http_response token(const std::string& value) {
  return answer_of(R"({"access_token":")" + value + R"(","expires_in":"3600","token_type":"Bearer"})");
}

http_response refused_token() { return answer_of(R"({"error":"invalid_client"})", 401); }

TEST_CASE("without authentication every request is authorized at once, unsigned") {
  login_world it{tenant_config{}};
  auto asked = it.authorize_once();
  REQUIRE(asked.arrived());
  CHECK(asked.value().header.empty());
  CHECK(it.engine.seen.empty());
}

TEST_CASE("a token is fetched once for all who wait for it") {
  login_world it;
  std::vector<reply<authorized>> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(it.authorize_once());
  REQUIRE(it.engine.open.size() == 1);
  for (auto& one : waiting) CHECK_FALSE(one.arrived());
  it.answer(token("abc"));
  for (auto& one : waiting) {
    REQUIRE(one.arrived());
    CHECK(one.value().header == "Authorization: Bearer abc");
  }
  CHECK(it.authorize_once().value().header == "Authorization: Bearer abc");
  CHECK(it.engine.seen.size() == 1);
}

TEST_CASE("the token's request has a slot of its own, which it gives back") {
  login_world it;
  it.authorize_once();
  CHECK(it.pool_now().in_use == 1);
  it.answer(token("abc"));
  CHECK(it.pool_now().in_use == 0);
}

TEST_CASE("a refused token is asked for once more, and then told to all who wait") {
  login_world it;
  auto first = it.authorize_once();
  auto second = it.authorize_once();
  it.answer(refused_token());
  CHECK_FALSE(first.arrived());
  it.answer(refused_token());
  REQUIRE(first.failed());
  REQUIRE(second.failed());
  CHECK(first.error().code == ec::authentication);
  CHECK(contains(first.error().message, "tenant resume demo"));
  CHECK(it.pool_now().logins.at(0).state == "refused");
}

TEST_CASE("after two refusals nothing is sent until somebody allows another try") {
  login_world it;
  it.authorize_once();
  for (int i = 0; i < 2; ++i) it.answer(refused_token());
  auto asked = it.authorize_once();
  REQUIRE(asked.failed());
  CHECK(asked.error().code == ec::authentication);
  CHECK(it.engine.seen.size() == 2);
  it.tell(it.slots, retry_login{"demo"});
  auto again = it.authorize_once();
  CHECK(it.engine.seen.size() == 3);
  it.answer(token("abc"));
  CHECK_FALSE(again.failed());
}

TEST_CASE("a token that NetSuite no longer accepts is replaced, once for all requests that carried it") {
  login_world it;
  auto asked = it.authorize_once();
  it.answer(token("abc"));
  login_seen refused{asked.value().generation, true, 0, 0};
  it.tell(it.login, refused);
  it.tell(it.login, refused);
  auto again = it.authorize_once();
  REQUIRE(it.engine.seen.size() == 2);
  it.answer(token("def"));
  CHECK(again.value().header == "Authorization: Bearer def");
}

TEST_CASE("whoever knows that a login was refused does not get it again, although its keeper has not heard") {
  login_world it;
  auto asked = it.authorize_once();
  it.answer(token("abc"));
  auto again = it.ask<authorized>(
      it.login, authorize{"GET", "https://demo.example/services", asked.value().generation});
  CHECK_FALSE(again.arrived());
  it.advance(1s); // nobody tells
  it.answer(token("def"));
  CHECK(again.value().header == "Authorization: Bearer def");
}

/// The time that a request is signed with.
std::int64_t signed_at(const std::string& header) {
  constexpr std::string_view label = "oauth_timestamp=\"";
  auto at = header.find(label);
  REQUIRE(at != std::string::npos);
  return std::stoll(header.substr(at + label.size()));
}

TEST_CASE("a signature that is asked for before the Date of the refusal has come waits for that") {
  tenant_config config;
  config.base_url = "https://demo.example";
  config.account = "demo";
  config.auth = tba_auth{secret{"a"}, secret{"b"}, secret{"c"}, secret{"d"}};
  login_world it{config};
  auto first = it.authorize_once();
  auto refused = first.value().generation;
  auto next = it.ask<authorized>(it.login, authorize{"GET", "https://demo.example/services", refused});
  CHECK_FALSE(next.arrived());
  it.tell(it.login, login_seen{refused, true, wall_now() + 3'600'000, wall_now()});
  REQUIRE(next.arrived());
  CHECK(signed_at(next.value().header) > signed_at(first.value().header) + 3000);
}

TEST_CASE("a token that cannot be fetched for now is waited for") {
  login_world it;
  auto asked = it.authorize_once();
  it.answer(transport_error(transport_result::unreachable));
  CHECK_FALSE(asked.arrived());
  it.answer(answer_of("busy", 503));
  it.answer(token("abc"));
  REQUIRE(asked.arrived());
  CHECK_FALSE(asked.failed());
}

TEST_CASE("an answer of the token endpoint that is no token is told as that") {
  login_world it;
  auto asked = it.authorize_once();
  it.answer(answer_of(R"({"detail":"no such page"})", 404));
  REQUIRE(asked.failed());
  CHECK(asked.error().code == ec::rejected);
}

} // namespace credential_test
