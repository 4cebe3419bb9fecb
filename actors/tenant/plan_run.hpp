/// A dry run: plans every record type that an import would need, and reports; nothing is fetched, stored or
/// written down.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "actors/request/netsuite_call.hpp"
#include "actors/wave/change_window.hpp"
#include "actors/wave/planner.hpp"
#include "config/criteria.hpp"
#include "messages/inside/planner.hpp"
#include "messages/inside/store.hpp"
#include "messages/promise.hpp"
#include "messages/wire/plans.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

/// Answers one request, then ends.
using plan_run_actor = planner_parent::extend<sig<plan_report, plan_import>>;

struct plan_run_settings {
  std::shared_ptr<const criteria> types;
  account_services account;
  store_actor store; ///< tells how far each type has come
  planning_mode planning = planning_mode::automatic;
  std::uint32_t max_attempts = 5;
  std::chrono::minutes look_back{24 * 60};
  std::string system = "chunked"; ///< the path that the import would take
};

struct plan_run_state {
  explicit plan_run_state(plan_run_actor::stateful_pointer<plan_run_state> actor) : self(actor) {}

  caf::result<plan_report> start(const plan_import& wanted);
  void planned(const ranges_planned& ranges);
  void failed(const planning_failed& what);
  void planner_down(const caf::down_msg& down);
  bool is_planner(const caf::actor_addr& who) const { return planners.contains(who); }

  plan_run_actor::stateful_pointer<plan_run_state> self;
  plan_run_settings settings;

  static inline const char* name = "plan";

private:
  void plan_types();
  void plan_type(const std::string& record_type);
  void end(const std::string& record_type);

  change_window changes;
  std::map<std::string, planned_type> open;
  std::map<std::string, type_mark> marks;
  std::map<std::string, column_ways> ways;         ///< of columns that are not asked for as usual
  std::map<caf::actor_addr, std::string> planners; ///< and what each plans; nothing if another one does
  bool reads_deletions() const;
  plan_report report;
  std::uint64_t fetched_already = 0; ///< batches whose records came with the plan
  answer_promise<plan_report> promise;
};

plan_run_actor::behavior_type plan_run(plan_run_actor::stateful_pointer<plan_run_state> self,
                                       plan_run_settings settings);

} // namespace tidemark
