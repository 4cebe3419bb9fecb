#include "config/toml_section.hpp"

#include "config/nearest.hpp"
#include "config/secret.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tidemark {

namespace {

// The parser keeps one level per dot of a key and takes levels down recursively: a line of a hundred thousand
// dots would overflow the stack.
constexpr std::size_t max_line = 8192;

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::table: return "a section";
  case toml::node_type::array: return "a list";
  case toml::node_type::string: return "text";
  case toml::node_type::integer: return "a whole number";
  case toml::node_type::floating_point: return "a fraction";
  case toml::node_type::boolean: return "true or false";
  default: return "a date or time";
  }
}

bool refuse_long_lines(std::string_view text, problem_list& problems) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto length = std::min(text.find('\n'), text.size());
    if (length > max_line) {
      problems.at_line(line, fmt::format("is longer than {} characters; break the line", max_line));
      return true;
    }
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return false;
}

void wipe_node(toml::node& node) noexcept {
  if (auto* text = node.as_string()) wipe(text->get());
  if (auto* list = node.as_array())
    for (auto& each : *list) wipe_node(each);
  if (auto* table = node.as_table()) wipe_texts(*table);
}

std::string remedy(std::string_view unknown, const std::vector<std::string_view>& known) {
  if (known.empty()) return "; remove it";
  const auto candidates = nearest_names(unknown, known);
  return candidates.empty() ? fmt::format("; known here: {}", fmt::join(known, ", "))
                            : did_you_mean(candidates);
}

} // namespace

void wipe_texts(toml::table& table) noexcept {
  for (auto&& [key, node] : table) wipe_node(node);
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::optional<toml::table> read_toml(std::string_view text, problem_list& problems) {
  if (refuse_long_lines(text, problems)) return std::nullopt;
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& e) {
    const auto at = e.source().begin;
    // "Error while parsing string: ..."
    auto reason = e.description();
    if (const auto start = reason.find(": "); start != std::string_view::npos)
      reason.remove_prefix(start + 2);
    problems.at_column(at.line, at.column, fmt::format("this is not TOML: {}", reason));
    return std::nullopt;
  }
}

toml_section::toml_section(const toml::table& table, std::string name, problem_list& problems)
    : table_(&table), name_(std::move(name)), problems_(&problems) {}

std::string toml_section::full_name(std::string_view key) const {
  return name_.empty() ? std::string{key} : fmt::format("{}.{}", name_, key);
}

std::size_t toml_section::line(std::string_view key) const {
  const auto* node = table_->get(key);
  const auto at = node == nullptr ? table_->source().begin.line : node->source().begin.line;
  return std::max<std::size_t>(at, 1);
}

void toml_section::problem(std::string_view key, std::string_view sentence) {
  problems_->at_line(line(key), fmt::format("{} {}", full_name(key), sentence));
}

void toml_section::missing(std::string_view key, std::string_view remedy) {
  problem(key, fmt::format("is missing; {}", remedy));
}

void toml_section::wrong_type(std::string_view key, const toml::node& found, std::string_view wanted) {
  problem(key, fmt::format("is {}, but must be {}", type_name(found), wanted));
}

const toml::node* toml_section::find(std::string_view key) {
  known_.emplace(key);
  return table_->get(key);
}

std::optional<std::string> toml_section::raw_text(std::string_view key) {
  const auto* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_string()) {
    wrong_type(key, *node, "text in quotes");
    return std::nullopt;
  }
  auto result = node->value_exact<std::string>();
  if (!result->empty()) return result;
  problem(key, "is empty; give it a value or leave it out");
  return std::nullopt;
}

bool toml_section::is_text(std::string_view key) const {
  const auto* found = table_->get(key);
  return found != nullptr && found->is_string();
}

std::optional<std::string> toml_section::text(std::string_view key) {
  auto result = raw_text(key);
  if (!result || !has_control(*result)) return result;
  problem(key, "holds a line break or another control character; remove it");
  return std::nullopt;
}

