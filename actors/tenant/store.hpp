/// The one writer of a tenant's database, as an actor.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "actors/blocking/blocking_threads.hpp"
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
  /// It is closed when nobody has asked for anything for so long and no import runs; zero: never.
  std::chrono::milliseconds rest_after{0};
  /// How the database is opened; tests put their own in.
  std::function<outcome<std::unique_ptr<tenant_store>>(const std::string&, const store_options&)> open =
      [](const std::string& where, const store_options& how) { return open_tenant_store(where, how); };
};

struct store_state {
  explicit store_state(store_actor::stateful_pointer<store_state> actor) : self(actor) {}

  store_actor::stateful_pointer<store_state> self;
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
  /// As it was left when it was closed since nobody needed it.
  std::optional<file_stamp> resting;
  std::optional<import_list> newest; ///< the first page of the list of imports, until one of them may change
  bool imports_run = false;
  bool ticking = false; ///< a look whether it may rest is due
  std::chrono::steady_clock::time_point last_asked;

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

  /// As `with`, for what leaves the rows of imports that do not run as they are.
  template <class Job>
  auto with_batches(Job job) -> decltype(job(std::declval<tenant_store&>()));
  /// The same for what is no reason to keep the database open.
  template <class Job>
  auto in_passing(Job job) -> decltype(job(std::declval<tenant_store&>()));

  void begin_rest();
  void rest_if_idle();
  void wait_for_rest();
  /// It rests, and by a look from outside nobody has done anything to it since.
  bool is_untouched() const;
  void read_newest();
  newest_listed list(const list_newest& wanted);

  other_owner find_other_owner();
  outcome<loaded_ledger> load(const load_ledger& wanted);
  /// At the database, if it is open or somebody has touched it while it rests.
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

/// Its requests block: see `spawn_store`. Its queue is bounded by its users, each of which waits for an
/// answer before it asks again; what they hold in memory is bounded by the node's byte budget.
store_actor::behavior_type store(store_actor::stateful_pointer<store_state> self, store_settings settings);

/// As a child of `parent`. `threads`: on those for what blocks; not so in a test that drives every actor.
template <class Parent>
store_actor spawn_store(Parent* parent, store_settings settings, bool threads) {
  if (!threads) return parent->template spawn<caf::linked>(store, std::move(settings));
  return parent->template spawn<blocking_actor<store_state, store_actor>, caf::linked>(
      [settings = std::move(settings)](auto* self) { return store(self, settings); });
}

} // namespace tidemark
