#include "tools/tidemark/reports.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/facts.hpp"
#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::cli {

namespace {

using side = column::side;

constexpr std::size_t cleared_shown = 20;

tone tone_of(alert_level level) {
  switch (level) {
  case alert_level::notice: return tone::active;
  case alert_level::warning: return tone::warning;
  case alert_level::error: return tone::bad;
  }
  return tone::plain;
}

void add_wrapped(std::vector<line>& lines, const std::string& text, tone in, std::size_t width) {
  constexpr std::size_t indent = 2;
  for (auto& part : wrap(printable(text), width > indent ? width - indent : width))
    lines.push_back({{std::string(indent, ' ')}, {part, in}});
}

void add_alert(std::vector<line>& lines, const alert& x, unix_ms now, std::size_t width) {
  lines.push_back(
      cut({{std::string{to_string(x.level)}, tone_of(x.level)},
           {" "},
           {printable(x.id), tone::strong},
           {fmt::format(", {}, for {}", printable(to_string(x.about)), duration_text(now - x.since))}},
          width));
  add_wrapped(lines, x.text, tone::plain, width);
  if (!x.remedy.empty()) add_wrapped(lines, x.remedy, tone::dim, width);
}

table table_of_cleared(const std::vector<alert>& cleared) {
  table result{{{"cleared"},
                {"alert"},
                {"about", side::left, 10},
                {"was up for", side::right},
                {"text", side::left, 20, 1}}};
  for (std::size_t i = 0; i < std::min(cleared.size(), cleared_shown); ++i) {
    auto& x = cleared[i];
    result.add({{local_time_text(x.cleared_at), tone::dim},
                {x.id},
                {to_string(x.about)},
                {duration_text(x.cleared_at - x.since)},
                {x.text, tone::dim}});
  }
  return result;
}

table table_of_counts(const std::vector<error_count>& counts) {
  table result{{{"errors", side::right},
                {"record type", side::left, 8},
                {"category"},
                {"code", side::left, 8},
                {"last", side::left, 0, 1}}};
  for (auto& x : counts)
    result.add({{count_text(x.count), tone::strong},
                {x.record_type},
                {x.category},
                {x.code},
                {local_time_text(x.last_at), tone::dim}});
  return result;
}

table table_of_errors(const std::vector<error_entry>& entries, bool of_one_import) {
  table result{{{"at", side::left, 0, 4},
                {"import", side::left, 8, 3},
                {"record type", side::left, 8},
                {"batch", side::right, 0, 2},
                {"category"},
                {"code", side::left, 8, 1},
                {"text", side::left, 20},
                {"operation id", side::left, 8, 5}}};
  for (auto& x : entries)
    result.add({{local_time_text(x.at), tone::dim},
                {of_one_import ? "" : x.import_id},
                {x.record_type},
                {x.batch == 0 ? "" : std::to_string(x.batch)},
                {x.category},
                {x.code},
                {x.text},
                {x.operation_id, tone::dim}});
  return result;
}

void append(std::vector<line>& to, std::vector<line> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

} // namespace

std::vector<line> report(const alert_list& alerts, unix_ms now, std::size_t width) {
  std::vector<line> lines;
  if (alerts.up.empty()) lines.push_back({{"no alerts are up", tone::good}});
  for (auto& x : alerts.up) {
    if (!lines.empty()) lines.push_back({});
    add_alert(lines, x, now, width);
  }
  if (alerts.cleared.empty()) return lines;
  lines.push_back({});
  append(lines, table_of_cleared(alerts.cleared).layout(width));
  return lines;
}

std::vector<line> report(const error_report& errors, std::size_t width) {
  std::vector<line> lines;
  if (!errors.remark.empty()) {
    for (auto& part : wrap(printable(errors.remark), width)) lines.push_back({{part, tone::warning}});
    lines.push_back({});
  }
  if (errors.counts.empty()) {
    lines.push_back({{fmt::format(
        "no errors of {}",
        printable(errors.import_id.empty() ? "tenant " + errors.tenant : "import " + errors.import_id))}});
    return lines;
  }
  append(lines, table_of_counts(errors.counts).layout(width));
  lines.push_back({});
  append(lines, table_of_errors(errors.last, !errors.import_id.empty()).layout(width));
  return lines;
}

} // namespace tidemark::cli
