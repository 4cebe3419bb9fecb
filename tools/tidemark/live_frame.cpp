#include "tools/tidemark/live_frame.hpp"

#include "tools/tidemark/bar.hpp"
#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/numbers.hpp"
#include "tools/tidemark/slots.hpp"
#include "tools/tidemark/type_rows.hpp"

#include <algorithm>

namespace tidemark::cli {

namespace {

constexpr std::size_t widest_bar = 60;

std::vector<line> head(const import_status& status, const pool_status* pool, unix_ms now, std::size_t width) {
  std::vector<span> pieces{{printable(status.id), tone::strong},
                           {printable(status.record_type)},
                           {std::string{to_string(status.state)}, tone_of(status.state)}};
  auto since = status.started_at != 0 ? status.started_at : status.requested_at;
  auto until = status.finished_at != 0 ? status.finished_at : now;
  if (since != 0) pieces.push_back({"elapsed " + clock_text(until - since)});
  if (status.eta_latest != 0 && !at_rest(status.state))
    pieces.push_back({"left " + interval_text(status.eta_earliest, status.eta_latest, now)});
  if (pool != nullptr && !at_rest(status.state)) pieces.push_back(slots_words(*pool));
  auto count = [&](std::uint64_t number, const std::string& what, tone in) {
    if (number > 0) pieces.push_back({counted(number, what), in});
  };
  if (status.records.rejected > 0)
    pieces.push_back({count_text(status.records.rejected) + " rejected", tone::warning});
  if (status.batches.failed > 0)
    pieces.push_back({counted(status.batches.failed, "failed batch", "es"), tone::bad});
  count(status.pick_ups.failed_attempts, "failed attempt", tone::warning);
  count(status.pick_ups.refusals, "refusal", tone::dim);
  count(status.notes.size(), "note", tone::warning);
  return flow(pieces, width);
}

line total(const import_status& status, const rate_meter& rates, unix_ms now, const frame_shape& shape) {
  auto rate = rates.of(status, now);
  auto text = " " + fit_right(progress_text(status), 7);
  if (auto records = records_text(status.records); !records.empty()) text += "  " + records + " records";
  if (rate > 0) text += "  " + rate_text(rate);
  if (display_width(text) + 10 > shape.width) text = " " + fit_right(progress_text(status), 7);
  auto room = shape.width > display_width(text) ? shape.width - display_width(text) : 0;
  return {{bar_text(std::min(room, widest_bar), status.progress, shape.unicode), tone_of(status.state)},
          {text}};
}

} // namespace

std::vector<line> live_frame(const import_status& status, const rate_meter& rates, unix_ms now,
                             const frame_shape& shape, const pool_status* pool) {
  auto lines = head(status, pool, now, shape.width);
  lines.push_back(total(status, rates, now, shape));
  if (!status.error.empty()) lines.push_back({{printable(status.error), tone_of(status.state)}});
  if (lines.size() < shape.height) {
    auto room = shape;
    room.height -= lines.size();
    auto rows = type_rows(status, rates, now, room);
    lines.insert(lines.end(), rows.begin(), rows.end());
  }
  for (auto& type : status.types)
    if (!type.error.empty() && lines.size() < shape.height)
      lines.push_back({{printable(type.name + ": " + type.error), tone_of(type.state)}});
  if (!status.notes.empty() && lines.size() < shape.height)
    lines.push_back({{"note: " + printable(status.notes.back().text), tone::dim}});
  if (lines.size() > shape.height) lines.resize(shape.height);
  for (auto& x : lines) x = cut(std::move(x), shape.width);
  return lines;
}

} // namespace tidemark::cli
