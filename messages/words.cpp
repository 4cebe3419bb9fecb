#include "messages/words.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tidemark {

namespace {

// The position of a name is the value of its enumerator.
constexpr std::array<std::string_view, 3> mode_names{"full", "incremental", "verify"};
constexpr std::array<std::string_view, 9> import_names{
    "queued",     "planning",  "running",   "paused",
    "cancelling", "cancelled", "completed", "completed_with_errors",
    "failed"};
constexpr std::array<std::string_view, 6> pause_names{"none",        "command",  "outage",
                                                      "credentials", "database", "suspension"};
constexpr std::array<std::string_view, 2> urgency_names{"interactive", "scheduled"};
constexpr std::array<std::string_view, 4> source_names{"configured", "governance", "fallback", "command"};
constexpr std::array<std::string_view, 8> type_names{
    "waiting", "planning", "running", "completed", "completed_with_errors", "failed", "skipped", "cancelled"};
constexpr std::array<std::string_view, 4> proof_names{"none", "complete", "differs", "failed"};
constexpr std::array<std::string_view, 6> batch_names{"pending", "running", "completed",
                                                      "failed",  "split",   "cancelled"};

constexpr std::array<std::string_view, 5> sum_names{"numbers", "trues", "days", "moments", "lengths"};

static_assert(sum_names.size() == static_cast<std::size_t>(sum_kind::lengths) + 1);
static_assert(mode_names.size() == static_cast<std::size_t>(import_mode::verify) + 1);
static_assert(proof_names.size() == static_cast<std::size_t>(proof::failed) + 1);
static_assert(import_names.size() == static_cast<std::size_t>(import_state::failed) + 1);
static_assert(pause_names.size() == static_cast<std::size_t>(pause_cause::suspension) + 1);
static_assert(source_names.size() == static_cast<std::size_t>(limit_source::command) + 1);
static_assert(urgency_names.size() == static_cast<std::size_t>(urgency::scheduled) + 1);
static_assert(type_names.size() == static_cast<std::size_t>(type_state::cancelled) + 1);
static_assert(batch_names.size() == static_cast<std::size_t>(batch_state::cancelled) + 1);

template <class Names, class Enum>
std::string_view name_of(const Names& names, Enum value) noexcept {
  auto index = static_cast<std::size_t>(value);
  return index < names.size() ? names[index] : "unknown";
}

template <class Enum, class Names>
std::optional<Enum> value_of(const Names& names, std::string_view name) noexcept {
  auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

} // namespace

std::string_view to_string(import_mode x) noexcept { return name_of(mode_names, x); }
std::string_view to_string(import_state x) noexcept { return name_of(import_names, x); }
std::string_view to_string(pause_cause x) noexcept { return name_of(pause_names, x); }
std::string_view to_string(limit_source x) noexcept { return name_of(source_names, x); }
std::string_view to_string(urgency x) noexcept { return name_of(urgency_names, x); }
std::string_view to_string(type_state x) noexcept { return name_of(type_names, x); }
std::string_view to_string(proof x) noexcept { return name_of(proof_names, x); }
std::string_view to_string(batch_state x) noexcept { return name_of(batch_names, x); }

std::string_view to_string(sum_kind x) noexcept { return name_of(sum_names, x); }

template <>
std::optional<sum_kind> from_string(std::string_view name) noexcept {
  return value_of<sum_kind>(sum_names, name);
}
template <>
std::optional<import_mode> from_string(std::string_view name) noexcept {
  return value_of<import_mode>(mode_names, name);
}
template <>
std::optional<import_state> from_string(std::string_view name) noexcept {
  return value_of<import_state>(import_names, name);
}
template <>
std::optional<pause_cause> from_string(std::string_view name) noexcept {
  return value_of<pause_cause>(pause_names, name);
}
template <>
std::optional<urgency> from_string(std::string_view name) noexcept {
  return value_of<urgency>(urgency_names, name);
}
template <>
std::optional<type_state> from_string(std::string_view name) noexcept {
  return value_of<type_state>(type_names, name);
}
template <>
std::optional<proof> from_string(std::string_view name) noexcept {
  return value_of<proof>(proof_names, name);
}
template <>
std::optional<batch_state> from_string(std::string_view name) noexcept {
  return value_of<batch_state>(batch_names, name);
}

bool is_final(import_state x) noexcept {
  return x == import_state::cancelled || x == import_state::completed
         || x == import_state::completed_with_errors || x == import_state::failed;
}

bool is_final(type_state x) noexcept {
  return x != type_state::waiting && x != type_state::planning && x != type_state::running;
}

bool is_final(batch_state x) noexcept { return x != batch_state::pending && x != batch_state::running; }

std::string to_string(const key_range& range) {
  if (range.after) return fmt::format("({}, {}]", *range.after, range.up_to);
  return fmt::format("(start, {}]", range.up_to);
}

} // namespace tidemark
