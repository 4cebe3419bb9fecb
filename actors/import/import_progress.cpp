#include "actors/import/import_progress.hpp"

#include <algorithm>
#include <tuple>

#include "netsuite/projection.hpp"

namespace tidemark {

namespace {

constexpr std::uint32_t whole = 10'000;
constexpr unix_ms sample_window = 60'000;

bool is_done(batch_state state) { return state == batch_state::completed || state == batch_state::failed; }

/// Grows with each pick-up and with each end of one, so it tells which of two rows of a batch is older.
std::uint64_t age(const batch_counters& x) {
  return std::uint64_t{x.picked_up} + x.completed + x.failed_attempts + x.split + x.released + x.interrupted;
}

bool is_given_up(type_state state) { return state == type_state::cancelled || state == type_state::failed; }

bool ended_well(type_state state) { return is_final(state) && !is_given_up(state); }

bool is_given_up(import_state state) {
  return state == import_state::cancelled || state == import_state::failed;
}

/// Of what was done by now, and the highest that was told before. What has been given up shows what was
/// really done.
std::uint32_t next_shown(std::uint32_t shown, std::uint32_t now_shown, bool well, bool given_up) {
  if (well) return whole;
  now_shown = std::min(now_shown, whole - 1);
  return given_up ? now_shown : std::max(shown, now_shown);
}

std::uint32_t share(std::uint64_t done, std::uint64_t all) {
  if (all == 0) return 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(whole, done * whole / all));
}

template <class T>
void shift(T& counter, T by, bool add) {
  counter = static_cast<T>(add ? counter + by : counter - by);
}

std::uint64_t& counter_of(batch_counts& counts, batch_state state) {
  switch (state) {
  case batch_state::running: return counts.running;
  case batch_state::completed: return counts.completed;
  case batch_state::failed: return counts.failed;
  case batch_state::cancelled: return counts.cancelled;
  default: return counts.pending;
  }
}

void add_to(batch_counts& sum, const batch_counts& x) {
  sum.planned += x.planned;
  sum.completed += x.completed;
  sum.failed += x.failed;
  sum.cancelled += x.cancelled;
  sum.running += x.running;
  sum.pending += x.pending;
}

void shift_all(batch_counters& sum, const batch_counters& x, bool add) {
  shift(sum.picked_up, x.picked_up, add);
  shift(sum.completed, x.completed, add);
  shift(sum.failed_attempts, x.failed_attempts, add);
  shift(sum.split, x.split, add);
  shift(sum.released, x.released, add);
  shift(sum.interrupted, x.interrupted, add);
  shift(sum.refusals, x.refusals, add);
}

} // namespace

void import_progress::count(type_facts& type, const batch_fact& fact, bool add) {
  shift_all(type.totals.pick_ups, fact.counters, add);
  // A split batch lives on in its children, which carry its weight.
  if (fact.state == batch_state::split) return;
  shift<std::uint64_t>(type.totals.batches.planned, 1, add);
  shift<std::uint64_t>(counter_of(type.totals.batches, fact.state), 1, add);
  shift(type.totals.records.stored, fact.stored, add);
  shift(type.totals.records.rejected, fact.rejected, add);
  shift(type.totals.records.unchanged, fact.unchanged, add);
  shift(type.totals.records.deleted, fact.deleted, add);
  shift(type.totals.weight_planned, fact.weight, add);
  if (is_done(fact.state)) shift(type.totals.weight_done, fact.weight, add);
}

void import_progress::apply(const type_row& row) {
  auto& type = types_[row.name];
  // Waves tell a record type's rows in order, so the newest one holds; only its end is not taken back.
  if (is_final(type.row.state) && !is_final(row.state)) return;
  type.row = row;
  bool abandoned = row.state == type_state::skipped || row.state == type_state::failed
                   || row.state == type_state::cancelled || (is_final(row.state) && !row.taken_from.empty());
  if (!abandoned) return;
  for (auto& [number, fact] : type.batches) {
    if (is_final(fact.state)) continue;
    count(type, fact, false);
    // One that runs with nobody left to tell its end: the ledger counts it so, too.
    if (fact.state == batch_state::running) ++fact.counters.interrupted;
    fact.state = batch_state::cancelled;
    count(type, fact, true);
  }
}

