#include "config/type_description.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <optional>

namespace tidemark {

namespace {

using nlohmann::json;

/// Empty text for anything that is not there or no text.
std::string text_in(const json& object, std::string_view member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string shown(const std::string& value) { return value.empty() ? "none" : fmt::format("'{}'", value); }

/// "its key was 'id' and is 'code' now", or nothing.
std::optional<std::string> difference(const json& then, const json& now, std::string_view member,
                                      std::string_view called) {
  const auto before = text_in(then, member);
  const auto after = text_in(now, member);
  if (before == after) return std::nullopt;
  return fmt::format("its {} was {} and is {} now", called, shown(before), shown(after));
}

/// Of these members, each with the name that it has for people.
std::optional<std::string>
first_difference(const json& then, const json& now,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  for (const auto& [member, called] : members)
    if (auto found = difference(then, now, member, called)) return found;
  return std::nullopt;
}

const json& fields_in(const json& description) {
  static const json none = json::object();
  const auto found = description.find("fields");
  return found != description.end() && found->is_object() ? *found : none;
}

/// Of the fields that both have.
std::optional<std::string> field_difference(const json& then, const json& now) {
  for (const auto& [name, before] : fields_in(then).items()) {
    const auto after = fields_in(now).find(name);
    if (after == fields_in(now).end() || !before.is_object() || !after->is_object()) continue;
    for (auto member : {"type", "column"})
      if (auto found = difference(before, *after, member, fmt::format("field '{}': {}", name, member)))
        return found;
  }
  return std::nullopt;
}

} // namespace

std::string key_text(const record_type& type) {
  return type.wide_key.empty() ? type.key : fmt::format("{}", fmt::join(type.wide_key, ", "));
}

std::string describe(const record_type& type, const criteria& types) {
  json fields = json::object();
  for (const auto& x : type.fields) fields[x.name] = {{"type", to_string(x.type)}, {"column", x.column}};
  json out{{"table", type.table},
           {"filter", type.filter},
           {"key", key_text(type)},
           {"changed by", type.change_column},
           {"fields", std::move(fields)}};
  if (type.set) {
    out["set of"] = fmt::format("{} by {}", type.set->parent, type.set->column);
    // A set is asked for by what has changed in its parent's table.
    if (const auto* parent = types.find(type.set->parent))
      out["parent"] = fmt::format("{} by {}, changed by {}", parent->table, parent->key,
                                  parent->change_column.empty() ? "nothing" : parent->change_column);
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

description_change compare_descriptions(std::string_view then, std::string_view now) {
  const auto before = json::parse(then, nullptr, false);
  const auto after = json::parse(now, nullptr, false);
  description_change change;
  if (!before.is_object() || !after.is_object()) return change;
  change.breaks =
      first_difference(before, after,
                       {{"table", "table"}, {"key", "key"}, {"set of", "set_of"}, {"filter", "filter"}})
          .or_else([&] { return field_difference(before, after); })
          .value_or("");
  change.breaks_changes =
      first_difference(before, after, {{"changed by", "change column"}, {"parent", "parent's description"}})
          .value_or("");
  for (const auto& [name, added] : fields_in(after).items())
    if (!fields_in(before).contains(name) && added.is_object())
      change.gained.push_back(text_in(added, "column"));
  return change;
}

} // namespace tidemark
