#include "actors/tenant/type_claims.hpp"

#include <algorithm>

namespace tidemark {

type_claims::decision type_claims::claim(const std::string& record_type, const claimant& who) {
  auto [entry, added] = claims_.try_emplace(record_type, claim_state{who, {}});
  auto& claim = entry->second;
  if (added || claim.holder.import_id == who.import_id)
    return {decision::how::granted, who.import_id, {}, {}};
  if (std::ranges::find(claim.waiting, who.import_id, &claimant::import_id) == claim.waiting.end())
    claim.waiting.push_back(who);
  return {decision::how::waiting, who.import_id, claim.holder.import_id, {}};
}

bool type_claims::serves(const claimant& holder, const type_row& result, const claimant& who) {
  if (holder.mode == import_mode::verify || who.mode == import_mode::verify) return false;
  if (!who.description.empty() && !result.description.empty() && who.description != result.description)
    return false;
  // What the account lacks, it lacks for all.
  if (result.state == type_state::skipped) return true;
  if (result.state != type_state::completed && result.state != type_state::completed_with_errors)
    return false;
  if (result.changed_since == 0) return true;
  if (who.mode == import_mode::full || (who.options.reconcile && !holder.options.reconcile)) return false;
  return who.options.since == 0 || result.changed_since <= who.options.since;
}

std::vector<type_claims::decision> type_claims::end(const type_row& row, const std::string& import_id) {
  auto found = claims_.find(row.name);
  if (found == claims_.end() || found->second.holder.import_id != import_id) return {};
  std::vector<decision> told;
  auto& claim = found->second;
  std::deque<claimant> left;
  for (auto& waiting : claim.waiting) {
    if (serves(claim.holder, row, waiting))
      told.push_back({decision::how::taken, waiting.import_id, import_id, row});
    else
      left.push_back(waiting);
  }
  claim.waiting = std::move(left);
  if (auto next = pass_on(claim))
    told.push_back(*next);
  else
    claims_.erase(found);
  return told;
}

std::vector<std::pair<std::string, type_claims::decision>> type_claims::leave(const std::string& import_id) {
  std::vector<std::pair<std::string, decision>> told;
  for (auto i = claims_.begin(); i != claims_.end();) {
    auto& [record_type, claim] = *i;
    std::erase_if(claim.waiting, [&](auto& x) { return x.import_id == import_id; });
    if (claim.holder.import_id != import_id) {
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
  return decision{decision::how::granted, claim.holder.import_id, {}, {}};
}

} // namespace tidemark
