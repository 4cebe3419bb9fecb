#include "actors/import/finishing_steps.hpp"

#include <utility>

namespace tidemark {

void finishing_steps::ended(const type_row& row, bool as_described) {
  auto* type = types_->find(row.name);
  ended_type facts{row.changed_since != 0, as_described && type != nullptr && type->deleted_as.has_value(),
                   row.verified.result != proof::none};
  if (!ended_.emplace(row.name, facts).second) return;
  if (mode_ == import_mode::full && wants_verification(facts)) open(row.name);
}

bool finishing_steps::is_open(const std::string& record_type) const {
  if (open_.contains(record_type)) return true;
  auto found = ended_.find(record_type);
  return found != ended_.end() && mode_ == import_mode::incremental && !deletions_over_
         && wants_verification(found->second);
}

std::vector<std::string> finishing_steps::take_to_verify() { return std::exchange(due_, {}); }

std::vector<std::string> finishing_steps::take_deletions() {
  if (mode_ != import_mode::incremental || std::exchange(deletions_taken_, true)) return {};
  std::vector<std::string> covered;
  // What was read whole has no deletions left to find.
  for (auto& [name, type] : ended_)
    if (type.partial && type.covered) covered.push_back(name);
  reading_deletions_ = !covered.empty();
  if (covered.empty()) deletions_over(true);
  return covered;
}

void finishing_steps::deletions_over(bool readable) {
  reading_deletions_ = false;
  deletions_over_ = true;
  log_readable_ = readable;
  for (auto& [name, type] : ended_)
    if (wants_verification(type)) open(name);
}

bool finishing_steps::wants_verification(const ended_type& type) const {
  if (type.compared) return false;
  return options_.verify || (options_.reconcile && type.partial && !(log_readable_ && type.covered));
}

void finishing_steps::open(const std::string& record_type) {
  if (open_.insert(record_type).second) due_.push_back(record_type);
}

} // namespace tidemark
