#include "tools/tidemark/fleet_view.hpp"

#include "tools/tidemark/import_view.hpp"

#include <algorithm>
#include <tuple>

namespace tidemark::cli {

void fleet_view::apply(const journal_snapshot& snapshot) {
  epoch_ = snapshot.epoch;
  sequence_ = snapshot.sequence;
  streaming_ = true;
  imports_.clear();
  dropped_.clear();
  for (auto& status : snapshot.imports)
    if (!is_final(status.state)) imports_.emplace(status.id, status);
}

fleet_view::effect fleet_view::apply(const import_event& event) {
  if (!streaming_) return effect::ignored;
  if (event.epoch != epoch_) {
    streaming_ = false;
    return effect::restarted;
  }
  if (event.sequence <= sequence_) return effect::ignored;
  sequence_ = event.sequence;
  if (dropped_.contains(event.import.id)) return effect::ignored;
  auto known = imports_.find(event.import.id);
  if (known != imports_.end()) {
    fold(known->second, event.import);
    return effect::applied;
  }
  imports_.emplace(event.import.id, event.import);
  return effect::applied;
}

void fleet_view::drop(const std::string& id) {
  imports_.erase(id);
  dropped_.insert(id);
}

std::vector<const import_status*> fleet_view::imports() const {
  std::vector<const import_status*> result;
  for (auto& [id, status] : imports_) result.push_back(&status);
  std::ranges::sort(result, {}, [](auto* x) { return std::tuple{x->requested_at, x->id}; });
  return result;
}

const import_status* fleet_view::find(const std::string& id) const {
  auto found = imports_.find(id);
  return found == imports_.end() ? nullptr : &found->second;
}

} // namespace tidemark::cli
