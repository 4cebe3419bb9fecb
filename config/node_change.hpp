/// What a changed configuration means for a node that is running.
#pragma once

#include "config/node_config.hpp"
#include "messages/error.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tidemark {

/// The slots of an account as the configuration has them.
struct account_slots {
  std::uint32_t limit = 0;
  std::uint32_t reserve = 0;
  bool automatic = false; ///< the account is asked for its limit

  friend bool operator==(const account_slots&, const account_slots&) = default;
};

account_slots slots_of(const tenant_config& tenant);

struct slots_change {
  std::string account;
  account_slots from;
  account_slots to;
};

/// A tenant that stays and has to begin anew with its settings.
struct tenant_change {
  std::string id;
  std::vector<std::string> what; ///< in words: "credentials", "criteria"
  bool credentials = false;
};

/// What changes without a restart of the node. Tenants by id.
struct node_change {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<tenant_change> changed;
  std::vector<slots_change> slots; ///< of accounts that were served before and still are

  bool empty() const { return added.empty() && removed.empty() && changed.empty() && slots.empty(); }
};

/// Compares what the node runs with what it is to run; `other_types` are the tenants whose criteria have
/// changed. Refuses a change that takes effect only at a start, with one sentence that names all of them:
/// nothing of the rest is to be applied then.
outcome<node_change> compare(const node_config& running, const node_config& wanted,
                             const std::set<std::string>& other_types);

/// The change in words, a line each; empty if nothing changes. No secret is in them.
std::vector<std::string> describe(const node_change& change);

} // namespace tidemark
