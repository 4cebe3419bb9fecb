#include "tools/netsuite_sim/time_text.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace tidemark::netsuite_sim {

namespace {

constexpr std::array<std::string_view, 12> month_names{"January",   "February", "March",    "April",
                                                       "May",       "June",     "July",     "August",
                                                       "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> day_names{"Thursday", "Friday",  "Saturday", "Sunday",
                                                    "Monday",   "Tuesday", "Wednesday"};

std::string_view weekday(wall_seconds t) {
  return day_names[static_cast<std::size_t>(((day_of(t) % 7) + 7) % 7)];
}

void append_two(std::string& out, unsigned value) {
  out += static_cast<char>('0' + value / 10 % 10);
  out += static_cast<char>('0' + value % 10);
}

void append_four(std::string& out, std::int64_t value) {
  append_two(out, static_cast<unsigned>(value / 100));
  append_two(out, static_cast<unsigned>(value % 100));
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

/// The elements of Oracle format models, longest first where one begins another.
constexpr std::array<std::string_view, 17> elements{"YYYY", "MONTH", "HH24", "HH12", "MON", "DAY",
                                                    "YY",   "MM",    "DD",   "DY",   "HH",  "MI",
                                                    "SS",   "AM",    "PM",   "FF3",  "FF"};

/// Takes one element, quoted text or punctuation off `format`. `literal` tells which.
struct format_part {
  std::string_view text;
  bool literal;
};

outcome<format_part> take_part(std::string_view& format) {
  if (format.front() == '"') {
    auto end = format.find('"', 1);
    if (end == format.npos) return fail(ec::rejected, "date format not recognized");
    format_part part{format.substr(1, end - 1), true};
    format.remove_prefix(end + 1);
    return part;
  }
  if (std::isalpha(static_cast<unsigned char>(format.front())) == 0) {
    format_part part{format.substr(0, 1), true};
    format.remove_prefix(1);
    return part;
  }
  for (auto element : elements) {
    if (!equals_ignoring_case(format.substr(0, element.size()), element)) continue;
    format.remove_prefix(element.size());
    return format_part{element, false};
  }
  return fail(ec::rejected, "date format not recognized");
}

std::optional<unsigned> take_number(std::string_view& text, std::size_t max_digits) {
  unsigned value = 0;
  std::size_t digits = 0;
  while (digits < max_digits && digits < text.size()
         && std::isdigit(static_cast<unsigned char>(text[digits])) != 0)
    value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

std::optional<unsigned> take_month_name(std::string_view& text) {
  for (unsigned i = 0; i < 12; ++i) {
    for (auto length : {month_names[i].size(), std::size_t{3}}) {
      if (!equals_ignoring_case(text.substr(0, length), month_names[i].substr(0, length))) continue;
      text.remove_prefix(length);
      return i + 1;
    }
  }
  return std::nullopt;
}

bool is_valid(const civil_time& t) {
  using namespace ::date;
  return t.hour < 24 && t.minute < 60 && t.second < 60
         && year_month_day(year(static_cast<int>(t.year)), month(t.month), day(t.day)).ok();
}

} // namespace

civil_time to_civil(wall_seconds t) noexcept {
  auto days = day_of(t);
  auto rest = static_cast<unsigned>(t - days * 86400);
  // Days to civil by eras of 400 years, beginning in March.
  auto z = days + 719468;
  auto era = (z >= 0 ? z : z - 146096) / 146097;
  auto doe = static_cast<unsigned>(z - era * 146097);
  auto yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  auto doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  auto mp = (5 * doy + 2) / 153;
  auto month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<std::int64_t>(yoe) + era * 400 + (month <= 2 ? 1 : 0),
          month,
          doy - (153 * mp + 2) / 5 + 1,
          rest / 3600,
          rest / 60 % 60,
          rest % 60};
}

wall_seconds from_civil(const civil_time& t) noexcept {
  using namespace ::date;
  auto days =
      sys_days(year(static_cast<int>(t.year)) / month(t.month) / day(t.day)).time_since_epoch().count();
  return static_cast<wall_seconds>(days) * 86400 + t.hour * 3600 + t.minute * 60 + t.second;
}

zone::zone(const std::string& name) : name_(name), zone_(::date::locate_zone(name)) {}

wall_seconds zone::to_wall(std::int64_t utc) const {
  if (utc < begin_ || utc >= end_) {
    auto info = zone_->get_info(::date::sys_seconds(std::chrono::seconds(utc)));
    begin_ = info.begin.time_since_epoch().count();
    end_ = info.end.time_since_epoch().count();
    offset_ = info.offset.count();
  }
  return utc + offset_;
}

std::int64_t zone::to_utc(wall_seconds wall) const {
  auto info = zone_->get_info(::date::local_seconds(std::chrono::seconds(wall)));
  if (info.result == ::date::local_info::nonexistent) return info.first.end.time_since_epoch().count();
  return wall - info.first.offset.count();
}

void append_iso_date(std::string& out, wall_seconds t) {
  auto c = to_civil(t);
  append_four(out, c.year);
  out += '-';
  append_two(out, c.month);
  out += '-';
  append_two(out, c.day);
}

void append_iso_utc(std::string& out, std::int64_t utc) {
  auto c = to_civil(utc);
  append_iso_date(out, utc);
  out += 'T';
  append_two(out, c.hour);
  out += ':';
  append_two(out, c.minute);
  out += ':';
  append_two(out, c.second);
  out += 'Z';
}

std::string http_date(std::int64_t utc) {
  auto c = to_civil(utc);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", weekday(utc).substr(0, 3), c.day,
                     month_names[c.month - 1].substr(0, 3), c.year, c.hour, c.minute, c.second);
}

