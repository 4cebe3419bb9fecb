#include "tools/netsuite_sim/tba.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace tidemark::netsuite_sim {

namespace {

std::string base64(std::string_view bytes) {
  std::string result(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return result;
}

std::string hmac_sha256(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

} // namespace

std::string tba_signature(std::string_view method, std::string_view url_without_query,
                          const parameter_list& parameters, std::string_view consumer_secret,
                          std::string_view token_secret) {
  std::vector<std::string> pairs;
  for (const auto& [name, value] : parameters)
    pairs.push_back(percent_encode(name) + "=" + percent_encode(value));
  std::ranges::sort(pairs);
  std::string joined;
  for (const auto& pair : pairs) joined += (joined.empty() ? "" : "&") + pair;
  auto base = std::string(method) + "&" + percent_encode(url_without_query) + "&" + percent_encode(joined);
  return base64(hmac_sha256(percent_encode(consumer_secret) + "&" + percent_encode(token_secret), base));
}

std::map<std::string, std::string> parse_oauth_header(std::string_view header) {
  std::map<std::string, std::string> result;
  header.remove_prefix(std::min(header.find(' '), header.size()));
  while (!header.empty()) {
    auto start = std::min(header.find_first_not_of(" ,\t"), header.size());
    header.remove_prefix(start);
    auto equals = header.find("=\"");
    if (equals == header.npos) break;
    auto end = header.find('"', equals + 2);
    if (end == header.npos) break;
    result[std::string(header.substr(0, equals))] =
        percent_decode(header.substr(equals + 2, end - equals - 2));
    header.remove_prefix(end + 1);
  }
  return result;
}

std::string tba_verifier::verify(const tba_request& request, const knobs& k, std::int64_t server_s,
                                 std::int64_t now_ms) {
  if (now_ms < locked_until_ms_) return "temporary_locked";
  auto reason = check(request, k, server_s);
  if (reason.empty()) {
    failures_ = 0;
  } else if (++failures_ >= k.lock_after_failures && k.lock_after_failures > 0) {
    failures_ = 0;
    locked_until_ms_ = now_ms + k.lock_ms;
  }
  return reason;
}

std::string tba_verifier::check(const tba_request& request, const knobs& k, std::int64_t server_s) {
  auto oauth = parse_oauth_header(request.authorization);
  if (oauth["realm"] != k.account) return "InvalidRealm";
  if (oauth["oauth_consumer_key"] != k.tba_consumer_key) return "consumer_key_unknown";
  if (oauth["oauth_token"] != k.tba_token) return "token_rejected";
  if (oauth["oauth_signature_method"] != "HMAC-SHA256") return "InvalidSignature";
  const auto& stamp = oauth["oauth_timestamp"];
  const auto& nonce = oauth["oauth_nonce"];
  std::int64_t time = 0;
  auto [end, error] = std::from_chars(stamp.data(), stamp.data() + stamp.size(), time);
  if (error != std::errc() || end != stamp.data() + stamp.size()
      || std::llabs(time - server_s) > k.tba_window_s)
    return "InvalidTimestamp";
  auto parameters = request.query;
  for (const auto& [name, value] : oauth)
    if (name != "realm" && name != "oauth_signature") parameters.emplace_back(name, value);
  auto is_signed = std::ranges::any_of(request.urls, [&](const auto& url) {
    return tba_signature(request.method, url, parameters, k.tba_consumer_secret, k.tba_token_secret)
           == oauth["oauth_signature"];
  });
  if (!is_signed) return "InvalidSignature";
  // A nonce lives as long as its time is within the window, on either side.
  seen_.erase(seen_.begin(), seen_.lower_bound({server_s - k.tba_window_s, {}}));
  if (nonce.size() < 6 || !seen_.emplace(time, nonce).second) return "NonceUsed";
  return {};
}

} // namespace tidemark::netsuite_sim
