#include "netsuite/value_forms.hpp"

#include <charconv>
#include <chrono>

namespace tidemark {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The number that `count` digits at `at` make, or -1 if there are others than digits. The text is long
/// enough.
int digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
  int value = 0;
  for (auto c : text.substr(at, count)) {
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::size_t skip_digits(std::string_view& text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  text.remove_prefix(count);
  return count;
}

std::optional<std::chrono::year_month_day> day_of(std::string_view text) noexcept {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = digits(text, 0, 4);
  const int month = digits(text, 5, 2);
  const int day = digits(text, 8, 2);
  if (year < 1 || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return date;
}

/// The seconds of "THH:MM:SS" at the end of a day, or -1.
int clock_of(std::string_view text) noexcept {
  if (text.size() < 19 || text[10] != 'T' || text[13] != ':' || text[16] != ':') return -1;
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
  return hour * 3600 + minute * 60 + second;
}

} // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_decimal(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  auto count = skip_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    count += skip_digits(text);
  }
  if (count == 0) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (skip_digits(text) == 0) return false;
  }
  return text.empty();
}

bool is_date(std::string_view text) noexcept { return text.size() == 10 && day_of(text); }

bool is_datetime(std::string_view text) noexcept {
  return text.size() == 20 && text[19] == 'Z' && clock_of(text) >= 0 && day_of(text);
}

std::optional<unix_ms> parse_utc(std::string_view text) noexcept {
  const auto day = day_of(text);
  const int seconds = clock_of(text);
  if (!day || seconds < 0) return std::nullopt;
  auto rest = text.substr(19);
  int millis = 0;
  if (rest.size() == 5 && rest[0] == '.') {
    millis = digits(rest, 1, 3);
    rest.remove_prefix(4);
  }
  if (millis < 0 || rest != "Z") return std::nullopt;
  const auto midnight = std::chrono::sys_days{*day}.time_since_epoch();
  return std::chrono::milliseconds{midnight}.count() + unix_ms{seconds} * 1000 + millis;
}

} // namespace tidemark
