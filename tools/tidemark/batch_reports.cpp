#include "tools/tidemark/reports.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>

namespace tidemark::cli {

namespace {

using side = column::side;

tone tone_of(batch_state state) {
  switch (state) {
  case batch_state::completed: return tone::good;
  case batch_state::failed: return tone::bad;
  case batch_state::cancelled: return tone::warning;
  default: return tone::plain;
  }
}

std::string number_or_nothing(std::uint64_t x) { return x == 0 ? std::string{} : count_text(x); }

} // namespace

std::vector<line> report(const batch_list& list, std::size_t width) {
  if (list.batches.empty()) return {{{"no such batches"}}};
  table result{{{"batch", side::right},
                {"record type", side::left, 8},
                {"after", side::right, 0, 6},
                {"up to", side::right, 0, 5},
                {"state"},
                {"stored", side::right, 0, 2},
                {"rejected", side::right, 0, 1},
                {"picked up", side::right, 0, 4},
                {"failed", side::right, 0, 3},
                {"error", side::left, 16}}};
  for (auto& x : list.batches)
    result.add({{std::to_string(x.number), tone::strong},
                {x.record_type},
                {x.from_start ? "start" : std::to_string(x.after)},
                {std::to_string(x.up_to)},
                {std::string{to_string(x.state)}, tone_of(x.state)},
                {number_or_nothing(x.stored)},
                {number_or_nothing(x.rejected), tone::warning},
                {number_or_nothing(x.counters.picked_up)},
                {number_or_nothing(x.counters.failed_attempts)},
                {x.error_code.empty() ? "" : x.error_code + ": " + x.error_text, tone_of(x.state)}});
  auto lines = result.layout(width);
  if (list.left_off > 0)
    lines.push_back(
        {{fmt::format("and {} more; --limit shows more of them", count_text(list.left_off)), tone::dim}});
  return lines;
}

std::vector<line> report(const rejected_list& list, std::size_t width) {
  if (list.records.empty()) return {{{"no rejected records"}}};
  table result{{{"record type", side::left, 8},
                {"key", side::left},
                {"since", side::left, 0, 3},
                {"reason", side::left, 20},
                {"raw", side::left, 20, 2}}};
  for (auto& x : list.records)
    result.add({{x.record_type},
                {x.record.key.empty() ? "unknown" : x.record.key, tone::strong},
                {local_time_text(x.at), tone::dim},
                {x.record.reason, tone::warning},
                {x.record.raw, tone::dim}});
  return result.layout(width);
}

std::vector<line> report(const blocker_list& list, unix_ms now, std::size_t width) {
  if (list.blockers.empty())
    return folded({{fmt::format("import {} is {}: nothing of it waits", printable(list.import_id),
                                to_string(list.state))}},
                  width);
  table result{{{"record type", side::left, 12},
                {"batches", side::right},
                {"blocker"},
                {"for", side::right, 0, 1},
                {"why", side::left, 30}}};
  for (auto& x : list.blockers)
    result.add({{x.record_type.empty() ? "import" : x.record_type, tone::strong},
                {number_or_nothing(x.batches)},
                {x.what, tone::warning},
                {x.until > now ? duration_text(x.until - now) : ""},
                {x.text}});
  return result.layout(width);
}

} // namespace tidemark::cli
