#include <doctest/doctest.h>

#include "netsuite/value_forms.hpp"

namespace tidemark::test {

TEST_CASE("integers are whole texts within 64 bits") {
  CHECK(parse_integer("107") == 107);
  CHECK(parse_integer("-7") == -7);
  CHECK(parse_integer("9223372036854775807") == INT64_MAX);
  CHECK(parse_integer("-9223372036854775808") == INT64_MIN);
  for (const auto* text : {"", "-", "+7", " 7", "7 ", "7.0", "7e1", "9223372036854775808", "0x1", "seven"})
    CHECK(!parse_integer(text));
}

TEST_CASE("whole numbers may have gone through a floating one, as far as that keeps every digit") {
  CHECK(parse_whole("107") == 107);
  CHECK(parse_whole("9223372036854775807") == INT64_MAX);
  CHECK(parse_whole("1.0E7") == 10'000'000);
  CHECK(parse_whole("-1.2345678E7") == -12'345'678);
  CHECK(parse_whole("100.0") == 100);
  CHECK(parse_whole("1500e-2") == 15);
  CHECK(parse_whole("9.007199254740992E15") == INT64_C(9007199254740992));
  for (const auto* text :
       {"1.5", "1.23E1", "9.007199254740993E15", "1E18", "1E400", "1E99", "", "1e", "seven"})
    CHECK(!parse_whole(text));
}

TEST_CASE("equal decimals are one text, with every digit") {
  for (auto [text, plain] : std::initializer_list<std::pair<const char*, const char*>>{
           {".5", "0.5"},
           {"-.50", "-0.50"},
           {"0.5", "0.5"},
           {"5.", "5"},
           {"007.10", "7.10"},
           {"1.0E7", "10000000"},
           {"1.2345E+2", "123.45"},
           {"1E-7", "0.0000001"},
           {"-12.5e-1", "-1.25"},
           {"0", "0"},
           {"000", "0"},
           {"123456789012345678901234567890.10", "123456789012345678901234567890.10"},
           {"1E1000", "1E1000"}})
    CHECK(plain_decimal(text) == plain);
  CHECK(!plain_decimal("1,5"));
}

TEST_CASE("decimals have digits, at most one point, a minus sign and an exponent") {
  for (const auto* text : {"0", "-1250.5", ".5", "-.5", "5.", "1E10", "1e-7", "2.50e+3",
                           "0.00000000000000000001", "123456789012345678901234567890.12"})
    CHECK(is_decimal(text));
  for (const auto* text :
       {"", "-", ".", "-.", "+1", "1,5", "1.2.3", "1e", "1e+", "e5", "NaN", "1 ", "5%", "--1"})
    CHECK(!is_decimal(text));
}

TEST_CASE("days are days of the calendar in one form") {
  for (const auto* text : {"2024-02-29", "1999-12-31", "0001-01-01"}) CHECK(is_date(text));
  for (const auto* text : {"", "2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "3/2/2026",
                           "2024-02-29Z", "20240229", "2024-02-3x"})
    CHECK(!is_date(text));
}

TEST_CASE("moments are in UTC, to the second") {
  for (const auto* text : {"2024-02-29T23:59:59Z", "1970-01-01T00:00:00Z"}) CHECK(is_datetime(text));
  for (const auto* text : {"", "2024-02-29", "2024-02-29T24:00:00Z", "2024-02-29T23:60:59Z",
                           "2024-02-29T23:59:60Z", "2024-02-29 23:59:59Z", "2024-02-29T23:59:59",
                           "2024-02-30T23:59:59Z", "2024-02-29T23:59:59.000Z", "2024-02-29T23:59:59+00:00"})
    CHECK(!is_datetime(text));
  CHECK(parse_utc("1970-01-01T00:00:01Z") == 1000);
  CHECK(parse_utc("1969-12-31T23:59:59.999Z") == -1);
  CHECK(!parse_utc("1970-01-01T00:00:01"));
  CHECK(!parse_utc("1970-01-01T00:00:01.5Z"));
  CHECK(!parse_utc("1970-01-01T00:00:01.x00Z"));
}

} // namespace tidemark::test
