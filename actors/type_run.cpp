#include "actors/type_run.hpp"

#include <algorithm>
#include <cctype>

namespace tidemark {

using how = pick_up_ended::how;

namespace {

using namespace std::chrono_literals;

// Between two pick-ups that the ledger refuses: word of the reason is on its way.
constexpr auto stale_pause = 1s;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool asks_for(const projection& what, const std::string& column) {
  return std::ranges::find(what.fields, column, &field::column) != what.fields.end();
}

} // namespace

type_run::type_run(const begin_type& begin, const record_type& type, retry_options retry)
    : row_(begin.row),
      type_(&type),
      retry_(retry),
      remaining_path_(begin.remaining_path),
      next_number_(begin.first_number),
      held_(begin.hold),
      random_(begin.first_number) {
  for (auto& column : begin.dropped_columns) drop(column);
  what_ = std::make_shared<const projection>(project(type, dropped_));
  for (auto& known : begin.batches) {
    next_number_ = std::max(next_number_, known.number + 1);
    // A split batch's range is covered by its parts.
    if (!planned_up_to_ || known.range.up_to > *planned_up_to_) planned_up_to_ = known.range.up_to;
    planned_weight_ += known.state == batch_state::split ? 0 : known.weight;
    completed_ += known.state == batch_state::completed ? 1 : 0;
    failed_ += known.state == batch_state::failed ? 1 : 0;
    rejected_ += known.rejected;
    if (known.state == batch_state::failed) last_error_ = known.error_text;
  }
  unwritten_ = begin.batches.size();
  enqueue(begin.batches);
  row_.state = present_state();
}

type_state type_run::present_state() const noexcept {
  if (held_) return row_.planned ? type_state::waiting : type_state::planning;
  return row_.planned || planned_up_to_ ? type_state::running : type_state::planning;
}

void type_run::release_hold() {
  held_ = false;
  row_.state = present_state();
}

std::vector<batch_row> type_run::plan(const ranges_planned& ranges) {
  std::vector<batch_row> rows;
  rows.reserve(ranges.ranges.size());
  for (std::size_t i = 0; i < ranges.ranges.size(); ++i) {
    batch_row planned;
    planned.number = next_number_++;
    planned.record_type = row_.name;
    planned.range = ranges.ranges[i];
    planned.weight = ranges.weights[i];
    planned_up_to_ = planned.range.up_to;
    planned_weight_ += planned.weight;
    rows.push_back(std::move(planned));
  }
  row_.planned = ranges.whole;
  row_.state = present_state();
  row_.estimated = ranges.walked && !ranges.whole;
  row_.records_planned = ranges.total;
  unwritten_ += rows.size();
  return rows;
}

void type_run::enqueue(const std::vector<batch_row>& rows) {
  unwritten_ -= rows.size();
  for (auto& row : rows) {
    if (row.state != batch_state::pending) continue;
    if (live_.try_emplace(row.number, live_batch{{row, retry_}, nullptr}).second) due_.insert(row.number);
  }
}

bool type_run::has_due(time_point now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    due_.insert(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
  }
  return !held_ && !due_.empty();
}

std::optional<type_run::time_point> type_run::next_due() const {
  if (delayed_.empty()) return std::nullopt;
  return delayed_.begin()->first;
}

batch_row type_run::pick_up() {
  auto number = *due_.begin();
  due_.erase(due_.begin());
  auto& batch = live_.at(number);
  batch.asked_for = what_;
  batch.life.pick_up();
  return batch.life.row();
}

type_run::consequence type_run::judge(const live_batch& batch, const pick_up_ended& ended) {
  if (ended.ended != how::failed) return consequence::none;
  switch (ended.what.code) {
  case ec::unknown_column:
    // A complaint about a column that was not asked for is about the filter: leaving it out does not help.
    if (!asks_for(*batch.asked_for, lower(ended.what.subject))) return consequence::none;
    return drop(ended.what.subject) ? consequence::column_dropped : consequence::none;
  case ec::missing_table:
  case ec::permission: return consequence::type_skipped;
  case ec::authentication:
  case ec::store_unavailable:
  case ec::fenced: return consequence::import_blocked;
  default: return consequence::none;
  }
}

bool type_run::drop(const std::string& column) {
  auto name = lower(column);
  if (!can_drop(*type_, name)) return false;
  if (dropped_.insert(name).second) what_ = std::make_shared<const projection>(project(*type_, dropped_));
  return true;
}

std::optional<type_run::ended_pick_up> type_run::end(const pick_up_ended& ended, time_point now) {
  auto found = live_.find(ended.batch);
  if (found == live_.end()) return std::nullopt;
  auto& batch = found->second.life;
  expected_bytes_ = std::max(expected_bytes_, ended.bytes + ended.bytes / 4);
  ended_pick_up result;
  result.then = judge(found->second, ended);
  // What concerns more than this batch is no attempt of it.
  bool excused = result.then != consequence::none;
  bool was_running = true;
  switch (ended.ended) {
  case how::completed: was_running = batch.complete(ended.stored, ended.refusals); break;
  case how::released: was_running = batch.release(ended.refusals); break;
  case how::interrupted:
    was_running =
        batch.interrupt(ended.refusals, ended.what.code == ec::stale ? now + stale_pause : time_point{});
    break;
  case how::failed:
    if (excused) {
      was_running = batch.release(ended.refusals);
      break;
    }
    result.failed_attempt = true;
    last_error_ = ended.what.message;
    was_running = batch.fail_attempt(ended.what, ended.operation_id, ended.refusals, now,
                                     std::uniform_real_distribution<double>{0, 1}(random_));
    break;
  }
  if (!was_running) return std::nullopt;
  result.row = batch.row();
  requeue(batch, now);
  if (is_final(result.row.state)) {
    completed_ += result.row.state == batch_state::completed ? 1 : 0;
    failed_ += result.row.state == batch_state::failed ? 1 : 0;
    rejected_ += result.row.rejected;
    live_.erase(found);
  }
  return result;
}

void type_run::requeue(const batch_life_cycle& batch, time_point now) {
  if (batch.row().state != batch_state::pending) return;
  if (batch.due(now))
    due_.insert(batch.row().number);
  else
    delayed_.emplace(batch.not_before(), batch.row().number);
}

type_state type_run::verdict() const noexcept {
  if (failed_ == 0) return rejected_ == 0 ? type_state::completed : type_state::completed_with_errors;
  return completed_ == 0 ? type_state::failed : type_state::completed_with_errors;
}

} // namespace tidemark
