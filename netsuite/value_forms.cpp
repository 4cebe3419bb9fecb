#include "netsuite/value_forms.hpp"

#include <algorithm>
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

/// A decimal without an exponent.
struct decimal_digits {
  bool negative = false;
  std::string whole; ///< without leading zeros, but for one alone
  std::string fraction;
};

/// Of a text that is a decimal; nothing if its exponent is too large to be written out.
std::optional<decimal_digits> decimal_of(std::string_view text) {
  constexpr int most_shift = 100;
  decimal_digits out;
  out.negative = text.starts_with('-');
  if (out.negative) text.remove_prefix(1);
  int shift = 0;
  if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
    auto exponent = text.substr(e + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    const auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), shift);
    if (error != std::errc{} || shift > most_shift || shift < -most_shift) return std::nullopt;
    text = text.substr(0, e);
  }
  const auto point = text.find('.');
  out.whole = text.substr(0, point);
  if (point != std::string_view::npos) out.fraction = text.substr(point + 1);
  if (shift > 0) {
    const auto moved = std::min(out.fraction.size(), static_cast<std::size_t>(shift));
    out.whole += out.fraction.substr(0, moved);
    out.whole.append(static_cast<std::size_t>(shift) - moved, '0');
    out.fraction.erase(0, moved);
  } else if (shift < 0) {
    const auto wanted = static_cast<std::size_t>(-shift);
    if (out.whole.size() < wanted) out.whole.insert(0, wanted - out.whole.size(), '0');
    out.fraction.insert(0, out.whole.substr(out.whole.size() - wanted));
    out.whole.resize(out.whole.size() - wanted);
  }
  out.whole.erase(0, std::min(out.whole.find_first_not_of('0'), out.whole.size()));
  if (out.whole.empty()) out.whole = "0";
  return out;
}

} // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_whole(std::string_view text) noexcept {
  if (const auto number = parse_integer(text)) return number;
  constexpr std::int64_t most = std::int64_t{1} << 53;
  const auto plain = is_decimal(text) ? decimal_of(text) : std::nullopt;
  if (!plain || plain->fraction.find_first_not_of('0') != std::string::npos) return std::nullopt;
  const auto number = parse_integer(plain->whole);
  if (!number || *number > most) return std::nullopt;
  return plain->negative ? -*number : *number;
}

std::optional<std::string> plain_decimal(std::string_view text) {
  if (!is_decimal(text)) return std::nullopt;
  const auto plain = decimal_of(text);
  if (!plain) return std::string{text};
  auto out = (plain->negative ? "-" : "") + plain->whole;
  return plain->fraction.empty() ? out : out + "." + plain->fraction;
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

bool is_clock_time(std::string_view text) noexcept {
  return text.size() == 19 && clock_of(text) >= 0 && day_of(text);
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
