#include "config/criteria_draft.hpp"
#include "config/nearest.hpp"
#include "config/sql_names.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace tidemark {

namespace {

bool may_have_targets(field_type type) {
  return type == field_type::reference || type == field_type::multi_select;
}

bool is_moment(field_type type) { return type == field_type::date || type == field_type::datetime; }

/// Walks over the drafts with the names that they may refer to.
class rule_checker {
public:
  rule_checker(const std::vector<record_type_draft>& drafts, problem_list& problems)
      : drafts_(drafts), problems_(problems) {
    for (std::size_t i = 0; i < drafts_.size(); ++i) types_.emplace(drafts_[i].type.name, i);
  }

  void check() {
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      check_names(i);
      if (type(i).is_group) {
        check_listed(i, "group");
        continue;
      }
      check_fields(i);
      check_key(i);
      check_wide_key(i);
      check_change_column(i);
      check_set(i);
      check_deleted_as(i);
      check_listed(i, "depends_on");
    }
  }

private:
  const record_type& type(std::size_t i) const { return drafts_[i].type; }

  template <class... Args>
  void problem(std::string path, fmt::format_string<Args...> sentence, Args&&... args) {
    problems_.at_path(path, fmt::format(sentence, std::forward<Args>(args)...));
  }

  void check_names(std::size_t i) {
    const auto& name = type(i).name;
    const auto& table = type(i).table;
    if (name.empty()) return;
    if (auto fault = fault_of_table_name(name))
      problem(path_of(i) + ".name", "{} {}", in_quotes(name), *fault);
    if (auto first = types_.at(name); first != i)
      problem(path_of(i) + ".name", "{} is already described at {}; remove or rename one of them",
              in_quotes(name), path_of(first));
    if (table != name && !type(i).is_group)
      if (auto fault = fault_of_identifier(table))
        problem(path_of(i) + ".table", "{} {}", in_quotes(table), *fault);
    if (auto fault = fault_of_filter(type(i).filter)) problem(path_of(i) + ".filter", "{}", *fault);
  }

  void check_fields(std::size_t i) {
    const auto& fields = type(i).fields;
    const auto displayed = static_cast<std::size_t>(std::ranges::count(drafts_[i].displayed, true));
    if (fields.size() + displayed > max_columns)
      problem(path_of(i) + ".fields",
              "has {} fields of {}{}; NetSuite may answer a query for more than {} columns with no rows at "
              "all, so remove some",
              fields.size(), in_quotes(type(i).name),
              displayed > 0 ? fmt::format(" and {} display names", displayed) : "", max_columns);
    std::map<std::string_view, std::size_t> names;
    std::map<std::string_view, std::size_t> columns;
    for (std::size_t j = 0; j < fields.size(); ++j) {
      const auto& each = fields[j];
      if (each.name.empty()) continue;
      const auto path = path_of(i, j);
      if (auto fault = fault_of_column_name(each.name))
        problem(path + ".name", "{} {}", in_quotes(each.name), *fault);
      if (each.column != each.name)
        if (auto fault = fault_of_identifier(each.column))
          problem(path + ".column", "{} {}", in_quotes(each.column), *fault);
      if (auto [first, fresh] = names.emplace(each.name, j); !fresh)
        problem(path + ".name", "{} of {} is already described at {}; remove or rename one of them",
                in_quotes(each.name), in_quotes(type(i).name), path_of(i, first->second));
      else if (auto [column, unread] = columns.emplace(each.column, j); !unread)
        problem(path + ".column", "{} of {} is already read by {}; remove one of them",
                in_quotes(each.column), in_quotes(type(i).name), path_of(i, column->second));
      check_targets(i, j);
      check_display(i, j);
    }
  }

  void check_display(std::size_t i, std::size_t j) {
    using enum field_type;
    if (!drafts_[i].displayed[j]) return;
    const auto& each = type(i).fields[j];
    const auto path = path_of(i, j) + ".display";
    const bool has_display =
        each.type == reference || each.type == multi_select || each.type == integer || each.type == text;
    if (drafts_[i].typed[j] && !has_display)
      return problem(path, "{} is of type {}, which NetSuite shows as it is; remove \"display\"",
                     in_quotes(each.name), to_string(each.type));
    const auto name = fmt::format("{}{}", each.name, display_suffix);
    if (auto fault = fault_of_column_name(name)) problem(path, "{} {}", in_quotes(name), *fault);
    if (type(i).find_field(name) != nullptr)
      problem(path, "{} is a field already, which the display name would be called; rename that field",
              in_quotes(name));
  }

