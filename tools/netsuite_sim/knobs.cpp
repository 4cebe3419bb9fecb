#include "tools/netsuite_sim/knobs.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tidemark::netsuite_sim {

namespace {

const knob* find_knob(std::string_view name) {
  auto table = knob_table();
  auto found = std::ranges::find(table, name, &knob::name);
  return found == table.end() ? nullptr : &*found;
}

std::unexpected<failure> refuse(const knob& what, std::string_view expected) {
  return fail(ec::bad_request, fmt::format("knob '{}' takes {}", what.name, expected),
              std::string(what.name));
}

bool is_choice(std::string_view choices, std::string_view value) {
  if (choices.empty()) return true;
  for (std::size_t begin = 0;;) {
    auto end = choices.find('|', begin);
    if (choices.substr(begin, end == choices.npos ? choices.npos : end - begin) == value) return true;
    if (end == choices.npos) return false;
    begin = end + 1;
  }
}

bool is_time_zone(const std::string& name) {
  try {
    return date::locate_zone(name) != nullptr;
  } catch (const std::runtime_error&) {
    return false;
  }
}

outcome<void> assign(const knob& what, bool& target, const nlohmann::json& value) {
  if (!value.is_boolean()) return refuse(what, "true or false");
  target = value.get<bool>();
  return {};
}

outcome<void> assign(const knob& what, std::int64_t& target, const nlohmann::json& value) {
  if (!value.is_number_integer() || value.get<double>() < what.min || value.get<double>() > what.max)
    return refuse(what, fmt::format("a whole number from {} to {}", what.min, what.max));
  target = value.get<std::int64_t>();
  return {};
}

outcome<void> assign(const knob& what, double& target, const nlohmann::json& value) {
  if (!value.is_number() || value.get<double>() < what.min || value.get<double>() > what.max)
    return refuse(what, fmt::format("a number from {} to {}", what.min, what.max));
  target = value.get<double>();
  return {};
}

outcome<void> assign(const knob& what, std::string& target, const nlohmann::json& value) {
  if (!value.is_string()) return refuse(what, "a text");
  const auto& text = value.get_ref<const std::string&>();
  if (!is_choice(what.choices, text)) return refuse(what, fmt::format("one of {}", what.choices));
  if (what.name == "time_zone" && !is_time_zone(text)) return refuse(what, "the name of an IANA time zone");
  target = text;
  return {};
}

outcome<void> assign(const knob& what, std::vector<std::string>& target, const nlohmann::json& value) {
  std::vector<std::string> list;
  if (!value.is_array()) return refuse(what, "a list of texts");
  for (const auto& element : value) {
    if (!element.is_string()) return refuse(what, "a list of texts");
    list.push_back(element.get<std::string>());
  }
  target = std::move(list);
  return {};
}

/// The JSON value that `text` stands for, given the type of the knob; null if it is not one.
nlohmann::json parse_text(const knob& what, std::string_view text) {
  auto number = [&](auto value) -> nlohmann::json {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return nullptr;
    return value;
  };
  struct {
    std::string_view text;
    decltype(number)& parse;
    nlohmann::json operator()(bool knobs::*) const {
      if (text == "true" || text == "on" || text == "1") return true;
      if (text == "false" || text == "off" || text == "0") return false;
      return nullptr;
    }
    nlohmann::json operator()(std::int64_t knobs::*) const { return parse(std::int64_t{0}); }
    nlohmann::json operator()(double knobs::*) const { return parse(0.0); }
    nlohmann::json operator()(std::string knobs::*) const { return text; }
    nlohmann::json operator()(std::vector<std::string> knobs::*) const {
      auto list = nlohmann::json::array();
      for (auto rest = text; !rest.empty();) {
        auto comma = std::min(rest.find(','), rest.size());
        list.push_back(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
      return list;
    }
  } visitor{text, number};
  return std::visit(visitor, what.member);
}

} // namespace

outcome<void> set_knob(knobs& target, std::string_view name, const nlohmann::json& value) {
  const auto* what = find_knob(name);
  if (what == nullptr)
    return fail(ec::bad_request, fmt::format("there is no knob '{}'; see --list-knobs", name),
                std::string(name));
  return std::visit([&](auto member) { return assign(*what, target.*member, value); }, what->member);
}

outcome<void> set_knob_text(knobs& target, std::string_view assignment) {
  auto equals = assignment.find('=');
  if (equals == assignment.npos)
    return fail(ec::bad_request, fmt::format("'{}' is not of the form name=value", assignment));
  auto name = assignment.substr(0, equals);
  const auto* what = find_knob(name);
  return set_knob(target, name, what != nullptr ? parse_text(*what, assignment.substr(equals + 1)) : nullptr);
}

outcome<void> merge_knobs(knobs& target, const nlohmann::json& object) {
  if (!object.is_object()) return fail(ec::bad_request, "knobs are given as a JSON object");
  auto merged = target;
  for (const auto& [name, value] : object.items())
    if (auto set = set_knob(merged, name, value); !set) return set;
  target = std::move(merged);
  return {};
}

nlohmann::json to_json(const knobs& from) {
  auto result = nlohmann::json::object();
  for (const auto& each : knob_table())
    std::visit([&](auto member) { result[std::string(each.name)] = from.*member; }, each.member);
  return result;
}

knob_reach reach_of_change(const knobs& before, const knobs& after) {
  auto reach = knob_reach::request;
  for (const auto& each : knob_table()) {
    auto differs = std::visit([&](auto member) { return before.*member != after.*member; }, each.member);
    if (differs) reach = std::max(reach, each.reach);
  }
  return reach;
}

std::string knob_markdown() {
  std::string result = "| knob | unit | default | meaning |\n|---|---|---|---|\n";
  auto defaults = to_json(knobs{});
  for (const auto& each : knob_table()) {
    std::string choices;
    for (char c : each.choices) choices += c == '|' ? std::string(", ") : std::string(1, c);
    fmt::format_to(
        std::back_inserter(result), "| `{}` | {} | `{}` | {}{} |\n", each.name, each.unit,
        defaults[std::string(each.name)].dump(), each.meaning,
        choices.empty() ? "" : fmt::format(" ({})", choices.starts_with(", ") ? choices.substr(2) : choices));
  }
  return result;
}

} // namespace tidemark::netsuite_sim
