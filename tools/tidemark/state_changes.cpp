#include "tools/tidemark/state_changes.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace tidemark::cli {

namespace {

/// What happened at the same moment stays as it is.
void put_in_order(std::vector<state_change>& lines) {
  std::multimap<unix_ms, state_change> by_time;
  for (auto& x : lines) by_time.emplace(x.at, std::move(x));
  lines.clear();
  for (auto& [at, x] : by_time) lines.push_back(std::move(x));
}

std::string describe(const type_status& type) {
  auto text = fmt::format("{}: {}", printable(type.name), to_string(type.state));
  auto about = type.records.estimated ? "~" : "";
  if (type.state == type_state::running && type.records.planned > 0)
    text += fmt::format(", {}{}", about, counted(type.records.planned, "record"));
  if (is_final(type.state)) {
    if (!type.taken_from.empty())
      text += ", taken from import " + printable(type.taken_from);
    else if (type.batches.planned > 0)
      text += fmt::format(", {} stored", counted(type.records.stored, "record"));
    if (type.records.rejected > 0) text += fmt::format(", {} rejected", count_text(type.records.rejected));
    if (type.records.held > 0) text += fmt::format(", {} held", counted(type.records.held, "deletion"));
    if (type.batches.failed > 0) text += ", " + counted(type.batches.failed, "batch", "es") + " failed";
    if (type.started_at != 0 && type.finished_at != 0)
      text += " in " + duration_text(type.finished_at - type.started_at);
    if (!type.error.empty()) text += ": " + printable(type.error);
  } else if (!type.taken_from.empty()) {
    text += ", runs in import " + printable(type.taken_from);
  }
  return text;
}

/// Of a type that is seen for the first time, what has led to its state may be long ago.
unix_ms time_of(const type_status& type, bool first_seen) {
  if (is_final(type.state)) return type.finished_at;
  return first_seen ? type.started_at : 0;
}

} // namespace

std::vector<state_change> state_changes(const import_status* before, const import_status& after) {
  std::vector<state_change> lines;
  if ((before == nullptr || before->state != after.state) && !at_rest(after.state))
    lines.push_back(
        {fmt::format("import {} of {} for tenant {}: {}", printable(after.id), printable(after.record_type),
                     printable(after.tenant), to_string(after.state))});
  for (auto& type : after.types) {
    const type_status* known = nullptr;
    if (before != nullptr) {
      auto found = std::ranges::find(before->types, type.name, &type_status::name);
      if (found != before->types.end()) known = &*found;
    }
    auto state_before = known != nullptr ? known->state : type_state::waiting;
    auto from_before = known != nullptr ? known->taken_from : std::string{};
    if (state_before != type.state || from_before != type.taken_from)
      lines.push_back({describe(type), time_of(type, before == nullptr)});
  }
  auto told = before != nullptr ? before->notes.size() : 0;
  for (auto i = std::min(told, after.notes.size()); i < after.notes.size(); ++i)
    lines.push_back({fmt::format("{}: note {}: {}", printable(after.notes[i].record_type),
                                 printable(after.notes[i].code), printable(after.notes[i].text)),
                     after.notes[i].at});
  // What is told afterwards is told in order.
  if (before == nullptr && at_rest(after.state)) put_in_order(lines);
  return lines;
}

} // namespace tidemark::cli
