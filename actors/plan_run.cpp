#include "actors/plan_run.hpp"

#include <algorithm>

#include "config/dependency_graph.hpp"
#include "messages/caf_error.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

caf::result<plan_report> plan_run_state::start(const plan_import& wanted) {
  auto graph = resolve(*settings.types, wanted.record_type);
  if (!graph) {
    self->quit();
    return to_caf_error(graph.error());
  }
  promise = self->make_response_promise<plan_report>();
  report.tenant = wanted.tenant;
  report.record_type = wanted.record_type;
  for (std::uint32_t wave = 0; wave < graph->waves().size(); ++wave) {
    for (auto& type : graph->waves()[wave]) {
      planned_type entry;
      entry.name = type;
      entry.wave = wave;
      open.emplace(type, entry);
      planner_job job{{},
                      std::make_shared<const projection>(project(*settings.types->find(type))),
                      settings.planning,
                      std::nullopt,
                      0,
                      settings.max_attempts};
      auto actor = self->spawn<caf::linked + caf::monitored>(planner, std::move(job), settings.account,
                                                             planner_parent{plan_run_actor{self}});
      planners.emplace(actor.address(), type);
    }
  }
  return promise;
}

void plan_run_state::planned(const ranges_planned& ranges) {
  auto found = open.find(ranges.record_type);
  if (found == open.end()) return;
  auto& entry = found->second;
  entry.records = ranges.total;
  entry.batches += ranges.ranges.size();
  entry.plan_requests = ranges.requests;
  entry.walked = ranges.walked;
  if (ranges.whole) end(ranges.record_type);
}

void plan_run_state::failed(const planning_failed& what) {
  if (auto found = open.find(what.record_type); found != open.end()) {
    found->second.error = render(what.what);
    end(what.record_type);
  }
}

void plan_run_state::planner_down(const caf::down_msg& down) {
  auto planned = planners.find(down.source);
  if (planned == planners.end() || !open.contains(planned->second)) return;
  open.at(planned->second).error = "its planner died: " + caf::to_string(down.reason);
  end(planned->second);
}

void plan_run_state::end(const std::string& record_type) {
  auto entry = open.extract(record_type);
  report.records += entry.mapped().records;
  report.batches += entry.mapped().batches;
  report.expected_requests += entry.mapped().batches + entry.mapped().plan_requests;
  report.types.push_back(std::move(entry.mapped()));
  if (!open.empty()) return;
  ++report.expected_requests; // the server's time, asked once per import
  std::ranges::sort(report.types, {}, [](auto& type) { return std::tie(type.wave, type.name); });
  promise.deliver(report);
  self->quit();
}

plan_run_actor::behavior_type plan_run(plan_run_actor::stateful_pointer<plan_run_state> self,
                                       plan_run_settings settings) {
  state_of(self).settings = std::move(settings);
  self->set_down_handler([self](const caf::down_msg& down) { state_of(self).planner_down(down); });
  self->set_exit_handler([self](const caf::exit_msg& message) {
    // A planner's end is dealt with when it is down.
    if (!state_of(self).is_planner(message.source)) self->quit(message.reason);
  });
  return {
      [self](const ranges_planned& ranges) { state_of(self).planned(ranges); },
      [self](const planning_failed& what) { state_of(self).failed(what); },
      [self](const plan_import& wanted) { return state_of(self).start(wanted); },
  };
}

} // namespace tidemark
