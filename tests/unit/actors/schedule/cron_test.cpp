#include "actors/schedule/cron.hpp"

#include <random>
#include <string>
#include <vector>

#include <date/tz.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
namespace cron_test {

using namespace tidemark;
using namespace std::chrono;

/// "2026-03-29 01:59" in UTC.
unix_ms utc(const std::string& text) {
  std::istringstream in{text};
  date::sys_time<milliseconds> time;
  in >> date::parse("%F %H:%M", time);
  REQUIRE(in);
  return time.time_since_epoch().count();
}

std::string text_of(unix_ms time) {
  return date::format("%F %H:%M", date::sys_time<minutes>{duration_cast<minutes>(milliseconds{time})});
}

/// The next times in UTC after `after`.
std::vector<std::string> next(const std::string& expression, const std::string& zone,
                              const std::string& after, int count) {
  auto times = cron_times::make(expression, zone);
  REQUIRE(times);
  std::vector<std::string> result;
  std::optional<unix_ms> at = utc(after);
  for (int i = 0; i < count; ++i) {
    at = times->next(*at);
    REQUIRE(at);
    result.push_back(text_of(*at));
  }
  return result;
}

std::string refusal(const std::string& expression) {
  auto parsed = cron_expression::parse(expression);
  REQUIRE_FALSE_MESSAGE(parsed, expression);
  CHECK(parsed.error().code == ec::bad_request);
  return parsed.error().message;
}

using texts = std::vector<std::string>;

TEST_CASE("five fields tell minute, hour, day, month and weekday") {
  CHECK(next("30 4 * * *", "UTC", "2026-01-01 00:00", 2) == texts{"2026-01-01 04:30", "2026-01-02 04:30"});
  CHECK(next("0 0 1 6 *", "UTC", "2026-01-01 00:00", 2) == texts{"2026-06-01 00:00", "2027-06-01 00:00"});
  CHECK(next("5,10 8-9 * * *", "UTC", "2026-01-01 08:05", 3)
        == texts{"2026-01-01 08:10", "2026-01-01 09:05", "2026-01-01 09:10"});
  CHECK(next("*/20 * * * *", "UTC", "2026-01-01 23:30", 2) == texts{"2026-01-01 23:40", "2026-01-02 00:00"});
  CHECK(next("10-40/15 1 * * *", "UTC", "2026-01-01 00:00", 3)
        == texts{"2026-01-01 01:10", "2026-01-01 01:25", "2026-01-01 01:40"});
}

TEST_CASE("the time asked from is not one of the next times") {
  CHECK(next("30 4 * * *", "UTC", "2026-01-01 04:30", 1) == texts{"2026-01-02 04:30"});
  CHECK(next("30 4 * * *", "UTC", "2026-01-01 04:29", 1) == texts{"2026-01-01 04:30"});
}

TEST_CASE("months and weekdays have names, in ranges too, and seven is Sunday") {
  CHECK(next("0 6 * jan-mar MON", "UTC", "2026-03-20 00:00", 3)
        == texts{"2026-03-23 06:00", "2026-03-30 06:00", "2027-01-04 06:00"});
  CHECK(next("0 6 * * 7", "UTC", "2026-01-01 00:00", 1) == texts{"2026-01-04 06:00"});
  CHECK(next("0 6 * * sun", "UTC", "2026-01-01 00:00", 1) == texts{"2026-01-04 06:00"});
  CHECK(next("0 6 * * fri-sun", "UTC", "2026-01-01 00:00", 4)
        == texts{"2026-01-02 06:00", "2026-01-03 06:00", "2026-01-04 06:00", "2026-01-09 06:00"});
}

TEST_CASE("where day and weekday are both restricted, either is enough") {
  CHECK(next("0 0 13 * fri", "UTC", "2026-02-01 00:00", 5)
        == texts{"2026-02-06 00:00", "2026-02-13 00:00", "2026-02-20 00:00", "2026-02-27 00:00",
                 "2026-03-06 00:00"});
}

TEST_CASE("where day or weekday begins with a star, both have to fit") {
  CHECK(next("0 0 */2 * fri", "UTC", "2026-02-01 00:00", 3)
        == texts{"2026-02-13 00:00", "2026-02-27 00:00", "2026-03-13 00:00"});
  CHECK(next("0 0 13 * */7", "UTC", "2026-01-01 00:00", 1) == texts{"2026-09-13 00:00"});
}

TEST_CASE("nicknames stand for expressions") {
  CHECK(next("@daily", "UTC", "2026-01-01 00:00", 1) == texts{"2026-01-02 00:00"});
  CHECK(next("@midnight", "UTC", "2026-01-01 00:00", 1) == texts{"2026-01-02 00:00"});
  CHECK(next("@hourly", "UTC", "2026-01-01 00:00", 1) == texts{"2026-01-01 01:00"});
  CHECK(next("@weekly", "UTC", "2026-01-01 00:00", 1) == texts{"2026-01-04 00:00"});
  CHECK(next("@monthly", "UTC", "2026-01-01 00:00", 1) == texts{"2026-02-01 00:00"});
  CHECK(next("@yearly", "UTC", "2026-01-01 00:00", 1) == texts{"2027-01-01 00:00"});
  CHECK(next("@Annually", "UTC", "2026-01-01 00:00", 1) == texts{"2027-01-01 00:00"});
}

TEST_CASE("leap days come, also those that have to be a Sunday") {
  CHECK(next("0 0 29 2 *", "UTC", "2026-01-01 00:00", 2) == texts{"2028-02-29 00:00", "2032-02-29 00:00"});
  CHECK(next("0 0 29 2 */7", "UTC", "2088-03-01 00:00", 1) == texts{"2128-02-29 00:00"});
}

TEST_CASE("a wrong expression is refused with the field and the reason") {
  auto says = [](const std::string& expression, const std::string& what) {
    auto message = refusal(expression);
    CHECK_MESSAGE(message.find(what) != std::string::npos, message);
  };
  says("", "0 fields");
  says("* * * *", "4 fields");
  says("* * * * * *", "6 fields");
  says("60 * * * *", "minute \"60\" is not from 0 to 59");
  says("* 24 * * *", "hour \"24\"");
  says("* * 0 * *", "day of month \"0\"");
  says("* * * 13 *", "month \"13\"");
  says("* * * * 8", "day of week \"8\"");
  says("* * * januar *", "neither a number nor a name");
  says("x * * * *", "minute \"x\" is not a number");
  says("-1 * * * *", "minute");
  says("1- * * * *", "minute");
  says("1,,2 * * * *", "minute");
  says("9-5 * * * *", "ends before it begins");
  says("*/0 * * * *", "needs a step");
  says("*/ * * * *", "needs a step");
  says("5/10 * * * *", "step without a range");
  says("99999999999999999999 * * * *", "is not a number");
  says("@reboot", "@daily");
  says("0 0 30 2 *", "never comes");
  says("0 0 31 4,6,9,11 *", "never comes");
}

TEST_CASE("a time zone that does not exist is refused by name") {
  auto times = cron_times::make("@daily", "Europe/Atlantis");
  REQUIRE_FALSE(times);
  CHECK(times.error().code == ec::bad_request);
  CHECK(times.error().message.find("Europe/Atlantis") != std::string::npos);
}

TEST_CASE("a fixed time that the spring night leaves out runs when the clock is put forward") {
  // 02:00 in Berlin becomes 03:00 on 29 March 2026, at 01:00 UTC.
  CHECK(next("30 2 * * *", "Europe/Berlin", "2026-03-28 00:00", 3)
        == texts{"2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"});
  CHECK(next("10,40 2 * * *", "Europe/Berlin", "2026-03-28 12:00", 2)
        == texts{"2026-03-29 01:00", "2026-03-30 00:10"});
}

TEST_CASE("a fixed time that the autumn night has twice runs the first time only") {
  // 03:00 in Berlin becomes 02:00 on 25 October 2026, at 01:00 UTC.
  CHECK(next("30 2 * * *", "Europe/Berlin", "2026-10-24 12:00", 2)
        == texts{"2026-10-25 00:30", "2026-10-26 01:30"});
  CHECK(next("30 2 * * *", "Europe/Berlin", "2026-10-25 00:45", 1) == texts{"2026-10-26 01:30"});
}

TEST_CASE("a job that runs by the interval keeps its interval in both nights") {
  CHECK(next("0 * * * *", "Europe/Berlin", "2026-03-28 23:30", 4)
        == texts{"2026-03-29 00:00", "2026-03-29 01:00", "2026-03-29 02:00", "2026-03-29 03:00"});
  CHECK(next("*/30 * * * *", "Europe/Berlin", "2026-10-24 23:45", 5)
        == texts{"2026-10-25 00:00", "2026-10-25 00:30", "2026-10-25 01:00", "2026-10-25 01:30",
                 "2026-10-25 02:00"});
}

/// A minute and what the clock on the wall shows then.
struct shown_minute {
  date::sys_time<minutes> now;
  date::local_time<minutes> wall;
};

std::vector<shown_minute> wall_clock(const char* zone, date::sys_time<minutes> from,
                                     date::sys_time<minutes> to) {
  std::vector<shown_minute> result;
  const auto& place = *date::locate_zone(zone);
  for (auto now = from; now <= to; now += minutes{1})
    result.push_back({now, floor<minutes>(place.to_local(now))});
  return result;
}

bool fits(const cron_expression& expression, date::local_time<minutes> at) {
  auto day = floor<date::days>(at);
  auto of_day = static_cast<unsigned>((at - day).count());
  // The cheap questions first: most minutes fail them.
  if (!expression.fits_minute(of_day % 60) || !expression.fits_hour(of_day / 60)) return false;
  date::year_month_day date{day};
  return expression.fits({of_day % 60, of_day / 60, static_cast<unsigned>(date.day()),
                          static_cast<unsigned>(date.month()), date::weekday{day}.c_encoding()});
}

/// What Vixie's cron does, minute by minute: jobs by the interval look at the wall clock; jobs at fixed times
/// also get the minutes that the clock has skipped, and none for the second time.
std::vector<unix_ms> minute_by_minute(const cron_expression& expression,
                                      const std::vector<shown_minute>& clock, date::sys_time<minutes> from) {
  std::vector<unix_ms> result;
  auto seen = clock.front().wall;
  for (auto& [now, wall] : clock) {
    bool runs = false;
    if (expression.runs_by_interval())
      runs = fits(expression, wall);
    else
      for (auto at = seen + minutes{1}; at <= wall && !runs; at += minutes{1}) runs = fits(expression, at);
    seen = std::max(seen, wall);
    if (runs && now > from) result.push_back(duration_cast<milliseconds>(now.time_since_epoch()).count());
  }
  return result;
}

class expression_maker {
public:
  explicit expression_maker(unsigned seed) : dice_(seed) {}

