#include "actors/tenant/plan_run.hpp"

#include <algorithm>

#include "actors/supervision.hpp"
#include "config/dependency_graph.hpp"
#include "messages/ascii.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

namespace {

/// Queries that compare a type of so many records with the account: a thousand buckets of a thousand each.
std::uint64_t comparisons(std::uint64_t records) { return 1 + records / 1'000'000; }

/// How the legacy path would do it: one batch, one count, then the pages one after the other; of a set the
/// end of each page is found first. Returns the number of pages.
std::uint64_t plan_as_legacy(planned_type& planned, const record_type& type) {
  auto pages = (planned.records + max_page_rows - 1) / max_page_rows;
  planned.batches = planned.records == 0 ? 0 : 1;
  planned.plan_requests = 1 + (type.set ? pages : 0);
  return pages;
}

} // namespace

caf::result<plan_report> plan_run_state::start(const plan_import& wanted) {
  auto graph = resolve(*settings.types, wanted.record_type);
  if (!graph) {
    self->quit();
    return to_caf_error(graph.error());
  }
  promise = make_promise<plan_report>(self);
  report.tenant = wanted.tenant;
  report.record_type = wanted.record_type;
  report.mode = wanted.mode;
  report.system = settings.system;
  changes = {wanted.mode, wanted.since, settings.look_back};
  load_marks question;
  for (std::uint32_t wave = 0; wave < graph->waves().size(); ++wave) {
    for (auto& type : graph->waves()[wave]) {
      planned_type entry;
      entry.name = type;
      entry.wave = wave;
      open.emplace(type, entry);
      question.record_types.push_back(type);
    }
  }
  // A full plan needs nothing of the database, which may be away.
  if (wanted.mode == import_mode::full) {
    plan_types();
    return promise;
  }
  request(self, settings.store, caf::infinite, std::move(question))
      .then(
          [this](const type_marks& found) {
            for (auto& mark : found.marks) marks.emplace(mark.record_type, mark);
            for (auto& known : found.ways) take_way(ways[known.record_type], known);
            for (auto& [record_type, why] : found.changed_criteria)
              if (auto planned = open.find(record_type); planned != open.end())
                planned->second.remark = criteria_changed_text(record_type, why);
            plan_types();
          },
          [this](const caf::error& error) {
            promise.deliver(error);
            self->quit();
          });
  return promise;
}

void plan_run_state::plan_types() {
  std::vector<std::string> record_types;
  for (auto& [record_type, entry] : open) record_types.push_back(record_type);
  for (auto& record_type : record_types) plan_type(record_type);
}

void plan_run_state::plan_type(const std::string& record_type) {
  auto& type = *settings.types->find(record_type);
  auto* parent = type.set ? settings.types->find(type.set->parent) : nullptr;
  planner_job job;
  job.what = std::make_shared<const projection>(
      project(type, ways[record_type], parent, parent == nullptr ? column_ways{} : ways[parent->name]));
  job.mode = settings.planning;
  job.retry.max_attempts = settings.max_attempts;
  job.look_first = changes.mode == import_mode::incremental;
  auto mark = marks.find(record_type);
  auto since = changes.changed_since(mark == marks.end() ? 0 : mark->second.watermark);
  if (since != 0) job.scope.changed_since = since;
  if (is_partial(*job.what, job.scope)) open.at(record_type).changed_since = since;
  auto actor = self->spawn<caf::linked + caf::monitored>(planner, std::move(job), settings.account,
                                                         planner_parent{plan_run_actor{self}});
  planners.emplace(actor.address(), record_type);
}

void plan_run_state::planned(const ranges_planned& ranges) {
  auto found = open.find(ranges.record_type);
  if (found == open.end()) return;
  auto& entry = found->second;
  entry.records = ranges.total;
  entry.batches += ranges.ranges.size();
  entry.plan_requests = ranges.requests;
  if (ranges.first_page) ++fetched_already;
  entry.walked = ranges.walked;
  if (ranges.whole) end(ranges.record_type);
}

void plan_run_state::failed(const planning_failed& what) {
  auto found = open.find(what.record_type);
  if (found == open.end()) return;
  auto column = lower_case(what.what.subject);
  auto* described = settings.types->find(what.record_type);
  bool other_way =
      what.what.code == ec::unknown_column && described != nullptr && can_drop(*described, column);
  if (other_way && ways[what.record_type].insert_or_assign(column, column_way::left_out).second) {
    // The end of this one tells nothing any more.
    for (auto& [actor, planned] : planners)
      if (planned == what.record_type) planned.clear();
    return plan_type(what.record_type);
  }
  found->second.error = render(what.what);
  end(what.record_type);
}

/// Whether the import would read the account's log of deletions.
bool plan_run_state::reads_deletions() const {
  return std::ranges::any_of(report.types, [&](auto& type) {
    auto* described = settings.types->find(type.name);
    return type.changed_since != 0 && described != nullptr && !described->set;
  });
}

void plan_run_state::planner_down(const caf::down_msg& down) {
  auto planned = planners.find(down.source);
  if (planned == planners.end() || !open.contains(planned->second)) return;
  open.at(planned->second).error = "its planner died: " + death_text(down.reason);
  end(planned->second);
}

void plan_run_state::end(const std::string& record_type) {
  auto planned = std::move(open.extract(record_type).mapped());
  bool legacy = settings.system == "legacy" && planned.error.empty();
  auto pages = legacy ? plan_as_legacy(planned, *settings.types->find(record_type)) : planned.batches;
  report.records += planned.records;
  report.batches += planned.batches;
  report.expected_requests += pages + planned.plan_requests;
  report.types.push_back(std::move(planned));
  if (!open.empty()) return;
  ++report.expected_requests; // the server's time, asked once per import
  if (settings.system != "legacy") report.expected_requests -= fetched_already;
  if (changes.mode == import_mode::incremental && reads_deletions()) ++report.expected_requests;
  if (changes.mode == import_mode::full)
    for (auto& type : report.types)
      if (type.error.empty()) report.expected_requests += comparisons(type.records);
  std::ranges::sort(report.types, {}, [](auto& type) { return std::tie(type.wave, type.name); });
  promise.deliver(report);
  self->quit();
}

plan_run_actor::behavior_type plan_run(plan_run_actor::stateful_pointer<plan_run_state> self,
                                       plan_run_settings settings) {
  name_exceptions(self);
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
