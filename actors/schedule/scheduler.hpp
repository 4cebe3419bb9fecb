/// Starts imports when their schedules say so.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "actors/clock.hpp"
#include "actors/schedule/schedule_plan.hpp"
#include "messages/inside/control.hpp"
#include "messages/inside/monitor.hpp"
#include "messages/inside/scheduler.hpp"
#include "messages/inside/store.hpp"
#include "messages/wire/control.hpp"
#include "messages/wire/imports.hpp"

namespace tidemark {

struct scheduler_settings {
  control_actor control;
  starter_actor starter;
  monitor_actor monitor{};                 ///< may be none
  std::function<unix_ms()> now = wall_now; ///< tests drive it
};

struct scheduler_state {
  explicit scheduler_state(scheduler_actor::stateful_pointer<scheduler_state> actor) : self(actor) {}

  void start(scheduler_settings with);
  void look(std::uint64_t generation);
  caf::result<schedule_list> list(const list_schedules& wanted) const;
  caf::result<schedule_status> add(const add_schedule& wanted);
  caf::result<schedule_status> change(const change_schedule& wanted);

  static inline const char* name = "scheduler";

private:
  void load();
  void look_at(schedule_plan& plan);
  void try_waiting(const schedule_plan& plan);
  void begin(const schedule& row);
  void unfinished_known(const std::string& schedule_name, const import_rows& unfinished);
  void begun(const std::string& schedule_name, const import_status& status);
  void not_begun(const std::string& schedule_name, const failure& why);
  void check(const schedule_plan& plan);
  void checked(const std::string& schedule_name, const failure& why);
  void audit(const schedule& row, const std::string& import_id, const failure& what);
  /// Writes a schedule down after a change, and raises or clears its alert. What cannot be written now is
  /// tried again.
  void changed(const schedule_plan& plan);
  void save(const schedule& row);
  void tell(const schedule_plan& plan);
  void raise(const schedule& row, const std::string& text);
  void clear(const schedule& row);
  void look_again();
  schedule_status status_of(const schedule_plan& plan) const;
  schedule_plan* find(const std::string& schedule_name);
  std::string nearest_schedule(const std::string& name) const;

  scheduler_actor::stateful_pointer<scheduler_state> self;
  scheduler_settings settings;
  bool loaded = false;
  std::map<std::string, schedule_plan> plans;
  std::set<std::string> asking;  ///< schedules that somebody is being asked about at this moment
  std::set<std::string> unsaved; ///< schedules that could not be written down
  std::set<std::string> alerts;  ///< schedules that have one up
  std::uint64_t timer_generation = 0;
};

/// Linked to its node. Runs are due by the wall clock, which may be set: it is looked at twice a minute at
/// least. A waiting run looks for the end of what it waits for every few seconds.
scheduler_actor::behavior_type scheduler(scheduler_actor::stateful_pointer<scheduler_state> self,
                                         scheduler_settings settings);

} // namespace tidemark
