/// The forms in which values may arrive: numbers, days and moments as text. Pure and without allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/words.hpp"

namespace tidemark {

/// The whole text as a 64-bit number; nothing for anything else (blanks, fractions, a plus sign, out of
/// range).
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

/// The same, and whole numbers in another form: "1.0E7", "100.0", "1e3". Where a point or an exponent says
/// that the number went through a floating one, it must be within 2^53: beyond, it may be another one by now.
std::optional<std::int64_t> parse_whole(std::string_view text) noexcept;

/// A decimal in the one form in which equal ones are the same text, but for zeros behind the point, which are
/// kept: ".5" is "0.5", "5." is "5", "1.0E7" is "10000000", "1E-7" is "0.0000001". Exponents of more than 100
/// digits stay as they are. Of anything else: nothing.
std::optional<std::string> plain_decimal(std::string_view text);

/// "12", "-0.50", ".5", "5.", "1E-7": digits with at most one point, a minus sign and an exponent.
bool is_decimal(std::string_view text) noexcept;

/// "2024-02-29": a day of the calendar.
bool is_date(std::string_view text) noexcept;

/// "2024-02-29T23:59:59Z".
bool is_datetime(std::string_view text) noexcept;

/// "2024-02-29T23:59:59": by a clock whose zone is not told.
bool is_clock_time(std::string_view text) noexcept;

/// The moment of "2024-02-29T23:59:59Z" or "2024-02-29T23:59:59.000Z".
std::optional<unix_ms> parse_utc(std::string_view text) noexcept;

} // namespace tidemark
