#include "config/dependency_graph.hpp"

#include "config/nearest.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <ranges>
#include <stdexcept>
#include <utility>

namespace tidemark {

namespace {

/// What makes `from` wait for `to`: its fields, its set, or its list of dependencies.
std::string cause(const record_type& from, std::string_view to) {
  std::vector<std::string> causes;
  for (const auto& each : from.fields)
    if (!each.weak && !each.external && std::ranges::find(each.references, to) != each.references.end())
      causes.push_back(fmt::format("{}.{}", from.name, each.name));
  if (causes.empty() && from.set && from.set->parent == to)
    causes.push_back(fmt::format("{}.set_of", from.name));
  if (causes.empty()) causes.push_back(fmt::format("{}.depends_on", from.name));
  return fmt::format("{} → {}", fmt::join(causes, " and "), to);
}

failure cycle_failure(const criteria& types, std::vector<std::string> path) {
  std::vector<std::string> causes;
  for (std::size_t i = 0; i + 1 < path.size(); ++i)
    causes.push_back(cause(*types.find(path[i]), path[i + 1]));
  return failure{
      ec::dependency_cycle,
      fmt::format("these record types wait for each other: {} (because of {}); mark one of these references "
                  "\"weak\": true in the criteria file, or remove the name from depends_on",
                  fmt::join(path, " → "), fmt::join(causes, ", ")),
      path.front()};
}

/// Lists everything below a type with dependencies before their dependents, without recursion, since a chain
/// may be as long as the file.
class depth_first_walk {
public:
  explicit depth_first_walk(const criteria& types) : types_(types) {}

  outcome<std::vector<const record_type*>> run(const record_type& main) {
    enter(main);
    while (!open_.empty()) {
      auto& [type, next] = open_.back();
      if (next == type->depends_on.size()) {
        state_[type->name] = state::closed;
        finished_.push_back(type);
        open_.pop_back();
        continue;
      }
      const auto& name = type->depends_on[next++];
      const auto* dependency = types_.find(name);
      if (dependency == nullptr)
        return fail(ec::unknown_record_type,
                    fmt::format("{} depends on {}, which the criteria file does not describe; add it",
                                type->name, name),
                    name);
      const auto found = state_.find(name);
      if (found == state_.end())
        enter(*dependency);
      else if (found->second == state::open)
        return std::unexpected(cycle_failure(types_, path_to(name)));
    }
    return std::move(finished_);
  }

private:
  enum class state { open, closed };

  void enter(const record_type& type) {
    state_[type.name] = state::open;
    open_.emplace_back(&type, 0);
  }

  /// The open types from `name` on, and `name` once more.
  [[nodiscard]] std::vector<std::string> path_to(std::string_view name) const {
    auto start = std::ranges::find_if(open_, [&](const auto& each) { return each.first->name == name; });
    std::vector<std::string> result;
    for (; start != open_.end(); ++start) result.push_back(start->first->name);
    result.emplace_back(name);
    return result;
  }

  const criteria& types_;
  std::map<std::string_view, state> state_;
  std::vector<std::pair<const record_type*, std::size_t>> open_;
  std::vector<const record_type*> finished_;
};

} // namespace

const dependency_graph::node& dependency_graph::at(std::string_view type) const {
  auto found = nodes_.find(type);
  if (found == nodes_.end()) throw std::out_of_range(fmt::format("{} is not in the dependency graph", type));
  return found->second;
}

dependency_graph::dependency_graph(std::string_view main, const std::vector<const record_type*>& order)
    : main_(main) {
  std::size_t last = 0;
  for (const auto* type : order) {
    auto& own = nodes_[type->name];
    for (const auto& name : type->depends_on) {
      const auto dependency = nodes_.find(name);
      if (dependency == nodes_.end()) continue;
      own.dependencies.push_back(name);
      dependency->second.dependents.push_back(type->name);
      own.wave = std::max(own.wave, dependency->second.wave + 1);
    }
    last = std::max(last, own.wave);
  }
  for (const auto* type : order | std::views::reverse) {
    const auto& own = nodes_.at(type->name);
    for (const auto& name : own.dependencies) {
      auto& dependency = nodes_.at(name);
      dependency.remaining_path = std::max(dependency.remaining_path, own.remaining_path + 1);
    }
  }
  if (!order.empty()) waves_.resize(last + 1);
  for (auto& [name, each] : nodes_) {
    std::ranges::sort(each.dependents);
    waves_[each.wave].push_back(name);
  }
}

std::size_t dependency_graph::wave_of(std::string_view type) const { return at(type).wave; }

const std::vector<std::string>& dependency_graph::dependencies_of(std::string_view type) const {
  return at(type).dependencies;
}

const std::vector<std::string>& dependency_graph::dependents_of(std::string_view type) const {
  return at(type).dependents;
}

std::size_t dependency_graph::remaining_path(std::string_view type) const { return at(type).remaining_path; }

outcome<dependency_graph> resolve(const criteria& types, std::string_view main) {
  const auto* root = types.find(main);
  if (root == nullptr)
    return fail(
        ec::unknown_record_type,
        fmt::format("the criteria file has no record type '{}'{}", main, did_you_mean(types.nearest(main))),
        std::string{main});
  auto order = depth_first_walk{types}.run(*root);
  if (!order) return std::unexpected(std::move(order).error());
  std::erase_if(*order, [](const auto* type) { return type->is_group; });
  return dependency_graph{root->name, *order};
}

dependency_graph resolve_planned(const criteria& types, std::string_view main, const type_names& planned) {
  // A walk from a type brings along what it depends on, in order; what was not planned falls out again.
  std::vector<record_type> gone;
  gone.reserve(planned.size());
  std::vector<const record_type*> order;
  type_names placed;
  for (const auto& name : planned) {
    const auto* type = types.find(name);
    const auto walked =
        type != nullptr ? depth_first_walk{types}.run(*type) : outcome<std::vector<const record_type*>>{};
    if (type == nullptr || !walked) {
      gone.push_back({});
      gone.back().name = name;
      if (placed.insert(name).second) order.push_back(&gone.back());
      continue;
    }
    for (const auto* each : *walked)
      if (planned.contains(each->name) && placed.insert(each->name).second) order.push_back(each);
  }
  return dependency_graph{main, order};
}

outcome<dependency_graph> resolve_alone(const criteria& types, std::string_view main) {
  const auto* root = types.find(main);
  if (root == nullptr) return resolve(types, main);
  // A walk from a group passes by all that is in it; from anything else, it ends where it begins.
  std::vector<record_type> alone;
  for (const auto& type : types.record_types()) {
    alone.push_back(type);
    if (!type.is_group) alone.back().depends_on.clear();
  }
  return resolve(criteria{std::move(alone)}, main);
}

outcome<void> check_order(const criteria& types) {
  for (const auto& type : types.record_types())
    if (auto graph = resolve(types, type.name); !graph) return std::unexpected(std::move(graph).error());
  return {};
}

std::vector<std::string> ready_types(const dependency_graph& graph, const type_names& completed,
                                     const type_names& started) {
  std::vector<std::string> result;
  for (const auto& wave : graph.waves())
    for (const auto& type : wave)
      if (!started.contains(type) && std::ranges::all_of(graph.dependencies_of(type), [&](const auto& name) {
            return completed.contains(name);
          }))
        result.push_back(type);
  std::ranges::sort(result, [&](const auto& a, const auto& b) {
    const auto left = graph.remaining_path(a);
    const auto right = graph.remaining_path(b);
    return left != right ? left > right : a < b;
  });
  return result;
}

} // namespace tidemark
