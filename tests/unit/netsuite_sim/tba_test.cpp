#include "tools/netsuite_sim/tba.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
namespace tba_test {

using namespace tidemark::netsuite_sim;

constexpr std::int64_t stamp = 1508242306;
constexpr std::string_view host = "https://123456.suitetalk.api.netsuite.com";

/// The keys of Oracle's example.
knobs oracle_keys() {
  knobs k;
  k.account = "123456";
  k.tba_consumer_key = "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4";
  k.tba_consumer_secret = "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5";
  k.tba_token = "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc";
  k.tba_token_secret = "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295";
  return k;
}

std::string sign(std::string_view method, std::string_view url, const knobs& k,
                 const std::string& nonce = "fjaLirsIcCGVZWzBX0pg", std::int64_t time = stamp) {
  auto target = parse_target(url);
  auto parameters = target.parameters;
  parameters.insert(parameters.end(), {{"oauth_consumer_key", k.tba_consumer_key},
                                       {"oauth_token", k.tba_token},
                                       {"oauth_signature_method", "HMAC-SHA256"},
                                       {"oauth_timestamp", std::to_string(time)},
                                       {"oauth_nonce", nonce},
                                       {"oauth_version", "1.0"}});
  return tba_signature(method, target.path, parameters, k.tba_consumer_secret, k.tba_token_secret);
}

tba_request request(const knobs& k, const std::string& nonce, std::int64_t time = stamp) {
  const std::string url = "http://127.0.0.1:18080/services/rest/query/v1/suiteql";
  auto signature = sign("POST", url + "?limit=10", k, nonce, time);
  return {
      "POST",
      {url},
      {{"limit", "10"}},
      fmt::format(
          R"(OAuth realm="{}",oauth_consumer_key="{}", oauth_token="{}",oauth_signature_method="HMAC-SHA256",oauth_timestamp="{}",)"
          R"(oauth_nonce="{}",oauth_version="1.0",oauth_signature="{}")",
          k.account, k.tba_consumer_key, k.tba_token, time, nonce, percent_encode(signature))};
}

TEST_CASE("signatures are those of Oracle's example and of the vectors computed from it") {
  auto k = oracle_keys();
  CHECK(sign("GET", std::string(host) + "/services/rest/record/v1/employee/40", k)
        == "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY=");
  CHECK(sign("POST", std::string(host) + "/services/rest/query/v1/suiteql?limit=1000&offset=0", k)
        == "K77GAJRnfr1XDIXWkDNFBb1G343XzZc397WHGpnHFF8=");
  CHECK(sign("POST",
             "https://123456-sb1.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql?limit=1000", k)
        == "geppl67uwfzjD3K8+8r30Ktx95wwu0fASlRiHGbMCbc=");
  CHECK(sign("GET",
             std::string(host)
                 + "/services/rest/record/v1/customer?q=companyName%20START_WITH%20%22A%20%26%20B%22&limit=5",
             k)
        == "3NnJIftw5CLq7oCz34m5QvdCkgBqez4rThluAKmJFxY=");
}

TEST_CASE("a signed request passes once; sent again it is a replay") {
  auto k = oracle_keys();
  tba_verifier v;
  auto r = request(k, "nonce-0001");
  CHECK(v.verify(r, k, stamp, 0) == "");
  CHECK(v.verify(r, k, stamp, 0) == "NonceUsed");
  CHECK(v.verify(request(k, "nonce-0002"), k, stamp, 0) == "");
}

TEST_CASE("a clock more than five minutes off is refused on either side") {
  auto k = oracle_keys();
  tba_verifier v;
  CHECK(v.verify(request(k, "nonce-0001"), k, stamp + 300, 0) == "");
  CHECK(v.verify(request(k, "nonce-0002"), k, stamp - 300, 0) == "");
  CHECK(v.verify(request(k, "nonce-0003"), k, stamp + 301, 0) == "InvalidTimestamp");
  CHECK(v.verify(request(k, "nonce-0004"), k, stamp - 301, 0) == "InvalidTimestamp");
}

TEST_CASE("a wrong realm, key, token, secret or query is refused for what it is") {
  auto k = oracle_keys();
  auto reason = [&](auto change) {
    auto other = k;
    change(other);
    tba_verifier v;
    return v.verify(request(other, "nonce-0001"), k, stamp, 0);
  };
  CHECK(reason([](knobs& o) { o.account = "654321"; }) == "InvalidRealm");
  CHECK(reason([](knobs& o) { o.tba_consumer_key = "x"; }) == "consumer_key_unknown");
  CHECK(reason([](knobs& o) { o.tba_token = "x"; }) == "token_rejected");
  CHECK(reason([](knobs& o) { o.tba_token_secret = "x"; }) == "InvalidSignature");
  tba_verifier v;
  auto r = request(k, "nonce-0001");
  r.query[0].second = "11";
  CHECK(v.verify(r, k, stamp, 0) == "InvalidSignature");
  CHECK(v.verify(request(k, "short"), k, stamp, 0) == "NonceUsed");
}

TEST_CASE("five failures in a row lock the user, good requests included, until the time is over") {
  auto k = oracle_keys();
  tba_verifier v;
  auto bad = k;
  bad.tba_token_secret = "wrong";
  for (auto i = 0; i < 5; ++i)
    CHECK(v.verify(request(bad, fmt::format("nonce-{}", i)), k, stamp, 1000) == "InvalidSignature");
  CHECK(v.verify(request(k, "good-nonce-1"), k, stamp, 1000) == "temporary_locked");
  CHECK(v.verify(request(k, "good-nonce-2"), k, stamp, 1000 + k.lock_ms - 1) == "temporary_locked");
  CHECK(v.verify(request(k, "good-nonce-3"), k, stamp, 1000 + k.lock_ms) == "");
}

TEST_CASE("a good request in between starts the count of failures anew") {
  auto k = oracle_keys();
  tba_verifier v;
  auto bad = k;
  bad.tba_token_secret = "wrong";
  for (auto i = 0; i < 20; ++i) {
    CHECK(v.verify(request(bad, "bad-nonce"), k, stamp, 0) == "InvalidSignature");
    CHECK(v.verify(request(k, fmt::format("good-nonce-{}", i)), k, stamp, 0) == "");
  }
}

} // namespace tba_test
