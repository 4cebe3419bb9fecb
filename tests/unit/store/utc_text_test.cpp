#include "store/utc_text.hpp"

#include <doctest/doctest.h>

using namespace tidemark;

TEST_CASE("a time is written as UTC with milliseconds") {
  CHECK(to_utc_text(1'700'000'000'007) == "2023-11-14T22:13:20.007Z");
  CHECK(to_utc_text(951'782'400'000) == "2000-02-29T00:00:00.000Z");
  CHECK(to_utc_text(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("a record's time is written in whole seconds, rounded down") {
  CHECK(to_utc_seconds(1'700'000'000'999) == "2023-11-14T22:13:20Z");
  CHECK(to_utc_seconds(-1) == "1969-12-31T23:59:59Z");
}

TEST_CASE("what was written is read back") {
  for (unix_ms time : {0LL, 1LL, -1LL, 1'700'000'000'007LL, 253'402'300'799'999LL})
    CHECK(from_utc_text(to_utc_text(time)) == time);
}

TEST_CASE("any other form is not read") {
  for (const auto* wrong :
       {"", "2023-11-14", "2023-11-14T22:13:20Z", "2023-11-14 22:13:20.007Z", "2023-11-14T22:13:20.007",
        "2023-02-29T00:00:00.000Z", "2023-13-01T00:00:00.000Z", "2023-11-14T24:00:00.000Z",
        "2023-11-14T22:60:20.007Z", "2023-11-14T22:13:60.007Z", "+023-11-14T22:13:20.007Z"})
    CHECK_MESSAGE(!from_utc_text(wrong), wrong);
}
