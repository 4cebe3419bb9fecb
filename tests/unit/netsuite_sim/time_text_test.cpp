#include "tools/netsuite_sim/time_text.hpp"

#include <doctest/doctest.h>
namespace time_text_test {

using namespace tidemark::netsuite_sim;

std::int64_t at(std::string_view text) { return parse_oracle(text, "YYYY-MM-DD HH24:MI:SS").value(); }

std::string print(wall_seconds t) { return format_oracle(t, "YYYY-MM-DD HH24:MI:SS").value(); }

TEST_CASE("civil times and seconds convert both ways, before 1970 too") {
  for (std::int64_t t : {-86401LL, -1LL, 0LL, 951782400LL, 1709164800LL, 4102444800LL})
    CHECK(from_civil(to_civil(t)) == t);
  CHECK(print(951782399) == "2000-02-28 23:59:59");
  CHECK(print(-1) == "1969-12-31 23:59:59");
}

TEST_CASE("Los Angeles skips an hour in spring and repeats one in autumn") {
  zone la("America/Los_Angeles");
  CHECK(print(la.to_wall(at("2025-03-09 09:59:59"))) == "2025-03-09 01:59:59");
  CHECK(print(la.to_wall(at("2025-03-09 10:00:00"))) == "2025-03-09 03:00:00");
  CHECK(print(la.to_wall(at("2025-11-02 08:30:00"))) == "2025-11-02 01:30:00");
  CHECK(print(la.to_wall(at("2025-11-02 09:30:00"))) == "2025-11-02 01:30:00");
  CHECK(la.to_utc(at("2025-11-02 01:30:00")) == at("2025-11-02 08:30:00"));
  CHECK(la.to_utc(at("2025-03-09 02:30:00")) == at("2025-03-09 10:00:00"));
}

TEST_CASE("Kathmandu is 5:45 ahead") {
  zone kathmandu("Asia/Kathmandu");
  CHECK(print(kathmandu.to_wall(at("2025-06-01 00:00:00"))) == "2025-06-01 05:45:00");
  CHECK(kathmandu.to_utc(at("2025-06-01 05:45:00")) == at("2025-06-01 00:00:00"));
}

TEST_CASE("format models print and read, quoted text included") {
  auto t = at("2026-03-02 15:04:05");
  CHECK(format_oracle(t, R"(YYYY-MM-DD"T"HH24:MI:SS"Z")") == "2026-03-02T15:04:05Z");
  CHECK(format_oracle(t, "DD-MON-YY HH:MI AM") == "02-Mar-26 03:04 PM");
  CHECK(parse_oracle("02-mar-26 03:04:05 PM", "DD-MON-YY HH:MI:SS AM") == t);
  CHECK(parse_oracle("2026-03-02", "yyyy-mm-dd hh24:mi:ss") == at("2026-03-02 00:00:00"));
}

TEST_CASE("times that do not fit their format, and formats that do not exist, are refused") {
  CHECK_FALSE(parse_oracle("2026-02-30", "YYYY-MM-DD"));
  CHECK_FALSE(parse_oracle("2026-03-02 25:00:00", "YYYY-MM-DD HH24:MI:SS"));
  CHECK_FALSE(parse_oracle("2026-03-02x", "YYYY-MM-DD"));
  CHECK_FALSE(parse_oracle("tomorrow", "YYYY-MM-DD"));
  CHECK_FALSE(format_oracle(0, "YYYY-MM-DDTHH24"));
}

TEST_CASE("the user's formats print the day and read it back") {
  auto t = at("2026-03-02 00:00:00");
  for (const auto& [format, text] : {std::pair{"M/D/YYYY", "3/2/2026"},
                                     {"MM/DD/YYYY", "03/02/2026"},
                                     {"DD.MM.YYYY", "02.03.2026"},
                                     {"DD-Mon-YYYY", "02-Mar-2026"}}) {
    std::string out;
    append_user_date(out, t, format);
    CHECK(out == text);
    CHECK(parse_user_date(text, format, "Europe/Berlin") == t);
  }
}

TEST_CASE("a date literal in another format meets NetSuite's sentence") {
  auto refused = parse_user_date("2022-12-31", "DD/MM/YYYY", "America/Los_Angeles");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message
        == "Parse of date/time \"2022-12-31\" failed with date format \"DD/MM/YYYY\" in time zone "
           "America/Los_Angeles");
}

TEST_CASE("the Date header has HTTP's form") {
  CHECK(http_date(1768478400) == "Thu, 15 Jan 2026 12:00:00 GMT");
}

} // namespace time_text_test
