#include "tools/tidemark/fleet_frame.hpp"

#include "tools/tidemark/bar.hpp"
#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/numbers.hpp"
#include "tools/tidemark/slots.hpp"
#include "tools/tidemark/table.hpp"
#include "tools/tidemark/type_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::cli {

namespace {

using side = column::side;

constexpr std::size_t widest_bar = 30;
constexpr std::size_t least_bar = 6;

double rate_of(const fleet& all, const import_status& status, unix_ms now) {
  auto meter = all.rates.find(status.id);
  return meter == all.rates.end() ? 0 : meter->second.of(status, now);
}

std::string time_left(const import_status& status, unix_ms now) {
  if (status.eta_latest == 0 || at_rest(status.state)) return {};
  return interval_text(status.eta_earliest, status.eta_latest, now);
}

span troubles(const import_status& status) {
  std::string text;
  auto add = [&](std::uint64_t count, const std::string& words) {
    if (count > 0) text += (text.empty() ? "" : ", ") + words;
  };
  add(status.error.empty() ? 0 : 1, status.error);
  add(status.batches.failed, counted(status.batches.failed, "failed batch", "es"));
  add(status.records.rejected, count_text(status.records.rejected) + " rejected");
  return {text, status.batches.failed > 0 || !status.error.empty() ? tone::bad : tone::warning};
}

std::vector<line> rows(const fleet& all, unix_ms now, std::size_t bar, std::size_t width, bool unicode) {
  // An id cut short would tell nothing: those of a tenant begin alike.
  table result{{{"tenant", side::left, 6},
                {"record type", side::left, 8},
                {"state", side::left, 9},
                {"", side::left, 0, 3},
                {"done", side::right},
                {"left", side::right, 0, 2},
                {"rate", side::right, 0, 5},
                {"records", side::right, 0, 6},
                {"troubles", side::left, 12, 4},
                {"import", side::left, 0, 7}}};
  for (auto* status : all.imports) {
    auto rate = rate_of(all, *status, now);
    auto in = tone_of(status->state);
    result.add({{status->tenant, tone::strong},
                {status->record_type},
                {std::string{to_string(status->state)}, in},
                {bar_text(bar, status->progress, unicode), in},
                {percent_text(status->progress)},
                {time_left(*status, now)},
                {rate > 0 ? rate_text(rate) : "", tone::dim},
                {records_text(status->records)},
                troubles(*status),
                {status->id, tone::dim}});
  }
  return result.layout_rows(width);
}

/// With the longest bar that no other column has to give room for.
std::vector<line> fitting_rows(const fleet& all, unix_ms now, const frame_shape& shape) {
  auto fitting = rows(all, now, least_bar, shape.width, shape.unicode);
  std::size_t used = 0;
  for (auto& x : fitting) used = std::max(used, width_of(x));
  if (used >= shape.width) return fitting;
  auto bar = std::min(widest_bar, least_bar + shape.width - used);
  return rows(all, now, bar, shape.width, shape.unicode);
}

} // namespace

std::vector<line> fleet_frame(const fleet& all, unix_ms now, const frame_shape& shape) {
  auto running = static_cast<std::uint64_t>(
      std::ranges::count_if(all.imports, [](auto* x) { return !at_rest(x->state); }));
  auto paused = all.imports.size() - running;
  double rate = 0;
  for (auto* x : all.imports) rate += rate_of(all, *x, now);
  std::vector<span> head{{printable(all.node), tone::strong}, {counted(running, "import") + " running"}};
  if (paused > 0) head.push_back({fmt::format("{} paused", paused), tone::warning});
  if (auto slots = slots_words(all.pools); !slots.text.empty()) head.push_back(std::move(slots));
  if (rate > 0) head.push_back({rate_text(rate)});
  auto lines = flow(head, shape.width);
  if (!all.imports.empty()) {
    auto more = fitting_rows(all, now, shape);
    lines.insert(lines.end(), more.begin(), more.end());
  }
  if (lines.size() > shape.height && shape.height > 1) {
    auto left_out = lines.size() - (shape.height - 1);
    lines.resize(shape.height - 1);
    lines.push_back({{fmt::format("and {} more", left_out), tone::dim}});
  }
  if (lines.size() > shape.height) lines.resize(shape.height);
  for (auto& x : lines) x = cut(std::move(x), shape.width);
  return lines;
}

} // namespace tidemark::cli
