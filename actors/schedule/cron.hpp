/// Cron expressions: five fields, read as POSIX and Vixie's cron read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/error.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// A minute of a wall clock, as a cron expression sees it.
struct wall_minute {
  unsigned minute = 0;  ///< 0 to 59
  unsigned hour = 0;    ///< 0 to 23
  unsigned day = 1;     ///< of the month, from 1
  unsigned month = 1;   ///< from 1
  unsigned weekday = 0; ///< from Sunday, 0
};

/// `minute hour day-of-month month day-of-week`, or one of @yearly, @annually, @monthly, @weekly, @daily,
/// @midnight and @hourly.
///
/// A field is `*` or a list of numbers and ranges (POSIX.1-2017, crontab, "INPUT FILES"); `*` and ranges may
/// have a step, `*/15` or `8-18/2`; months and days of the week may be written with the first three letters
/// of their names, in ranges too; 7 is Sunday as 0 is (Vixie cron, crontab(5)).
///
/// Day of month and day of week: where both are restricted, a day that fits either is a day to run (POSIX);
/// where one of them begins with a star, also one with a step, a day has to fit both (Vixie cron, DOM_STAR
/// and DOW_STAR).
class cron_expression {
public:
  /// `ec::bad_request` that names the field and what is wrong in it; also for an expression that never comes,
  /// such as the 30th of February.
  static outcome<cron_expression> parse(std::string_view text);

  bool fits_day(const wall_minute& at) const noexcept;
  bool fits_hour(unsigned hour) const noexcept { return (hours_ >> hour & 1U) != 0; }
  bool fits_minute(unsigned minute) const noexcept { return (minutes_ >> minute & 1U) != 0; }
  bool fits(const wall_minute& at) const noexcept {
    return fits_day(at) && fits_hour(at.hour) && fits_minute(at.minute);
  }

  /// Whether minute or hour begins with a star: such a job runs by the interval and not at a time of day,
  /// which is what decides in the night in which the clock is changed (Vixie cron, cron(8)).
  bool runs_by_interval() const noexcept { return by_interval_; }

private:
  std::uint64_t minutes_ = 0; ///< one bit per value, as all of them
  std::uint64_t hours_ = 0;
  std::uint64_t days_ = 0;
  std::uint64_t months_ = 0;
  std::uint64_t weekdays_ = 0;
  bool any_day_ = false;     ///< day of month begins with a star
  bool any_weekday_ = false; ///< day of week begins with a star
  bool by_interval_ = false;
};

/// A cron expression in a time zone.
///
/// Nights in which the clock is changed, as Vixie cron treats them (cron(8)): an expression with fixed times
/// runs once a day in any case, right after the gap if its time does not exist, and the first time if its
/// time comes twice. An expression that runs by the interval follows the wall clock: what does not exist is
/// left out, and what comes twice runs twice.
class cron_times {
public:
  /// `zone` is a name of the IANA time zone database, such as Europe/Berlin; `ec::bad_request` for others.
  static outcome<cron_times> make(std::string_view expression, const std::string& zone);

  /// The first time to run after this one; nothing if there is none within 60 years.
  std::optional<unix_ms> next(unix_ms after) const;

private:
  cron_times(cron_expression expression, std::string zone)
      : expression_(expression), zone_(std::move(zone)) {}

  cron_expression expression_;
  std::string zone_;
};

} // namespace tidemark
