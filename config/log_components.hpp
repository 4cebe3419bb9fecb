/// What writes entries of the log under a name of its own, and so may have a level of its own.
#pragma once

#include <array>
#include <string_view>

namespace tidemark {

inline constexpr std::array<std::string_view, 14> log_components{
    "control", "credential", "door",      "import", "main",        "monitor", "node",
    "parity",  "pool",       "scheduler", "store",  "supervision", "tenant",  "wave"};

} // namespace tidemark
