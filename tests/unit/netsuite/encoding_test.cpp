#include <doctest/doctest.h>

#include <set>

#include "netsuite/encoding.hpp"

namespace tidemark::test {

TEST_CASE("only unreserved characters stay when a text is percent-encoded") {
  CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(percent_encode("a b&c=d/e+f%") == "a%20b%26c%3Dd%2Fe%2Bf%25");
  CHECK(percent_encode("\xC3\xA9") == "%C3%A9");
}

TEST_CASE("percent-decoding undoes encoding and leaves broken escapes alone") {
  CHECK(percent_decode(percent_encode("a b\xC3\xA9%2")) == "a b\xC3\xA9%2");
  CHECK(percent_decode("100%") == "100%");
  CHECK(percent_decode("%zz%4") == "%zz%4");
  CHECK(percent_decode("%2f") == "/");
}

TEST_CASE("base64 follows the vectors of RFC 4648") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xFB\xFF") == "+/8=");
  CHECK(base64url("\xFB\xFF") == "-_8");
}

TEST_CASE("random tokens have the asked length, plain characters, and differ") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto token = random_token(24);
    CHECK(token.size() == 24);
    CHECK(percent_encode(token) == token);
    seen.insert(token);
  }
  CHECK(seen.size() == 100);
  CHECK(random_token(200).size() == 200);
}

} // namespace tidemark::test
