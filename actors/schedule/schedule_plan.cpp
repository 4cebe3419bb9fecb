#include "actors/schedule/schedule_plan.hpp"

#include <algorithm>
#include <string_view>

namespace tidemark {

namespace {

// An obstacle that passes within this is none to speak of.
constexpr unix_ms brief_ms = 60'000;

/// A number that looks random and is the same at each start, so that a jittered run is neither shown at one
/// time and begun at another, nor begun twice over a restart (SplitMix64's finalizer, Steele et al. 2014).
std::uint64_t scatter(std::string_view name, unix_ms time) {
  auto x = static_cast<std::uint64_t>(time);
  for (char c : name) x = x * 1099511628211ULL + static_cast<unsigned char>(c);
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
  return x ^ x >> 31;
}

} // namespace

outcome<schedule_plan> schedule_plan::make(schedule row) {
  auto times = cron_times::make(row.cron, row.zone);
  if (!times) return std::unexpected(times.error());
  return schedule_plan{std::move(row), std::move(*times)};
}

unix_ms schedule_plan::with_jitter(unix_ms time) const {
  if (row_.jitter_seconds == 0) return time;
  return time + static_cast<unix_ms>(scatter(row_.name, time) % (std::uint64_t{row_.jitter_seconds} * 1000));
}

std::optional<unix_ms> schedule_plan::next_due() const {
  if (row_.paused) return std::nullopt;
  auto time = time_after(row_.handled_until);
  if (!time) return time;
  return with_jitter(*time);
}

std::vector<unix_ms> schedule_plan::next_runs(unix_ms now, std::size_t count) const {
  std::vector<unix_ms> runs;
  if (row_.paused) return runs;
  auto time = time_after(std::max(row_.handled_until, now - longest_jitter()));
  for (; time && runs.size() < count; time = time_after(*time))
    if (with_jitter(*time) > now) runs.push_back(with_jitter(*time));
  return runs;
}

/// Moves past everything that is due by now. True if there was anything.
bool schedule_plan::pass(unix_ms now) {
  auto due = next_due();
  if (!due || *due > now) return false;
  row_.handled_until = *time_after(row_.handled_until);
  // However many times have passed since (the machine slept, a clock was set), they are one run.
  row_.handled_until = std::max(row_.handled_until, now - longest_jitter());
  for (due = next_due(); due && *due <= now; due = next_due())
    row_.handled_until = *time_after(row_.handled_until);
  return true;
}

void schedule_plan::catch_up(unix_ms now) {
  if (row_.missed == missed_runs::skip) pass(now);
}

bool schedule_plan::become_due(unix_ms now) {
  if (!pass(now)) return false;
  wait_since(now);
  return true;
}

void schedule_plan::wait_since(unix_ms now) {
  if (waits()) return;
  row_.waiting_since = now;
  row_.waiting_for.clear();
}

bool schedule_plan::wait_for(const std::string& import_id) {
  no_longer_hindered();
  if (row_.waiting_for == import_id) return false;
  row_.waiting_for = import_id;
  return true;
}

void schedule_plan::started(const std::string& import_id, unix_ms now) {
  end_waiting();
  no_longer_hindered();
  row_.last_started_at = now;
  row_.last_import = import_id;
}

void schedule_plan::hindered(obstacle what, const std::string& why, unix_ms now) {
  if (hindered_since_ == 0) hindered_since_ = now;
  if (what == obstacle::passing && now - hindered_since_ < brief_ms) return;
  row_.last_error = why;
  bool over = what == obstacle::refusal || (what == obstacle::suspended && row_.missed == missed_runs::skip);
  if (over) end_waiting();
}

void schedule_plan::could_begin() {
  if (is_stuck()) no_longer_hindered();
}

void schedule_plan::could_not_begin(obstacle what, const std::string& why) {
  if (is_stuck() && what != obstacle::passing) row_.last_error = why;
}

void schedule_plan::no_longer_hindered() {
  hindered_since_ = 0;
  row_.last_error.clear();
}

void schedule_plan::end_waiting() {
  row_.waiting_since = 0;
  row_.waiting_for.clear();
}

void schedule_plan::resume(unix_ms now) {
  if (!row_.paused) return;
  row_.paused = false;
  row_.handled_until = now;
}

} // namespace tidemark