  void check_targets(std::size_t i, std::size_t j) {
    const auto& each = type(i).fields[j];
    const auto path = path_of(i, j);
    if (!drafts_[i].typed[j]) return;
    if (!may_have_targets(each.type) && !each.references.empty())
      return problem(path + ".to",
                     "{} is of type {}, which points at nothing; make it a reference or remove \"to\"",
                     in_quotes(each.name), to_string(each.type));
    if (each.type == field_type::reference && each.references.empty())
      return problem(path + ".to",
                     "is missing; name the record type that {} points at, or make it an integer",
                     in_quotes(each.name));
    if (each.references.empty() && (each.weak || each.external))
      return problem(path, "{} points at nothing, so it is neither weak nor external; remove that",
                     in_quotes(each.name));
    std::set<std::string_view> seen;
    for (const auto& target : each.references) {
      if (!seen.insert(target).second)
        problem(path + ".to", "names {} twice; remove one", in_quotes(target));
      else if (each.external && types_.contains(target))
        problem(path + ".external",
                "{} is described in this file; remove \"external\", or make the reference \"weak\"",
                in_quotes(target));
      else if (each.external)
        check_external(path, target);
      else if (!types_.contains(target))
        problem(path + ".to", "{} is not a record type of this file; describe it or add \"external\": true{}",
                in_quotes(target), hint(target));
      else if (is_group(target))
        problem(path + ".to", "{} is a group, which has no records; name a record type", in_quotes(target));
    }
  }

  [[nodiscard]] bool is_group(std::string_view name) const {
    const auto found = types_.find(name);
    return found != types_.end() && type(found->second).is_group;
  }

  void check_external(const std::string& path, const std::string& target) {
    if (auto fault = fault_of_identifier(target)) problem(path + ".to", "{} {}", in_quotes(target), *fault);
  }

  void check_key(std::size_t i) {
    const auto& key = type(i).key;
    if (key.empty() || type(i).fields.empty()) return;
    const auto* field = type(i).find_field(key);
    const auto path = path_of(i) + ".key";
    if (field == nullptr)
      return problem(path, "{} is not a field of {}; add a field of that name and of type id{}",
                     in_quotes(key), in_quotes(type(i).name), did_you_mean(nearest_fields(i, key)));
  }

  void check_wide_key(std::size_t i) {
    const auto& key = type(i).wide_key;
    if (key.empty() || type(i).fields.empty()) return;
    const auto path = path_of(i) + ".key";
    if (key.size() > most_key_fields)
      problem(path, "has {} fields, more than {}; name those that tell records apart", key.size(),
              most_key_fields);
    std::set<std::string_view> seen;
    for (const auto& name : key) {
      const auto* part = type(i).find_field(name);
      if (!seen.insert(name).second)
        problem(path, "names {} twice; remove one", in_quotes(name));
      else if (part == nullptr)
        problem(path, "{} is not a field of {}; add a field of that name{}", in_quotes(name),
                in_quotes(type(i).name), did_you_mean(nearest_fields(i, name)));
      else if (typed(i, *part) && part->type == field_type::multi_select)
        problem(path, "{} holds several values, whose order says nothing; choose other fields",
                in_quotes(name));
      else if (type(i).set && name == type(i).set->column)
        problem(path, "{} is the parent's key, which belongs to the key of a set anyway; remove it",
                in_quotes(name));
    }
  }

  void check_change_column(std::size_t i) {
    const auto& column = type(i).change_column;
    if (column.empty() || type(i).fields.empty()) return;
    const auto found = std::ranges::find(type(i).fields, column, &field::column);
    const auto path = path_of(i) + ".change_column";
    if (found == type(i).fields.end())
      return problem(path, "{} is not a column of {}; add a field of type datetime for it{}",
                     in_quotes(column), in_quotes(type(i).name), did_you_mean(nearest_fields(i, column)));
    if (typed(i, *found) && !is_moment(found->type))
      problem(path, "{} is of type {}, but must tell a moment; make it datetime or date", in_quotes(column),
              to_string(found->type));
  }

