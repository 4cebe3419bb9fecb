#include "actors/tenant/import_roster.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "messages/store_words.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// How long a database that is away is left alone before it is tried again: twice as long each time.
constexpr std::chrono::milliseconds first_try = 5s;
constexpr std::chrono::milliseconds longest_try = 60s;

void answer_all(std::vector<import_roster::ticket>& waiting, const std::string& id,
                import_roster::decisions& out) {
  for (auto who : std::exchange(waiting, {})) out.push_back(import_roster::answer{who, id});
}

} // namespace

bool import_roster::is_paused_by_command(const import_row& row) {
  return row.state == import_state::paused && row.paused_by == pause_cause::command;
}

void import_roster::refuse_all(std::vector<ticket>& waiting, const failure& why, decisions& out) {
  for (auto who : std::exchange(waiting, {})) out.push_back(refuse{who, why});
}

// -- what should be, and what is
// --------------------------------------------------------------------------------

bool import_roster::may_run(const entry& x) const {
  if (stopping_ || suspended_.active() || taken_over_.code != ec::none) return false;
  if (x.creating || x.cancelling || x.writing > 0 || is_final(x.row.state)) return false;
  if (x.by_command || !x.outage.empty() || x.trouble.code != ec::none || !x.gave_up.empty()) return false;
  return x.begun || older_of(x) == nullptr;
}

/// An import that has not begun waits until no older one of its main record type is unfinished.
const import_roster::entry* import_roster::older_of(const entry& x) const {
  for (auto& [id, other] : entries_) {
    if (id >= x.row.id) break;
    if (other.row.record_type == x.row.record_type) return &other;
  }
  return nullptr;
}

void import_roster::settle(decisions& out) {
  for (auto& [id, x] : entries_) {
    cancel_if_due(x, out);
    if (x.has_actor)
      halt_if_it_may_not_run(x, out);
    else if (!may_run(x) || x.unsure || is_paused_by_command(x.row))
      write_if_due(x, out);
    else if (down_.empty())
      begin(x, out);
    else
      hold_for_account(x, out);
    answer_waiting(x, out);
  }
  bool is_wanted = !loaded_ || waits_for_database();
  if (trying_ || stopping_ || taken_over_.code != ec::none || !is_wanted) return;
  trying_ = true;
  next_try_ = std::clamp(next_try_ * 2, first_try, longest_try);
  out.push_back(try_database{next_try_});
}

/// Whoever wants it to go on is not left waiting for a database.
void import_roster::refuse_in_trouble(entry& x, decisions& out) {
  auto& id = x.row.id;
  refuse_all(x.resumers,
             {ec::store_unavailable,
              fmt::format("import {} waits for its database, and goes on by itself when that is well: {}", id,
                          x.trouble.message),
              id},
             out);
}

/// What the database stood in the way of before.
void import_roster::cancel_if_due(entry& x, decisions& out) {
  if (x.trouble.code != ec::none || x.writing > 0 || stopping_) return;
  for (auto& each : std::exchange(x.cancels, {})) {
    ++x.writing;
    each.in_ledger = !x.has_actor;
    each.counted = true;
    out.push_back(std::move(each));
  }
}

void import_roster::begin(entry& x, decisions& out) {
  x.has_actor = x.begun = true;
  x.halted = x.pausing = false;
  out.push_back(spawn{x.row, std::exchange(x.death, false)});
  // What the ledger says from now on is the actor's to write.
  x.goes_on();
}

/// One that would begin or go on in vain.
void import_roster::hold_for_account(entry& x, decisions& out) {
  x.outage = down_;
  out.push_back(tell{x.row.id});
}

void import_roster::halt_if_it_may_not_run(entry& x, decisions& out) {
  if (x.halted || (x.cancelling && x.cancels.empty())) return;
  auto halt_for = [&](pause_cause cause, std::string reason) {
    x.halted = true;
    x.pausing = cause == pause_cause::command;
    out.push_back(halt{x.row.id, cause, std::move(reason)});
  };
  if (stopping_) return halt_for(pause_cause::none, why_stopped_);
  if (taken_over_.code != ec::none) return halt_for(pause_cause::none, taken_over_.message);
  if (is_final(x.row.state)) return halt_for(pause_cause::none, "the import has ended in the ledger");
  // It did not hear of a cancel that waits for the database.
  if (x.cancelling) return halt_for(pause_cause::none, "the import is to be cancelled");
  if (x.by_command) return halt_for(pause_cause::command, x.by_whom);
  if (suspended_.active())
    return halt_for(suspended_.by_command ? pause_cause::suspension : pause_cause::credentials,
                    suspended_.reason);
  if (!x.outage.empty()) halt_for(pause_cause::outage, x.outage);
}

