/// Turns one record type into key ranges, by asking NetSuite for boundaries.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/request/netsuite_call.hpp"
#include "actors/wave/batch_life_cycle.hpp"
#include "config/node_config.hpp"
#include "messages/inside/planner.hpp"
#include "netsuite/boundary_plan.hpp"
#include "netsuite/keyset_walk.hpp"
#include "netsuite/projection.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

struct planner_job {
  std::string import_id;
  std::shared_ptr<const projection> what;
  planning_mode mode = planning_mode::automatic;
  std::optional<std::int64_t> after; ///< what is planned already ends here
  std::uint64_t planned_before = 0;  ///< and weighs this much
  retry_options retry = {};          ///< of each query
  row_scope scope = {};              ///< which records count
  /// Asks for the first page of records instead of boundaries: if it holds all of them, there is nothing left
  /// to plan, nor to fetch.
  bool look_first = false;
  /// Before that, of a type with a filter, for the keys of all that has changed, and on which side of the
  /// filter it lies: if nothing has changed that is all, and what has left the type is known.
  bool sort_first = false;
  bool sort_by_keys = false; ///< the account does not take CASE, as was seen before
  /// Columns are asked for that the account lacked when the type was last read: if it takes that page,
  /// nothing is planned, since they have to be brought in for all records (`columns_back`).
  bool lacks_columns = false;
};

struct planner_run {
  explicit planner_run(planner_actor::stateful_pointer<planner_run> actor) : self(actor) {}

  void start(planner_job what, account_services account, planner_parent whom);
  void stop();
  void ask_again(std::uint64_t generation);

  static inline const char* name = "planner";

private:
  void ask(bool retry);
  void answered(call_result result);
  outcome<void> take_sorted(const http_response& response);
  outcome<void> take_first_page(const http_response& response);
  outcome<void> take_boundaries(const http_response& response);
  outcome<void> take_count(const http_response& response);
  outcome<void> take_step(const http_response& response);
  void failed(failure what, bool excused);
  bool should_walk(ec code) const;
  void leave_boundaries();
  bool boundaries_fall_short() const;
  bool look_failed(ec code);
  void sort_otherwise(ec code);
  bool may_sort() const;
  void tell(std::vector<planned_batch> ranges, std::shared_ptr<const record_set> first_page = {},
            bool may_be_whole = true);
  bool may_ask_boundaries() const;
  bool whole() const;

  planner_actor::stateful_pointer<planner_run> self;
  planner_job job;
  planner_parent parent;
  std::optional<netsuite_call> call;
  bool sorting = false; ///< before the look
  outside_way sort_way = outside_way::by_case;
  std::optional<std::int64_t> sorted_up_to;
  std::vector<std::int64_t> found_outside;
  bool found_inside = false;
  std::shared_ptr<const std::vector<std::int64_t>> outside; ///< to be told
  bool looking = false;                                     ///< at the first page; before any plan
  bool look_refused = false;
  bool columns_back = false;
  bool seen_whole = false;
  std::uint64_t seen_rows = 0; ///< so many there are, as the first page tells
  std::optional<boundary_plan>
      boundaries; ///< exactly one of these two plans, or neither while rows are counted
  std::optional<keyset_walk> walk;
  /// Numbering all rows took too long; it is done by windows, and by a walk if these do not come either.
  bool by_windows = false;
  std::uint32_t attempts = 0;
  std::uint64_t requests = 0;
  std::uint64_t timer_generation = 0;
  bool stopping = false;
};

/// Sends `ranges_planned` as they become known, the last with `whole`, or one `planning_failed`; then ends.
planner_actor::behavior_type planner(planner_actor::stateful_pointer<planner_run> self, planner_job job,
                                     account_services account, planner_parent parent);

} // namespace tidemark
