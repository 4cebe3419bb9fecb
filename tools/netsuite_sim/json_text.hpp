/// Values as SuiteQL puts them on the wire: every one a JSON string, null left out.
#pragma once

#include "tools/netsuite_sim/cell.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::netsuite_sim {

/// Appends `text` with JSON's escapes, without quotes.
void append_escaped(std::string& out, std::string_view text);

/// Appends the digits.
void append_integer(std::string& out, std::int64_t value);

/// What a query gives back: the items as JSON text, and the counts of the envelope.
struct result_page {
  /// Objects separated by commas, without the brackets.
  std::string items;
  std::int64_t count = 0;
  /// All rows of the query, on whatever page.
  std::int64_t total = 0;
  /// Rows that had to be numbered for it.
  std::int64_t numbered = 0;
};

/// Writes items one value after the other.
class item_writer {
public:
  explicit item_writer(result_page& page) : page_(page) {}

  void begin_item() { page_.items += page_.count++ == 0 ? R"({"links":[])" : R"(,{"links":[])"; }
  void end_item() { page_.items += '}'; }

  /// Opens a value; `label` comes from `make_label`. What is appended to the text returned must be escaped.
  /// Ends with `end_value`.
  std::string& begin_value(std::string_view label) {
    page_.items += label;
    return page_.items;
  }
  void end_value() { page_.items += '"'; }

  /// `,"name":"`
  static std::string make_label(std::string_view name);

private:
  result_page& page_;
};

} // namespace tidemark::netsuite_sim
