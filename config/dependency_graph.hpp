/// Which record types an import needs, and in what order they can run. A pure core.
#pragma once

#include "config/criteria.hpp"
#include "messages/error.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

using type_names = std::set<std::string, std::less<>>;

/// The main record type of an import with everything that it depends on, directly or not. It has no cycles.
/// Groups are not in it: of one that is the main type, its record types are, with all that they depend on.
class dependency_graph {
public:
  /// The record type that the import is for; it is alone in the last wave, unless it is a group.
  [[nodiscard]] const std::string& main() const noexcept { return main_; }

  /// The levels of the graph, each sorted by name. A type's wave is the length of the longest chain of
  /// dependencies below it, so it is the earliest in which everything that it needs lies in earlier waves.
  [[nodiscard]] const std::vector<std::vector<std::string>>& waves() const noexcept { return waves_; }

  [[nodiscard]] bool contains(std::string_view type) const noexcept { return nodes_.contains(type); }

  /// How many record types there are.
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }

  /// The index of the type's wave. The type must be in the graph.
  [[nodiscard]] std::size_t wave_of(std::string_view type) const;

  /// What must be complete before `type` starts, sorted. The type must be in the graph.
  [[nodiscard]] const std::vector<std::string>& dependencies_of(std::string_view type) const;

  /// What waits for `type` directly, sorted. The type must be in the graph.
  [[nodiscard]] const std::vector<std::string>& dependents_of(std::string_view type) const;

  /// The number of steps on the longest way from `type` up to the main type, which itself has 0. A type with
  /// more steps left should go first, since more work waits for it. The type must be in the graph.
  [[nodiscard]] std::size_t remaining_path(std::string_view type) const;

private:
  struct node {
    std::vector<std::string> dependencies;
    std::vector<std::string> dependents;
    std::size_t wave = 0;
    std::size_t remaining_path = 0;
  };

  [[nodiscard]] const node& at(std::string_view type) const;

  friend outcome<dependency_graph> resolve(const criteria&, std::string_view);
  friend dependency_graph resolve_planned(const criteria&, std::string_view, const type_names&);

  /// Of what `order` says, in which each type stands behind all that it depends on; dependencies that are not
  /// in it count for nothing.
  dependency_graph(std::string_view main, const std::vector<const record_type*>& order);

  std::string main_;
  std::map<std::string, node, std::less<>> nodes_;
  std::vector<std::vector<std::string>> waves_;
};

/// The graph of everything that `main` needs. Refuses an unknown main type (`ec::unknown_record_type`, with
/// the nearest names) and record types that wait for each other (`ec::dependency_cycle`, with the exact path,
/// the fields that cause it and the remedy).
outcome<dependency_graph> resolve(const criteria& types, std::string_view main);

/// The record type, or those of a group, alone: without what they depend on. Refuses as `resolve` does.
outcome<dependency_graph> resolve_alone(const criteria& types, std::string_view main);

/// The graph of what was planned earlier, maybe under other criteria: exactly these record types, with those
/// of the present dependencies that lie among them. A type that the criteria do not describe any more depends
/// on nothing. The criteria must be free of cycles, as `load_criteria` sees to.
dependency_graph resolve_planned(const criteria& types, std::string_view main, const type_names& planned);

/// Refuses record types that wait for each other, wherever they are in the file: `ec::dependency_cycle`, as
/// from `resolve`.
outcome<void> check_order(const criteria& types);

/// The types that are not in `started` and whose dependencies are all in `completed`; longest remaining path
/// first, then by name. Names that the graph does not know are ignored.
std::vector<std::string> ready_types(const dependency_graph& graph, const type_names& completed,
                                     const type_names& started);

} // namespace tidemark
