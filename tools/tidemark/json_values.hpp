/// Values as JSON has them.
#pragma once

#include "tools/tidemark/numbers.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace tidemark::cli {

/// ISO-8601, or null for "not yet".
inline nlohmann::ordered_json time(unix_ms at) {
  return at == 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(iso_time_text(at));
}

inline nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

} // namespace tidemark::cli
