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

const char* keep_if(bool fine, const char* expected, std::string_view text, record_set& into, cell& out) {
  if (!fine) return expected;
  out = into.make_text(text);
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
    if (const auto number = parse_whole(text)) {
      out = record_set::make_integer(*number);
      return nullptr;
    }
    return "a whole number of 64 bits";
  case field_type::boolean:
    if (const auto truth = truth_of(text)) {
      out = record_set::make_integer(*truth ? 1 : 0);
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
  out = into.make_text(text);
  return nullptr;
}

} // namespace tidemark
