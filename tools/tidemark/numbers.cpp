#include "tools/tidemark/numbers.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>

namespace tidemark::cli {

namespace {

constexpr unix_ms second = 1000;
constexpr unix_ms minute = 60 * second;
constexpr unix_ms hour = 60 * minute;
constexpr unix_ms day = 24 * hour;

/// Whole seconds, rounded down also before 1970.
std::time_t seconds_of(unix_ms time) {
  return static_cast<std::time_t>(time / second - (time % second < 0 ? 1 : 0));
}

} // namespace

unix_ms wall_clock() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string count_text(std::uint64_t count) {
  auto digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string percent_text(std::uint32_t ten_thousandths) {
  return fmt::format("{}.{} %", ten_thousandths / 100, ten_thousandths % 100 / 10);
}

std::string rate_text(double per_second) {
  if (!(per_second > 0)) return "0/s";
  if (per_second < 9.95) return fmt::format("{:.1f}/s", per_second);
  return count_text(static_cast<std::uint64_t>(std::llround(std::min(per_second, 1e15)))) + "/s";
}

std::string duration_text(unix_ms span) {
  span = std::max<unix_ms>(span, 0);
  if (span < 10 * second) return fmt::format("{}.{} s", span / second, span % second / 100);
  if (span < minute) return fmt::format("{} s", span / second);
  if (span < hour) return fmt::format("{} min {:02} s", span / minute, span % minute / second);
  if (span < day) return fmt::format("{} h {:02} min", span / hour, span % hour / minute);
  return fmt::format("{} d {:02} h", span / day, span % day / hour);
}

std::string clock_text(unix_ms span) {
  span = std::max<unix_ms>(span, 0);
  if (span < minute) return fmt::format("{} s", span / second);
  if (span < hour) return fmt::format("{}:{:02}", span / minute, span % minute / second);
  return fmt::format("{}:{:02}:{:02}", span / hour, span % hour / minute, span % minute / second);
}

std::string interval_text(unix_ms earliest, unix_ms latest, unix_ms now) {
  auto first = clock_text(earliest - now);
  auto last = clock_text(std::max(earliest, latest) - now);
  return first == last ? first : first + " to " + last;
}

std::string local_time_text(unix_ms time) {
  if (time == 0) return "-";
  auto seconds = seconds_of(time);
  std::tm parts{};
  if (::localtime_r(&seconds, &parts) == nullptr) return "-";
  auto offset = std::abs(parts.tm_gmtoff) / 60;
  return fmt::format("{:%Y-%m-%d %H:%M:%S} {}{:02}:{:02}", parts, parts.tm_gmtoff < 0 ? '-' : '+',
                     offset / 60, offset % 60);
}

std::string iso_time_text(unix_ms time) {
  auto seconds = seconds_of(time);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "";
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", parts, time - static_cast<unix_ms>(seconds) * second);
}

std::string counted(std::uint64_t count, const std::string& singular, const std::string& plural_end) {
  return count_text(count) + " " + singular + (count == 1 ? "" : plural_end);
}

namespace {

/// The number that exactly these characters make, or -1.
int digits(std::string_view text) {
  int value = 0;
  for (auto c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

} // namespace

std::optional<unix_ms> parse_time(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view form = "0000-00-00T00:00:00Z";
  if (text.size() != form.size() && text.size() != 10) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (form[i] != '0' && text[i] != form[i]) return std::nullopt;
  auto year_digits = digits(text.substr(0, 4));
  auto month_digits = digits(text.substr(5, 2));
  auto day_digits = digits(text.substr(8, 2));
  if (year_digits < 1 || month_digits < 1 || day_digits < 1) return std::nullopt;
  year_month_day date{std::chrono::year{year_digits}, std::chrono::month{static_cast<unsigned>(month_digits)},
                      std::chrono::day{static_cast<unsigned>(day_digits)}};
  if (!date.ok()) return std::nullopt;
  auto moment = duration_cast<milliseconds>(sys_days{date}.time_since_epoch()).count();
  if (text.size() == 10) return moment;
  auto h = digits(text.substr(11, 2));
  auto m = digits(text.substr(14, 2));
  auto s = digits(text.substr(17, 2));
  if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) return std::nullopt;
  return moment + ((h * 60 + m) * 60 + s) * 1000LL;
}

std::string no_time(std::string_view word) {
  return fmt::format("\"{}\" is no time; write it as 2024-02-29 or 2024-02-29T12:00:00Z, in UTC", word);
}

} // namespace tidemark::cli