import_progress::batch_fact import_progress::fact_of(const batch_row& row) {
  return {row.state, row.weight, row.stored, row.rejected, row.unchanged, row.deleted, row.counters};
}

void import_progress::correct(const batch_row& row) {
  auto type = types_.find(row.record_type);
  if (type == types_.end()) return;
  auto& batches = type->second.batches;
  if (auto known = batches.find(row.number); known != batches.end()) {
    count(type->second, known->second, false);
    batches.erase(known);
  }
  apply(row);
}

const type_row* import_progress::find(const std::string& record_type) const {
  auto found = types_.find(record_type);
  return found == types_.end() ? nullptr : &found->second.row;
}

void import_progress::apply(const batch_row& row) {
  auto found = types_.find(row.record_type);
  if (found == types_.end()) return;
  auto& type = found->second;
  auto fact = fact_of(row);
  auto [entry, added] = type.batches.try_emplace(row.number, fact);
  if (!added) {
    auto& known = entry->second;
    if (is_final(known.state)) return;
    if (!is_final(row.state) && age(row.counters) <= age(known.counters)) return; // late or twice
    count(type, known, false);
    known = fact;
  }
  count(type, fact, true);
}

void import_progress::apply(const type_summary& summary) {
  auto& type = types_[summary.row.name];
  type.row = summary.row;
  type.totals = summary.totals;
}

void import_progress::cut_off() {
  read_ = true;
  for (auto& [name, type] : types_) {
    for (auto& [number, fact] : type.batches) {
      if (fact.state != batch_state::running) continue;
      fact.state = batch_state::pending;
      ++fact.counters.interrupted;
    }
    auto& batches = type.totals.batches;
    auto running = std::exchange(batches.running, 0);
    batches.pending += running;
    type.totals.pick_ups.interrupted += static_cast<std::uint32_t>(running);
  }
}

void import_progress::apply(const import_note& note) { notes_.push_back(note); }

/// Whoever plans knows the total from the first range on, a walk as an estimate.
bool import_progress::has_total(const type_row& row) { return row.planned || row.records_planned > 0; }

std::uint64_t import_progress::expected_weight(const type_facts& type) {
  if (type.row.state == type_state::skipped) return type.totals.weight_done; // nothing more comes of it
  if (type.row.planned) return type.totals.weight_planned;
  return std::max(type.totals.weight_planned, type.row.records_planned);
}

type_status import_progress::type(const std::string& name) const {
  auto found = types_.find(name);
  if (found == types_.end()) return {};
  auto& facts = found->second;
  type_status result;
  result.batches = facts.totals.batches;
  result.records = facts.totals.records;
  auto& row = facts.row;
  result.name = name;
  result.wave = row.wave;
  result.state = row.state;
  result.taken_from = row.taken_from;
  result.error = row.error;
  result.started_at = row.started_at;
  result.finished_at = row.finished_at;
  result.changed_since = row.changed_since;
  result.verified = row.verified;
  result.records.deleted += row.deleted;
  result.records.held = row.held;
  result.records.planned = expected_weight(facts);
  result.records.estimated = row.estimated && !row.planned;
  auto now_shown = has_total(row) ? share(facts.totals.weight_done, result.records.planned) : 0;
  facts.shown = next_shown(facts.shown, now_shown, ended_well(row.state), is_given_up(row.state));
  result.progress = facts.shown;
  return result;
}