/// What nobody runs and the ledger does not say yet.
void import_roster::write_if_due(entry& x, decisions& out) {
  if (x.creating || x.cancelling || x.writing > 0 || x.trouble.code != ec::none) return;
  if (!x.gave_up.empty()) {
    ++x.writing;
    auto row = x.row;
    row.state = import_state::failed;
    row.error = x.gave_up;
    out.push_back(write_failure{std::move(row)});
  } else if (x.unsure || x.by_command != is_paused_by_command(x.row)) {
    ++x.writing;
    if (x.by_command)
      out.push_back(write_pause{x.row.id, x.by_whom});
    else
      out.push_back(write_resume{x.row.id});
  }
}

/// Everybody who waits for a word of the ledger that has been written.
void import_roster::answer_waiting(entry& x, decisions& out) {
  if (x.creating || x.writing > 0 || (x.has_actor && x.pausing)) return;
  if (x.unsure && !stopping_) return;
  bool paused = !x.has_actor && is_paused_by_command(x.row);
  auto& content = paused ? x.pausers : x.resumers;
  auto& others = paused ? x.resumers : x.pausers;
  bool waits = x.unsure || (!x.has_actor && x.trouble.code != ec::none);
  if (!waits) answer_all(content, x.row.id, out);
  if (!stopping_ || x.has_actor) return;
  // Nothing is tried any more.
  failure stops{ec::stopping, fmt::format("{}, and that could not be written down any more", why_stopped_),
                x.row.id};
  for (auto* waiting : {&content, &others}) refuse_all(*waiting, stops, out);
  for (auto& each : std::exchange(x.cancels, {}))
    out.push_back(refuse{each.who,
                         {ec::stopping,
                          fmt::format("{}, and the cancel of import {} could not be written down to its end: "
                                      "look at it after the next start",
                                      why_stopped_, x.row.id),
                          x.row.id}});
}

/// By a person's word, whatever held it.
void import_roster::go_on(entry& x, decisions& out) {
  refuse_all(x.pausers,
             {ec::conflict, fmt::format("import {} was resumed before it had paused", x.row.id), x.row.id},
             out);
  x.by_command = false;
  x.outage.clear();
  x.trouble = {};
}

void import_roster::forget(const std::string& id, decisions& out) {
  auto known = entries_.extract(id);
  if (!known) return;
  if (taken_over_.code != ec::none) {
    for (auto* waiting : {&known.mapped().pausers, &known.mapped().resumers})
      refuse_all(*waiting, taken_over_, out);
    for (auto& each : known.mapped().cancels) out.push_back(refuse{each.who, taken_over_});
    return;
  }
  for (auto who : known.mapped().pausers) out.push_back(refuse_by_ledger{who, id, "it cannot be paused"});
  for (auto who : known.mapped().resumers)
    out.push_back(refuse_by_ledger{who, id, "only a paused one can be resumed"});
  // The ledger has the receipt, or says how it ended.
  for (auto& each : known.mapped().cancels) {
    each.in_ledger = true;
    each.counted = false;
    out.push_back(std::move(each));
  }
}

/// Somebody has put another file there, or has removed its rows: which of the two, a look at the database
/// tells, and people are told meanwhile.
void import_roster::lacks(entry& x, decisions& out) {
  x.trouble = {
      ec::store_unavailable,
      fmt::format("the ledger lacks import {}, which has not ended: put back the database that has it, or "
                  "cancel the import to have it forgotten",
                  x.row.id),
      x.row.id, std::string{store_words::moved}};
  x.lacked = std::clamp(x.lacked * 2, first_try, longest_try);
  if (!trying_) next_try_ = std::max(next_try_, x.lacked / 2);
  out.push_back(tell{x.row.id});
}

// -- facts
// ------------------------------------------------------------------------------------------------------

import_roster::decisions import_roster::loaded(const std::vector<import_row>& unfinished) {
  decisions out;
  loaded_ = true;
  next_try_ = 0ms;
  trying_ = false;
  for (auto& row : unfinished) {
    entry x{.row = row};
    x.by_command = is_paused_by_command(row);
    x.begun = row.state != import_state::queued && row.started_at != 0;
    auto known = entries_.emplace(row.id, std::move(x)).first;
    if (row.state != import_state::cancelling) continue;
    // The last process promised that. It needs no request, so a suspended tenant keeps the promise too.
    known->second.cancelling = true;
    ++known->second.writing;
    out.push_back(cancel{row.id, row.requested_by, true, 0, true});
  }
  settle(out);
  return out;
}

