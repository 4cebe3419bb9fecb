/// The node's log: every entry has a component, a level and a stable event id beside its text.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "config/node_config.hpp"
#include "messages/error.hpp"

namespace tidemark {

/// Sends entries to where the configuration says. Before the first call they go to standard error as text
/// from level info on. Fails if the log file cannot be written, and changes nothing then. May be called
/// again.
outcome<void> start_logging(const log_config& config);

/// True if an entry of this component and level would be written.
bool logs(std::string_view component, log_level level) noexcept;

/// Writes an entry. `event` is snake_case and stable: alerts and tests match it. The text never holds a
/// secret.
void log_text(log_level level, std::string_view component, std::string_view event, std::string_view text);

/// Formats and writes an entry; formats nothing for a level that is off.
template <class... Ts>
void log(log_level level, std::string_view component, std::string_view event,
         fmt::format_string<Ts...> format, Ts&&... values) {
  if (logs(component, level))
    log_text(level, component, event, fmt::format(format, std::forward<Ts>(values)...));
}

} // namespace tidemark
