#include "actors/credential.hpp"

#include <memory>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "actors/pool.hpp"
#include "fakes.hpp"

using namespace tidemark;
using namespace std::chrono_literals;

namespace {

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
    login = spawn(credential_keeper, *std::move(made), slots, transfers);
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

} // namespace

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

TEST_CASE("a refused token is told to all who wait, and the next one tries again") {
  login_world it;
  auto first = it.authorize_once();
  auto second = it.authorize_once();
  it.answer(refused_token());
  REQUIRE(first.failed());
  REQUIRE(second.failed());
  CHECK(first.error().code == ec::authentication);
  auto third = it.authorize_once();
  it.answer(token("abc"));
  CHECK(third.arrived());
  CHECK_FALSE(third.failed());
}

TEST_CASE("after two refusals nothing is sent until somebody allows another try") {
  login_world it;
  for (int i = 0; i < 2; ++i) {
    it.authorize_once();
    it.answer(refused_token());
  }
  auto asked = it.authorize_once();
  REQUIRE(asked.failed());
  CHECK(asked.error().code == ec::authentication);
  CHECK(it.engine.seen.size() == 2);
  it.tell(it.login, retry_login{});
  it.authorize_once();
  CHECK(it.engine.seen.size() == 3);
}

TEST_CASE("a token that NetSuite no longer accepts is replaced, once for all requests that carried it") {
  login_world it;
  auto asked = it.authorize_once();
  it.answer(token("abc"));
  login_seen refused{asked.value().generation, false, true, 0, 0};
  it.tell(it.login, refused);
  it.tell(it.login, refused);
  auto again = it.authorize_once();
  REQUIRE(it.engine.seen.size() == 2);
  it.answer(token("def"));
  CHECK(again.value().header == "Authorization: Bearer def");
}

TEST_CASE("a token that cannot be fetched for now is told so, and asked for again") {
  login_world it;
  auto asked = it.authorize_once();
  it.answer(transport_error(transport_result::unreachable));
  REQUIRE(asked.failed());
  CHECK(asked.error().code == ec::transport);
  auto again = it.authorize_once();
  it.answer(token("abc"));
  CHECK_FALSE(again.failed());
}
