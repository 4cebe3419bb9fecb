#include "config/criteria_document.hpp"

#include "config/nearest.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tidemark {

using nlohmann::json;

namespace {

// Far more than the format needs.
constexpr int max_depth = 32;

// Follows the parser through the document to know the path of every member, and which of them it met before.
class duplicate_watch {
public:
  explicit duplicate_watch(problem_list& problems) : problems_(problems) {}

  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    // Inside a part that was refused the parser leaves out some events, so the path is lost.
    if (too_deep_) return false;
    switch (event) {
    case json::parse_event_t::object_start:
    case json::parse_event_t::array_start:
      enter_element();
      if (depth >= max_depth) return refuse_depth();
      levels_.push_back({.is_array = event == json::parse_event_t::array_start});
      return true;
    case json::parse_event_t::key: enter_member(parsed.get_ref<const std::string&>()); return true;
    case json::parse_event_t::value: enter_element(); return true;
    case json::parse_event_t::object_end:
    case json::parse_event_t::array_end: levels_.pop_back(); return true;
    }
    return true;
  }

private:
  struct level {
    bool is_array = false;
    std::size_t next_index = 0;
    std::string step = {};
    std::set<std::string> members = {};
  };

  void enter_element() {
    if (levels_.empty() || !levels_.back().is_array) return;
    levels_.back().step = fmt::format("[{}]", levels_.back().next_index++);
  }

  void enter_member(const std::string& name) {
    auto& top = levels_.back();
    top.step = member_step(name);
    if (!top.members.insert(name).second)
      problems_.at_path(path(), "stands twice in its object, and only the last would count; remove one");
  }

  bool refuse_depth() {
    too_deep_ = true;
    problems_.at_path(path(),
                      fmt::format("is nested more than {} levels deep; the format needs 6", max_depth));
    return false;
  }

  [[nodiscard]] std::string path() const {
    std::string result = "$";
    for (const auto& each : levels_) result += each.step;
    return result;
  }

  static std::string member_step(const std::string& name) {
    const bool plain = std::ranges::all_of(
        name, [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)); });
    return plain && !name.empty() && name.size() < 60 ? "." + name : "[" + in_quotes(name) + "]";
  }

  problem_list& problems_;
  std::vector<level> levels_;
  bool too_deep_ = false;
};

std::pair<std::size_t, std::size_t> line_and_column(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte, text.size()));
  const auto line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
  const auto start = before.rfind('\n');
  return {line, start == std::string_view::npos ? before.size() + 1 : before.size() - start};
}

// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..." without the first
// part.
std::string_view reason(std::string_view what) {
  const auto start = what.find(": ");
  return start == std::string_view::npos ? what : what.substr(start + 2);
}

std::string printable(std::string_view text) {
  std::string result;
  for (char c : text) result += c >= ' ' && c <= '~' ? c : '?';
  return result;
}

} // namespace

std::optional<json> read_json(std::string_view text, problem_list& problems) {
  problems.look_into(std::string{text});
  try {
    return json::parse(text, duplicate_watch{problems});
  } catch (const json::parse_error& e) {
    const auto [line, column] = line_and_column(text, e.byte == 0 ? 0 : e.byte - 1);
    problems.at_column(line, column, "this is not JSON: " + printable(reason(e.what())));
  } catch (const json::exception& e) {
    // A number that no type can hold; the library tells no place.
    problems.at_path("$", "this is not usable JSON: " + printable(e.what()));
  }
  return std::nullopt;
}

json_object::json_object(const json& value, std::string path, problem_list& problems)
    : path_(std::move(path)), problems_(problems) {
  if (value.is_object())
    value_ = &value;
  else
    problems_.at_path(path_, fmt::format("is {}, but must be an object {{ … }}", value.type_name()));
}

std::string json_object::path(std::string_view member) const { return fmt::format("{}.{}", path_, member); }

const json* json_object::find(std::string_view member) {
  known_.emplace(member);
  if (value_ == nullptr) return nullptr;
  const auto found = value_->find(member);
  return found == value_->end() ? nullptr : &*found;
}

std::string json_object::text(std::string_view member, std::string_view required) {
  const auto* value = find(member);
  if (value == nullptr) {
    if (value_ != nullptr && !required.empty())
      problems_.at_path(path(member), fmt::format("is missing; {}", required));
    return {};
  }
  if (!value->is_string()) {
    problems_.at_path(path(member), fmt::format("is {}, but must be text in quotes", value->type_name()));
    return {};
  }
  auto result = value->get<std::string>();
  if (result.empty()) problems_.at_path(path(member), "is empty; give it a value or leave it out");
  return result;
}

bool json_object::flag(std::string_view member) {
  const auto* value = find(member);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  problems_.at_path(path(member), fmt::format("is {}, but must be true or false", value->type_name()));
  return false;
}

std::vector<std::string> json_object::texts(std::string_view member, bool or_one) {
  const auto* value = find(member);
  if (value == nullptr) return {};
  if (or_one && value->is_string()) return {value->get<std::string>()};
  if (!value->is_array()) {
    problems_.at_path(path(member), fmt::format("is {}, but must be {}a list of names", value->type_name(),
                                                or_one ? "a name or " : ""));
    return {};
  }
  std::vector<std::string> result;
  for (std::size_t i = 0; i < value->size(); ++i) {
    const auto& each = (*value)[i];
    if (each.is_string())
      result.push_back(each.get<std::string>());
    else
      problems_.at_path(fmt::format("{}[{}]", path(member), i),
                        fmt::format("is {}, but must be a name in quotes", each.type_name()));
  }
  return result;
}

const json* json_object::array(std::string_view member, std::string_view required) {
  const auto* value = find(member);
  if (value == nullptr) {
    if (value_ != nullptr && !required.empty())
      problems_.at_path(path(member), fmt::format("is missing; {}", required));
    return nullptr;
  }
  if (value->is_array()) return value;
  problems_.at_path(path(member), fmt::format("is {}, but must be a list [ … ]", value->type_name()));
  return nullptr;
}

void json_object::refuse_unknown() {
  if (value_ == nullptr) return;
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const auto& [name, value] : value_->items()) {
    if (known_.contains(name)) continue;
    auto candidates = nearest_names(name, known);
    auto remedy = candidates.empty() ? fmt::format("; known here: {}", fmt::join(known, ", "))
                                     : did_you_mean(candidates);
    problems_.at_path(path_, fmt::format("has an unknown member {}{}", in_quotes(name), remedy));
  }
}

} // namespace tidemark
