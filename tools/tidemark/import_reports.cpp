#include "tools/tidemark/reports.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/facts.hpp"
#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

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

std::string rejected_hint(const import_status& status) {
  if (status.records.rejected == 0) return {};
  return fmt::format("\"rejected {}\" shows which and why; the next import fetches {} again", status.tenant,
                     status.records.rejected == 1 ? "it" : "them");
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

// More types than these that are complete are told as one sum.
constexpr std::size_t most_proofs = 12;

/// "complete as of 2026-03-01 12:00:00 +00:00, 1,999 of 1,999", or what was found instead.
std::string proof_words(const type_status& type) {
  auto& found = type.verified;
  auto words = found.result == proof::complete
                   ? fmt::format("complete as of {}, {} of {}", local_time_text(found.at),
                                 count_text(found.rows), count_text(found.rows))
               : found.result == proof::differs
                   ? fmt::format("not complete as of {}: {}", local_time_text(found.at), found.text)
                   : "not compared: " + found.text;
  if (found.repaired > 0)
    words += fmt::format("; {} of keys differed at first and {} imported once more",
                         counted(found.repaired, "range"), found.repaired == 1 ? "was" : "were");
  return words;
}

/// What comparing came to, type by type; those that are complete in one line where there are many.
std::vector<fact> comparisons_of(const std::vector<type_status>& types) {
  std::vector<fact> result;
  std::size_t compared = 0;
  std::size_t complete = 0;
  unix_ms as_of = 0;
  for (auto& type : types) {
    auto& found = type.verified;
    if (found.result == proof::none) continue;
    ++compared;
    if (found.result != proof::complete) continue;
    ++complete;
    as_of = as_of == 0 ? found.at : std::min(as_of, found.at);
  }
  if (compared == 0) return result;
  bool as_sum = complete > most_proofs;
  if (as_sum)
    result.push_back(
        {"complete",
         {fmt::format("{} of {} record types, as of {}", complete, compared, local_time_text(as_of)),
          tone::good}});
  for (auto& type : types) {
    auto& found = type.verified;
    if (found.result == proof::none) continue;
    if (as_sum && found.result == proof::complete && found.repaired == 0) continue;
    result.push_back({printable(type.name),
                      {proof_words(type), found.result == proof::complete ? tone::good : tone::warning}});
  }
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
                             {"rejected", {rejected_hint(status), tone::dim}},
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

namespace {

/// Those that were written since they were new or different.
std::string changed_words(const import_status& status) {
  if (status.unseen) return {};
  return count_text(status.records.stored - std::min(status.records.stored, status.records.unchanged));
}

std::string count_or_nothing(std::uint64_t x) { return x == 0 ? std::string{} : count_text(x); }

table table_of(const import_list& list, bool with_ids) {
  std::vector<column> columns{
      {"record type", side::left, 11}, {"mode", side::left, 0, 4},      {"state"},
      {"done", side::right, 0, 7},     {"stored", side::right, 0, 2},   {"changed", side::right, 0, 3},
      {"deleted", side::right, 0, 5},  {"rejected", side::right, 0, 1}, {"requested", side::left, 0, 9},
      {"took", side::right, 0, 6},     {"ended", side::left, 0, 8},     {"by", side::left, 8, 11},
      {"reason", side::left, 20, 10}};
  if (with_ids) columns.insert(columns.begin(), {"id"});
  table result{std::move(columns)};
  for (auto& x : list.imports) {
    bool took = x.started_at != 0 && x.finished_at != 0;
    std::vector<span> cells{{x.record_type},
                            {std::string{to_string(x.mode)}},
                            {std::string{to_string(x.state)}, tone_of(x.state)},
                            {progress_text(x)},
                            {x.unseen ? "" : count_text(x.records.stored)},
                            {changed_words(x)},
                            {count_or_nothing(x.records.deleted)},
                            {count_or_nothing(x.records.rejected), tone::warning},
                            {local_time_text(x.requested_at)},
                            {took ? duration_text(x.finished_at - x.started_at) : ""},
                            {time_or_nothing(x.finished_at)},
                            {x.requested_by, tone::dim},
                            {x.error, tone_of(x.state)}};
    if (with_ids) cells.insert(cells.begin(), {x.id, tone::strong});
    result.add(std::move(cells));
  }
  return result;
}

} // namespace

std::vector<line> report(const import_list& list, std::size_t width) {
  if (list.imports.empty() && !list.missing.empty()) return {{{"no imports of the other tenants"}}};
  if (list.imports.empty()) return {{{"no imports"}}};
  auto whole = table_of(list, true);
  if (whole.least_width() <= width) return whole.layout(width);
  // An id is long: where it leaves no room for what matters it has a line to itself.
  constexpr std::size_t indent = 2;
  auto rows = table_of(list, false).layout(width > indent ? width - indent : width);
  std::vector<line> lines;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i >= 1 && i <= list.imports.size())
      lines.push_back({{printable(list.imports[i - 1].id), tone::strong}});
    auto next = std::move(rows[i]);
    next.insert(next.begin(), {std::string(indent, ' ')});
    lines.push_back(std::move(next));
  }
  return lines;
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

std::vector<line> proofs(const import_status& status, std::size_t width) {
  return layout_facts(comparisons_of(status.types), width);
}

bool has_errors(const import_status& status) {
  return !status.error.empty() || status.batches.failed > 0 || !status.notes.empty()
         || std::ranges::any_of(status.types, [](auto& x) { return !x.error.empty(); });
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
