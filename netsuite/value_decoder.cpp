#include "netsuite/value_decoder.hpp"

#include <optional>

#include "netsuite/value_forms.hpp"

namespace tidemark {

namespace {

std::optional<bool> truth_of(std::string_view text) noexcept {
  if (text == "T" || text == "true") return true;
  if (text == "F" || text == "false") return false;
  return std::nullopt;
}

/// Of a decimal: in the form that `plain_decimal` gives it.
bool is_plain(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.starts_with('.') || text.ends_with('.')) return false;
  if (text.size() > 1 && text[0] == '0' && text[1] != '.') return false;
  return text.find_first_of("eE") == std::string_view::npos;
}

/// Member by member: a cell that is made whole and copied waits for its own stores to end.
void put(const cell& made, cell& out) noexcept {
  out.number = made.number;
  out.length = made.length;
  out.is = made.is;
}

/// Of an integer of few digits, as nearly all are, its value into `out`.
bool read_short(std::string_view text, cell& out) noexcept {
  constexpr std::size_t most_digits = 18; // that surely fit
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  if (text.empty() || text.size() > most_digits) return false;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  put(record_set::make_integer(is_negative ? -value : value), out);
  return true;
}

const char* keep_if(bool fine, const char* expected, std::string_view text, record_set& into, cell& out) {
  if (!fine) return expected;
  put(into.make_text(text), out);
  return nullptr;
}

} // namespace

const char* decode_value(field_type type, wire_kind kind, std::string_view text, record_set& into,
                         cell& out) {
  const bool is_text = type == field_type::text || type == field_type::multi_select;
  // NetSuite's database does not tell an empty string from a null.
  if (text.empty() && !is_text) return nullptr;
  switch (type) {
  case field_type::id:
  case field_type::reference:
  case field_type::integer:
    if (read_short(text, out)) return nullptr;
    if (const auto number = parse_whole(text)) {
      out = record_set::make_integer(*number);
      return nullptr;
    }
    return "a whole number of 64 bits";
  case field_type::boolean:
    if (const auto truth = truth_of(text)) {
      put(record_set::make_integer(*truth ? 1 : 0), out);
      return nullptr;
    }
    return "T or F";
  case field_type::decimal:
    // Nearly all of them: digits with a point inside.
    if (is_decimal(text) && is_plain(text)) return keep_if(true, "", text, into, out);
    if (const auto plain = plain_decimal(text)) return keep_if(true, "", *plain, into, out);
    return "a decimal number";
  case field_type::date:
    return keep_if(kind == wire_kind::text && is_date(text), "a day as YYYY-MM-DD", text, into, out);
  case field_type::datetime:
    return keep_if(kind == wire_kind::text && (is_datetime(text) || is_clock_time(text)),
                   "a moment as YYYY-MM-DDTHH:MM:SSZ", text, into, out);
  case field_type::text:
  case field_type::multi_select: break;
  }
  put(into.make_text(text), out);
  return nullptr;
}

} // namespace tidemark
