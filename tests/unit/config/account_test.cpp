#include "config/node_config.hpp"

#include <doctest/doctest.h>

using namespace tidemark;

TEST_CASE("an account's host is lower-case with hyphens") {
  CHECK(account_host("1234567_SB1") == "1234567-sb1.suitetalk.api.netsuite.com");
  CHECK(account_host("TSTDRV42_RP_2") == "tstdrv42-rp-2.suitetalk.api.netsuite.com");
  CHECK(account_host("1234567-sb1") == account_host("1234567_SB1"));
}

TEST_CASE("an account's realm is upper-case with underscores") {
  CHECK(account_realm("1234567-sb1") == "1234567_SB1");
  CHECK(account_realm("1234567_SB1") == "1234567_SB1");
  CHECK(account_realm("tstdrv42") == "TSTDRV42");
}
