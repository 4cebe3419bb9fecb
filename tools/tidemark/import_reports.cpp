#include "tools/tidemark/reports.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/facts.hpp"
#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark::cli {

namespace {

using side = column::side;

std::string held_words(const record_counts& records) {
  return records.held == 0 ? std::string{} : fmt::format(", {} held", counted(records.held, "deletion"));
}

std::string records_words(const record_counts& records) {
  if (records.planned == 0 && records.stored == 0 && records.rejected == 0 && records.held == 0) return {};
  auto text = fmt::format("{} of {}{} stored", count_text(records.stored), records.estimated ? "~" : "",
                          count_text(records.planned));
  if (records.rejected > 0) text += fmt::format(", {} rejected", count_text(records.rejected));
  return text + held_words(records);
}

std::string batches_words(const batch_counts& batches) {
  if (batches.planned == 0) return {};
  auto text = fmt::format("{} of {} completed", count_text(batches.completed), count_text(batches.planned));
  auto add = [&](std::uint64_t count, const char* what) {
    if (count > 0) text += fmt::format(", {} {}", count_text(count), what);
  };
  add(batches.failed, "failed");
  add(batches.cancelled, "cancelled");
  add(batches.running, "running");
  add(batches.pending, "pending");
  return text;
}

std::string pick_ups_words(const batch_counters& x) {
  if (x.picked_up == 0 && x.refusals == 0) return {};
  auto text = count_text(x.picked_up);
  auto add = [&, first = true](std::uint64_t count, const std::string& what) mutable {
    if (count == 0) return;
    text += fmt::format("{} {} {}", first ? ":" : ",", count_text(count), what);
    first = false;
  };
  add(x.completed, "completed");
  add(x.failed_attempts, x.failed_attempts == 1 ? "failed attempt" : "failed attempts");
  add(x.split, "split");
  add(x.released, "released");
  add(x.interrupted, "interrupted");
  if (x.refusals > 0) text += "; " + counted(x.refusals, "refusal") + " waited out";
  return text;
}

std::string eta_words(const import_status& status, unix_ms now) {
  if (status.eta_latest == 0 || at_rest(status.state)) return {};
  return fmt::format("{} left, until {} at the latest",
                     interval_text(status.eta_earliest, status.eta_latest, now),
                     local_time_text(status.eta_latest));
}

std::string elapsed_words(const import_status& status, unix_ms now) {
  if (status.started_at == 0) return {};
  return duration_text((status.finished_at != 0 ? status.finished_at : now) - status.started_at);
}

std::string time_or_nothing(unix_ms at) { return at == 0 ? std::string{} : local_time_text(at); }

void append(std::vector<line>& to, std::vector<line> more) {
  to.push_back({});
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::string origin_of(const type_status& type) {
  if (type.taken_from.empty()) return {};
  return (is_final(type.state) ? "taken from " : "runs in ") + type.taken_from;
}

std::string request_words(unix_ms at, const std::string& by) {
  return local_time_text(at) + (by.empty() ? "" : " by " + by);
}

/// A title and facts below it, if there are any.
void append_section(std::vector<line>& to, const std::string& title, const std::vector<fact>& facts,
                    std::size_t width) {
  auto laid_out = layout_facts(facts, width);
  if (laid_out.empty()) return;
  laid_out.insert(laid_out.begin(), line{{title, tone::strong}});
  append(to, std::move(laid_out));
}

/// What comparing came to: a sum of those that are complete, and whatever else there is to know.
std::vector<fact> comparisons_of(const std::vector<type_status>& types) {
  std::vector<fact> result;
  std::size_t compared = 0;
  std::size_t complete = 0;
  for (auto& type : types) {
    auto& found = type.verified;
    if (found.result == proof::none) continue;
    ++compared;
    complete += found.result == proof::complete ? 1 : 0;
    if (found.result == proof::complete && found.repaired == 0) continue;
    auto repaired = found.repaired == 0
                        ? std::string{}
                        : fmt::format("; {} ranges of keys differed at first and were imported once more",
                                      found.repaired);
    result.push_back(
        {printable(type.name),
         {found.text + repaired, found.result == proof::complete ? tone::plain : tone::warning}});
  }
  if (compared > 0)
    result.insert(result.begin(), {"complete", {fmt::format("{} of {} record types", complete, compared)}});
  return result;
}

table table_of(const std::vector<type_status>& types) {
  table result{{{"wave", side::right},
                {"record type", side::left, 12},
                {"state"},
                {"done", side::right, 0, 3},
                {"stored", side::right},
                {"planned", side::right, 0, 2},
                {"rejected", side::right, 0, 1},
                {"held", side::right, 0, 1},
                {"batches", side::right, 0, 4},
                {"failed", side::right, 0, 5},
                {"by", side::left, 20, 6}}};
  for (auto& type : types) {
    auto number = [](std::uint64_t x) { return x == 0 ? std::string{} : count_text(x); };
    auto& batches = type.batches;
    result.add(
        {{std::to_string(type.wave), tone::dim},
         {type.name},
         {std::string{to_string(type.state)}, tone_of(type.state)},
         {type.state == type_state::waiting ? "" : percent_text(type.progress)},
         {number(type.records.stored)},
         {type.records.planned == 0 ? ""
                                    : (type.records.estimated ? "~" : "") + count_text(type.records.planned)},
         {number(type.records.rejected), tone::warning},
         {number(type.records.held), tone::bad},
         {batches.planned == 0
              ? ""
              : fmt::format("{}/{}", count_text(batches.completed), count_text(batches.planned))},
         {number(batches.failed), tone::bad},
         {origin_of(type), tone::dim}});
  }
  return result;
}

} // namespace

std::vector<line> report(const import_status& status, unix_ms now, std::size_t width) {
  auto of = fmt::format("{} for tenant {} ({}, {})", status.record_type, status.tenant,
                        to_string(status.mode), status.system);
  auto state = fmt::format("{}, {}", to_string(status.state), progress_text(status));
  auto lines = layout_facts({{"import", {status.id, tone::strong}, true},
                             {"of", {of}},
                             {"state", {state, tone_of(status.state)}},
                             {"reason", {status.error, tone_of(status.state)}},
                             {"figures", {status.unseen ? "not known: the ledger cannot be read" : ""}},
                             {"records", {records_words(status.records)}},
                             {"batches", {batches_words(status.batches)}},
                             {"pick-ups", {pick_ups_words(status.pick_ups)}},
                             {"requested", {request_words(status.requested_at, status.requested_by)}},
                             {"started", {time_or_nothing(status.started_at)}},
                             {"finished", {time_or_nothing(status.finished_at)}},
                             {"elapsed", {elapsed_words(status, now)}},
                             {"eta", {eta_words(status, now)}}},
                            width);
  if (!status.types.empty()) append(lines, table_of(status.types).layout(width));
  append_section(lines, "compared with the account", comparisons_of(status.types), width);
  std::vector<fact> errors;
  for (auto& type : status.types) errors.push_back({printable(type.name), {type.error, tone_of(type.state)}});
  append_section(lines, "errors", errors, width);
  std::vector<fact> notes;
  for (auto& note : status.notes)
    notes.push_back({note.record_type.empty() ? "import" : printable(note.record_type),
                     {fmt::format("{} {}: {}", local_time_text(note.at), note.code, note.text)}});
  append_section(lines, "notes", notes, width);
  return lines;
}

std::vector<line> report(const import_list& list, std::size_t width) {
  if (list.imports.empty() && !list.missing.empty()) return {{{"no imports of the other tenants"}}};
  if (list.imports.empty()) return {{{"no imports"}}};
  table result{{{"id"},
                {"record type", side::left, 11, 1},
                {"state"},
                {"done", side::right, 0, 2},
                {"stored", side::right, 0, 3},
                {"rejected", side::right, 0, 4},
                {"requested", side::left, 0, 5},
                {"by", side::left, 8, 6},
                {"reason", side::left, 20, 7}}};
  for (auto& x : list.imports)
    result.add({{x.id, tone::strong},
                {x.record_type},
                {std::string{to_string(x.state)}, tone_of(x.state)},
                {progress_text(x)},
                {x.unseen ? "" : count_text(x.records.stored)},
                {x.records.rejected == 0 ? "" : count_text(x.records.rejected), tone::warning},
                {local_time_text(x.requested_at)},
                {x.requested_by, tone::dim},
                {x.error, tone_of(x.state)}});
  return result.layout(width);
}

std::string shortfall(const import_list& list) {
  std::vector<std::string> sentences;
  for (auto& part : list.missing)
    sentences.push_back(fmt::format("imports of tenant {} cannot be listed: {}", part.tenant, part.reason));
  return fmt::format("{}", fmt::join(sentences, "; "));
}

std::vector<line> report(const cancel_receipt& receipt, std::size_t width) {
  return layout_facts(
      {{"cancelled", {receipt.import_id, tone::strong}, true},
       {"requested", {request_words(receipt.requested_at, receipt.requested_by)}},
       {"finished", {local_time_text(receipt.finished_at)}},
       {"batches",
        {fmt::format("{} completed, {} interrupted, {} never started", count_text(receipt.batches_completed),
                     count_text(receipt.batches_interrupted), count_text(receipt.batches_never_started))}}},
      width);
}

line verdict(const import_status& status) {
  auto text = fmt::format("import {} {}", printable(status.id),
                          status.state == import_state::paused ? "is paused" : to_string(status.state));
  if (!status.unseen) text += fmt::format(": {} stored", counted(status.records.stored, "record"));
  if (status.records.rejected > 0) text += fmt::format(", {} rejected", count_text(status.records.rejected));
  text += held_words(status.records);
  if (status.batches.failed > 0) text += ", " + counted(status.batches.failed, "batch", "es") + " failed";
  if (status.started_at != 0 && status.finished_at != 0)
    text += " in " + duration_text(status.finished_at - status.started_at);
  if (!status.error.empty()) text += ": " + printable(status.error);
  return {{text, tone_of(status.state)}};
}

} // namespace tidemark::cli
