#include "messages/control.hpp"

namespace tidemark {

std::string_view to_string(missed_runs x) noexcept {
  switch (x) {
  case missed_runs::run_once: return "run_once";
  case missed_runs::skip: return "skip";
  }
  return "unknown";
}

template <>
std::optional<missed_runs> from_string(std::string_view name) noexcept {
  for (auto value : {missed_runs::run_once, missed_runs::skip})
    if (to_string(value) == name) return value;
  return std::nullopt;
}

} // namespace tidemark
