#include "tools/tidemark/reports.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/facts.hpp"
#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark::cli {

namespace {

using side = column::side;

std::string limit_text(const pool_status& pool) {
  auto from = std::string{to_string(pool.source)};
  if (!pool.source_note.empty()) from += ": " + pool.source_note;
  return fmt::format("{} ({})", pool.limit, from);
}

std::string use_text(const pool_status& pool) {
  return pool.lingering == 0 ? fmt::format("{} of {}", pool.in_use, pool.effective)
                             : fmt::format("{} of {}, {} of them by requests that were aborted", pool.in_use,
                                           pool.effective, pool.lingering);
}

span logins_span(const std::vector<login_status>& logins) {
  std::vector<std::string> texts;
  bool bad = false;
  for (auto& login : logins) {
    if (login.tenant.empty()) continue;
    texts.push_back(fmt::format("{} {}", login.tenant, login.state));
    bad = bad || login.state == "refused" || login.state == "suspected";
  }
  return {fmt::format("{}", fmt::join(texts, ", ")), bad ? tone::bad : tone::plain};
}

std::string refusals_text(const pool_status& pool) {
  if (pool.refused_as_401 == 0) return count_text(pool.refused);
  return fmt::format("{}, {} of them as a refused login", count_text(pool.refused),
                     count_text(pool.refused_as_401));
}

std::string reuse_text(const pool_status& pool) {
  if (pool.transfers == 0) return "no request yet";
  auto share = static_cast<std::uint32_t>(pool.reused * 10'000 / pool.transfers);
  return fmt::format("{} of requests went over a kept connection: {} handshakes saved", percent_text(share),
                     count_text(pool.reused));
}

tone tone_of_tenant(const std::string& state) { return state == "active" ? tone::good : tone::bad; }

} // namespace

std::vector<line> report(const pool_status& pool, std::size_t width) {
  auto lines = layout_facts(
      {{"account", {pool.account, tone::strong}},
       {"limit", {limit_text(pool)}},
       {"reserve", {pool.reserve == 0 ? "" : fmt::format("{} left to other integrations", pool.reserve)}},
       {"effective",
        {fmt::format("{} granted at most right now", pool.effective),
         pool.effective + pool.reserve < pool.limit ? tone::warning : tone::plain}},
       {"in use", {use_text(pool)}},
       {"busy",
        {fmt::format("{} of the last minute, {} of 5 min, {} of 15 min", percent_text(pool.busy_1m),
                     percent_text(pool.busy_5m), percent_text(pool.busy_15m))}},
       {"waiting", {count_text(pool.waiting)}},
       {"granted", {count_text(pool.granted)}},
       {"refused", {refusals_text(pool)}},
       {"connections", {reuse_text(pool)}},
       {"logins", logins_span(pool.logins)},
       {"outage", {pool.outage ? pool.outage_reason : "", tone::bad}}},
      width);
  if (pool.lanes.empty()) return lines;
  table lanes{{{"import"}, {"waiting", side::right}}};
  for (auto& lane : pool.lanes) lanes.add({{lane.import_id, tone::strong}, {count_text(lane.waiting)}});
  lines.push_back({});
  auto laid_out = lanes.layout(width);
  lines.insert(lines.end(), laid_out.begin(), laid_out.end());
  return lines;
}

std::vector<line> report(const tenant_list& list, std::size_t width) {
  if (list.tenants.empty()) return {{{"no tenants: the node's configuration has none"}}};
  table result{{{"tenant"},
                {"account"},
                {"state"},
                {"running", side::right},
                {"comparing", side::left, 0, 3},
                {"since", side::left, 0, 2},
                {"reason", side::left, 20, 1}}};
  for (auto& x : list.tenants)
    result.add({{x.id, tone::strong},
                {x.account},
                {x.state, tone_of_tenant(x.state)},
                {count_text(x.imports_running)},
                {x.comparing},
                {x.since == 0 ? "" : local_time_text(x.since)},
                {x.reason}});
  return result.layout(width);
}

std::vector<line> report(const tenant_info& x, std::size_t width) {
  return layout_facts({{"tenant", {x.id, tone::strong}},
                       {"account", {x.account}},
                       {"state", {x.state, tone_of_tenant(x.state)}},
                       {"since", {x.since == 0 ? "" : local_time_text(x.since)}},
                       {"reason", {x.reason}},
                       {"imports", {fmt::format("{} running", count_text(x.imports_running))}},
                       {"comparing", {x.comparing.empty() ? "" : "both paths of " + x.comparing}}},
                      width);
}

} // namespace tidemark::cli