  std::string make() {
    auto minute = field(0, 59, 3);
    auto hour = field(0, 23, 2);
    auto day = field(1, 31, 1);
    auto month = one_of(3) ? field(1, 12, 1) : "*";
    auto weekday = one_of(2) ? field(0, 7, 1) : "*";
    return fmt::format("{} {} {} {} {}", minute, hour, day, month, weekday);
  }

private:
  bool one_of(unsigned n) { return dice_() % n == 0; }
  unsigned from(unsigned least, unsigned greatest) {
    return least + static_cast<unsigned>(dice_()) % (greatest - least + 1);
  }

  std::string field(unsigned least, unsigned greatest, unsigned restricted) {
    if (!one_of(restricted + 1)) {
      std::string list = item(least, greatest);
      for (auto more = dice_() % 3; more > 0; --more) list += "," + item(least, greatest);
      return list;
    }
    return one_of(2) ? "*" : fmt::format("*/{}", from(1, greatest / 2));
  }

  std::string item(unsigned least, unsigned greatest) {
    auto first = from(least, greatest);
    if (one_of(2)) return std::to_string(first);
    auto last = from(first, greatest);
    return one_of(2) ? fmt::format("{}-{}", first, last) : fmt::format("{}-{}/{}", first, last, from(1, 7));
  }

