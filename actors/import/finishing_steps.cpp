#include "actors/import/finishing_steps.hpp"

#include <algorithm>
#include <utility>

namespace tidemark {

finishing_steps::ended_type finishing_steps::facts_of(const type_row& row, bool as_described) const {
  auto* type = types_->find(row.name);
  ended_type facts;
  // What was read whole has no deletions left to find.
  facts.partial = row.changed_since != 0;
  facts.may_be_named = as_described && type != nullptr;
  facts.covered = facts.may_be_named && type->deleted_as.has_value();
  facts.compared = row.verified.result;
  return facts;
}

void finishing_steps::taken(const type_row& row, bool as_described) {
  auto facts = facts_of(row, as_described);
  facts.taken = true;
  ended_.emplace(row.name, facts);
}

void finishing_steps::ended(const type_row& row, bool as_described) {
  auto facts = facts_of(row, as_described);
  if (!ended_.emplace(row.name, facts).second) return;
  if (mode_ == import_mode::full && wants_verification(facts)) open(row.name);
}

void finishing_steps::verified(const std::string& record_type, proof result) {
  open_.erase(record_type);
  if (auto found = ended_.find(record_type); found != ended_.end()) found->second.compared = result;
}

std::string_view finishing_steps::lacking_deletions() const {
  auto any = [&](auto lacks) {
    return std::ranges::any_of(ended_, [&](auto& entry) {
      auto& type = entry.second;
      return type.partial && type.compared != proof::complete && lacks(type);
    });
  };
  if (!log_readable_ && any([](auto& type) { return type.covered; }))
    return "the account's log of deletions could not be read (note deletions_unread)";
  if (any([](auto& type) { return type.unsure; }))
    return "of some record types it could not be told what is gone (notes deletions_unsure, "
           "departures_unread)";
  if (options_.reconcile && any([](auto& type) { return type.compared == proof::failed; }))
    return "some record types could not be compared with the account (notes not_verified)";
  return {};
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
  std::vector<std::string> types;
  for (auto& [name, type] : ended_)
    if (type.partial && type.may_be_named) types.push_back(name);
  reading_deletions_ = !types.empty();
  if (types.empty()) deletions_over(true);
  return types;
}

void finishing_steps::deletions_over(bool readable, const std::set<std::string>& unsure) {
  reading_deletions_ = false;
  deletions_over_ = true;
  log_readable_ = readable;
  for (auto& record_type : unsure)
    if (auto found = ended_.find(record_type); found != ended_.end()) found->second.unsure = true;
  for (auto& [name, type] : ended_)
    if (wants_verification(type)) open(name);
}

bool finishing_steps::wants_verification(const ended_type& type) const {
  if (type.taken || type.compared != proof::none) return false;
  return options_.verify || (options_.reconcile && type.partial);
}

void finishing_steps::open(const std::string& record_type) {
  if (open_.insert(record_type).second) due_.push_back(record_type);
}

} // namespace tidemark