bool import_roster::path_decided(const std::string& id) {
  auto* x = find(id);
  if (x == nullptr || !x->creating) return false;
  x->is_on_paper = true;
  return true;
}

import_roster::decisions import_roster::created(const import_row& row) {
  decisions out;
  auto* x = find(row.id);
  if (x == nullptr) return out;
  x->creating = false;
  x->row = row;
  answer_all(x->starters, row.id, out);
  settle(out);
  return out;
}

import_roster::decisions import_roster::not_created(const std::string& id, const failure& why) {
  decisions out;
  if (auto* x = find(id)) {
    refuse_all(x->starters, why, out);
    forget(id, out);
  }
  settle(out);
  return out;
}

import_roster::decisions import_roster::ended(const import_status& status, time_point now) {
  decisions out;
  auto* x = find(status.id);
  if (x == nullptr) return out;
  x->has_actor = x->halted = x->pausing = false;
  if (is_final(status.state) || taken_over_.code != ec::none) {
    x->cancelling = false;
    forget(status.id, out);
    settle(out);
    return out;
  }
  x->row.state = status.state;
  x->row.error = status.error;
  x->row.paused_by = status.paused_by;
  if (status.state == import_state::paused && status.paused_by == pause_cause::database)
    x->trouble = {ec::store_unavailable, status.error};
  // A login that is refused suspends its tenant. Without that the import would be refused again and again.
  bool refused = status.state == import_state::paused && status.paused_by == pause_cause::credentials;
  if (refused && !suspended_.active() && !x->restarts.allow(now)) x->gave_up = status.error;
  settle(out);
  return out;
}

import_roster::decisions import_roster::died(const std::string& id, const failure& why, time_point now) {
  decisions out;
  auto* x = find(id);
  if (x == nullptr || !x->has_actor) return out;
  x->has_actor = x->halted = false;
  // It may have written that down: nobody takes that back, or counts on it, unseen.
  if (std::exchange(x->pausing, false)) x->unsure = true;
  if (why.code == ec::fenced && taken_over_.code == ec::none) taken_over_ = why;
  if (is_final(x->row.state) || taken_over_.code != ec::none) {
    forget(id, out);
  } else if (why.code == ec::store_unavailable) {
    // Nothing is lost: the import goes on where its ledger stands as soon as that can be read again.
    x->trouble = why;
    out.push_back(tell{id});
  } else if (why.code == ec::unknown_import) {
    lacks(*x, out);
  } else {
    x->death = true;
    bool held = stopping_ || suspended_.active() || x->cancelling || x->by_command || !x->outage.empty();
    if (why.code == ec::store_defect)
      x->gave_up = why.message;
    else if (!held && !x->restarts.allow(now))
      x->gave_up = fmt::format("the import's actor could not be kept alive: {}", why.message);
  }
  settle(out);
  return out;
}

import_roster::decisions import_roster::pause_written(const std::string& id) {
  decisions out;
  auto* x = find(id);
  if (x == nullptr) return out;
  x->written();
  x->pauses();
  out.push_back(tell{id});
  settle(out);
  return out;
}

import_roster::decisions import_roster::pause_refused(const std::string& id, const failure& why,
                                                      std::optional<bool> still) {
  decisions out;
  auto* x = find(id);
  if (x == nullptr) return out;
  x->written();
  if (why.code == ec::store_unavailable) {
    // It is written down as soon as it can be, and whoever asked is told then.
    x->trouble = why;
    refuse_in_trouble(*x, out);
    settle(out);
    return out;
  }
  // Whoever asked is told that it is not paused, so it is not.
  x->by_command = false;
  refuse_all(x->pausers, why, out);
  if (still.has_value() && !*still) forget(id, out);
  settle(out);
  return out;
}

import_roster::decisions import_roster::resume_written(const std::string& id) {
  decisions out;
  auto* x = find(id);
  if (x == nullptr) return out;
  x->written();
  x->goes_on();
  settle(out);
  return out;
}

import_roster::decisions import_roster::resume_refused(const std::string& id, const failure& why) {
  decisions out;
  auto* x = find(id);
  if (x == nullptr) return out;
  x->written();
  if (!x->unsure && !is_paused_by_command(x->row)) { // a retry has been written meanwhile
    settle(out);
    return out;
  }
  // Whoever asks is told that it does not go on, and so it does not.
  x->by_command = true;
  refuse_all(x->resumers, why, out);
  settle(out);
  return out;
}

import_roster::decisions import_roster::retried(const import_row& row, ticket who, bool counted) {
  decisions out;
  auto& x = entries_.try_emplace(row.id, entry{.row = row}).first->second;
  if (counted) x.written();
  x.row = row;
  x.begun = true;
  go_on(x, out);
  x.resumers.push_back(who);
  settle(out);
  return out;
}

