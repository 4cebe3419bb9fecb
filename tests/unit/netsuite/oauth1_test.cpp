#include <doctest/doctest.h>

#include <string>

#include "netsuite/oauth1.hpp"

namespace tidemark::test {

namespace oauth1_test {

// The keys, nonce and time of the example in NetSuite's documentation.
const tba_auth example_keys{secret{"ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4"},
                            secret{"d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5"},
                            secret{"2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc"},
                            secret{"c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295"}};
constexpr std::int64_t example_time = 1508242306;
constexpr std::string_view example_nonce = "fjaLirsIcCGVZWzBX0pg";

std::string sign(std::string_view method, std::string_view url) {
  return oauth1_signer{"123456", example_keys}.sign(method, url, example_time, example_nonce);
}

TEST_CASE("the base string has the method, the bare URL and the sorted parameters, each encoded") {
  const oauth1_signer signer{"123456", example_keys};
  CHECK(signer.base_string("GET",
                           "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/employee/40",
                           example_time, example_nonce)
        == "GET&https%3A%2F%2F123456.suitetalk.api.netsuite.com%2Fservices%2Frest%2Frecord%2Fv1%2Femployee%"
           "2F40&"
           "oauth_consumer_key%3Def40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4%26"
           "oauth_nonce%3DfjaLirsIcCGVZWzBX0pg%26oauth_signature_method%3DHMAC-SHA256%26"
           "oauth_timestamp%3D1508242306%26"
           "oauth_token%3D2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc%26oauth_version%"
           "3D1.0");
}

TEST_CASE("signatures equal those of the documentation's example") {
  CHECK(sign("GET", "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/employee/40")
        == "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY=");
}

TEST_CASE("parameters of the query are part of the signature, in the order of their names") {
  CHECK(sign("POST",
             "https://123456.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql?limit=1000&offset=0")
        == "K77GAJRnfr1XDIXWkDNFBb1G343XzZc397WHGpnHFF8=");
  CHECK(
      sign("POST", "https://123456-sb1.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql?limit=1000")
      == "geppl67uwfzjD3K8+8r30Ktx95wwu0fASlRiHGbMCbc=");
}

TEST_CASE("an encoded parameter is encoded once more in the base string") {
  CHECK(sign("GET", "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/customer"
                    "?q=companyName%20START_WITH%20%22A%20%26%20B%22&limit=5")
        == "3NnJIftw5CLq7oCz34m5QvdCkgBqez4rThluAKmJFxY=");
}

TEST_CASE("the realm is the account in upper case with underscores") {
  CHECK(oauth1_signer{"1234567-sb1", {}}.realm() == "1234567_SB1");
  CHECK(oauth1_signer{"1234567_SB1", {}}.realm() == "1234567_SB1");
}

TEST_CASE("every attempt is signed with another nonce, in whole seconds, and without the secrets") {
  const oauth1_signer signer{"123456-sb1", example_keys};
  const auto first = signer.authorize("GET", "https://example.com/", 1508242306999);
  const auto second = signer.authorize("GET", "https://example.com/", 1508242306999);
  CHECK(first != second);
  CHECK(first.starts_with("OAuth realm=\"123456_SB1\",oauth_consumer_key=\"ef40"));
  CHECK(first.find("oauth_timestamp=\"1508242306\"") != std::string::npos);
  CHECK(first.find(example_keys.consumer_secret.reveal()) == std::string::npos);
  CHECK(first.find(example_keys.token_secret.reveal()) == std::string::npos);
}

} // namespace oauth1_test

} // namespace tidemark::test
