#include "actors/import/finishing_steps.hpp"

#include <utility>

namespace tidemark {

void finishing_steps::ended(const type_row& row) {
  if (!rows_.emplace(row.name, row).second) return;
  if (mode_ == import_mode::full && wants_verification(row)) open(row.name);
}

bool finishing_steps::is_open(const std::string& record_type) const {
  if (open_.contains(record_type)) return true;
  auto row = rows_.find(record_type);
  return row != rows_.end() && mode_ == import_mode::incremental && !deletions_over_
         && wants_verification(row->second);
}

std::vector<std::string> finishing_steps::take_to_verify() { return std::exchange(due_, {}); }

std::vector<std::string> finishing_steps::take_deletions() {
  if (mode_ != import_mode::incremental || std::exchange(deletions_taken_, true)) return {};
  std::vector<std::string> covered;
  // What was read whole has no deletions left to find.
  for (auto& [name, row] : rows_)
    if (row.changed_since != 0 && types_->find(name)->deleted_as) covered.push_back(name);
  reading_deletions_ = !covered.empty();
  if (covered.empty()) deletions_over(true);
  return covered;
}

void finishing_steps::deletions_over(bool readable) {
  reading_deletions_ = false;
  deletions_over_ = true;
  log_readable_ = readable;
  for (auto& [name, row] : rows_)
    if (wants_verification(row)) open(name);
}

bool finishing_steps::wants_verification(const type_row& row) const {
  if (row.verified.result != proof::none) return false; // before a restart
  if (options_.verify) return true;
  bool is_covered = log_readable_ && types_->find(row.name)->deleted_as.has_value();
  return options_.reconcile && row.changed_since != 0 && !is_covered;
}

void finishing_steps::open(const std::string& record_type) {
  if (open_.insert(record_type).second) due_.push_back(record_type);
}

} // namespace tidemark
