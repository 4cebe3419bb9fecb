#include "netsuite/login_refusal.hpp"

#include <doctest/doctest.h>
namespace login_refusal_test {

using namespace tidemark;

constexpr unix_ms noon = 1'772'366'400'000;

TEST_CASE("what is said of a refused login is said once") {
  CHECK(without_login_failed("authentication failed: authentication failed: 401: no") == "401: no");
  CHECK(without_login_failed("401: no") == "401: no");
}

TEST_CASE("a clock that is off is the first cause, with how much and which way") {
  CHECK(likely_login_causes(noon + 12 * 60'000, noon)
            .starts_with(
                "likely causes, in this order: this machine's clock, which is 12 min behind NetSuite's"));
  CHECK(likely_login_causes(noon - 12 * 60'000, noon).find("12 min ahead of NetSuite's")
        != std::string::npos);
}

TEST_CASE("without a difference of clocks the account id comes first") {
  for (auto off : {0, 30'000, -30'000}) {
    auto text = likely_login_causes(noon + off, noon);
    CHECK(text.starts_with("likely causes, in this order: the account id in the configuration; a key"));
    CHECK(text.ends_with("(this machine's clock is right)"));
  }
  CHECK(likely_login_causes(0, noon).find("could not be compared, as the answer has no Date")
        != std::string::npos);
}

} // namespace login_refusal_test
