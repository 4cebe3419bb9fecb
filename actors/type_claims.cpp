#include "actors/type_claims.hpp"

#include <algorithm>

namespace tidemark {

using how = type_claims::decision::how;

type_claims::decision type_claims::claim(const std::string& record_type, const std::string& import_id) {
  auto [entry, added] = claims_.try_emplace(record_type, claim_state{import_id, {}});
  auto& claim = entry->second;
  if (added || claim.holder == import_id) return {how::granted, import_id, {}, {}};
  if (std::ranges::find(claim.waiting, import_id) == claim.waiting.end()) claim.waiting.push_back(import_id);
  return {how::waiting, import_id, claim.holder, {}};
}

std::vector<type_claims::decision> type_claims::end(const type_row& row, const std::string& import_id) {
  auto found = claims_.find(row.name);
  if (found == claims_.end() || found->second.holder != import_id) return {};
  std::vector<decision> told;
  bool usable = row.state == type_state::completed || row.state == type_state::completed_with_errors
                || row.state == type_state::skipped;
  if (usable) {
    for (auto& waiting : found->second.waiting) told.push_back({how::taken, waiting, import_id, row});
    claims_.erase(found);
  } else if (auto next = pass_on(found->second)) {
    told.push_back(*next);
  } else {
    claims_.erase(found);
  }
  return told;
}

std::vector<std::pair<std::string, type_claims::decision>> type_claims::leave(const std::string& import_id) {
  std::vector<std::pair<std::string, decision>> told;
  for (auto i = claims_.begin(); i != claims_.end();) {
    auto& [record_type, claim] = *i;
    std::erase(claim.waiting, import_id);
    if (claim.holder != import_id) {
      ++i;
      continue;
    }
    if (auto next = pass_on(claim)) {
      told.emplace_back(record_type, *next);
      ++i;
    } else {
      i = claims_.erase(i);
    }
  }
  return told;
}

std::optional<type_claims::decision> type_claims::pass_on(claim_state& claim) {
  if (claim.waiting.empty()) return std::nullopt;
  claim.holder = claim.waiting.front();
  claim.waiting.pop_front();
  return decision{how::granted, claim.holder, {}, {}};
}

} // namespace tidemark
