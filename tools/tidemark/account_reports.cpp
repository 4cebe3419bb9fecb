// What an account says of itself, for people and for programs.
#include "tools/tidemark/facts.hpp"
#include "tools/tidemark/json_values.hpp"
#include "tools/tidemark/reports.hpp"
#include "tools/tidemark/to_json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark::cli {

namespace {

tone tone_of(standing how) {
  return how == standing::amiss ? tone::bad : how == standing::hint ? tone::warning : tone::good;
}

std::string name_of(const account_finding& x) { return x.record_type.empty() ? x.about : x.record_type; }

std::string name_of(const criteria_difference& x) {
  return x.field.empty() ? x.record_type : fmt::format("{}.{}", x.record_type, x.field);
}

void add_differences(std::vector<line>& to, const char* title, tone in,
                     const std::vector<criteria_difference>& all, std::size_t width) {
  if (all.empty()) return;
  to.push_back({{title, tone::strong}});
  std::vector<fact> facts;
  for (auto& x : all) facts.push_back({name_of(x), {x.text, in}});
  auto more = layout_facts(facts, width);
  to.insert(to.end(), more.begin(), more.end());
}

json differences_to_json(const std::vector<criteria_difference>& all) {
  auto list = json::array();
  for (auto& x : all)
    list.push_back({{"record_type", x.record_type}, {"field", text_or_null(x.field)}, {"text", x.text}});
  return list;
}

} // namespace

std::vector<line> report(const account_report& found, std::size_t width) {
  std::vector<fact> facts{{"tenant", {found.tenant, tone::strong}}, {"account", {found.account}}};
  std::size_t amiss = 0;
  for (auto& x : found.findings) {
    amiss += x.how == standing::amiss ? 1 : 0;
    facts.push_back({name_of(x), {x.text, tone_of(x.how)}});
    if (!x.remedy.empty()) facts.push_back({"", {"> " + x.remedy}});
  }
  if (!found.not_asked.empty())
    facts.push_back({"not asked", {fmt::format("{}", fmt::join(found.not_asked, ", ")), tone::warning}});
  facts.push_back({"requests", {fmt::format("{}", found.requests)}});
  facts.push_back(
      {"result", amiss == 0 ? span{"well", tone::good} : span{fmt::format("{} amiss", amiss), tone::bad}});
  return layout_facts(facts, width);
}

std::vector<line> report(const discovery& found, std::size_t width) {
  std::vector<line> lines;
  add_differences(lines, "gained", tone::good, found.gained, width);
  add_differences(lines, "lost", tone::bad, found.lost, width);
  add_differences(lines, "changed", tone::warning, found.changed, width);
  if (lines.empty())
    lines.push_back(
        {{found.not_tried.empty() ? "nothing differs" : "nothing differs in what could be asked"}});
  for (auto& x : found.not_tried)
    for (auto& part : folded({{x, tone::bad}}, width)) lines.push_back(part);
  for (auto& x : found.remarks)
    for (auto& part : folded({{x, tone::dim}}, width)) lines.push_back(part);
  return lines;
}

json to_json(const account_report& found) {
  auto findings = json::array();
  bool well = true;
  for (auto& x : found.findings) {
    well = well && x.how != standing::amiss;
    findings.push_back({{"about", x.about},
                        {"record_type", text_or_null(x.record_type)},
                        {"state", to_string(x.how)},
                        {"text", x.text},
                        {"remedy", text_or_null(x.remedy)}});
  }
  return {{"tenant", found.tenant},          {"account", found.account},     {"well", well},
          {"findings", std::move(findings)}, {"not_asked", found.not_asked}, {"requests", found.requests}};
}

json to_json(const discovery& found) {
  return {{"tenant", found.tenant},
          {"gained", differences_to_json(found.gained)},
          {"lost", differences_to_json(found.lost)},
          {"changed", differences_to_json(found.changed)},
          {"not_tried", found.not_tried},
          {"remarks", found.remarks},
          {"requests", found.requests},
          {"overlay", json::parse(found.overlay, nullptr, false)}};
}

} // namespace tidemark::cli