import_roster::decisions import_roster::retry_failed(const retry_batches& what, const failure& why) {
  decisions out;
  if (auto* x = find(what.id); x != nullptr && what.counted) x->written();
  out.push_back(refuse{what.who, why});
  settle(out);
  return out;
}

import_roster::decisions import_roster::cancel_failed(const cancel& what, const failure& why) {
  decisions out;
  auto* x = find(what.id);
  if (x != nullptr && what.counted) x->written();
  bool is_kept = why.code == ec::store_unavailable || why.code == ec::store_defect;
  if (x != nullptr && is_kept && taken_over_.code == ec::none) {
    // Whatever of it is in the ledger already: nobody may let the import go on.
    x->cancelling = true;
    x->trouble = why;
    x->cancels.push_back(what);
    out.push_back(tell{what.id});
  } else {
    out.push_back(refuse{what.who, why});
    if (x != nullptr && why.code == ec::unknown_import && !x->has_actor)
      forget(what.id, out);
    else if (x != nullptr && x->cancels.empty())
      x->cancelling = false;
  }
  settle(out);
  return out;
}

import_roster::decisions import_roster::gone(const std::string& id, bool counted) {
  decisions out;
  if (auto* x = find(id)) {
    if (x->has_actor) {
      // It learns that its ledger takes nothing of it any more.
      x->row.state = import_state::cancelled;
      x->row.paused_by = pause_cause::none;
      x->row.error.clear();
      x->cancelling = false;
      if (counted) x->written();
    } else {
      forget(id, out);
    }
  }
  out.push_back(tell{id});
  settle(out);
  return out;
}

import_roster::decisions import_roster::failure_not_written(const std::string& id, const failure& why) {
  decisions out;
  auto* x = find(id);
  bool ended = why.code == ec::stale;
  // It ended in this very moment; or it is being cancelled.
  if (ended && (x == nullptr || !x->cancelling)) return gone(id);
  if (x != nullptr && ended) {
    x->written();
  } else if (x != nullptr && why.code == ec::unknown_import) {
    x->written();
    refuse_all(x->pausers, why, out);
    lacks(*x, out);
  } else if (x != nullptr) {
    x->written();
    x->trouble = why;
    refuse_all(x->pausers, why, out);
    out.push_back(tell{id});
  }
  settle(out);
  return out;
}

import_roster::decisions import_roster::account_down(const std::string& reason) {
  decisions out;
  down_ = reason;
  for (auto& [id, x] : entries_)
    if (x.has_actor && x.outage.empty()) x.outage = reason;
  settle(out);
  return out;
}

import_roster::decisions import_roster::account_up() {
  decisions out;
  down_.clear();
  for (auto& [id, x] : entries_) x.outage.clear();
  settle(out);
  return out;
}

void import_roster::database_is_well() {
  next_try_ = 0ms;
  for (auto& [id, x] : entries_) x.trouble = {};
}

import_roster::decisions import_roster::database_well() {
  decisions out;
  trying_ = false;
  database_is_well();
  settle(out);
  return out;
}

import_roster::decisions import_roster::database_probed(const std::optional<failure>& why) {
  decisions out;
  if (!why) {
    database_is_well();
    settle(out);
    return out;
  }
  if (why->code == ec::fenced) return taken_over(*why);
  for (auto& [id, x] : entries_) {
    if (x.trouble.code == ec::none || x.has_actor) continue;
    x.trouble = *why;
    refuse_in_trouble(x, out);
  }
  settle(out);
  return out;
}

import_roster::decisions import_roster::database_away(const failure& why) {
  decisions out;
  trying_ = false;
  if (why.code == ec::fenced) return taken_over(why);
  for (auto& [id, x] : entries_)
    if (x.trouble.code != ec::none) x.trouble = why;
  settle(out);
  return out;
}

import_roster::decisions import_roster::taken_over(const failure& why) {
  decisions out;
  if (taken_over_.code == ec::none) taken_over_ = why;
  for (auto& [id, x] : entries_)
    if (!x.has_actor)
      for (auto* waiting : {&x.starters, &x.pausers, &x.resumers}) refuse_all(*waiting, taken_over_, out);
  for (auto& [id, x] : entries_)
    for (auto& each : std::exchange(x.cancels, {})) out.push_back(refuse{each.who, taken_over_});
  std::erase_if(entries_, [](auto& known) { return !known.second.has_actor; });
  settle(out);
  return out;
}

} // namespace tidemark
