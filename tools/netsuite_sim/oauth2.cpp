#include "tools/netsuite_sim/oauth2.hpp"

#include "tools/netsuite_sim/error_bodies.hpp"
#include "tools/netsuite_sim/hash.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

namespace tidemark::netsuite_sim {

namespace {

template <auto Free>
struct freed_by {
  void operator()(auto* p) const { Free(p); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using context_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using signature_ptr = std::unique_ptr<ECDSA_SIG, freed_by<ECDSA_SIG_free>>;

constexpr std::int64_t longest_assertion_s = 3600;

std::optional<std::string> from_base64url(std::string_view text) {
  std::string padded(text);
  std::ranges::replace(padded, '-', '+');
  std::ranges::replace(padded, '_', '/');
  while (padded.size() % 4 != 0) padded += '=';
  std::string result(padded.size() / 4 * 3, '\0');
  auto length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                      reinterpret_cast<const unsigned char*>(padded.data()), static_cast<int>(padded.size()));
  if (length < 0) return std::nullopt;
  result.resize(static_cast<std::size_t>(length) - static_cast<std::size_t>(std::ranges::count(padded, '=')));
  return result;
}

key_ptr read_public_key(const std::string& pem) {
  bio_ptr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (auto* key = PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr)) return key_ptr(key);
  ERR_clear_error();
  bio_ptr again(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  certificate_ptr certificate(PEM_read_bio_X509(again.get(), nullptr, nullptr, nullptr));
  return key_ptr(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
}

/// JOSE's r||s as the DER that OpenSSL checks.
std::string to_der(std::string_view raw) {
  signature_ptr signature(ECDSA_SIG_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  auto half = static_cast<int>(raw.size() / 2);
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes, half, nullptr), BN_bin2bn(bytes + half, half, nullptr));
  unsigned char* der = nullptr;
  auto length = i2d_ECDSA_SIG(signature.get(), &der);
  std::string result(reinterpret_cast<const char*>(der), static_cast<std::size_t>(std::max(0, length)));
  OPENSSL_free(der);
  return result;
}

bool check_signature(EVP_PKEY* key, std::string_view algorithm, std::string_view text,
                     std::string signature) {
  const auto* digest = algorithm.ends_with("256")   ? EVP_sha256()
                       : algorithm.ends_with("384") ? EVP_sha384()
                                                    : EVP_sha512();
  auto is_rsa = algorithm.starts_with("PS");
  if (EVP_PKEY_base_id(key) != (is_rsa ? EVP_PKEY_RSA : EVP_PKEY_EC)) return false;
  if (!is_rsa) signature = to_der(signature);
  context_ptr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &options, digest, nullptr, key) != 1) return false;
  if (is_rsa
      && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1
          || EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  auto verified =
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  ERR_clear_error();
  return verified == 1;
}

/// The knob holds the PEM text itself or the path of a file with it.
std::string load_pem(const std::string& knob) {
  if (knob.find("-----BEGIN") != std::string::npos) return knob;
  std::ifstream file(knob);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::optional<std::int64_t> number_of(const nlohmann::json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_number() ? std::optional(found->get<std::int64_t>())
                                                     : std::nullopt;
}

std::string text_of(const nlohmann::json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool has_scope(const nlohmann::json& payload) {
  auto scope = payload.find("scope");
  if (scope == payload.end()) return false;
  if (scope->is_string()) return scope->get<std::string>().find("rest_webservices") != std::string::npos;
  return scope->is_array() && std::ranges::count(*scope, nlohmann::json("rest_webservices")) > 0;
}

} // namespace

outcome<std::string> verify_jwt(std::string_view jwt, const std::string& pem, std::string_view expected_kid) {
  auto refuse = [](std::string why) { return fail(ec::authentication, std::move(why)); };
  auto first = jwt.find('.');
  auto second = first == jwt.npos ? jwt.npos : jwt.find('.', first + 1);
  if (second == jwt.npos) return refuse("the assertion is not a JWT of three parts");
  auto header_text = from_base64url(jwt.substr(0, first));
  auto payload = from_base64url(jwt.substr(first + 1, second - first - 1));
  auto signature = from_base64url(jwt.substr(second + 1));
  if (!header_text || !payload || !signature) return refuse("the assertion is not base64url");
  auto header = nlohmann::json::parse(*header_text, nullptr, false);
  if (!header.is_object()) return refuse("the assertion's header is not a JSON object");
  auto algorithm = text_of(header, "alg");
  static constexpr std::array<std::string_view, 6> algorithms{"PS256", "PS384", "PS512",
                                                              "ES256", "ES384", "ES512"};
  if (std::ranges::find(algorithms, algorithm) == algorithms.end())
    return refuse(fmt::format("algorithm '{}' is not accepted", algorithm));
  if (text_of(header, "kid") != expected_kid)
    return refuse(fmt::format("kid '{}' is not known", text_of(header, "kid")));
  auto key = read_public_key(pem);
  if (!key) return refuse("there is no public key to check with; set the knob oauth2_public_key");
  if (!check_signature(key.get(), algorithm, jwt.substr(0, second), *signature))
    return refuse("the assertion's signature is wrong");
  return *payload;
}

token_reply oauth2_server::grant(const parameter_list& form, const std::vector<std::string>& audiences,
                                 const knobs& k, std::int64_t server_s, std::int64_t now_ms) {
  auto refuse = [](std::string_view error, std::string_view why) {
    return token_reply{error == "invalid_client" ? 401 : 400, token_error(error, why)};
  };
  if (!k.oauth2_token_error.empty()) return refuse(k.oauth2_token_error, "");
  auto grant_type = find_parameter(form, "grant_type");
  auto assertion = find_parameter(form, "client_assertion");
  if (!grant_type || !assertion)
    return refuse("invalid_request", "grant_type and client_assertion are required");
  if (*grant_type != "client_credentials") return refuse("unsupported_grant_type", *grant_type);
  if (find_parameter(form, "client_assertion_type")
      != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    return refuse("invalid_request", "client_assertion_type is not jwt-bearer");
  auto payload_text = verify_jwt(*assertion, load_pem(k.oauth2_public_key), k.oauth2_certificate_id);
  if (!payload_text) return refuse("invalid_client", payload_text.error().message);
  auto payload = nlohmann::json::parse(*payload_text, nullptr, false);
  if (!payload.is_object()) return refuse("invalid_client", "the assertion's payload is not a JSON object");
  if (text_of(payload, "iss") != k.oauth2_client_id)
    return refuse("invalid_client", "the issuer is not known");
  if (std::ranges::find(audiences, text_of(payload, "aud")) == audiences.end())
    return refuse("invalid_client", "the audience is not this endpoint");
  if (!has_scope(payload)) return refuse("invalid_scope", "rest_webservices is required");
  auto issued = number_of(payload, "iat");
  auto expires = number_of(payload, "exp");
  if (!issued || !expires || *expires - *issued > longest_assertion_s || *expires <= server_s
      || *issued > server_s + k.tba_window_s)
    return refuse("invalid_client", "the assertion's times do not fit");
  std::erase_if(tokens_, [&](const auto& t) { return t.second <= now_ms; });
  ++chance_;
  auto token = fmt::format("made-up.{:016x}{:016x}", mix(chance_), mix(chance_, 1));
  tokens_[token] = now_ms + k.oauth2_expires_in_s * 1000;
  return {200, nlohmann::ordered_json{{"access_token", token},
                                      {"expires_in", k.oauth2_expires_in_s},
                                      {"token_type", "Bearer"}}
                   .dump()};
}

bool oauth2_server::is_valid(std::string_view bearer_token, std::int64_t now_ms) const {
  auto found = tokens_.find(bearer_token);
  return found != tokens_.end() && now_ms < found->second;
}

std::size_t oauth2_server::revoke_all() {
  auto count = tokens_.size();
  tokens_.clear();
  return count;
}

} // namespace tidemark::netsuite_sim
