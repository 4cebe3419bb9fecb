/// Numbers, times and durations as people read them.
#pragma once

#include "messages/wire/imports.hpp"
#include "messages/words.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::cli {

/// Now.
unix_ms wall_clock();

/// "1,234,567".
std::string count_text(std::uint64_t count);

/// Ten-thousandths as "43.2 %"; never rounded up to 100.
std::string percent_text(std::uint32_t ten_thousandths);

/// The same of an import; a question mark where it is not known.
inline std::string progress_text(const import_status& status) {
  return status.unseen ? "?" : percent_text(status.progress);
}

/// Records per second: "1,234/s", "0.4/s".
std::string rate_text(double per_second);

/// "0.4 s", "12 s", "3 min 05 s", "2 h 03 min", "4 d 02 h". Negative spans count as zero.
std::string duration_text(unix_ms span);

/// "12 s", "3:05", "2:03:05": fixed enough to stand in a line that is redrawn.
std::string clock_text(unix_ms span);

/// The remaining time as an interval: "2:10 to 2:50", or one value where both are the same.
std::string interval_text(unix_ms earliest, unix_ms latest, unix_ms now);

/// In the machine's time zone, with its offset: "2026-11-23 18:45:55 +01:00". "-" for zero.
std::string local_time_text(unix_ms time);

/// "2026-11-23T17:45:55.123Z".
std::string iso_time_text(unix_ms time);

/// Reads "2024-02-29" (its first moment) or "2024-02-29T12:00:00Z", both UTC; nothing for any other text.
std::optional<unix_ms> parse_time(std::string_view text);
/// Why a word is not taken for one.
std::string no_time(std::string_view word);

/// "1 batch", "2,000 batches". The plural is the singular and `plural_end`.
std::string counted(std::uint64_t count, const std::string& singular, const std::string& plural_end = "s");

} // namespace tidemark::cli
