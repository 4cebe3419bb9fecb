/// Pure core of the scheduler: when the runs of one schedule begin, and what becomes of those that could not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/schedule/cron.hpp"
#include "messages/control.hpp"

namespace tidemark {

/// Why a run that is due cannot begin.
enum class obstacle : std::uint8_t {
  passing,   ///< may pass by itself: a locked database, a tenant that begins anew, no answer
  suspended, ///< the tenant is suspended
  refusal    ///< stays until somebody mends it: the record type is gone
};

/// One schedule. A run that is due becomes a run that waits; it begins as soon as no import of its kind is
/// under way, and at most one waits at any time. Whoever drives this writes `row()` down after each change,
/// so that a run that was due is not lost with the process.
class schedule_plan {
public:
  /// `ec::bad_request` for a cron expression or a time zone that makes no sense.
  static outcome<schedule_plan> make(schedule row);

  const schedule& row() const noexcept { return row_; }

  /// When the next run is due, its jitter included; nothing while paused or if there is none.
  std::optional<unix_ms> next_due() const;

  /// The next runs after `now`, jitter included.
  std::vector<unix_ms> next_runs(unix_ms now, std::size_t count) const;

  /// Deals with runs that were due while nobody looked. Call it once, at the start.
  void catch_up(unix_ms now);

  /// Notes the runs that are due by now as one that waits. True if there are any.
  bool become_due(unix_ms now);

  /// A run at once, whatever the schedule says, or as soon as the present one has ended.
  void run_now(unix_ms now) { wait_since(now); }

  bool waits() const noexcept { return row_.waiting_since != 0; }

  /// The waiting run has to wait for this import to end. True if that is news.
  bool wait_for(const std::string& import_id);

  /// The waiting run has begun as this import.
  void started(const std::string& import_id, unix_ms now);

  /// The waiting run cannot begin now, and `row().last_error` says so; of a passing obstacle only after a
  /// minute. A refused run is over. One that a suspension keeps from beginning counts as missed: it waits
  /// for the end of that, or is over.
  void hindered(obstacle what, const std::string& why, unix_ms now);

  /// A run could not begin and is over: it has to be seen whether what `row().last_error` says holds.
  bool is_stuck() const noexcept { return !waits() && !row_.last_error.empty(); }
  /// The next run could begin, as far as can be seen.
  void could_begin();
  /// The next run could not begin either, for this reason; a passing one says nothing.
  void could_not_begin(obstacle what, const std::string& why);

  void pause() noexcept { row_.paused = true; }
  /// What was due during the pause is not caught up on.
  void resume(unix_ms now);

private:
  schedule_plan(schedule row, cron_times times) : row_(std::move(row)), times_(std::move(times)) {}

  void wait_since(unix_ms now);
  void no_longer_hindered();
  void end_waiting();
  std::optional<unix_ms> time_after(unix_ms at) const { return times_.next(at); }
  unix_ms with_jitter(unix_ms time) const;
  unix_ms longest_jitter() const noexcept { return unix_ms{row_.jitter_seconds} * 1000; }
  bool pass(unix_ms now);

  schedule row_;
  cron_times times_;
  unix_ms hindered_since_ = 0; ///< without a break; zero if nothing stands in the way
};

} // namespace tidemark
