#include "actors/wave/planner.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "actors/failure_reach.hpp"
#include "actors/supervision.hpp"
#include "netsuite/page_decoder.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// One that takes longer than this is not worth waiting for: a plan by smaller steps gets the first batches
// going sooner.
constexpr auto boundary_timeout = 60s;

// Of a type from which more has gone people want to hear by a comparison.
constexpr std::size_t most_outside = 100'000;

const page_request everything{{std::nullopt, std::numeric_limits<std::int64_t>::max()}};

range_kind kind_of(const projection& what) { return what.parent ? range_kind::sets : range_kind::records; }

} // namespace

void planner_run::start(planner_job what, account_services account, planner_parent whom) {
  job = std::move(what);
  parent = std::move(whom);
  call.emplace(std::move(account), job.import_id);
  looking = job.look_first && !job.after;
  sorting = looking && may_sort();
  if (job.sort_by_keys) sort_way = outside_way::by_keys;
  if (!looking && may_ask_boundaries()) boundaries.emplace(kind_of(*job.what), job.after);
  ask(false);
}

void planner_run::ask(bool retry) {
  std::string sql;
  std::uint32_t limit = max_page_rows;
  std::uint32_t offset = 0;
  if (sorting) {
    auto since = *job.scope.changed_since;
    sql = sort_way == outside_way::by_case ? sorted_query(*job.what, since, sorted_up_to)
                                           : outside_query(*job.what, since, sort_way, sorted_up_to);
  } else if (looking) {
    sql = page_query(*job.what, everything, job.scope);
  } else if (boundaries) {
    sql =
        boundary_query(*job.what, boundaries->after(), boundaries->up_to(), boundaries->stride(), job.scope);
  } else if (walk) {
    sql = walk_query(*job.what, walk->after(), job.scope);
    limit = 1;
    offset = keyset_walk::step_offset;
  } else {
    sql = count_query(*job.what, job.after, job.scope);
  }
  auto& account = call->services();
  auto wanted = make_query_request(account.base_url, sql, limit, offset);
  if (boundaries) wanted.total_timeout = boundary_timeout;
  ++requests;
  call->start(self, std::move(wanted), retry, [this](call_result result) { answered(std::move(result)); });
}

void planner_run::answered(call_result result) {
  if (stopping) return self->quit();
  if (result.what.code == ec::refused) return ask(true);
  if (result.what.code != ec::none) return failed(std::move(result.what), result.excused);
  auto taken = sorting      ? take_sorted(result.response)
               : looking    ? take_first_page(result.response)
               : boundaries ? take_boundaries(result.response)
               : walk       ? take_step(result.response)
                            : take_count(result.response);
  if (!taken) return failed(std::move(taken.error()), false);
  attempts = 0;
  if (columns_back || whole()) return self->quit();
  ask(false);
}

/// A set's rows are chosen by their parents, and sorting its own changes would not do.
bool planner_run::may_sort() const {
  return job.sort_first && !job.what->filter.empty() && !job.what->parent && is_partial(*job.what, job.scope);
}

/// Nothing inside is all there is to plan, unless more than changes was asked for.
outcome<void> planner_run::take_sorted(const http_response& response) {
  auto page = decode_sorted(*response.body, sort_way == outside_way::by_case, sorted_up_to);
  if (!page) return std::unexpected(page.error());
  sorted_up_to = page->last;
  // Where it is not told, anything may lie inside.
  found_inside =
      found_inside || !page->inside.empty() || (sort_way == outside_way::by_keys && !page->outside.empty());
  found_outside.insert(found_outside.end(), page->outside.begin(), page->outside.end());
  if (found_outside.size() > most_outside) {
    sorting = false;
    return {};
  }
  if (page->has_more || page->inside.size() + page->outside.size() >= max_page_rows) return {};
  sorting = false;
  outside = std::make_shared<const std::vector<std::int64_t>>(std::move(found_outside));
  seen_whole = !found_inside && job.scope.keys.empty() && !job.scope.undated;
  if (seen_whole) tell({});
  return {};
}

/// In the second way, or not at all: what lies outside is asked for once the batches are in then.
void planner_run::sort_otherwise(ec code) {
  sorting = is_about_the_query(code) && sort_way == outside_way::by_case;
  sort_way = outside_way::by_keys;
  sorted_up_to.reset();
  found_outside.clear();
  found_inside = false;
}

/// Less than a page is all there is, and comes with the plan; otherwise the plan is made by the keys.
outcome<void> planner_run::take_first_page(const http_response& response) {
  auto page = page_decoder{*job.what}.decode(*response.body, everything);
  if (!page) return std::unexpected(page.error());
  looking = false;
  if (job.lacks_columns) {
    columns_back = true;
    ranges_planned message;
    message.record_type = job.what->record_type;
    message.columns_back = true;
    message.requests = requests;
    send(self, parent, std::move(message));
    return {};
  }
  if (page->has_more) {
    seen_rows = page->count + page->promised;
    if (may_ask_boundaries()) boundaries.emplace(kind_of(*job.what));
    return {};
  }
  if (page->count == 0 && !is_partial(*job.what, job.scope)) return {};
  seen_whole = true;
  if (page->count == 0) {
    tell({});
    return {};
  }
  if (!page->last) return fail(ec::rejected, "no record of the page has a readable key");
  auto last = job.what->parent ? page->last->parent : page->last->key;
  if (!job.what->has_ranges()) last = everything.range.up_to;
  tell({{{std::nullopt, last}, page->count}}, std::move(page->records));
  return {};
}

/// Where there is nothing to make ranges of, a count is all that there is to plan.
bool planner_run::may_ask_boundaries() const {
  return job.mode != planning_mode::walk && job.what->has_ranges();
}

