/// Reading single HTTP header fields (RFC 9110).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "messages/words.hpp"

namespace tidemark {

struct header_field {
  std::string_view name;
  std::string_view value; ///< without surrounding blanks
};

/// Splits "Name: value\r\n"; nothing for a line that is not a field.
std::optional<header_field> split_header(std::string_view line) noexcept;

/// Names of fields are compared without regard to case.
bool same_field(std::string_view a, std::string_view b) noexcept;

/// The moment that a Date field names, in any of the three forms that HTTP allows; nothing if it is
/// malformed.
std::optional<unix_ms> parse_http_date(std::string_view text);

/// The wait that a Retry-After field asks for: seconds, or a date seen from `now`. Never negative, never more
/// than a day; zero if malformed.
std::chrono::seconds parse_retry_after(std::string_view text, unix_ms now);

} // namespace tidemark
