#include "tools/netsuite_sim/sql_functions.hpp"

#include "tools/netsuite_sim/sql_time.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace tidemark::netsuite_sim {

namespace {

using arguments = std::span<sqlite3_value*>;

const sql_session& session_of(sqlite3_context* context) {
  return *static_cast<const sql_session*>(sqlite3_user_data(context));
}

bool is_null(sqlite3_value* v) { return sqlite3_value_type(v) == SQLITE_NULL; }

std::string_view text_of(sqlite3_value* v) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(v));
  return text == nullptr ? std::string_view()
                         : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(v)));
}

std::optional<sql_time> time_of(sqlite3_value* v) {
  if (sqlite3_value_type(v) != SQLITE_BLOB) return std::nullopt;
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(v));
  return decode({bytes, static_cast<std::size_t>(sqlite3_value_bytes(v))});
}

void give(sqlite3_context* context, std::string_view text) {
  sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void give(sqlite3_context* context, sql_time t) {
  auto bytes = encode(t);
  sqlite3_result_blob(context, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
}

void give_number(sqlite3_context* context, double value) {
  if (std::abs(value) < 9e15 && value == std::trunc(value))
    sqlite3_result_int64(context, static_cast<std::int64_t>(value));
  else
    sqlite3_result_double(context, value);
}

void give_error(sqlite3_context* context, const std::string& text) {
  sqlite3_result_error(context, text.c_str(), static_cast<int>(text.size()));
}

wall_seconds wall_of(const sql_session& session, sql_time t) {
  return t.is_instant ? session.account_zone.to_wall(t.seconds) : t.seconds;
}

void to_char(sqlite3_context* context, arguments args) {
  if (is_null(args[0])) return;
  auto t = time_of(args[0]);
  if (!t) return give(context, text_of(args[0]));
  const auto& session = session_of(context);
  auto wall = wall_of(session, *t);
  if (args.size() == 1) {
    std::string out;
    append_user_date(out, wall, session.date_format);
    return give(context, out);
  }
  auto out = format_oracle(wall, text_of(args[1]));
  if (out)
    give(context, *out);
  else
    give_error(context, out.error().message);
}

/// TO_CHAR of accounts that write numbers in another way.
void to_char_comma(sqlite3_context* context, arguments args) {
  if (args.size() > 1 || is_null(args[0]) || time_of(args[0])) return to_char(context, args);
  std::string text{text_of(args[0])};
  std::ranges::replace(text, '.', ',');
  give(context, text);
}

void to_char_words(sqlite3_context* context, arguments args) {
  if (args.size() > 1 || is_null(args[0]) || time_of(args[0])) return to_char(context, args);
  std::string text{text_of(args[0])};
  if (text.find('.') != std::string::npos) text += " EUR";
  give(context, text);
}

void to_time(sqlite3_context* context, arguments args) {
  if (is_null(args[0])) return;
  if (time_of(args[0])) return sqlite3_result_value(context, args[0]);
  const auto& session = session_of(context);
  auto parsed = args.size() > 1
                    ? parse_oracle(text_of(args[0]), text_of(args[1]))
                    : parse_user_date(text_of(args[0]), session.date_format, session.account_zone.name());
  if (parsed)
    give(context, sql_time{false, *parsed});
  else
    give_error(context, parsed.error().message);
}

/// A wall time of the session as the instant it means.
void as_instant(sqlite3_context* context, arguments args) {
  auto t = time_of(args[0]);
  if (!t) return;
  give(context, t->is_instant ? *t : sql_time{true, session_of(context).account_zone.to_utc(t->seconds)});
}

void extract_utc(sqlite3_context* context, arguments args) {
  auto t = time_of(args[0]);
  if (!t) return;
  give(context,
       sql_time{false, t->is_instant ? t->seconds : session_of(context).account_zone.to_utc(t->seconds)});
}

void from_tz(sqlite3_context* context, arguments args) {
  auto t = time_of(args[0]);
  if (!t) return;
  auto name = std::string(text_of(args[1]));
  try {
    give(context,
         sql_time{true, name == "UTC" || name == "GMT" ? t->seconds : zone(name).to_utc(t->seconds)});
  } catch (const std::runtime_error&) {
    give_error(context, fmt::format("timezone region not found: {}", name));
  }
}

void now(sqlite3_context* context, arguments) { give(context, sql_time{true, session_of(context).now()}); }

double scaled(sqlite3_value* digits) { return std::pow(10.0, sqlite3_value_double(digits)); }

void trunc(sqlite3_context* context, arguments args) {
  if (is_null(args[0])) return;
  if (auto t = time_of(args[0]))
    return give(context, sql_time{false, day_of(wall_of(session_of(context), *t)) * 86400});
  auto scale = args.size() > 1 ? scaled(args[1]) : 1.0;
  give_number(context, std::trunc(sqlite3_value_double(args[0]) * scale) / scale);
}

void round_number(sqlite3_context* context, arguments args) {
  if (is_null(args[0])) return;
  auto scale = args.size() > 1 ? scaled(args[1]) : 1.0;
  give_number(context, std::round(sqlite3_value_double(args[0]) * scale) / scale);
}

void floor_number(sqlite3_context* context, arguments args) {
  if (!is_null(args[0])) give_number(context, std::floor(sqlite3_value_double(args[0])));
}

void ceil_number(sqlite3_context* context, arguments args) {
  if (!is_null(args[0])) give_number(context, std::ceil(sqlite3_value_double(args[0])));
}

void mod(sqlite3_context* context, arguments args) {
  if (is_null(args[0]) || is_null(args[1])) return;
  if (sqlite3_value_numeric_type(args[0]) == SQLITE_INTEGER
      && sqlite3_value_numeric_type(args[1]) == SQLITE_INTEGER) {
    auto divisor = sqlite3_value_int64(args[1]);
    auto value = sqlite3_value_int64(args[0]);
    return sqlite3_result_int64(context, divisor == 0 ? value : divisor == -1 ? 0 : value % divisor);
  }
  auto divisor = sqlite3_value_double(args[1]);
  auto value = sqlite3_value_double(args[0]);
  give_number(context, divisor == 0 ? value : std::fmod(value, divisor));
}

void to_number(sqlite3_context* context, arguments args) {
  if (!is_null(args[0])) give_number(context, sqlite3_value_double(args[0]));
}

void nvl(sqlite3_context* context, arguments args) {
  sqlite3_result_value(context, is_null(args[0]) ? args[1] : args[0]);
}

void nvl2(sqlite3_context* context, arguments args) {
  sqlite3_result_value(context, is_null(args[0]) ? args[2] : args[1]);
}

bool same(sqlite3_value* a, sqlite3_value* b) {
  return is_null(a) || is_null(b) ? is_null(a) && is_null(b) : text_of(a) == text_of(b);
}

void decode_function(sqlite3_context* context, arguments args) {
  std::size_t i = 1;
  for (; i + 1 < args.size(); i += 2)
    if (same(args[0], args[i])) return sqlite3_result_value(context, args[i + 1]);
  if (i < args.size()) sqlite3_result_value(context, args[i]);
}

void concat(sqlite3_context* context, arguments args) {
  give(context, std::string(text_of(args[0])) + std::string(text_of(args[1])));
}

/// builtin_df(table, column, value): the display text.
void display(sqlite3_context* context, arguments args) {
  if (is_null(args[2])) return;
  const auto& data = session_of(context).data;
  const auto* t = data.find_table(text_of(args[0]));
  auto index = t == nullptr ? -1 : t->column_index(text_of(args[1]));
  const auto* target = index < 0 ? nullptr : t->columns[static_cast<std::size_t>(index)].target;
  if (target == nullptr) return sqlite3_result_value(context, args[2]);
  std::string out;
  for (auto ids = text_of(args[2]); !ids.empty();) {
    auto comma = std::min(ids.find(", "), ids.size());
    auto name =
        data.display_name(*target, std::strtoll(std::string(ids.substr(0, comma)).c_str(), nullptr, 10));
    if (!out.empty() && !name.empty()) out += ", ";
    out += name;
    ids.remove_prefix(std::min(comma + 2, ids.size()));
  }
  if (!out.empty()) give(context, out);
}

/// A sum of decimals: 10^18s, whole ones and 10^-12ths, of one sign or the other each. SQLite aligns it to 8
/// bytes.
struct decimal_total {
  std::int64_t high;
  std::int64_t whole;
  std::int64_t parts;
  bool any;
};

constexpr std::int64_t parts_of_one = 1'000'000'000'000;
constexpr std::int64_t ones_of_high = 1'000'000'000'000'000'000;

void add_decimal(sqlite3_context* context, int, sqlite3_value** values) {
  auto* total = static_cast<decimal_total*>(sqlite3_aggregate_context(context, sizeof(decimal_total)));
  if (total == nullptr || is_null(values[0])) return;
  auto text = text_of(values[0]);
  auto negative = text.starts_with('-');
  std::int64_t whole = 0;
  std::int64_t parts = 0;
  auto worth = parts_of_one; // of the last digit behind the point
  auto behind = false;
  for (auto c : text.substr(negative ? 1 : 0)) {
    if (c == '.') behind = true;
    if (c < '0' || c > '9') continue;
    if (behind)
      parts += (c - '0') * (worth /= 10);
    else
      whole = whole * 10 + (c - '0');
  }
  total->whole += negative ? -whole : whole;
  total->parts += negative ? -parts : parts;
  total->whole += total->parts / parts_of_one;
  total->parts %= parts_of_one;
  total->high += total->whole / ones_of_high;
  total->whole %= ones_of_high;
  total->any = true;
}

void give_decimal(sqlite3_context* context) {
  const auto* total = static_cast<decimal_total*>(sqlite3_aggregate_context(context, 0));
  if (total == nullptr || !total->any) return sqlite3_result_null(context);
  __extension__ using wide = __int128;
  auto whole = static_cast<wide>(total->high) * ones_of_high + total->whole;
  auto parts = total->parts;
  if (whole > 0 && parts < 0) --whole, parts += parts_of_one;
  if (whole < 0 && parts > 0) ++whole, parts -= parts_of_one;
  auto text = fmt::format("{}{}.{:012}", whole < 0 || parts < 0 ? "-" : "", whole < 0 ? -whole : whole,
                          std::abs(parts));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  give(context, text);
}

template <void (*Function)(sqlite3_context*, arguments)>
void call(sqlite3_context* context, int count, sqlite3_value** values) {
  Function(context, arguments(values, static_cast<std::size_t>(count)));
}

} // namespace

void append_number(std::string& out, double value) {
  if (std::abs(value) < 9e15 && value == std::trunc(value))
    out += std::to_string(static_cast<std::int64_t>(value));
  else
    out += fmt::format("{:.15g}", value);
}

void register_functions(sqlite3* db, const sql_session& session) {
  struct entry {
    const char* name;
    int arguments;
    void (*function)(sqlite3_context*, int, sqlite3_value**);
    bool pure = true;
  };
  static constexpr std::array functions{
      entry{"to_char", 1, call<to_char>},
      entry{"to_char", 2, call<to_char>},
      entry{"to_char_comma", 1, call<to_char_comma>},
      entry{"to_char_comma", 2, call<to_char_comma>},
      entry{"to_char_words", 1, call<to_char_words>},
      entry{"to_char_words", 2, call<to_char_words>},
      entry{"to_date", 1, call<to_time>},
      entry{"to_date", 2, call<to_time>},
      entry{"to_timestamp", 1, call<to_time>},
      entry{"to_timestamp", 2, call<to_time>},
      entry{"sim_instant", 1, call<as_instant>},
      entry{"sys_extract_utc", 1, call<extract_utc>},
      entry{"from_tz", 2, call<from_tz>},
      entry{"sim_now", 0, call<now>},
      entry{"trunc", 1, call<trunc>},
      entry{"trunc", 2, call<trunc>},
      entry{"round", 1, call<round_number>},
      entry{"round", 2, call<round_number>},
      entry{"floor", 1, call<floor_number>},
      entry{"ceil", 1, call<ceil_number>},
      entry{"mod", 2, call<mod>},
      entry{"to_number", 1, call<to_number>},
      entry{"nvl", 2, call<nvl>},
      entry{"nvl2", 3, call<nvl2>},
      entry{"decode", -1, call<decode_function>},
      entry{"concat", 2, call<concat>},
      entry{"sim_display", 3, call<display>, false},
  };
  for (const auto& f : functions)
    sqlite3_create_function_v2(db, f.name, f.arguments, SQLITE_UTF8 | (f.pure ? SQLITE_DETERMINISTIC : 0),
                               const_cast<sql_session*>(&session), f.function, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(db, "sim_sum", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, nullptr,
                             add_decimal, give_decimal, nullptr);
}

} // namespace tidemark::netsuite_sim
