#include "tools/netsuite_sim/oauth2.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
namespace oauth2_test {

using namespace tidemark::netsuite_sim;
using json = nlohmann::json;

constexpr std::int64_t now_s = 1768478400;
const std::string endpoint = "http://sim/services/rest/auth/oauth2/v1/token";

template <auto Free>
struct freed_by {
  void operator()(auto* p) const { Free(p); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using context_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

std::string to_base64url(std::string_view bytes) {
  std::string result(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  for (auto& c : result) c = c == '+' ? '-' : c == '/' ? '_' : c;
  result.erase(result.find_last_not_of('=') + 1);
  return result;
}

std::string public_pem(EVP_PKEY* key) {
  bio_ptr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(out.get(), key);
  char* data = nullptr;
  auto length = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

/// A client with a key pair of its own.
struct client {
  explicit client(bool rsa) : is_rsa(rsa), key(rsa ? EVP_RSA_gen(3072) : EVP_EC_gen("P-256")) {
    settings.oauth2_public_key = public_pem(key.get());
  }

  std::string sign(const std::string& text) const {
    context_ptr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key.get());
    if (is_rsa) {
      EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
    }
    std::string signature(512, '\0');
    auto length = signature.size();
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    signature.resize(length);
    if (is_rsa) return signature;
    // DER to r||s, 32 bytes each.
    const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
    auto* parsed = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(signature.size()));
    std::string raw(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(parsed), reinterpret_cast<unsigned char*>(raw.data()), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(parsed), reinterpret_cast<unsigned char*>(raw.data()) + 32, 32);
    ECDSA_SIG_free(parsed);
    return raw;
  }

  json header() const {
    return {{"typ", "JWT"}, {"alg", is_rsa ? "PS256" : "ES256"}, {"kid", settings.oauth2_certificate_id}};
  }

  json payload() const {
    return {{"iss", settings.oauth2_client_id},
            {"scope", "rest_webservices"},
            {"aud", endpoint},
            {"iat", now_s},
            {"exp", now_s + 300}};
  }

  std::string assertion(const json& head, const json& body) const {
    auto text = to_base64url(head.dump()) + "." + to_base64url(body.dump());
    return text + "." + to_base64url(sign(text));
  }

  token_reply ask(oauth2_server& server, const std::string& jwt) const {
    return server.grant({{"grant_type", "client_credentials"},
                         {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
                         {"client_assertion", jwt}},
                        {endpoint}, settings, now_s, 0);
  }

  bool is_rsa;
  key_ptr key;
  knobs settings;
};

std::string error_of(const token_reply& reply) { return json::parse(reply.body).value("error", ""); }

TEST_CASE("a signed assertion, PS256 or ES256, buys a token that lives as long as the knob says") {
  for (auto rsa : {true, false}) {
    client c(rsa);
    oauth2_server server(1);
    auto reply = c.ask(server, c.assertion(c.header(), c.payload()));
    REQUIRE(reply.status == 200);
    auto body = json::parse(reply.body);
    CHECK(body["token_type"] == "Bearer");
    CHECK(body["expires_in"] == 3600);
    auto token = body["access_token"].get<std::string>();
    CHECK(server.is_valid(token, 0));
    CHECK(server.is_valid(token, 3599999));
    CHECK_FALSE(server.is_valid(token, 3600000));
    CHECK_FALSE(server.is_valid("made-up.other", 0));
    CHECK(server.revoke_all() == 1);
    CHECK_FALSE(server.is_valid(token, 0));
  }
}

TEST_CASE("a scope in a list is accepted too") {
  client c(false);
  oauth2_server server(1);
  auto payload = c.payload();
  payload["scope"] = {"rest_webservices", "restlets"};
  CHECK(c.ask(server, c.assertion(c.header(), payload)).status == 200);
}

TEST_CASE("an assertion that is not what it should be is refused") {
  client c(false);
  client stranger(false);
  oauth2_server server(1);
  auto with_header = [&](const char* name, const json& value) {
    auto header = c.header();
    header[name] = value;
    return error_of(c.ask(server, c.assertion(header, c.payload())));
  };
  auto with = [&](const char* name, const json& value) {
    auto payload = c.payload();
    payload[name] = value;
    return error_of(c.ask(server, c.assertion(c.header(), payload)));
  };
  CHECK(error_of(c.ask(server, stranger.assertion(c.header(), c.payload()))) == "invalid_client");
  CHECK(with_header("alg", "RS256") == "invalid_client");
  CHECK(with_header("alg", "PS256") == "invalid_client");
  CHECK(with_header("alg", "none") == "invalid_client");
  CHECK(with_header("kid", "other") == "invalid_client");
  CHECK(with("iss", "other") == "invalid_client");
  CHECK(with("aud", "https://elsewhere/token") == "invalid_client");
  CHECK(with("exp", now_s - 1) == "invalid_client");
  CHECK(with("exp", now_s + 3601) == "invalid_client");
  CHECK(with("scope", "restlets") == "invalid_scope");
  CHECK(error_of(c.ask(server, "not.a.jwt")) == "invalid_client");
  CHECK(error_of(c.ask(server, "nonsense")) == "invalid_client");
}

TEST_CASE("a request of another kind, and an endpoint set to fail, give OAuth's error words") {
  client c(false);
  oauth2_server server(1);
  CHECK(error_of(server.grant({}, {endpoint}, c.settings, now_s, 0)) == "invalid_request");
  CHECK(error_of(server.grant({{"grant_type", "password"}, {"client_assertion", "x"}}, {endpoint}, c.settings,
                              now_s, 0))
        == "unsupported_grant_type");
  c.settings.oauth2_token_error = "invalid_grant";
  auto reply = c.ask(server, c.assertion(c.header(), c.payload()));
  CHECK(reply.status == 400);
  CHECK(error_of(reply) == "invalid_grant");
}

TEST_CASE("without a public key the refusal names the knob to set") {
  client c(false);
  c.settings.oauth2_public_key.clear();
  oauth2_server server(1);
  auto reply = c.ask(server, c.assertion(c.header(), c.payload()));
  CHECK(reply.status == 401);
  CHECK(reply.body.find("oauth2_public_key") != std::string::npos);
}

} // namespace oauth2_test
