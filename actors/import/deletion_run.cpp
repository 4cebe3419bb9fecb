#include "actors/import/deletion_run.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <utility>

#include "actors/clock.hpp"
#include "actors/failure_reach.hpp"
#include "actors/supervision.hpp"
#include "netsuite/projection.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

namespace {

// An account, or its role, may take by now what it refused.
constexpr unix_ms usual_way_again = std::chrono::milliseconds{std::chrono::days{1}}.count();

std::vector<std::int64_t> take_last(std::vector<std::int64_t>& from, std::size_t most) {
  auto count = static_cast<std::ptrdiff_t>(std::min(from.size(), most));
  std::vector<std::int64_t> taken(from.end() - count, from.end());
  from.erase(from.end() - count, from.end());
  return taken;
}

void add_to(std::vector<std::int64_t>& all, const std::vector<std::int64_t>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::vector<std::int64_t> without(std::vector<std::int64_t> keys, const std::vector<std::int64_t>& present) {
  std::erase_if(keys, [&](auto key) { return std::ranges::find(present, key) != present.end(); });
  return keys;
}

/// A record that has left its type's filter is not deleted, whatever an entry of the log of that key is
/// about: its sets' rows are there.
projection whatever_its_filter(const record_type& type) {
  auto what = project(type);
  what.filter.clear();
  return what;
}

} // namespace

template <class Message, class Then>
void deletion_run_state::ask_store(Message message, Then then) {
  request(self, store, caf::infinite, std::move(message))
      .then(std::move(then), [this](const caf::error& error) { report(to_failure(error)); });
}

void deletion_run_state::start(deletion_job what, account_services account, store_actor database,
                               finishing_parent whom) {
  job = std::move(what);
  store = std::move(database);
  parent = std::move(whom);
  query.emplace(self, std::move(account), job.import_id, job.max_attempts);
  load_marks question;
  for (auto& record_type : job.record_types) {
    auto* described = job.types->find(record_type);
    if (described == nullptr) continue;
    // The log, and a question by keys, know integers only.
    auto as_read = project(*described, job.ways[record_type]);
    if (!as_read.has_ranges()) continue;
    auto is_partial = !as_read.changes.column.empty() && job.changed_since.contains(record_type);
    if (!described->filter.empty() && is_partial) leaving.push_back(described);
    if (described->set) {
      sets.push_back(described);
      continue;
    }
    asked.push_back(described);
    question.record_types.push_back(record_type);
  }
  ask_store(std::move(question), [this](const type_marks& marks) { marks_known(marks); });
}

void deletion_run_state::marks_known(const type_marks& marks) {
  bool takes_no_case = std::ranges::any_of(marks.ways, [](auto& x) { return x.code == by_keys_note; });
  if (takes_no_case) way_outside = outside_way::by_keys;
  if (marks.marks.empty()) return next_departure();
  auto oldest = std::ranges::min(marks.marks, {}, &type_mark::deletes_until).deletes_until;
  auto needed = oldest - std::chrono::duration_cast<std::chrono::milliseconds>(job.look_back).count();
  job.since = job.since == 0 ? needed : std::min(job.since, needed);
  ask_store(load_deletion_log{}, [this](const deletion_log& known) { log_known(known); });
}

void deletion_run_state::log_known(const deletion_log& known) {
  auto ago = wall_now() - known.usual_tried_at;
  ways.emplace(log_way_of(known.way), ago < 0 || ago >= usual_way_again);
  findings.emplace(*job.types, asked, known);
  ask_page();
}

http_request deletion_run_state::request_for(const std::string& sql) const {
  auto& account = query->services();
  return make_query_request(account.base_url, sql, max_page_rows);
}

void deletion_run_state::ask_page() {
  query->ask(request_for(deletions_query(ways->present(), job.since, from)),
             [this](outcome<http_response> answer) {
               if (!answer) return ask_otherwise(answer.error());
               page_arrived(*answer);
             });
}

void deletion_run_state::begin_log() {
  from.reset();
  doubtful.clear();
  ask_page();
}

/// Another way begins anew.
void deletion_run_state::ask_otherwise(const failure& refusal) {
  if (!ways->refused(refusal)) return query_failed(refusal);
  begin_log();
}

void deletion_run_state::page_arrived(const http_response& response) {
  auto page = decode_deletions(*response.body);
  if (!page) return query_failed(std::move(page.error()));
  auto following = next_page(*page, from);
  if (!following) return query_failed(std::move(following.error()));
  if (ways->taken()) return begin_log();
  next = *following;
  keys = findings->take(std::move(*page));
  next_type();
}

void deletion_run_state::next_type() {
  if (keys.empty()) return page_over();
  auto& [type, named] = *keys.begin();
  auto& record_type = asked[type]->name;
  auto wanted = named.sure;
  wanted.insert(wanted.end(), named.perhaps.begin(), named.perhaps.end());
  ask_store(find_live{record_type, std::move(wanted)},
            [this](const live_keys& live) { live_known(live.keys); });
}

void deletion_run_state::live_known(const std::vector<std::int64_t>& live) {
  auto& [type, named] = *keys.begin();
  std::vector<std::int64_t> sure;
  std::vector<std::int64_t> perhaps;
  for (auto key : live) (std::ranges::binary_search(named.sure, key) ? sure : perhaps).push_back(key);
  if (!sure.empty()) {
    findings->keep_to_learn(type, sure);
    auto& doubted_of = doubt_of(*asked[type]);
    add_to(doubted_of.keys, sure);
    add_to(doubted_of.sure, sure);
  }
  if (perhaps.empty()) return type_over();
  ask_store(find_live{asked[type]->name, perhaps, false}, [this, perhaps](const live_keys& here) {
    doubt_those(perhaps, here.keys);
    type_over();
  });
}

deletion_run_state::doubt& deletion_run_state::doubt_of(const record_type& type) {
  return doubtful.try_emplace(type.name, doubt{&type}).first->second;
}

/// Of a record that is not here itself an entry that may be about anything says nothing of its sets' rows,
/// whose parent may never have been there: they are asked for themselves.
void deletion_run_state::doubt_those(std::vector<std::int64_t> perhaps, std::vector<std::int64_t> there_now) {
  auto& type = *asked[keys.begin()->first];
  auto only_rows = without(std::move(perhaps), there_now);
  for (auto* set : sets)
    if (set->set->parent == type.name) add_to(changed_parents[set->name], only_rows);
  if (there_now.empty()) return;
  findings->keep(there_now);
  add_to(doubt_of(type).keys, there_now);
}

/// Of a set the parents. A page may hold less than all of them: a key is absent only if a page says so.
void deletion_run_state::ask_present(projection what, std::vector<std::int64_t> wanted, present_user then,
                                     std::vector<std::int64_t> present) {
  auto sql = what.parent ? parents_query(what, wanted) : present_query(what, wanted);
  query->ask(request_for(sql),
             [this, what = std::move(what), wanted = std::move(wanted), then = std::move(then),
              present = std::move(present)](outcome<http_response> answer) mutable {
               auto page = answer ? decode_keys(*answer->body) : std::unexpected(std::move(answer.error()));
               if (!page) return query_failed(std::move(page.error()));
               add_to(present, page->keys);
               auto open = left_open(*page, std::move(wanted));
               if (open.empty()) return then(present);
               ask_present(std::move(what), std::move(open), std::move(then), std::move(present));
             });
}

void deletion_run_state::type_over() {
  keys.erase(keys.begin());
  next_type();
}

void deletion_run_state::page_over() {
  if (next) {
    from = next;
    return ask_page();
  }
  next_doubt();
}

/// Of the log nothing more is known then, of a record type that one alone.
void deletion_run_state::query_failed(failure what) {
  if (stands_in_the_way(what.code) || what.code == ec::stale) return report(std::move(what));
  if (now == part::log) {
    result.what = std::move(what);
    doubtful.clear();
    return next_departure();
  }
  auto& record_type = now == part::departures ? leaving.back()->name : doubtful.begin()->first;
  result.notes.push_back(note_on_unread_departures(record_type, what, wall_now()));
  result.unsure.insert(record_type);
  suspects.clear();
  if (now == part::departures) return departure_over();
  doubtful.erase(doubtful.begin());
  next_set();
}

// -- what may be gone or hidden
// -------------------------------------------------------------------------------------------------------

void deletion_run_state::next_doubt() {
  if (doubtful.empty()) return now == part::log ? learn() : next_set();
  auto& [record_type, doubted_of] = *doubtful.begin();
  // A record that has entries on two pages.
  for (auto* live : {&doubted_of.keys, &doubted_of.sure}) {
    std::ranges::sort(*live);
    live->erase(std::ranges::unique(*live).begin(), live->end());
  }
  gone.clear();
  named_gone.clear();
  there.clear();
  unsure = 0;
  // Half of them may be named by the log themselves.
  ask_store(sample_live{record_type, 2 * most_controls},
            [this](const live_keys& sample) { choose_controls(sample.keys); });
}

void deletion_run_state::choose_controls(const std::vector<std::int64_t>& live) {
  auto& suspects = doubtful.begin()->second.keys;
  std::vector<std::int64_t> others;
  std::ranges::copy_if(live, std::back_inserter(others), [&](auto key) {
    return now == part::log ? !findings->names(key) : !std::ranges::binary_search(suspects, key);
  });
  // Where all parents have changed they tell of each other.
  controls = control_sample{others.empty() && now == part::sets ? suspects : others};
  check_doubtful();
}

void deletion_run_state::check_doubtful() {
  auto& live = doubtful.begin()->second.keys;
  if (live.empty()) return settle_doubtful();
  auto part_of = take_last(live, most_listed_keys - controls.keys().size());
  auto wanted = part_of;
  wanted.insert(wanted.end(), controls.keys().begin(), controls.keys().end());
  ask_present(now == part::log ? whatever_its_filter(doubted()) : project(doubted()), wanted,
              [this, part_of](const std::vector<std::int64_t>& present) { weigh(part_of, present); });
}

void deletion_run_state::weigh(const std::vector<std::int64_t>& asked_for,
                               const std::vector<std::int64_t>& present) {
  auto lost = without(asked_for, present);
  auto seen = without(asked_for, lost);
  add_to(there, seen);
  auto& sure = doubtful.begin()->second.sure;
  auto is_sure = [&](auto key) { return std::ranges::binary_search(sure, key); };
  auto is_shown = controls.shown_in(present);
  // Where there is nothing to tell by, a certain entry is believed, under the guard. One that is there
  // although an entry names it tells that they are about something else.
  bool may_be_believed = controls.keys().empty() && seen.empty();
  unsure += std::erase_if(lost, [&](auto key) { return !is_shown && !(may_be_believed && is_sure(key)); });
  if (now == part::log) {
    auto type = std::ranges::find(asked, &doubted()) - asked.begin();
    findings->answered(static_cast<std::size_t>(type), seen, lost);
  }
  for (auto key : lost) (is_shown && is_sure(key) ? named_gone : gone).push_back(key);
  check_doubtful();
}

void deletion_run_state::settle_doubtful() {
  auto record_type = doubtful.begin()->first;
  if (unsure > 0) {
    result.notes.push_back(now == part::log ? note_on_doubt(record_type, unsure, wall_now())
                                            : note_on_hidden_rows(record_type, unsure, wall_now()));
    result.unsure.insert(record_type);
  }
  doubtful.erase(doubtful.begin());
  if (now == part::log) there.clear();
  settle(record_type, std::move(there), [this, record_type] { take_away(record_type); });
}

/// What the log names for certain, and what a role that sees the others does not see, is gone.
void deletion_run_state::take_away(const std::string& record_type) {
  if (named_gone.empty()) return next_doubt();
  ask_store(delete_records{job.import_id, record_type, std::exchange(named_gone, {})},
            [this, record_type](const records_deleted& taken) {
              if (taken.count > 0) result.deleted[record_type] += taken.count;
              next_doubt();
            });
}

/// The log is read, and what it names asked for: which names that tells of.
void deletion_run_state::learn() {
  lessons = findings->lessons();
  next_lesson();
}

void deletion_run_state::next_lesson() {
  if (lessons.empty()) {
    findings->conclude();
    return next_departure();
  }
  auto lesson = std::move(lessons.back());
  lessons.pop_back();
  find_elsewhere question{lesson.record_type, {}};
  for (auto& key : lesson.keys) question.keys.push_back(key.ranged);
  ask_store(std::move(question), [this, record_type = lesson.record_type](const keys_elsewhere& others) {
    findings->explained(record_type, others.found);
    next_lesson();
  });
}

template <class Then>
void deletion_run_state::settle(const std::string& record_type, std::vector<std::int64_t> looked_at,
                                Then then) {
  if (gone.empty() && looked_at.empty()) return then();
  ask_store(settle_gone{job.import_id, record_type, std::exchange(gone, {}), std::move(looked_at)},
            [this, then = std::move(then)](const type_finished& settled) {
              result.settled.insert_or_assign(settled.type.name, settled.type);
              then();
            });
}

// -- records that have left their filter
// ----------------------------------------------------------------------------------------------

void deletion_run_state::next_departure() {
  now = part::departures;
  outside_after.reset();
  gone.clear();
  candidates.clear();
  suspects.clear();
  if (leaving.empty()) return next_set();
  auto known = job.outside.find(leaving.back()->name);
  if (known == job.outside.end() || !known->second || leaving.back()->set) return ask_outside();
  candidates = *known->second;
  look_up_candidates();
}

/// What the plan knows of may have come back since.
void deletion_run_state::look_up_candidates() {
  if (candidates.empty()) return departure_over();
  auto some = take_last(candidates, most_listed_keys);
  ask_store(find_live{leaving.back()->name, std::move(some)}, [this](const live_keys& live) {
    add_to(suspects, live.keys);
    look_up_candidates();
  });
}

void deletion_run_state::check_candidates() {
  auto some = take_last(suspects, most_listed_keys);
  ask_present(project(*leaving.back()), some, [this, some](const std::vector<std::int64_t>& present) {
    if (present.empty()) return check_again(some);
    add_to(gone, without(some, present));
    departure_over();
  });
}

/// An answer without any row is not believed at once.
void deletion_run_state::check_again(const std::vector<std::int64_t>& keys_asked) {
  ask_present(project(*leaving.back()), keys_asked,
              [this, keys_asked](const std::vector<std::int64_t>& present) {
                add_to(gone, without(keys_asked, present));
                departure_over();
              });
}

void deletion_run_state::ask_outside() {
  auto& type = *leaving.back();
  auto sql = outside_query(project(type, job.ways[type.name]), job.changed_since[type.name], way_outside,
                           outside_after);
  query->ask(request_for(sql), [this](outcome<http_response> answer) {
    if (!answer && way_outside == outside_way::by_case && is_about_the_query(answer.error().code)) {
      way_outside = outside_way::by_keys;
      return ask_outside();
    }
    auto page = answer ? decode_keys(*answer->body) : std::unexpected(std::move(answer.error()));
    if (!page) return query_failed(std::move(page.error()));
    if (!page->keys.empty() && outside_after && page->keys.back() <= *outside_after)
      return query_failed({ec::server, "a page of keys is not in the order that was asked for"});
    outside_arrived(std::move(*page));
  });
}

/// Of a set these are parents, which are asked for with all others that have changed.
void deletion_run_state::outside_arrived(key_page page) {
  auto is_last = !page.has_more && page.keys.size() < max_page_rows;
  if (!page.keys.empty()) outside_after = page.keys.back();
  ask_store(find_live{leaving.back()->name, std::move(page.keys)}, [this, is_last](const live_keys& live) {
    bool is_certain = way_outside == outside_way::by_case || leaving.back()->set;
    add_to(is_certain ? gone : suspects, live.keys);
    is_last ? departure_over() : ask_outside();
  });
}

/// A parent of which a row has left may have others.
void deletion_run_state::departure_over() {
  if (!suspects.empty()) return check_candidates();
  auto& type = *leaving.back();
  if (outside_after && way_outside == outside_way::by_keys)
    result.notes.push_back({type.name, std::string{by_keys_note}, {}, by_keys_text(type.name), wall_now()});
  leaving.pop_back();
  if (type.set) {
    add_to(changed_parents[type.name], std::exchange(gone, {}));
    return next_departure();
  }
  settle(type.name, {}, [this] { next_departure(); });
}

// -- sets that are empty now
// ----------------------------------------------------------------------------------------------------

void deletion_run_state::next_set() {
  now = part::sets;
  if (sets.empty()) return log_over();
  const auto* set = sets.back();
  sets.pop_back();
  ask_store(load_changed_parents{set->name}, [this, set](const live_keys& changed) {
    auto parents = std::exchange(changed_parents[set->name], {});
    add_to(parents, changed.keys);
    if (!parents.empty()) doubtful.insert_or_assign(set->name, doubt{set, std::move(parents)});
    next_doubt();
  });
}

void deletion_run_state::log_over() {
  if (!findings || result.what.code != ec::none) return report(std::move(result.what));
  deletes_read read{{}, job.up_to, findings->found(), first_day_of(job.since)};
  read.found.way = to_text(ways->present());
  if (ways->tried_usual()) read.found.usual_tried_at = wall_now();
  // Where something is open the log is read from there again.
  for (auto* each : asked) {
    auto settled = result.settled.find(each->name);
    auto held = settled != result.settled.end() && settled->second.held > 0;
    if (!held && !result.unsure.contains(each->name)) read.record_types.push_back(each->name);
  }
  std::ranges::move(notes_on(findings->found(), ways->present(), wall_now()),
                    std::back_inserter(result.notes));
  ask_store(std::move(read), [this](const done&) { report({}); });
}

void deletion_run_state::report(failure what) {
  if (over) return;
  over = true;
  result.what = std::move(what);
  send(self, parent, std::move(result));
  self->quit();
}

void deletion_run_state::stop() {
  if (over) return;
  over = true;
  if (query->stop([this] { self->quit(); })) self->quit();
}

finishing_actor::behavior_type deletion_run(finishing_actor::stateful_pointer<deletion_run_state> self,
                                            deletion_job job, account_services account, store_actor database,
                                            finishing_parent parent) {
  name_exceptions(self);
  state_of(self).start(std::move(job), std::move(account), std::move(database), std::move(parent));
  return {
      [self](const stop_branch&) { state_of(self).stop(); },
      [self](const tick& due) { state_of(self).delay_over(due.generation); },
  };
}

} // namespace tidemark
