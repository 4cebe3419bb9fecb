#include "tools/tidemark/reports.hpp"

#include "tools/tidemark/facts.hpp"
#include "tools/tidemark/json_values.hpp"
#include "tools/tidemark/numbers.hpp"
#include "tools/tidemark/to_json.hpp"

#include <fmt/format.h>

namespace tidemark::cli {

namespace {

using side = column::side;

span state_of(const flag_record& record) {
  if (!record.problem.empty()) return {"off: the record is wrong", tone::bad};
  return record.enabled == "1" ? span{"on", tone::good} : span{"off", tone::warning};
}

std::string tenants_of(const flag_record& record) {
  bool all = !record.has_tenant_ids || record.tenant_ids == "[]";
  if (all) return "all";
  auto list = json::parse(record.tenant_ids, nullptr, false);
  if (!list.is_array()) return record.tenant_ids;
  std::string ids;
  for (auto& id : list)
    ids += (ids.empty() ? "" : ", ") + (id.is_string() ? id.get<std::string>() : id.dump());
  return ids;
}

span state_of(const schedule& x) {
  if (x.waiting_since != 0)
    return {x.waiting_for.empty() ? "due" : "waits for " + x.waiting_for, tone::active};
  if (x.paused) return {"paused", tone::warning};
  if (!x.last_error.empty()) return {"failed: " + x.last_error, tone::bad};
  return {"ok", tone::good};
}

std::string when_text(const schedule& x) { return x.cron + " " + x.zone; }

} // namespace

// -- flags

std::vector<line> report(const flag_list& list, std::size_t width) {
  std::vector<line> lines;
  if (!list.flags.empty()) {
    table result{{{"flag"},
                  {"state"},
                  {"tenants", side::left, 12},
                  {"updated", side::left, 0, 1},
                  {"description", side::left, 16, 2}}};
    for (auto& x : list.flags)
      result.add({{x.name, tone::strong}, state_of(x), {tenants_of(x)}, {x.updated_at}, {x.description}});
    lines = result.layout(width);
    lines.push_back({});
  }
  std::vector<fact> facts;
  for (auto& x : list.flags)
    if (!x.problem.empty()) facts.push_back({x.name, {x.problem, tone::bad}});
  facts.push_back({"without a record", {fmt::format("{}: {}", chunked_import_flag, list.otherwise)}});
  auto more = layout_facts(facts, width);
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

std::vector<line> report(const flag_record& x, std::size_t width) {
  return layout_facts({{"flag", {x.name, tone::strong}},
                       {"state", state_of(x)},
                       {"problem", {x.problem, tone::bad}},
                       {"tenants", {tenants_of(x)}},
                       {"updated", {x.updated_at}},
                       {"counts", {"from the next start of an import on; one that runs keeps its path"}}},
                      width);
}

std::vector<line> report(const flag_decision& x, std::size_t width) {
  return layout_facts({{"flag", {x.name, tone::strong}},
                       {"tenant", {x.tenant}},
                       {"decision",
                        {x.enabled ? "on: the chunked path" : "off: the legacy path",
                         x.enabled ? tone::good : tone::warning}},
                       {"reason", {x.reason}},
                       {"alert", {x.alert, tone::bad}}},
                      width);
}

namespace {

/// "2026-03-01 12:00:00", as SQL writes UTC, in the form of all other times; whatever else stands there as it
/// is.
json sql_time(const std::string& text) {
  if (text.size() == std::string_view{"0000-00-00 00:00:00"}.size() && text[10] == ' ')
    if (auto at = parse_time(text.substr(0, 10) + "T" + text.substr(11) + "Z")) return time(*at);
  return text_or_null(text);
}

/// The list itself; what is no JSON as the text that it is.
json tenant_ids_of(const flag_record& x) {
  if (!x.has_tenant_ids) return nullptr;
  auto list = json::parse(x.tenant_ids, nullptr, false);
  return list.is_discarded() ? json(x.tenant_ids) : list;
}

} // namespace

json to_json(const flag_record& x) {
  return {{"name", x.name},
          {"enabled", x.enabled == "1" && x.problem.empty()},
          {"tenant_ids", tenant_ids_of(x)},
          {"description", text_or_null(x.description)},
          {"created_at", sql_time(x.created_at)},
          {"updated_at", sql_time(x.updated_at)},
          {"problem", text_or_null(x.problem)}};
}

json to_json(const flag_decision& x) {
  return {{"name", x.name},       {"tenant", text_or_null(x.tenant)},
          {"enabled", x.enabled}, {"source", x.source},
          {"reason", x.reason},   {"alert", text_or_null(x.alert)}};
}

// -- parity

std::vector<line> report(const parity_report& parity, std::size_t width) {
  table paths{{{"path"},
               {"state"},
               {"time", side::right},
               {"requests", side::right},
               {"records", side::right},
               {"error", side::left, 16, 1}}};
  for (auto& x : parity.paths)
    paths.add({{x.system, tone::strong},
               {std::string{to_string(x.state)}, tone_of(x.state)},
               {duration_text(static_cast<unix_ms>(x.milliseconds))},
               {count_text(x.requests)},
               {count_text(x.records)},
               {x.error, tone::bad}});
  auto lines = paths.layout(width);
  lines.push_back({});
  if (parity.types.empty()) {
    lines.push_back({{"nothing was compared: a path did not come to its end", tone::bad}});
    return lines;
  }
  table types{{{"record type"}, {"chunked", side::right}, {"legacy", side::right}, {"differ", side::right}}};
  std::uint64_t differences = 0;
  std::vector<line> examples;
  for (auto& x : parity.types) {
    differences += x.differences;
    types.add({{x.record_type},
               {count_text(x.chunked_rows)},
               {count_text(x.legacy_rows)},
               {count_text(x.differences), x.differences == 0 ? tone::good : tone::bad}});
    for (auto& sentence : x.examples) examples.push_back({{sentence, tone::bad}});
  }
  auto more = types.layout(width);
  lines.insert(lines.end(), more.begin(), more.end());
  lines.push_back({});
  if (parity.looked_at_again > 0)
    lines.push_back(
        {{fmt::format("{} differed at first and {} looked at again", counted(parity.looked_at_again, "row"),
                      parity.looked_at_again == 1 ? "was" : "were"),
          tone::dim}});
  lines.push_back(differences == 0 ? line{{"no difference", tone::good}}
                                   : line{{fmt::format("{} {}", counted(differences, "row"),
                                                       differences == 1 ? "differs" : "differ"),
                                           tone::bad}});
  lines.insert(lines.end(), examples.begin(), examples.end());
  return lines;
}

json to_json(const parity_report& parity) {
  auto paths = json::array();
  for (auto& x : parity.paths)
    paths.push_back({{"system", x.system},
                     {"state", to_string(x.state)},
                     {"error", text_or_null(x.error)},
                     {"milliseconds", x.milliseconds},
                     {"requests", x.requests},
                     {"records", x.records}});
  auto types = json::array();
  std::uint64_t differences = 0;
  for (auto& x : parity.types) {
    differences += x.differences;
    types.push_back({{"name", x.record_type},
                     {"chunked_rows", x.chunked_rows},
                     {"legacy_rows", x.legacy_rows},
                     {"differences", x.differences},
                     {"examples", x.examples}});
  }
  return {{"tenant", parity.tenant},
          {"record_type", parity.record_type},
          {"paths", std::move(paths)},
          {"record_types", std::move(types)},
          {"differences", parity.types.empty() ? json(nullptr) : json(differences)},
          {"looked_at_again", parity.looked_at_again}};
}

// -- schedules

std::vector<line> report(const schedule_list& list, std::size_t width) {
  if (list.schedules.empty()) return {{{"no schedules"}}};
  table result{{{"schedule"},
                {"tenant"},
                {"record type", side::left, 8},
                {"mode", side::left, 0, 3},
                {"when", side::left, 12, 1},
                {"next run", side::left, 0, 2},
                {"state", side::left, 16}}};
  for (auto& [x, next] : list.schedules)
    result.add({{x.name, tone::strong},
                {x.tenant},
                {x.record_type},
                {std::string{to_string(x.mode)}},
                {when_text(x)},
                {next.empty() ? "" : local_time_text(next.front())},
                state_of(x)});
  return result.layout(width);
}

std::vector<line> report(const schedule_status& status, std::size_t width) {
  auto& x = status.what;
  std::vector<fact> facts{
      {"schedule", {x.name, tone::strong}},
      {"imports", {fmt::format("{} of tenant {}, {}", x.record_type, x.tenant, to_string(x.mode))}},
      {"when", {when_text(x)}},
      {"jitter", {x.jitter_seconds == 0 ? "" : fmt::format("up to {} s", x.jitter_seconds)}},
      {"missed runs", {x.missed == missed_runs::skip ? "left out" : "one run when the node is back"}},
      {"state", state_of(x)},
      {"last import",
       {x.last_import.empty() ? ""
                              : fmt::format("{}, {}", x.last_import, local_time_text(x.last_started_at))},
       true}};
  for (std::size_t i = 0; i < status.next_runs.size(); ++i)
    facts.push_back({i == 0 ? "next runs" : " ", {local_time_text(status.next_runs[i])}});
  return layout_facts(facts, width);
}

json to_json(const schedule_status& status) {
  auto& x = status.what;
  auto next = json::array();
  for (auto run : status.next_runs) next.push_back(time(run));
  return {{"name", x.name},
          {"tenant", x.tenant},
          {"record_type", x.record_type},
          {"mode", to_string(x.mode)},
          {"cron", x.cron},
          {"zone", x.zone},
          {"jitter_seconds", x.jitter_seconds},
          {"missed", to_string(x.missed)},
          {"paused", x.paused},
          {"next_runs", std::move(next)},
          {"waiting_since", time(x.waiting_since)},
          {"waiting_for", text_or_null(x.waiting_for)},
          {"last_import", text_or_null(x.last_import)},
          {"last_started_at", time(x.last_started_at)},
          {"last_error", text_or_null(x.last_error)},
          {"created_by", x.created_by},
          {"created_at", time(x.created_at)}};
}

// -- audit

std::vector<line> report(const audit_list& list, std::size_t width) {
  if (list.entries.empty()) return {{{"nothing has been changed by a command"}}};
  table result{{{"at"},
                {"who", side::left, 8},
                {"command", side::left, 16},
                {"tenant", side::left, 0, 3},
                {"subject", side::left, 12, 1},
                {"result", side::left, 8},
                {"from", side::left, 12, 2}}};
  for (auto& x : list.entries)
    result.add(
        {{local_time_text(x.at), tone::dim},
         {x.who, tone::strong},
         {x.command},
         {x.tenant},
         {x.subject},
         {x.text.empty() ? x.result : x.result + ": " + x.text, x.result == "done" ? tone::good : tone::bad},
         {x.origin}});
  return result.layout(width);
}

json to_json(const audit_entry& x) {
  return {{"number", x.number},   {"at", time(x.at)},     {"who", x.who},
          {"from", x.origin},     {"command", x.command}, {"tenant", text_or_null(x.tenant)},
          {"subject", x.subject}, {"result", x.result},   {"text", text_or_null(x.text)}};
}

} // namespace tidemark::cli
