/// Times as they stand in the database: readable, sortable as text, UTC.
#pragma once

#include "messages/words.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// "2024-05-01T12:34:56.789Z", as the ledger keeps its times. For the years 0 to 9999.
std::string to_utc_text(unix_ms time);

/// "2024-05-01T12:34:56Z", as records keep theirs; a started second counts as that second.
std::string to_utc_seconds(unix_ms time);

/// The reverse of `to_utc_text`; nothing for any other form.
std::optional<unix_ms> from_utc_text(std::string_view text) noexcept;

} // namespace tidemark
