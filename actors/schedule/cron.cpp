#include "actors/schedule/cron.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "messages/ascii.hpp"

namespace tidemark {

namespace {

struct cron_field {
  std::string_view name;
  unsigned least;
  unsigned greatest;
  std::span<const std::string_view> names; ///< the first of them stands for `least`
};

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

constexpr std::array<cron_field, 5> fields{{{"minute", 0, 59, {}},
                                            {"hour", 0, 23, {}},
                                            {"day of month", 1, 31, {}},
                                            {"month", 1, 12, month_names},
                                            {"day of week", 0, 7, weekday_names}}};

struct nickname {
  std::string_view name;
  std::string_view expression;
};

constexpr std::array<nickname, 7> nicknames{{{"@yearly", "0 0 1 1 *"},
                                             {"@annually", "0 0 1 1 *"},
                                             {"@monthly", "0 0 1 * *"},
                                             {"@weekly", "0 0 * * 0"},
                                             {"@daily", "0 0 * * *"},
                                             {"@midnight", "0 0 * * *"},
                                             {"@hourly", "0 * * * *"}}};

constexpr std::array<unsigned, 12> longest_month{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (auto end = text.find_first_of(separators); end != std::string_view::npos;
       end = text.find_first_of(separators, begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::unexpected<failure> wrong(const cron_field& in, std::string_view part, std::string_view what) {
  return fail(ec::bad_request, fmt::format("{} \"{}\" {}", in.name, part, what), std::string{part});
}

outcome<unsigned> value_of(const cron_field& in, std::string_view text) {
  auto name = std::ranges::find(in.names, std::string_view{lower_case(text)});
  if (name != in.names.end()) return in.least + static_cast<unsigned>(name - in.names.begin());
  auto value = number(text);
  if (!value)
    return wrong(in, text,
                 in.names.empty() ? "is not a number" : "is neither a number nor a name of three letters");
  if (*value < in.least || *value > in.greatest)
    return wrong(in, text, fmt::format("is not from {} to {}", in.least, in.greatest));
  return *value;
}

/// "*", "5", "8-18", "*/15", "8-18/2" as bits.
outcome<std::uint64_t> bits_of(const cron_field& in, std::string_view item) {
  auto slash = item.find('/');
  auto range = item.substr(0, slash);
  unsigned step = 1;
  if (slash != std::string_view::npos) {
    auto given = number(item.substr(slash + 1));
    if (!given || *given == 0 || *given > in.greatest)
      return wrong(in, item, fmt::format("needs a step from 1 to {} after the slash", in.greatest));
    step = *given;
  }
  auto first = in.least;
  auto last = in.greatest;
  if (range != "*") {
    auto dash = range.find('-');
    auto from = value_of(in, range.substr(0, dash));
    if (!from) return std::unexpected(from.error());
    first = last = *from;
    if (dash != std::string_view::npos) {
      auto to = value_of(in, range.substr(dash + 1));
      if (!to) return std::unexpected(to.error());
      last = *to;
      // A week may be written as ending with its Sunday: "fri-sun".
      if (last == 0 && first > 0 && in.greatest == 7) last = 7;
    } else if (slash != std::string_view::npos) {
      return wrong(in, item, "has a step without a range; write a range, or * for all");
    }
  }
  if (first > last) return wrong(in, item, "ends before it begins");
  std::uint64_t bits = 0;
  for (auto value = first; value <= last; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

outcome<std::uint64_t> parse_field(const cron_field& in, std::string_view text) {
  std::uint64_t bits = 0;
  for (auto item : split(text, ",")) {
    auto more = bits_of(in, item);
    if (!more) return more;
    bits |= *more;
  }
  return bits;
}

} // namespace

outcome<cron_expression> cron_expression::parse(std::string_view text) {
  auto trimmed = text;
  while (!trimmed.empty() && std::isspace(static_cast<unsigned char>(trimmed.front())))
    trimmed.remove_prefix(1);
  while (!trimmed.empty() && std::isspace(static_cast<unsigned char>(trimmed.back())))
    trimmed.remove_suffix(1);
  auto refuse = [&](std::string_view why) {
    return fail(ec::bad_request, fmt::format("the cron expression \"{}\": {}", trimmed, why),
                std::string{text});
  };
  if (trimmed.starts_with('@')) {
    auto found = std::ranges::find(nicknames, std::string_view{lower_case(trimmed)}, &nickname::name);
    if (found == nicknames.end())
      return refuse("is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly");
    return parse(found->expression);
  }
  std::vector<std::string_view> words;
  for (auto word : split(trimmed, " \t"))
    if (!word.empty()) words.push_back(word);
  if (words.size() != fields.size())
    return refuse(fmt::format("has {} fields; it needs five: minute, hour, day of month, month, day of week",
                              words.size()));
  std::array<std::uint64_t, 5> bits{};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto parsed = parse_field(fields[i], words[i]);
    if (!parsed) return refuse(parsed.error().message);
    bits[i] = *parsed;
  }
  cron_expression result;
  result.minutes_ = bits[0];
  result.hours_ = bits[1];
  result.days_ = bits[2];
  result.months_ = bits[3];
  result.weekdays_ = (bits[4] | bits[4] >> 7) & 0x7f; // 7 is Sunday, too
  result.any_day_ = words[2].starts_with('*');
  result.any_weekday_ = words[4].starts_with('*');
  result.by_interval_ = words[0].starts_with('*') || words[1].starts_with('*');

  bool day_decides = result.any_day_ || result.any_weekday_;
  bool comes = false;
  for (unsigned month = 1; month <= 12; ++month) {
    std::uint64_t days_there = ((std::uint64_t{1} << longest_month[month - 1]) - 1) << 1;
    comes = comes || ((result.months_ >> month & 1U) != 0 && (result.days_ & days_there) != 0);
  }
  if (day_decides && !comes) return refuse("names a day that never comes");
  return result;
}

bool cron_expression::fits_day(const wall_minute& at) const noexcept {
  if ((months_ >> at.month & 1U) == 0) return false;
  bool day = (days_ >> at.day & 1U) != 0;
  bool weekday = (weekdays_ >> at.weekday & 1U) != 0;
  return any_day_ || any_weekday_ ? day && weekday : day || weekday;
}

} // namespace tidemark