outcome<std::string> format_oracle(wall_seconds t, std::string_view format) {
  auto c = to_civil(t);
  std::string out;
  while (!format.empty()) {
    auto part = take_part(format);
    if (!part) return std::unexpected(part.error());
    auto element = part->text;
    if (part->literal)
      out += element;
    else if (element == "YYYY")
      append_four(out, c.year);
    else if (element == "YY")
      append_two(out, static_cast<unsigned>(c.year % 100));
    else if (element == "MM")
      append_two(out, c.month);
    else if (element == "MON")
      out += month_names[c.month - 1].substr(0, 3);
    else if (element == "MONTH")
      out += month_names[c.month - 1];
    else if (element == "DD")
      append_two(out, c.day);
    else if (element == "DAY")
      out += weekday(t);
    else if (element == "DY")
      out += weekday(t).substr(0, 3);
    else if (element == "HH24")
      append_two(out, c.hour);
    else if (element == "HH" || element == "HH12")
      append_two(out, c.hour % 12 == 0 ? 12 : c.hour % 12);
    else if (element == "MI")
      append_two(out, c.minute);
    else if (element == "SS")
      append_two(out, c.second);
    else if (element == "AM" || element == "PM")
      out += c.hour < 12 ? "AM" : "PM";
    else
      out += element == "FF3" ? "000" : "000000";
  }
  return out;
}

outcome<wall_seconds> parse_oracle(std::string_view text, std::string_view format) {
  civil_time c;
  auto half = -1;
  auto mismatch = [&] {
    return fail(ec::rejected, fmt::format("cannot read the date '{}' by its format", text));
  };
  auto rest = text;
  while (!format.empty() && !rest.empty()) {
    auto part = take_part(format);
    if (!part) return std::unexpected(part.error());
    auto element = part->text;
    if (part->literal) {
      if (!rest.starts_with(element)) return mismatch();
      rest.remove_prefix(element.size());
      continue;
    }
    if (element == "AM" || element == "PM") {
      half = equals_ignoring_case(rest.substr(0, 2), "PM") ? 1 : 0;
      rest.remove_prefix(std::min<std::size_t>(2, rest.size()));
      continue;
    }
    auto named = element == "MON" || element == "MONTH";
    auto value = named ? take_month_name(rest)
                       : take_number(rest, element == "YYYY"           ? 4
                                           : element.starts_with("FF") ? 9
                                                                       : 2);
    if (!value) return mismatch();
    if (element == "YYYY")
      c.year = *value;
    else if (element == "YY")
      c.year = 2000 + *value;
    else if (element == "MM" || named)
      c.month = *value;
    else if (element == "DD")
      c.day = *value;
    else if (element.starts_with("HH"))
      c.hour = *value;
    else if (element == "MI")
      c.minute = *value;
    else if (element == "SS")
      c.second = *value;
    else if (!element.starts_with("FF"))
      return mismatch();
  }
  if (half >= 0) c.hour = c.hour % 12 + (half == 1 ? 12 : 0);
  if (!rest.empty() || !is_valid(c)) return mismatch();
  return from_civil(c);
}

void append_user_date(std::string& out, wall_seconds t, std::string_view format) {
  auto c = to_civil(t);
  for (std::size_t i = 0; i < format.size();) {
    auto rest = format.substr(i);
    if (rest.starts_with("YYYY"))
      append_four(out, c.year), i += 4;
    else if (rest.starts_with("Mon"))
      out += month_names[c.month - 1].substr(0, 3), i += 3;
    else if (rest.starts_with("MM"))
      append_two(out, c.month), i += 2;
    else if (rest.starts_with("DD"))
      append_two(out, c.day), i += 2;
    else if (rest.starts_with("M"))
      out += std::to_string(c.month), i += 1;
    else if (rest.starts_with("D"))
      out += std::to_string(c.day), i += 1;
    else
      out += format[i++];
  }
}

outcome<wall_seconds> parse_user_date(std::string_view text, std::string_view format,
                                      const std::string& zone_name) {
  std::string model;
  for (auto rest = format; !rest.empty();) {
    auto c = rest.front();
    auto run = std::min(rest.find_first_not_of(c), rest.size());
    if (rest.starts_with("Mon"))
      run = 3, model += "MON";
    else if (c == 'M' || c == 'D')
      model += std::string(2, c);
    else
      model += rest.substr(0, run);
    rest.remove_prefix(run);
  }
  if (auto parsed = parse_oracle(text, model); parsed && text.find_first_of("/.-") != text.npos)
    return parsed;
  return fail(ec::rejected,
              fmt::format("Parse of date/time \"{}\" failed with date format \"{}\" in time zone {}", text,
                          format, zone_name));
}

} // namespace tidemark::netsuite_sim
