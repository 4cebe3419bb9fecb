/// The forms in which values may arrive: numbers, days and moments as text. Pure and without allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/words.hpp"

namespace tidemark {

/// The whole text as a 64-bit number; nothing for anything else (blanks, fractions, a plus sign, out of
/// range).
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

/// "12", "-0.50", ".5", "5.", "1E-7": digits with at most one point, a minus sign and an exponent.
bool is_decimal(std::string_view text) noexcept;

/// "2024-02-29": a day of the calendar.
bool is_date(std::string_view text) noexcept;

/// "2024-02-29T23:59:59Z".
bool is_datetime(std::string_view text) noexcept;

/// The moment of "2024-02-29T23:59:59Z" or "2024-02-29T23:59:59.000Z".
std::optional<unix_ms> parse_utc(std::string_view text) noexcept;

} // namespace tidemark