  std::mt19937 dice_;
};

TEST_CASE("the next times are those of cron going minute by minute, in ordinary and in odd nights") {
  struct place {
    const char* zone;
    const char* around; ///< UTC
  };
  constexpr place places[] = {
      {"UTC", "2026-02-28 12:00"},
      {"Europe/Berlin", "2026-03-29 01:00"},
      {"Europe/Berlin", "2026-10-25 01:00"},
      {"America/New_York", "2026-03-08 07:00"},
      {"America/New_York", "2026-11-01 06:00"},
      {"Australia/Lord_Howe", "2026-04-04 15:00"}, // half an hour
      {"Australia/Lord_Howe", "2026-10-03 15:30"},
      {"America/Havana", "2026-03-08 05:00"}, // midnight does not exist
      {"America/Havana", "2026-11-01 05:00"}, // 01:00 becomes 00:00
      {"America/Sao_Paulo", "2018-11-04 03:00"},
      {"America/Sao_Paulo", "2018-02-18 02:00"}, // 24:00 becomes 23:00
      {"America/St_Johns", "2010-11-07 02:31"},  // 00:01 becomes 23:01 of the day before
      {"Pacific/Apia", "2011-12-30 10:00"},      // a day that does not exist
      {"Asia/Kathmandu", "2026-06-30 18:00"},
      {"Africa/Casablanca", "2026-02-15 02:00"},
  };
  expression_maker maker{20261125};
  for (auto& [zone, around] : places) {
    auto middle = floor<minutes>(date::sys_time<milliseconds>{milliseconds{utc(around)}});
    auto from = middle - hours{30};
    auto to = middle + hours{30};
    auto clock = wall_clock(zone, from - hours{30}, to);
    for (int i = 0; i < 40; ++i) {
      auto text = maker.make();
      auto expression = cron_expression::parse(text);
      if (!expression) continue; // a day that never comes
      auto times = cron_times::make(text, zone);
      REQUIRE(times);
      std::vector<unix_ms> found;
      auto latest = duration_cast<milliseconds>(to.time_since_epoch()).count();
      for (auto at = times->next(duration_cast<milliseconds>(from.time_since_epoch()).count());
           at && *at <= latest; at = times->next(*at))
        found.push_back(*at);
      auto expected = minute_by_minute(*expression, clock, from);
      CHECK_MESSAGE(found == expected, "\"" << text << "\" in " << zone << " around " << around);
    }
  }
}

} // namespace cron_test
