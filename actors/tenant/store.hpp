/// The one writer of a tenant's database, as an actor with a thread of its own.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "actors/tenant/owner_mark.hpp"
#include "config/criteria.hpp"
#include "messages/inside/store.hpp"
#include "store/open_tenant_store.hpp"

namespace tidemark {

struct store_settings {
  std::string url;   ///< as `open_tenant_store` takes it
  std::string owner; ///< the node's name, written beside the fence
  std::shared_ptr<const criteria> types;
  std::string marked_beside = {}; ///< the path beside which the owner's mark lies; empty: there is none
  store_options options = {};
  /// How the database is opened; tests put their own in.
  std::function<outcome<std::unique_ptr<tenant_store>>(const std::string&, const store_options&)> open =
      [](const std::string& where, const store_options& how) { return open_tenant_store(where, how); };
};

struct store_state {
  store_settings settings;
  std::unique_ptr<tenant_store> database;
  std::optional<ownership> database_taken; ///< as it was when it was last opened or let go of
  std::set<std::string> prepared;          ///< the record types whose tables it knows
  /// It was met in the database, of which nothing is read or written any more: what looks well may not be.
  std::optional<failure> damage;
  /// When it was met first and last; not yet believed, since what is being copied over a file looks like
  /// that.
  std::optional<std::pair<std::chrono::steady_clock::time_point, std::chrono::steady_clock::time_point>>
      damage_seen;

  /// Runs `job` on the open database; the answer is whatever `job` returns, or why the database is not open.
  /// If what is open turns out to have been moved, the file that stands in its place may be the right one,
  /// put back: `job`, of which nothing was done, is run once more. What the
  /// ledger says no to is not believed without a look at the file either.
  template <class Job>
  auto with(Job job) -> decltype(job(std::declval<tenant_store&>()));

  /// The open database with a raised fence. One that could not be opened is tried again at each request, so
  /// that a repaired or unlocked database needs no restart; one that was moved away is taken up again when it
  /// is back, by renaming or by copying, and no other in its place, not even an older copy of it.
  outcome<tenant_store*> open();
  outcome<std::unique_ptr<tenant_store>> open_anew();
  outcome<void> prepare_again(tenant_store& opened);

  other_owner find_other_owner();
  /// At the database, if it is open.
  void look();
  store_health present_health() const;

  owner_mark mark; ///< that this process serves the tenant
  store_health health;

  /// Of a failure that tells of damage: whether it has lasted. The database is closed without its log.
  void met_damage(failure& what);
  /// Counts a failure that is the database's.
  void seen(const failure& what);
  /// A clean stop, also of a database that is away.
  outcome<void> release();
  /// Closes the database, and remembers what it is to be known by.
  void let_go();

  static inline const char* name = "store";
};

/// Spawn it detached: its requests block. Its queue is bounded by its users, each of which waits for an
/// answer before it asks again; what they hold in memory is bounded by the node's byte budget.
store_actor::behavior_type store(store_actor::stateful_pointer<store_state> self, store_settings settings);

} // namespace tidemark
