#include "netsuite/oauth1.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "netsuite/encoding.hpp"

namespace tidemark {

namespace {

constexpr std::size_t nonce_length = 24;

using parameter = std::pair<std::string, std::string>;

/// Name and value of a query parameter as they stand in the base string. What the URL has encoded is decoded
/// first, so that equal requests are signed equally however their URL is written.
parameter query_parameter(std::string_view text) {
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  const auto value = equals == std::string_view::npos ? std::string_view{} : text.substr(equals + 1);
  return {percent_encode(percent_decode(name)), percent_encode(percent_decode(value))};
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

} // namespace

oauth1_signer::oauth1_signer(std::string_view account, tba_auth keys)
    : realm_(account_realm(account)), keys_(std::move(keys)) {}

std::string oauth1_signer::base_string(std::string_view method, std::string_view url, std::int64_t timestamp,
                                       std::string_view nonce) const {
  std::vector<parameter> parameters{
      {"oauth_consumer_key", percent_encode(keys_.consumer_key.reveal())},
      {"oauth_nonce", percent_encode(nonce)},
      {"oauth_signature_method", "HMAC-SHA256"},
      {"oauth_timestamp", std::to_string(timestamp)},
      {"oauth_token", percent_encode(keys_.token.reveal())},
      {"oauth_version", "1.0"},
  };
  url = url.substr(0, url.find('#'));
  const auto question = url.find('?');
  for (auto rest = question == std::string_view::npos ? std::string_view{} : url.substr(question + 1);
       !rest.empty();) {
    const auto end = rest.find('&');
    if (const auto one = rest.substr(0, end); !one.empty()) parameters.push_back(query_parameter(one));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  std::ranges::sort(parameters);
  std::string joined;
  for (const auto& [name, value] : parameters) {
    if (!joined.empty()) joined += '&';
    joined += name;
    joined += '=';
    joined += value;
  }
  return fmt::format("{}&{}&{}", method, percent_encode(url.substr(0, question)), percent_encode(joined));
}

std::string oauth1_signer::sign(std::string_view method, std::string_view url, std::int64_t timestamp,
                                std::string_view nonce) const {
  auto consumer = percent_encode(keys_.consumer_secret.reveal());
  auto token = percent_encode(keys_.token_secret.reveal());
  auto key = consumer + '&' + token;
  auto signature = base64(hmac_sha256(key, base_string(method, url, timestamp, nonce)));
  for (auto* part : {&consumer, &token, &key}) wipe(*part);
  return signature;
}

std::string oauth1_signer::authorize(std::string_view method, std::string_view url, unix_ms now) const {
  const auto timestamp = now / 1000;
  const auto nonce = random_token(nonce_length);
  return fmt::format("OAuth realm=\"{}\",oauth_consumer_key=\"{}\",oauth_token=\"{}\","
                     "oauth_signature_method=\"HMAC-SHA256\",oauth_timestamp=\"{}\",oauth_nonce=\"{}\","
                     "oauth_version=\"1.0\",oauth_signature=\"{}\"",
                     realm_, percent_encode(keys_.consumer_key.reveal()),
                     percent_encode(keys_.token.reveal()), timestamp, nonce,
                     percent_encode(sign(method, url, timestamp, nonce)));
}

} // namespace tidemark
