/// What a tenant's roster tells of how things stand.
#include "actors/tenant/import_roster.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark {

bool import_roster::has_actor(const std::string& id) const {
  auto* x = find(id);
  return x != nullptr && x->has_actor;
}

std::uint64_t import_roster::running() const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(entries_, [](auto& known) { return known.second.has_actor; }));
}

failure import_roster::database_trouble() const {
  auto found =
      std::ranges::find_if(entries_, [](auto& known) { return known.second.trouble.code != ec::none; });
  return found == entries_.end() ? failure{} : found->second.trouble;
}

bool import_roster::has_failed(const std::string& id) const {
  auto* x = find(id);
  return x != nullptr && !x->gave_up.empty();
}

bool import_roster::at_rest() const {
  return std::ranges::none_of(entries_, [](auto& known) {
    return known.second.has_actor || known.second.creating || known.second.writing > 0;
  });
}

std::optional<import_roster::overlay> import_roster::shown(const std::string& id) const {
  using enum import_state;
  auto* x = find(id);
  if (x == nullptr || x->has_actor || x->creating || is_final(x->row.state)) return std::nullopt;
  auto suspension_cause = suspended_.by_command ? pause_cause::suspension : pause_cause::credentials;
  auto& trouble = x->trouble;
  if (trouble.code != ec::none) {
    if (!x->cancels.empty())
      return overlay{cancelling, pause_cause::none,
                     fmt::format("cancelled by {} as soon as its database can be written: {}",
                                 x->cancels.front().requested_by, trouble.message)};
    if (!x->gave_up.empty())
      return overlay{paused, pause_cause::database,
                     x->gave_up == trouble.message
                         ? fmt::format("failed, which cannot be written down: {}", x->gave_up)
                         : fmt::format("{}; that cannot be written down: {}", x->gave_up, trouble.message)};
    if (x->by_command)
      return overlay{paused, pause_cause::command,
                     fmt::format("{}, which cannot be written down yet: {}", x->by_whom, trouble.message)};
    if (!suspended_.active()) return overlay{paused, pause_cause::database, trouble.message};
    return overlay{paused, suspension_cause, suspended_.reason};
  }
  if (!behind(id).empty()) return overlay{queued, pause_cause::none, {}};
  if (x->row.state == cancelling || x->cancelling || is_paused_by_command(x->row)) return std::nullopt;
  // What holds it now, where the ledger does not say so: it was ended by a death or a restart before it could
  // write that down, or rests for something else that came first. What ends by a person only is named first.
  auto written = x->row.state == paused ? x->row.paused_by : pause_cause::none;
  if (x->by_command) return overlay{paused, pause_cause::command, x->by_whom};
  if (suspended_.active()) {
    // The ledger has more to say of a login that it saw refused.
    if (written == suspension_cause && !suspended_.by_command) return std::nullopt;
    return overlay{paused, suspension_cause, suspended_.reason};
  }
  if (!x->outage.empty() && written != pause_cause::outage)
    return overlay{paused, pause_cause::outage, x->outage};
  return std::nullopt;
}

std::string import_roster::behind(const std::string& id) const {
  auto* x = find(id);
  if (x == nullptr || x->begun || x->by_command) return {};
  auto* older = older_of(*x);
  return older == nullptr ? std::string{} : older->row.id;
}

std::vector<std::string> import_roster::ahead_of(const std::string& id) const {
  std::vector<std::string> result;
  auto* waits = find(id);
  if (waits == nullptr || behind(id).empty()) return result;
  for (auto& [other, x] : entries_)
    if (other < id && x.row.record_type == waits->row.record_type) result.push_back(other);
  return result;
}

import_roster::entry* import_roster::find(const std::string& id) {
  auto known = entries_.find(id);
  return known == entries_.end() ? nullptr : &known->second;
}

const import_roster::entry* import_roster::find(const std::string& id) const {
  auto known = entries_.find(id);
  return known == entries_.end() ? nullptr : &known->second;
}

const import_row* import_roster::row(const std::string& id) const {
  auto* x = find(id);
  return x == nullptr ? nullptr : &x->row;
}

} // namespace tidemark
