/// What stands in one column of one row, before it is put into words for the wire, for SQL or for an export.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::netsuite_sim {

/// The type of a column, which decides its canonical form (`truth.hpp`) and its form on the wire
/// (`json_text.hpp`).
enum class column_kind : std::uint8_t {
  integer,
  /// The id of a row of another table; that row need not exist.
  reference,
  /// An exact number, held as the very characters that are sent.
  decimal,
  boolean,
  date,
  /// An instant, to the second.
  datetime,
  text,
  /// Ids joined by comma and space: "3, 4, 5".
  multi_select,
};

/// The word for a kind in messages and in the README.
std::string_view to_string(column_kind kind) noexcept;

/// One value. Meant to be reused from cell to cell, so that its text keeps its memory.
class cell {
public:
  enum class type : std::uint8_t { null, integer, boolean, date, datetime, text };

  void set_null() { type_ = type::null; }
  void set_integer(std::int64_t value) { assign(type::integer, value); }
  void set_boolean(bool value) { assign(type::boolean, value ? 1 : 0); }
  /// `days` since 1970-01-01.
  void set_date(std::int64_t days) { assign(type::date, days); }
  /// `seconds` since 1970-01-01T00:00:00Z.
  void set_datetime(std::int64_t seconds) { assign(type::datetime, seconds); }
  void set_text(std::string_view value) {
    type_ = type::text;
    text_.assign(value);
  }
  /// Empties the text and hands it out to be written to.
  std::string& make_text() {
    type_ = type::text;
    text_.clear();
    return text_;
  }

  type what() const noexcept { return type_; }
  bool is_null() const noexcept { return type_ == type::null; }
  /// The integer, 0 or 1, days or seconds, according to `what()`.
  std::int64_t number() const noexcept { return number_; }
  const std::string& text() const noexcept { return text_; }

private:
  void assign(type what, std::int64_t value) {
    type_ = what;
    number_ = value;
  }

  type type_ = type::null;
  std::int64_t number_ = 0;
  std::string text_;
};

} // namespace tidemark::netsuite_sim
