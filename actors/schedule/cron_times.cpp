#include <chrono>
#include <stdexcept>

#include <date/tz.h>
#include <fmt/format.h>

#include "actors/schedule/cron.hpp"

namespace tidemark {

namespace {

using namespace std::chrono;

// A 29th of February that has to be a Sunday comes every 28 years, and every 40 over a century's turn.
constexpr int days_ahead = 60 * 366;

// Clocks are put back by an hour or two at most: so far the order of wall clock times may differ from theirs.
constexpr hours longest_repeat{3};

wall_minute minute_of(date::local_days day, unsigned hour, unsigned minute) {
  date::year_month_day date{day};
  return {minute, hour, static_cast<unsigned>(date.day()), static_cast<unsigned>(date.month()),
          date::weekday{day}.c_encoding()};
}

/// When a minute of the wall clock comes, if it comes after `after`.
std::optional<date::sys_seconds> when(const date::time_zone& zone, date::local_seconds wall, bool by_interval,
                                      date::sys_seconds after) {
  auto info = zone.get_info(wall);
  date::sys_seconds first{wall.time_since_epoch() - info.first.offset};
  if (info.result == date::local_info::nonexistent) {
    // The moment at which the clock was put forward.
    if (by_interval || info.first.end <= after) return std::nullopt;
    return info.first.end;
  }
  if (first > after) return first;
  if (info.result == date::local_info::ambiguous && by_interval) {
    date::sys_seconds second{wall.time_since_epoch() - info.second.offset};
    if (second > after) return second;
  }
  return std::nullopt;
}

std::optional<date::sys_seconds> first_of_day(const cron_expression& expression, const date::time_zone& zone,
                                              date::local_days day, date::sys_seconds after) {
  std::optional<date::sys_seconds> first;
  if (!expression.fits_day(minute_of(day, 0, 0))) return first;
  auto earliest = zone.to_local(after) - longest_repeat;
  std::optional<date::local_seconds> first_wall;
  for (unsigned hour = 0; hour < 24; ++hour) {
    if (!expression.fits_hour(hour)) continue;
    for (unsigned minute = 0; minute < 60; ++minute) {
      date::local_seconds wall = day + hours{hour} + minutes{minute};
      if (!expression.fits_minute(minute) || wall < earliest) continue;
      if (first_wall && wall > *first_wall + longest_repeat) return first;
      auto at = when(zone, wall, expression.runs_by_interval(), after);
      if (at && (!first || *at < *first)) first = at;
      if (at && !first_wall) first_wall = wall;
    }
  }
  return first;
}

} // namespace

outcome<cron_times> cron_times::make(std::string_view expression, const std::string& zone) {
  auto parsed = cron_expression::parse(expression);
  if (!parsed) return std::unexpected(parsed.error());
  try {
    (void)date::locate_zone(zone);
  } catch (const std::runtime_error&) {
    return fail(ec::bad_request,
                fmt::format("there is no time zone \"{}\"; names are those of the IANA database, such as "
                            "Europe/Berlin or UTC",
                            zone),
                zone);
  }
  return cron_times{*parsed, zone};
}

std::optional<unix_ms> cron_times::next(unix_ms after) const {
  auto begin = floor<seconds>(date::sys_time<milliseconds>{milliseconds{after}});
  const auto& zone = *date::locate_zone(zone_);
  auto day = floor<date::days>(zone.to_local(begin));
  // A clock that is put back over midnight repeats a piece of the day before.
  for (int i = -1; i < days_ahead; ++i) {
    auto found = first_of_day(expression_, zone, day + date::days{i}, begin);
    if (!found) continue;
    auto later = first_of_day(expression_, zone, day + date::days{i + 1}, begin);
    auto at = later && *later < *found ? *later : *found;
    return duration_cast<milliseconds>(at.time_since_epoch()).count();
  }
  return std::nullopt;
}

} // namespace tidemark
