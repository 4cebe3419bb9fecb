#include "actors/wave/type_queue.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "messages/ascii.hpp"
#include "netsuite/page_query.hpp"
#include "netsuite/planned_batch.hpp"
#include "netsuite/range_reading.hpp"

namespace tidemark {

using how = pick_up_ended::how;

namespace {

using namespace std::chrono_literals;

// Between two pick-ups that the ledger refuses: word of the reason is on its way.
constexpr auto stale_pause = 1s;

} // namespace

type_queue::type_queue(const begin_type& begin, const record_type& type, options with,
                       const record_type* parent)
    : row_(begin.row),
      type_(&type),
      parent_(parent),
      options_(with),
      remaining_path_(begin.remaining_path),
      next_number_(begin.first_number),
      held_(begin.hold),
      is_skip_news_(begin.is_needed),
      pages_(with.pages),
      random_(begin.first_number) {
  project_anew();
  for (auto& known : begin.ways) ask_as(known);
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

void type_queue::choose_scope(unix_ms changed_since, std::vector<std::int64_t> keys, bool undated) {
  bool untouched = !row_.planned && !planned_up_to_;
  if (untouched) row_.changed_since = what_->changes.column.empty() ? 0 : changed_since;
  scope_ = {};
  if (row_.changed_since != 0) scope_ = {row_.changed_since, std::move(keys), undated};
}

bool type_queue::widen() {
  if (row_.changed_since == 0 || row_.planned || planned_up_to_) return false;
  row_.changed_since = 0;
  scope_ = {};
  return true;
}

std::vector<import_note> type_queue::asked_lacks() const {
  std::vector<import_note> asked;
  if (row_.changed_since != 0)
    std::ranges::copy_if(lacks_, std::back_inserter(asked),
                         [this](auto& x) { return !columns_meant(*what_, x.subject).empty(); });
  return asked;
}

std::shared_ptr<const record_set> type_queue::take_first_page(std::uint64_t batch) {
  auto found = first_pages_.extract(batch);
  return found ? std::move(found.mapped()) : nullptr;
}

type_state type_queue::present_state() const noexcept {
  if (held_) return row_.planned ? type_state::waiting : type_state::planning;
  return row_.planned || planned_up_to_ ? type_state::running : type_state::planning;
}

void type_queue::release_hold() {
  held_ = false;
  row_.state = present_state();
}

std::vector<batch_row> type_queue::plan(const ranges_planned& ranges) {
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
    if (ranges.first_page) first_pages_.emplace(planned.number, ranges.first_page);
    rows.push_back(std::move(planned));
  }
  row_.planned = ranges.whole;
  row_.state = present_state();
  row_.estimated = ranges.walked && !ranges.whole;
  row_.records_planned = ranges.total;
  unwritten_ += rows.size();
  return rows;
}

void type_queue::enqueue(const std::vector<batch_row>& rows) {
  unwritten_ -= rows.size();
  for (auto& row : rows) {
    if (row.state != batch_state::pending) continue;
    auto [entry, added] = live_.try_emplace(row.number, live_batch{{row, options_.retry}});
    if (!added) continue;
    auto& batch = entry->second;
    batch.suspect = suspects_.erase(row.number) > 0;
    bool divisible = halves_of(row).has_value();
    if (divisible && row.blamed >= blames_to_split) batch.wanted = purpose::split;
    if (!divisible && row.blamed >= blames_to_reject) batch.wanted = purpose::reject_unread;
    make_due(row.number);
  }
}

/// A batch that holds a type without ranges is all there is.
std::optional<std::pair<planned_batch, planned_batch>> type_queue::halves_of(const batch_row& row) const {
  if (!what_->has_ranges()) return std::nullopt;
  return halve({row.range, row.weight});
}

bool type_queue::must_be_alone(const live_batch& batch) const noexcept {
  return batch.life.row().deaths >= deaths_to_run_alone && batch.wanted != purpose::split
         && batch.wanted != purpose::reject_unread;
}

void type_queue::make_due(std::uint64_t number) {
  (must_be_alone(live_.at(number)) ? due_alone_ : due_).insert(number);
}

void type_queue::take_due(time_point now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    make_due(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
  }
}

bool type_queue::has_due(time_point now) {
  take_due(now);
  return may_begin() && (doubt_ ? due_.contains(*doubt_) : !due_.empty());
}

bool type_queue::wants_solitude(time_point now) {
  take_due(now);
  return may_begin() && !due_alone_.empty();
}

std::optional<type_queue::time_point> type_queue::next_due() const {
  if (delayed_.empty() || ending()) return std::nullopt;
  return delayed_.begin()->first;
}

batch_row type_queue::pick_up() {
  if (!doubt_) return pick_up(due_);
  std::set<std::uint64_t> only{*doubt_};
  due_.erase(*doubt_);
  return pick_up(only);
}

batch_row type_queue::pick_up_alone() { return pick_up(due_alone_); }

batch_row type_queue::pick_up(std::set<std::uint64_t>& from) {
  auto number = *from.begin();
  from.erase(from.begin());
  auto& batch = live_.at(number);
  batch.asked_for = what_;
  batch.asked_rows = pages_.rows();
  batch.life.pick_up();
  return batch.life.row();
}

std::uint64_t type_queue::believed_from(std::uint64_t batch) const {
  auto& known = live_.at(batch);
  return known.suspect ? UINT64_MAX : certain_rows(*what_, known.life.row().weight);
}

std::vector<batch_wait> type_queue::waits(time_point now) const {
  std::vector<batch_wait> result;
  if (ending()) return result;
  auto add = [&](const std::set<std::uint64_t>& numbers, batch_wait::reason why) {
    if (!numbers.empty()) result.push_back({row_.name, *numbers.begin(), numbers.size(), why});
  };
  using enum batch_wait::reason;
  add(due_, held_ ? hold : doubt_ ? suspicion : queue);
  add(due_alone_, held_ ? hold : solitude);
  for (auto& [until, number] : delayed_) {
    auto left = std::max(until - now, time_point::duration::zero());
    result.push_back(
        {row_.name, number, 1, back_off, std::chrono::duration_cast<std::chrono::milliseconds>(left)});
  }
  return result;
}

// -- the end of a pick-up
// -------------------------------------------------------------------------------------------

type_queue::consequence type_queue::judge(const live_batch& batch, const pick_up_ended& ended,
                                          ended_pick_up& result) {
  using enum pick_up_ended::finding;
  if (ended.ended != how::failed) return consequence::none;
  if (ended.found == columns_broken)
    for (auto& column : ended.columns) {
      auto name = lower_case(column);
      // One that breaks the query is no better in another form. What the batch asked for may be an older one.
      auto way = refuses_the_query(ended.what.code) ? way_after_refusal(*batch.asked_for, name)
                                                    : column_way::left_out;
      if (way != column_way::left_out) ask_by(name, way);
      if (auto now = what_->way_of(name); now && way != column_way::left_out)
        result.otherwise.emplace(name, *now);
      else if (leave_out(name))
        result.dropped.push_back(name);
    }
  if (ended.found == columns_misfit) leave_misfits_out(ended.misfits, result);
  switch (ended.what.code) {
  case ec::unknown_column:
    // A complaint about a column that was not asked for is about the filter: leaving it out does not help.
    for (auto& column : columns_meant(*batch.asked_for, lower_case(ended.what.subject))) {
      if (leave_out(column)) {
        result.dropped.push_back(column);
      } else if (is_bound_to(column)) {
        result.key_column = column;
        return consequence::type_skipped;
      }
    }
    break;
  case ec::missing_table:
  case ec::permission: return consequence::type_skipped;
  case ec::authentication:
  case ec::store_unavailable:
  case ec::store_defect:
  case ec::fenced: return consequence::import_blocked;
  default: break;
  }
  bool changed = !result.dropped.empty() || !result.otherwise.empty() || !result.misfits.empty();
  return changed ? consequence::columns_changed : consequence::none;
}

void type_queue::leave_misfits_out(const std::vector<column_evidence>& columns, ended_pick_up& result) {
  for (auto& x : columns)
    if (leave_out(x.column)) result.misfits.push_back(x);
}

bool type_queue::leave_out(const std::string& column) {
  auto name = lower_case(column);
  if (!can_drop(*type_, name) || is_bound_to(name)) return false;
  return ask_by(name, column_way::left_out);
}

bool type_queue::ask_by(const std::string& column, column_way way) {
  auto [known, is_new] = ways_.try_emplace(column, way);
  if (!is_new && known->second >= way) return true;
  known->second = way;
  project_anew();
  return true;
}

void type_queue::ask_as(const import_note& note) {
  sorts_by_keys_ = sorts_by_keys_ || (note.code == by_keys_note && note.record_type == row_.name);
  auto way = way_of(note);
  if (!way) return;
  if (parent_ != nullptr && note.record_type == parent_->name) {
    take_way(parent_ways_, note);
    return project_anew();
  }
  if (note.record_type != row_.name) return;
  if (*way == column_way::left_out)
    leave_out(note.subject);
  else
    ask_by(note.subject, *way);
}

void type_queue::remember_past(bool was_skipped, bool was_read) noexcept {
  is_skip_news_ = !was_skipped && (is_skip_news_ || was_read);
}

void type_queue::project_anew() {
  what_ = std::make_shared<const projection>(project(*type_, ways_, parent_, parent_ways_));
  proven_ = false;
}

column_way type_queue::way_after_refusal(const projection& asked, const std::string& column) const {
  auto found = std::ranges::find(type_->fields, column, &field::column);
  if (found == type_->fields.end()) return column_way::left_out;
  return way_after(found->type, asked.way_of(column));
}

void type_queue::keep_in_key(const std::vector<std::string>& columns) {
  for (auto& column : columns)
    if (auto known = ways_.find(column); known == ways_.end() || known->second != column_way::left_out)
      in_key_.insert(column);
}

bool type_queue::is_bound_to(std::string_view column) const {
  if (is_key_column(*type_, column) || in_key_.contains(column)) return true;
  // What has come in by now has its number.
  if (completed_ == 0) return false;
  return std::ranges::any_of(what_->wide_key,
                             [&](auto part) { return what_->fields[part].column == column; });
}

std::string type_queue::text_without(std::string_view column, std::string_view said) const {
  return can_drop(*type_, column) ? key_lost_text(*type_, column, said)
                                  : key_unknown_text(*type_, column, said);
}

/// Larger answers count at once, smaller ones little by little.
void type_queue::expect(std::uint64_t bytes) {
  expected_bytes_ = std::max(bytes, expected_bytes_ - expected_bytes_ / 8 + bytes / 8);
}

/// What can be learnt for the batches to come.
void type_queue::learn(live_batch& batch, const pick_up_ended& ended) {
  if (ended.bytes > 0) expect(ended.bytes + ended.bytes / 4);
  for (auto& page : ended.pages) pages_.seen(page);
  auto code = ended.what.code;
  bool too_much = ended.ended == how::failed && (code == ec::timeout || code == ec::body_too_large);
  if (too_much && batch.asked_rows <= pages_.rows()) pages_.too_much();
  if (ended.ended == how::completed) {
    budget_.earn();
    if (batch.asked_for == what_) proven_ = true;
  }
  columns_fine_ = columns_fine_ || ended.found == pick_up_ended::finding::columns_fine;
  if (ended.ended == how::failed)
    batch.content_fails = may_lie_in_content(code) ? batch.content_fails + 1 : 0;
}

/// A failure that repeats, and may lie in what was asked for, is narrowed down: first to the column, then to
/// the record.
type_queue::remedy type_queue::remedy_for(const live_batch& batch, ec code) const {
  bool columns_open = !proven_ && !columns_fine_;
  if (refuses_the_query(code) && batch.wanted == purpose::fetch && columns_open) return remedy::search;
  auto repeats = std::min(2U, options_.retry.max_attempts);
  bool narrow = may_lie_in_content(code)
                && (batch.suspect || batch.content_fails >= repeats || code == ec::body_too_large);
  if (!narrow || batch.wanted == purpose::careful || batch.wanted == purpose::reject_unread)
    return remedy::try_again;
  if (code == ec::server && columns_open) return remedy::search;
  auto& row = batch.life.row();
  return halves_of(row) ? remedy::split : remedy::careful;
}

void type_queue::split(live_batch& batch, const pick_up_ended& ended, ended_pick_up& result) {
  auto& row = batch.life.row();
  auto halves = halves_of(row);
  if (!halves || !batch.life.split(ended.what, ended.operation_id, ended.refusals)) return;
  for (auto& half : {halves->first, halves->second}) {
    batch_row part;
    part.number = next_number_++;
    part.record_type = row_.name;
    part.range = half.range;
    part.weight = half.weight;
    // A slow half may well be quick enough; one with a bad record is not better than the whole.
    if (ended.what.code == ec::server || ended.what.code == ec::internal) suspects_.insert(part.number);
    result.parts.push_back(std::move(part));
  }
  unwritten_ += result.parts.size();
}

void type_queue::fail(live_batch& batch, const pick_up_ended& ended, time_point now, ended_pick_up& result) {
  using enum pick_up_ended::finding;
  auto code = ended.what.code;
  auto number = batch.life.row().number;
  last_error_ = ended.what.message;
  if (batch.wanted == purpose::search && ended.found == columns_fine && refuses_the_query(code)) {
    batch.life.release(ended.refusals);
    batch.wanted = purpose::fetch; // once more: now it fails for good
    return;
  }
  auto wanted = remedy_for(batch, code);
  bool goes_on = wanted != remedy::try_again || batch.life.may_try_again(code);
  bool for_good = ended.found == table_broken || (goes_on && !budget_.spend());
  if (wanted == remedy::split && !for_good) return split(batch, ended, result);
  auto jitter = std::uniform_real_distribution<double>{0, 1}(random_);
  auto attempt = [&](fate what) {
    result.failed_attempt = true;
    batch.life.fail_attempt(ended.what, ended.operation_id, ended.refusals, now, jitter, what);
  };
  if (for_good) {
    attempt(fate::for_good);
    if (completed_ > 0) return;
    auto text = ended.found == table_broken
                    ? fmt::format("NetSuite answers no query of the table {}", type_->table)
                    : fmt::format("no batch came through in {} tries", retry_budget::at_first);
    return give_up(code, fmt::format("{}; the last error: {}", text, ended.what.message), result);
  }
  if (wanted == remedy::try_again) {
    attempt(fate::by_attempts);
    if (code == ec::server && !proven_ && !columns_fine_ && !doubt_) doubt_ = number;
    return;
  }
  // A search that has cleared the columns is no attempt.
  if (batch.wanted == purpose::search)
    batch.life.release(ended.refusals);
  else
    attempt(fate::again);
  batch.wanted = wanted == remedy::search ? purpose::search : purpose::careful;
  if (wanted == remedy::search) doubt_ = number;
}

/// Until it is known whether a column makes every query fail, only the batch that failed first runs.
void type_queue::suspect(const pick_up_ended& ended) {
  if (ended.what.code == ec::server && !proven_ && !columns_fine_ && !doubt_) doubt_ = ended.batch;
}

void type_queue::give_up(ec code, std::string text, ended_pick_up& result) const {
  result.then = consequence::type_failed;
  result.why = {code, std::move(text), row_.name};
}

std::optional<type_queue::ended_pick_up> type_queue::end(const pick_up_ended& ended, time_point now) {
  auto found = live_.find(ended.batch);
  if (found == live_.end() || found->second.life.row().state != batch_state::running) return std::nullopt;
  auto& batch = found->second;
  learn(batch, ended);
  ended_pick_up result;
  result.then = judge(batch, ended, result);
  switch (ended.ended) {
  case how::completed:
    batch.life.complete(ended.stored, ended.refusals);
    // What is too little in each batch may be much in all of them.
    columns_.add(ended.seen);
    rejections_.add(ended.rejections);
    leave_misfits_out(columns_.repeated(*what_), result);
    if (!result.misfits.empty()) result.then = consequence::columns_changed;
    break;
  case how::released:
    batch.life.release(ended.refusals);
    // Several at once that a broken column fails look like an outage. One at a time tells.
    suspect(ended);
    break;
  case how::interrupted:
    batch.life.interrupt(ended.refusals, ended.what.code == ec::stale ? now + stale_pause : time_point{});
    break;
  case how::failed:
    // What concerns more than this batch is no attempt of it.
    if (result.then == consequence::none) {
      if (batch.wanted == purpose::split)
        split(batch, ended, result);
      else
        fail(batch, ended, now, result);
      break;
    }
    batch.life.release(ended.refusals);
    if (result.then == consequence::columns_changed) {
      batch.wanted = purpose::fetch;
      batch.content_fails = 0;
    }
    break;
  }
  result.row = batch.life.row();
  bool settled = proven_ || columns_fine_ || result.then == consequence::columns_changed
                 || (doubt_ == ended.batch && is_final(result.row.state));
  if (settled) doubt_.reset();
  requeue(ended.batch, batch.life, now);
  if (is_final(result.row.state)) {
    count_final(result.row, result);
    live_.erase(found);
  }
  return result;
}

void type_queue::count_final(const batch_row& row, ended_pick_up& result) {
  completed_ += row.state == batch_state::completed ? 1 : 0;
  failed_ += row.state == batch_state::failed ? 1 : 0;
  rejected_ += row.rejected;
  if (result.then != consequence::none && result.then != consequence::columns_changed) return;
  if (rejected_ > options_.max_rejected)
    give_up(ec::rejected, rejections_.too_many(rejected_, options_.max_rejected), result);
  else if (completed_ == 0 && failed_ >= retry_budget::at_first)
    give_up(ec::rejected,
            fmt::format("its first {} batches have failed; the last error: {}", failed_, last_error_),
            result);
}

void type_queue::requeue(std::uint64_t number, const batch_life_cycle& batch, time_point now) {
  if (batch.row().state != batch_state::pending) return;
  if (batch.due(now))
    make_due(number);
  else
    delayed_.emplace(batch.not_before(), number);
}

void type_queue::end_as(type_state state, std::string error) {
  if (!ends_as_) ends_as_ = told_end{state, std::move(error)};
}

bool type_queue::finished() const noexcept {
  if (unwritten_ > 0) return false;
  if (!ending()) return !held_ && row_.planned && live_.empty();
  return std::ranges::none_of(
      live_, [](auto& entry) { return entry.second.life.row().state == batch_state::running; });
}

type_state type_queue::verdict() const noexcept {
  if (ends_as_) return ends_as_->state;
  if (failed_ == 0) return rejected_ == 0 ? type_state::completed : type_state::completed_with_errors;
  return completed_ == 0 ? type_state::failed : type_state::completed_with_errors;
}

} // namespace tidemark
