#include "store/utc_text.hpp"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace tidemark {

namespace {

using namespace std::chrono;

constexpr std::string_view pattern = "0000-00-00T00:00:00.000Z";

struct moment {
  year_month_day day;
  hh_mm_ss<milliseconds> time;
};

moment split(unix_ms time) {
  sys_time<milliseconds> point{milliseconds{time}};
  auto day = floor<days>(point);
  return {year_month_day{day}, hh_mm_ss{point - day}};
}

std::string to_text(const moment& x) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", int{x.day.year()}, unsigned{x.day.month()},
                     unsigned{x.day.day()}, x.time.hours().count(), x.time.minutes().count(),
                     x.time.seconds().count());
}

} // namespace

std::string to_utc_text(unix_ms time) {
  auto parts = split(time);
  return fmt::format("{}.{:03}Z", to_text(parts), parts.time.subseconds().count());
}

std::string to_utc_seconds(unix_ms time) { return to_text(split(time)) + 'Z'; }

std::optional<unix_ms> from_utc_text(std::string_view text) noexcept {
  if (text.size() != pattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    auto fits = pattern[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == pattern[i];
    if (!fits) return std::nullopt;
  }
  auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + length, value);
    return value;
  };
  year_month_day day{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                     std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return std::nullopt;
  auto point = sys_days{day} + hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)}
               + milliseconds{number(20, 3)};
  return duration_cast<milliseconds>(point.time_since_epoch()).count();
}

} // namespace tidemark