std::optional<std::int64_t> toml_section::number(std::string_view key, bounds range) {
  const auto* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<std::int64_t>();
  if (!value)
    wrong_type(key, *node, "a whole number");
  else if (*value < range.least || *value > range.greatest)
    problem(key, fmt::format("is {}, but must be {} to {}", *value, range.least, range.greatest));
  else
    return value;
  return std::nullopt;
}

std::optional<bool> toml_section::boolean(std::string_view key) {
  const auto* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<bool>();
  if (!value) wrong_type(key, *node, "true or false");
  return value;
}

std::string toml_section::not_one_of(std::string_view name, const std::string& names) {
  std::vector<std::string_view> known;
  for (std::string_view rest = names; !rest.empty();) {
    auto end = std::min(rest.find(", "), rest.size());
    known.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return "is not one of " + names + did_you_mean(nearest_names(name, known));
}

std::vector<std::string> toml_section::ids(std::string_view key) {
  std::vector<std::string> result;
  const auto* node = find(key);
  if (node == nullptr) return result;
  const auto* list = node->as_array();
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    if (auto number = (*list)[i].value_exact<std::int64_t>())
      result.push_back(std::to_string(*number));
    else if (auto text = (*list)[i].value_exact<std::string>(); text && !text->empty())
      result.push_back(*text);
  }
  if (list != nullptr && result.size() == list->size()) return result;
  problem(key, "must be a list of ids, each a whole number or a text in quotes");
  return {};
}

void toml_section::seconds(std::string_view key, bounds range, std::chrono::seconds& target) {
  if (auto value = number(key, range)) target = std::chrono::seconds{*value};
}

void toml_section::megabytes(std::string_view key, bounds range, std::uint64_t& target) {
  if (auto value = number(key, range)) target = static_cast<std::uint64_t>(*value) << 20;
}

std::optional<std::vector<std::int64_t>> toml_section::numbers(std::string_view key, bounds range,
                                                               std::size_t count) {
  const auto* node = find(key);
  if (node == nullptr) return std::nullopt;
  std::vector<std::int64_t> result;
  const auto* list = node->as_array();
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
    if (auto value = (*list)[i].value_exact<std::int64_t>();
        value && *value >= range.least && *value <= range.greatest)
      result.push_back(*value);
  if (list != nullptr && list->size() == count && result.size() == count) return result;
  problem(key, fmt::format("must be a list of {} whole numbers from {} to {}", count, range.least,
                           range.greatest));
  return std::nullopt;
}

std::optional<toml_section> toml_section::section(std::string_view key) {
  const auto* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* table = node->as_table()) return toml_section{*table, full_name(key), *problems_};
  wrong_type(key, *node, "a section");
  return std::nullopt;
}

std::vector<toml_section> toml_section::sections(std::string_view key) {
  const auto* node = find(key);
  if (node == nullptr) return {};
  std::vector<toml_section> result;
  const auto* list = node->as_array();
  if (list == nullptr) {
    problem(key,
            fmt::format("is {}; begin each entry with [[{}]] in double brackets", type_name(*node), key));
    return {};
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (const auto* table = (*list)[i].as_table())
      result.emplace_back(*table, fmt::format("{}[{}]", full_name(key), i), *problems_);
    else
      problem(key, fmt::format("holds {}; begin each entry with [[{}]]", type_name((*list)[i]), key));
  }
  return result;
}

std::vector<std::string> toml_section::keys() const {
  std::vector<std::string> result;
  for (const auto& [key, node] : *table_) result.emplace_back(key.str());
  return result;
}

void toml_section::refuse_unknown() {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const auto& [key, node] : *table_) {
    if (known_.contains(key.str())) continue;
    const auto where = name_.empty() ? std::string{"the file"} : name_;
    problems_->at_line(
        std::max<std::size_t>(key.source().begin.line, 1),
        fmt::format("{} has an unknown setting {}{}", where, in_quotes(key.str()), remedy(key.str(), known)));
  }
}

} // namespace tidemark
