#include "netsuite/column_ways.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "netsuite/misfits.hpp"

namespace tidemark {

namespace {

constexpr std::array<std::pair<std::string_view, column_way>, 4> codes{{
    {"time_by_text", column_way::by_text},
    {"time_by_clock", column_way::by_clock},
    {"column_dropped", column_way::left_out},
    {misfit_note, column_way::left_out},
}};

} // namespace

column_way way_after(field_type type, std::optional<column_way> refused) noexcept {
  if (type != field_type::datetime || refused == column_way::left_out) return column_way::left_out;
  if (!refused) return column_way::by_text;
  return refused == column_way::by_text ? column_way::by_clock : column_way::left_out;
}

std::string_view note_code(column_way way) noexcept {
  const auto found = std::ranges::find(codes, way, &std::pair<std::string_view, column_way>::second);
  return found == codes.end() ? std::string_view{} : found->first;
}

std::optional<column_way> way_of(const import_note& note) noexcept {
  const auto found = std::ranges::find(codes, note.code, &std::pair<std::string_view, column_way>::first);
  if (found == codes.end()) return std::nullopt;
  return found->second;
}

std::string way_text(column_way way, std::string_view record_type, std::string_view column,
                     std::string_view said) {
  switch (way) {
  case column_way::by_text:
    return fmt::format(
        "column {} of {} has no time zone in this account; its times are read in the zone of the "
        "login's session, and stored in UTC: {}",
        column, record_type, said);
  case column_way::by_clock:
    return fmt::format(
        "column {} of {} has no time zone in this account, nor one that it could be read in; its "
        "times are stored as the clock of the login's session tells them, without a zone (`tidemark "
        "tenant check` says which one the session has): {}",
        column, record_type, said);
  case column_way::left_out: break;
  }
  return fmt::format("column {} of {} is left out; values that are stored already stay: {}", column,
                     record_type, said);
}

void take_way(column_ways& into, const import_note& note) {
  const auto way = way_of(note);
  if (!way) return;
  auto& known = into.try_emplace(note.subject, *way).first->second;
  known = std::max(known, *way);
}

} // namespace tidemark
