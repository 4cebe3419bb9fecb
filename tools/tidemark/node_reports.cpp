#include "tools/tidemark/reports.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/facts.hpp"
#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark::cli {

namespace {

using side = column::side;

table table_of(const std::vector<pool_status>& pools) {
  table result{{{"account"},
                {"slots", side::right},
                {"in use", side::right},
                {"lingering", side::right, 0, 4},
                {"waiting", side::right, 0, 1},
                {"granted", side::right, 0, 2},
                {"refused", side::right, 0, 3},
                {"state", side::left, 20}}};
  for (auto& pool : pools) {
    auto slots = pool.effective == pool.limit ? std::to_string(pool.limit)
                                              : fmt::format("{} of {}", pool.effective, pool.limit);
    result.add(
        {{pool.account, tone::strong},
         {slots},
         {std::to_string(pool.in_use)},
         {std::to_string(pool.lingering)},
         {std::to_string(pool.waiting)},
         {count_text(pool.granted)},
         {count_text(pool.refused)},
         {pool.outage ? "outage: " + pool.outage_reason : "ok", pool.outage ? tone::bad : tone::good}});
  }
  return result;
}

} // namespace

std::vector<line> report(const record_type_list& list, std::size_t width) {
  if (list.record_types.empty()) return {{{"no record types: the node's criteria file is empty"}}};
  table result{{{"record type"},
                {"waves", side::right},
                {"table", side::left, 8, 1},
                {"key", side::left, 4, 4},
                {"changes by", side::left, 8, 5},
                {"fields", side::right, 0, 3},
                {"set of", side::left, 8, 6},
                {"depends on", side::left, 16, 2},
                {"filter", side::left, 16, 7}}};
  for (auto& x : list.record_types)
    result.add({{x.name, tone::strong},
                {std::to_string(x.wave + 1)},
                {x.fields == 0 ? "(a group)" : x.table},
                {x.key},
                {x.change_column},
                {x.fields == 0 ? "" : std::to_string(x.fields)},
                {x.set_of},
                {fmt::format("{}", fmt::join(x.depends_on, ", "))},
                {x.filter, tone::dim}});
  return result.layout(width);
}

std::vector<line> report(const plan_report& plan, std::size_t width) {
  table result{{{"wave", side::right},
                {"record type", side::left, 12},
                {"records", side::right},
                {"batches", side::right},
                {"plan requests", side::right, 0, 1},
                {"remark", side::left, 20, 2}}};
  bool estimated = false;
  for (auto& x : plan.types) {
    estimated = estimated || x.walked;
    result.add({{std::to_string(x.wave), tone::dim},
                {x.name},
                {(x.walked ? "~" : "") + count_text(x.records)},
                {(x.walked ? "~" : "") + count_text(x.batches)},
                {count_text(x.plan_requests)},
                {x.walked ? "planned by a keyset walk: estimates" : "", tone::dim}});
  }
  auto lines = result.layout(width);
  std::vector<fact> errors;
  for (auto& x : plan.types) errors.push_back({printable(x.name), {x.error, tone::bad}});
  if (auto laid_out = layout_facts(errors, width); !laid_out.empty()) {
    lines.push_back({});
    lines.push_back({{"errors", tone::strong}});
    lines.insert(lines.end(), laid_out.begin(), laid_out.end());
  }
  for (auto& x : plan.types)
    if (!x.remark.empty())
      for (auto& part : folded({{printable(x.remark), tone::warning}}, width))
        lines.push_back(std::move(part));
  auto about = estimated ? "~" : "";
  lines.push_back({});
  auto sums = layout_facts({{"plan",
                             {fmt::format("{} for tenant {}, a dry run: nothing was fetched or stored",
                                          plan.record_type, plan.tenant)}},
                            {"path", {plan.system}},
                            {"records", {about + count_text(plan.records)}},
                            {"batches", {about + count_text(plan.batches)}},
                            {"requests", {about + count_text(plan.expected_requests) + " expected"}}},
                           width);
  lines.insert(lines.end(), sums.begin(), sums.end());
  return lines;
}

std::vector<line> report(const reload_report& reload, std::size_t width) {
  std::vector<line> lines;
  auto add = [&](const std::string& text, tone in) {
    for (auto& part : folded({{printable(text), in}}, width)) lines.push_back(std::move(part));
  };
  for (auto& text : reload.changes) add(text, tone::plain);
  if (reload.changes.empty())
    add("nothing has changed: the node runs with this configuration already", tone::dim);
  for (auto& text : reload.hints) add(text, tone::warning);
  return lines;
}

std::vector<line> report(const node_status& node, unix_ms now, std::size_t width) {
  std::vector<fact> facts = {
      {"node", {node.name, tone::strong}},
      {"version", {node.version}},
      {"started",
       {fmt::format("{}, {} ago", local_time_text(node.started_at), duration_text(now - node.started_at))}},
      {"tenants", {node.tenants.empty() ? "none" : fmt::format("{}", fmt::join(node.tenants, ", "))}},
      {"imports", {fmt::format("{} running", count_text(node.imports_running))}},
      {"requests", {fmt::format("{} sent", count_text(node.transfers))}},
      {"connections",
       {fmt::format("{} open, {} opened; {} saved, {} repeated after a dead connection",
                    count_text(node.connections_open), count_text(node.connections_opened),
                    counted(node.transfers_reused, "handshake"),
                    counted(node.transfers_retried, "request"))}}};
  if (!node.suspended.empty())
    facts.push_back(
        {"suspended",
         {fmt::format("{}; \"tidemark tenants\" tells why", fmt::join(node.suspended, ", ")), tone::bad}});
  if (!node.not_answering.empty())
    facts.push_back(
        {"not answering",
         {fmt::format("{}; the node's log may say why", fmt::join(node.not_answering, ", ")), tone::bad}});
  if (!node.comparing.empty())
    facts.push_back({"comparing", {fmt::format("both paths of {}", fmt::join(node.comparing, ", "))}});
  // One line each.
  for (auto& x : node.recovered)
    facts.push_back({&x == &node.recovered.front() ? "recovered" : " ",
                     {fmt::format("{}: {}", x.tenant, printable(x.text)), tone::warning}});
  // One line each; "tidemark alerts" tells the remedies.
  for (auto& alert : node.alerts)
    facts.push_back({&alert == &node.alerts.front() ? counted(node.alerts.size(), "alert") : " ",
                     {fmt::format("{}: {}", alert.id, printable(alert.text)),
                      alert.level == alert_level::error ? tone::bad : tone::warning}});
  auto lines = layout_facts(facts, width);
  if (node.pools.empty()) return lines;
  lines.push_back({});
  auto pools = table_of(node.pools).layout(width);
  lines.insert(lines.end(), pools.begin(), pools.end());
  return lines;
}

} // namespace tidemark::cli
