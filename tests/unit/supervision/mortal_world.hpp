/// A whole tenant on a database of its own, one of whose actors has a defect.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/supervision.hpp"
#include "actors/tenant/tenant.hpp"
#include "driven_system.hpp"
#include "fakes.hpp"
#include "injection.hpp"
#include "messages/inside/budget.hpp"
#include "messages/inside/control.hpp"
#include "messages/inside/http.hpp"
#include "messages/inside/journal.hpp"
#include "messages/inside/pool.hpp"
#include "messages/inside/tenant.hpp"
#include "messages/wire/imports.hpp"
#include "shop_account.hpp"

namespace tidemark {

/// Stands in for the node and its process: spawns what a node spawns, restarts its tenant as a node does, and
/// ends without one of its services; a new process then goes on with the database. Answers of the account
/// arrive one by one, each when nothing else is left to do, so that requests overlap.
class mortal_world : public driven_system {
public:
  static constexpr std::uint32_t limit = 3; ///< of the account

  /// Whose handlers exceptions are thrown in.
  static std::set<std::string> actors();

  explicit mortal_world(const std::optional<injection>& what = {});
  ~mortal_world();

  /// Starts an import of everything and waits until it has ended, or nothing has happened for five minutes.
  /// Nothing if the tenant was given up.
  std::optional<import_status> run(import_mode mode);

  /// The id of an import that has begun; empty if the tenant was given up.
  std::string start(import_mode mode);
  std::optional<import_status> end_of(const std::string& id);

  /// Commands that are given again until they succeed, or nothing comes of them.
  std::optional<import_status> pause(const std::string& id);
  std::optional<import_status> resume(const std::string& id);
  std::optional<cancel_receipt> cancel(const std::string& id);

  /// Lets the account answer so many requests.
  void answer_requests(std::size_t count);

  /// Another process, after this one was given up.
  void begin_anew();

  /// Lets the slots of cancelled requests come back.
  void calm_down();

  std::uint64_t most_open() const { return most_open_; } ///< requests at once
  std::uint32_t leases();
  /// Actors beyond those that there are while nothing runs.
  std::int64_t surplus_actors();
  bool given_up() const { return given_up_; } ///< the tenant or the process died too often

  /// What the database holds: as `shop_account::contents`.
  std::vector<std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t>> stored() const;
  /// Batches whose counters do not add up.
  std::int64_t unlawful_batches() const;
  /// Batches that are neither completed nor split.
  std::int64_t unfinished_batches() const;

  shop_account account;
  injector defect;

private:
  void begin_process();
  void end_process();
  void spawn_tenant(caf::event_based_actor* node);
  caf::behavior node(caf::event_based_actor* self);
  http_transport transport();
  void work_until(const std::function<bool()>& over, std::chrono::seconds at_most, bool at_rest = true);
  template <class Answer, class Message>
  std::optional<Answer> command(const Message& message);

  std::string file_;
  std::size_t actors_at_rest_ = 0;
  std::uint64_t most_open_ = 0;
  fake_engine engine_;
  caf::actor node_;
  std::optional<ownership> taken_; ///< the database, by a tenant before
  http_actor http_;
  pool_actor pool_;
  budget_actor budget_;
  journal_actor journal_;
  flag_actor flags_;
  reader_actor reader_;
  tenant_actor tenant_;
  restart_intensity restarts_;
  bool node_lives_ = false;
  bool given_up_ = false;
  int processes_ = 0;
};

} // namespace tidemark
