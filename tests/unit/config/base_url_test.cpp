#include "config/base_url.hpp"

#include <doctest/doctest.h>

using namespace tidemark;

TEST_CASE("a base URL loses the slashes at its end and keeps its path") {
  CHECK(parse_base_url("https://host/")->text == "https://host");
  CHECK(parse_base_url("https://host:8443/proxy//")->text == "https://host:8443/proxy");
}

TEST_CASE("scheme and host of a base URL become lower-case, its path does not") {
  CHECK(parse_base_url("HTTPS://Host.Example:8443/Path")->text == "https://host.example:8443/Path");
}

TEST_CASE("the port that a scheme has by itself is left out, as peers and signatures leave it out") {
  CHECK(parse_base_url("https://host:443")->text == "https://host");
  CHECK(parse_base_url("http://127.0.0.1:80/x")->text == "http://127.0.0.1/x");
  CHECK(parse_base_url("https://[::1]:443")->text == "https://[::1]");
  CHECK(parse_base_url("https://host:80")->text == "https://host:80");
  CHECK(parse_base_url("http://host:443")->text == "http://host:443");
}

TEST_CASE("only this machine's own names and addresses count as loopback") {
  for (const auto* own : {"http://localhost", "http://127.0.0.1:18080", "http://127.1.2.3", "http://[::1]:80",
                          "http://LOCALHOST/"})
    CHECK_MESSAGE(parse_base_url(own)->loopback, own);
  for (const auto* other :
       {"http://127.0.0.1.example", "http://127.example", "http://localhost.example", "http://128.0.0.1",
        "http://[::2]", "http://127.0.0.256", "http://127.0.0", "http://127.0.0.1.1"})
    CHECK_MESSAGE(!parse_base_url(other)->loopback, other);
}

TEST_CASE("a path of NetSuite's own services is none of the base") {
  for (const auto* wrong : {"https://1.suitetalk.api.netsuite.com/services/rest", "https://host/Services/",
                            "https://host/proxy/services/rest/query/v1/suiteql", "https://host/app/center"})
    CHECK_MESSAGE(!parse_base_url(wrong), wrong);
  for (const auto* right : {"https://host/proxy", "https://host/servicesmesh", "https://host/my-app"})
    CHECK_MESSAGE(parse_base_url(right), right);
}

TEST_CASE("a base URL that is more or less than scheme, host, port and path is refused") {
  for (const auto* wrong :
       {"", "host", "://host", "ftp://host", "https://", "https:///path", "https://host:", "https://host:0",
        "https://host:65536", "https://host:80a", "https://a b", "https://host/?q=1", "https://host/#top",
        "https://user:word@host", "https://host/a b", "https://[::1", "https://[]", "https://-host",
        "https://host\r\nx"})
    CHECK_MESSAGE(!parse_base_url(wrong), wrong);
}
