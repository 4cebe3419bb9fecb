/// Dates and times as texts: Oracle's format models, the user's date format, and the account's time zone.
#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace tidemark::netsuite_sim {

/// Seconds since 1970-01-01T00:00 on somebody's wall clock.
using wall_seconds = std::int64_t;

struct civil_time {
  std::int64_t year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
};

civil_time to_civil(wall_seconds t) noexcept;
wall_seconds from_civil(const civil_time& t) noexcept;

/// Days since 1970-01-01 of the day that holds `t`.
constexpr std::int64_t day_of(wall_seconds t) noexcept { return t >= 0 ? t / 86400 : -((86399 - t) / 86400); }

/// One time zone, remembering the stretch between clock changes that it used last.
class zone {
public:
  /// `name` is an IANA name, which must exist.
  explicit zone(const std::string& name);

  const std::string& name() const noexcept { return name_; }
  wall_seconds to_wall(std::int64_t utc) const;
  /// A time that occurs twice means the first; one that does not occur, the moment of the clock change.
  std::int64_t to_utc(wall_seconds wall) const;

private:
  std::string name_;
  const ::date::time_zone* zone_;
  mutable std::int64_t begin_ = 1;
  mutable std::int64_t end_ = 0;
  mutable std::int64_t offset_ = 0;
};

/// Appends "2026-03-02".
void append_iso_date(std::string& out, wall_seconds t);
/// Appends "2026-03-02T10:20:30Z".
void append_iso_utc(std::string& out, std::int64_t utc);
/// "Mon, 02 Mar 2026 10:20:30 GMT", as HTTP wants it.
std::string http_date(std::int64_t utc);

/// Oracle's TO_CHAR. Refuses format models that it does not know.
outcome<std::string> format_oracle(wall_seconds t, std::string_view format);
/// Oracle's TO_DATE and TO_TIMESTAMP.
outcome<wall_seconds> parse_oracle(std::string_view text, std::string_view format);

/// Appends the day in the user's format: "M/D/YYYY", "DD.MM.YYYY", "DD-Mon-YYYY"...
void append_user_date(std::string& out, wall_seconds t, std::string_view format);
/// The reverse, where the text stands in a filter. The refusal is NetSuite's sentence.
outcome<wall_seconds> parse_user_date(std::string_view text, std::string_view format,
                                      const std::string& zone_name);

} // namespace tidemark::netsuite_sim