  void check_set(std::size_t i) {
    if (!type(i).set) return;
    const auto& [parent, column] = *type(i).set;
    const auto path = path_of(i) + ".set_of";
    const auto found = types_.find(parent);
    if (parent == type(i).name)
      return problem(path + ".parent", "{} cannot be a set of itself; name another record type",
                     in_quotes(parent));
    if (found == types_.end())
      return problem(path + ".parent", "{} is not a record type of this file; describe it{}",
                     in_quotes(parent), hint(parent));
    if (type(found->second).is_group)
      return problem(path + ".parent", "{} is a group, which has no records; name a record type",
                     in_quotes(parent));
    if (type(found->second).set)
      problem(path + ".parent", "{} is a set itself, so its key is no range for others; name its parent {}",
              in_quotes(parent), in_quotes(type(found->second).set->parent));
    if (!type(found->second).wide_key.empty())
      problem(path + ".parent", "{} has a key that is no single integer, so it is no range for others",
              in_quotes(parent));
    const auto* holder = type(i).find_field(column);
    if (holder == nullptr)
      return problem(path + ".column", "{} is not a field of {}; add a reference to {}{}", in_quotes(column),
                     in_quotes(type(i).name), in_quotes(parent), did_you_mean(nearest_fields(i, column)));
    if (typed(i, *holder)
        && (holder->type != field_type::reference || holder->references != std::vector{parent}))
      problem(path + ".column", "{} must be a reference to {} and to nothing else", in_quotes(column),
              in_quotes(parent));
  }

  void check_deleted_as(std::size_t i) {
    const auto& name = type(i).deleted_as;
    if (!name) return;
    const auto path = path_of(i) + ".deleted_as";
    if (type(i).set)
      return problem(path, "{} is a set, whose rows go with their parent; remove it",
                     in_quotes(type(i).name));
    if (!type(i).wide_key.empty())
      return problem(path, "the log names records by one integer, which the key of {} is not; remove it",
                     in_quotes(type(i).name));
    if (name->column == "recordtypeid") return;
    if (auto fault = fault_of_identifier(name->value))
      problem(fmt::format("{}.{}", path, name->column), "{} {}", in_quotes(name->value), *fault);
  }

  /// What a record type waits for, or what a group stands for.
  void check_listed(std::size_t i, std::string_view member) {
    std::set<std::string_view> seen;
    const auto& listed = type(i).depends_on;
    for (std::size_t k = 0; k < listed.size(); ++k) {
      const auto path = fmt::format("{}.{}[{}]", path_of(i), member, k);
      if (!seen.insert(listed[k]).second)
        problem(path, "{} is listed twice; remove one", in_quotes(listed[k]));
      else if (listed[k] == type(i).name)
        problem(path, "{} cannot {} itself; remove it", in_quotes(listed[k]),
                type(i).is_group ? "be in" : "wait for");
      else if (!types_.contains(listed[k]))
        problem(path, "{} is not a record type of this file; describe or remove it{}", in_quotes(listed[k]),
                hint(listed[k]));
      else if (!type(i).is_group && is_group(listed[k]))
        problem(path, "{} is a group, for which nothing waits; list its record types", in_quotes(listed[k]));
    }
  }

  [[nodiscard]] bool typed(std::size_t i, const field& of) const {
    return drafts_[i].typed[static_cast<std::size_t>(&of - type(i).fields.data())];
  }

  [[nodiscard]] std::string hint(std::string_view name) const {
    std::vector<std::string_view> known;
    for (const auto& each : types_) known.push_back(each.first);
    return did_you_mean(nearest_names(name, known));
  }

  [[nodiscard]] std::vector<std::string> nearest_fields(std::size_t i, std::string_view name) const {
    std::vector<std::string_view> known;
    for (const auto& each : type(i).fields) known.emplace_back(each.name);
    return nearest_names(name, known);
  }

  const std::vector<record_type_draft>& drafts_;
  problem_list& problems_;
  // The first index of each name.
  std::map<std::string_view, std::size_t> types_;
};

} // namespace

std::string path_of(std::size_t type) { return fmt::format("$.record_types[{}]", type); }

std::string path_of(std::size_t type, std::size_t field) {
  return fmt::format("$.record_types[{}].fields[{}]", type, field);
}

void check_rules(const std::vector<record_type_draft>& drafts, problem_list& problems) {
  rule_checker{drafts, problems}.check();
}

std::vector<std::string> dependencies(const record_type& type) {
  std::set<std::string> result(type.depends_on.begin(), type.depends_on.end());
  for (const auto& each : type.fields)
    if (!each.weak && !each.external) result.insert(each.references.begin(), each.references.end());
  if (type.set) result.insert(type.set->parent);
  result.erase(type.name);
  return {result.begin(), result.end()};
}

} // namespace tidemark
