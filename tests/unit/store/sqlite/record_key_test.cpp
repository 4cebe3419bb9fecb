#include "store/sqlite/record_key.hpp"

#include <doctest/doctest.h>

using namespace tidemark;
using namespace tidemark::sqlite;

TEST_CASE("a key is read back as it is written") {
  CHECK(to_string(record_key{-17, 0}, false) == "-17");
  CHECK(parse_key("-17", false) == record_key{-17, 0});
  CHECK(to_string(record_key{-17, 3}, true) == "-17/3");
  CHECK(parse_key("-17/3", true) == record_key{-17, 3});
}

TEST_CASE("a text that is no key is not read") {
  for (const auto* wrong : {"", "x", "1x", " 1", "1.0", "1/2", "99999999999999999999"})
    CHECK_MESSAGE(!parse_key(wrong, false), wrong);
  for (const auto* wrong : {"", "1", "/", "1/", "/2", "1/2/3", "1/x"})
    CHECK_MESSAGE(!parse_key(wrong, true), wrong);
}

TEST_CASE("a range holds its end and not its beginning") {
  CHECK_FALSE(contains({5, 7}, 5));
  CHECK(contains({5, 7}, 6));
  CHECK(contains({5, 7}, 7));
  CHECK_FALSE(contains({5, 7}, 8));
  CHECK(contains({std::nullopt, 7}, -1000));
  CHECK(first_key({5, 7}) == 6);
  CHECK(first_key({std::nullopt, 7}) < -1000);
}