bool planner_run::whole() const {
  if (seen_whole) return true;
  if (boundaries) return boundaries->whole();
  return walk && walk->whole();
}

outcome<void> planner_run::take_boundaries(const http_response& response) {
  auto page = decode_boundaries(*response.body);
  if (!page) return std::unexpected(page.error());
  // Nothing at all is believed only if a count says so, too: there are accounts in which an order, or a
  // window function, gives no rows.
  bool is_first = boundaries->planned() == 0 && !job.after && !boundaries->up_to();
  if (page->rows.empty() && (is_first || boundaries->must_go_on()) && job.mode == planning_mode::automatic) {
    leave_boundaries();
    return {};
  }
  auto ranges = boundaries->add(*page);
  if (!ranges) return std::unexpected(ranges.error());
  bool falls_short = boundaries_fall_short();
  if (falls_short) seen_rows = 0;
  tell(std::move(*ranges), {}, !falls_short);
  if (falls_short) leave_boundaries();
  return {};
}

/// There are accounts that give a window function only a part of the rows. What lies above is counted then,
/// which finds nothing if rows have gone.
bool planner_run::boundaries_fall_short() const {
  return boundaries->whole() && boundaries->planned() < seen_rows && job.mode == planning_mode::automatic;
}

outcome<void> planner_run::take_count(const http_response& response) {
  auto count = decode_count(*response.body);
  if (!count) return std::unexpected(count.error());
  if (!job.what->has_ranges()) {
    seen_whole = true;
    bool has_rows = count->total > 0 || !is_partial(*job.what, job.scope);
    tell(has_rows ? std::vector{planned_batch{everything.range, count->total}}
                  : std::vector<planned_batch>{});
    return {};
  }
  if (by_windows) boundaries.emplace(kind_of(*job.what), job.after, *count);
  if (!by_windows || !boundaries->up_to()) {
    boundaries.reset(); // so few rows would have been numbered at once
    walk.emplace(kind_of(*job.what), *count, job.after);
  }
  tell({});
  return {};
}

outcome<void> planner_run::take_step(const http_response& response) {
  auto key = decode_walk(*response.body);
  if (!key) return std::unexpected(key.error());
  auto range = walk->step(*key);
  if (!range) return std::unexpected(range.error());
  tell({*range});
  return {};
}

void planner_run::tell(std::vector<planned_batch> ranges, std::shared_ptr<const record_set> first_page,
                       bool may_be_whole) {
  ranges_planned message;
  message.record_type = job.what->record_type;
  for (auto& planned : ranges) {
    message.ranges.push_back(planned.range);
    message.weights.push_back(planned.weight);
  }
  message.first_page = std::move(first_page);
  message.outside = std::exchange(outside, nullptr);
  message.outside_by_keys = message.outside && sort_way == outside_way::by_keys;
  message.total = job.planned_before;
  for (auto weight : seen_whole ? message.weights : std::vector<std::uint64_t>{}) message.total += weight;
  if (!seen_whole) message.total += boundaries ? boundaries->total() : walk->total();
  message.walked = walk.has_value();
  message.by_windows = by_windows && boundaries;
  message.whole = may_be_whole && whole();
  message.requests = requests;
  message.columns_unseen = look_refused;
  send(self, parent, std::move(message));
}

/// At whatever page: what is planned stays.
bool planner_run::should_walk(ec code) const {
  if (!boundaries || job.mode != planning_mode::automatic) return false;
  return code == ec::unsupported_query || code == ec::rejected || code == ec::timeout
         || (code == ec::server && attempts > 0);
}

/// The rows above what has been given out are counted, and planned in another way.
void planner_run::leave_boundaries() {
  job.after = boundaries->reached();
  job.planned_before += boundaries->planned();
  boundaries.reset();
}

/// A page asks for all columns, so it may fail where a plan does not; batches know what to do about that.
bool planner_run::look_failed(ec code) {
  if (!looking || code == ec::missing_table || code == ec::permission || code == ec::authentication)
    return false;
  if (sorting) {
    sort_otherwise(code);
    return true;
  }
  looking = false;
  look_refused = true;
  if (may_ask_boundaries()) boundaries.emplace(kind_of(*job.what));
  return true;
}

void planner_run::failed(failure what, bool excused) {
  if (!excused && look_failed(what.code)) return ask(false);
  if (!excused && should_walk(what.code)) {
    by_windows = what.code == ec::timeout && !boundaries->up_to() && !by_windows;
    leave_boundaries();
    attempts = 0;
    return ask(false);
  }
  bool may_pass = is_worth_retrying(what.code);
  if (excused && may_pass) return ask(false); // it waits with all others until the account is there again
  if (!may_pass || ++attempts >= job.retry.max_attempts) {
    send(self, parent, planning_failed{job.what->record_type, std::move(what)});
    return self->quit();
  }
  delayed_send_self(self, retry_delay(what.code, attempts, job.retry), tick{++timer_generation});
}

void planner_run::ask_again(std::uint64_t generation) {
  if (generation == timer_generation && !stopping) ask(false);
}

void planner_run::stop() {
  stopping = true;
  if (call && call->phase() == call_phase::transferring) return call->cancel(self);
  self->quit();
}

planner_actor::behavior_type planner(planner_actor::stateful_pointer<planner_run> self, planner_job job,
                                     account_services account, planner_parent parent) {
  name_exceptions(self);
  state_of(self).start(std::move(job), std::move(account), std::move(parent));
  return {
      [self](const stop_branch&) { state_of(self).stop(); },
      [self](const tick& due) { state_of(self).ask_again(due.generation); },
  };
}

} // namespace tidemark