import_status import_progress::head(unix_ms now) const {
  import_status result;
  result.id = import_.id;
  result.tenant = import_.tenant;
  result.record_type = import_.record_type;
  result.mode = import_.mode;
  result.system = import_.system;
  result.state = import_.state;
  result.requested_at = import_.requested_at;
  result.started_at = import_.started_at;
  result.finished_at = import_.finished_at;
  result.error = import_.error;
  result.paused_by = import_.paused_by;
  result.requested_by = import_.requested_by;
  result.options = import_.options;
  // Of one that has not begun there is nothing to be seen.
  bool begun = import_.started_at != 0 || import_.state != import_state::queued;
  result.unseen = begun && !read_ && types_.empty();

  std::uint64_t done = 0;
  std::uint64_t all = 0;
  bool all_planned = !types_.empty();
  for (auto& [name, facts] : types_) {
    auto expected = expected_weight(facts);
    add_to(result.batches, facts.totals.batches);
    result.records.planned += expected;
    result.records.stored += facts.totals.records.stored;
    result.records.rejected += facts.totals.records.rejected;
    result.records.unchanged += facts.totals.records.unchanged;
    result.records.deleted += facts.totals.records.deleted + facts.row.deleted;
    result.records.held += facts.row.held;
    result.records.estimated |= facts.row.estimated && !facts.row.planned;
    shift_all(result.pick_ups, facts.totals.pick_ups, true);
    done += facts.totals.weight_done;
    all += expected;
    // Of one that was given up before it was planned nobody knows how much it would have been.
    all_planned &= has_total(facts.row) || ended_well(facts.row.state);
  }
  // A record type without a plan has no weight yet, and it may well be the largest. Until all are planned the
  // bar counts types, and only on its first fifth: it must not run ahead of what it does not know. It keeps
  // to that as long as the weight done is less, so that it goes back in no other process either.
  std::uint64_t ended = 0;
  for (auto& [name, facts] : types_) ended += ended_well(facts.row.state) ? 1 : 0;
  auto now_shown = std::max(share(ended, types_.size()) / 5, all_planned ? share(done, all) : 0);
  bool well = is_final(import_.state) && !is_given_up(import_.state);
  shown_ = next_shown(shown_, now_shown, well, is_given_up(import_.state));
  result.progress = shown_;
  if (all_planned && !is_final(import_.state)) estimate(result, all - std::min(done, all), now);
  return result;
}

import_status import_progress::status(unix_ms now) const {
  auto result = head(now);
  for (auto& [name, facts] : types_) result.types.push_back(type(name));
  std::ranges::sort(result.types, {}, [](auto& type) { return std::tie(type.wave, type.name); });
  result.notes = notes_;
  return result;
}

void import_progress::sample(unix_ms now) {
  std::uint64_t done = 0;
  for (auto& [name, facts] : types_) done += facts.totals.weight_done;
  samples_.emplace_back(now, done);
  // One sample from before the window stays, as its left edge.
  while (samples_.size() > 2 && samples_[1].first <= now - sample_window) samples_.pop_front();
}

void import_progress::estimate(import_status& status, std::uint64_t remaining, unix_ms now) const {
  if (samples_.size() < 3 || import_.state != import_state::running) return;
  // Two rates, over the whole window and over its newer half, bracket where things are going.
  auto rate_since = [&](std::size_t index) {
    auto [time, done] = samples_[index];
    auto elapsed = std::max<unix_ms>(samples_.back().first - time, 1);
    return static_cast<double>(samples_.back().second - done) / static_cast<double>(elapsed);
  };
  auto slow = rate_since(0);
  auto fast = rate_since(samples_.size() / 2);
  if (slow > fast) std::swap(slow, fast);
  if (slow <= 0) return;
  auto passed = static_cast<double>(now - samples_.back().first);
  auto left = [&](double rate) { return std::max(0.0, static_cast<double>(remaining) / rate - passed); };
  status.eta_earliest = now + static_cast<unix_ms>(left(fast));
  status.eta_latest = now + static_cast<unix_ms>(left(slow) * 1.1);
}

import_state import_progress::verdict(const type_names& members) const {
  // The records of a type whose key was not found are there, and were not read. What is known to be lacking
  // is as good as this account allows; what is newly lacking is worth a look.
  bool errors = std::ranges::any_of(
      notes_, [](auto& x) { return x.code == key_unknown_note || x.code == newly_skipped_note; });
  // Of a group no type is the main one: all of its own are.
  errors |= !members.empty() && std::ranges::all_of(members, [this](auto& name) {
    auto found = types_.find(name);
    return found == types_.end() || found->second.row.state == type_state::skipped;
  });
  for (auto& [name, facts] : types_) {
    if (facts.row.state == type_state::failed) return import_state::failed;
    errors |= facts.row.state == type_state::skipped && name == import_.record_type;
    errors |= facts.row.state == type_state::completed_with_errors || facts.totals.batches.failed > 0
              || facts.totals.records.rejected > 0;
  }
  return errors ? import_state::completed_with_errors : import_state::completed;
}

} // namespace tidemark
