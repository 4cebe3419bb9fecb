/// Pure core of a wave: one record type of an import, its queue of batches, and when it is done.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "actors/batch_life_cycle.hpp"
#include "config/criteria.hpp"
#include "messages/protocol.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

/// Holds unfinished batches as small values; a finished one is only counted.
class type_run {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// What the end of a pick-up leads to, beyond the batch itself.
  enum class consequence : std::uint8_t {
    none,
    column_dropped, ///< go on without the failure's column; tell people once
    type_skipped,   ///< the account has no such table
    import_blocked  ///< credentials, or the database: the import as a whole cannot go on now
  };

  struct ended_pick_up {
    batch_row row;
    bool failed_attempt = false;
    consequence then = consequence::none;
  };

  /// `type` must outlive this object.
  type_run(const begin_type& begin, const record_type& type, retry_options retry);

  const type_row& row() const noexcept { return row_; }
  type_row& row() noexcept { return row_; }
  std::uint32_t remaining_path() const noexcept { return remaining_path_; }
  const std::shared_ptr<const projection>& what() const noexcept { return what_; }

  /// Where planning has to go on; nothing if it starts at the beginning.
  std::optional<std::int64_t> planned_up_to() const noexcept { return planned_up_to_; }

  std::uint64_t planned_weight() const noexcept { return planned_weight_; }

  /// What it depends on is in: its batches may run. Until then a held type is only planned.
  void release_hold();

  /// Takes a part of the plan; returns the new rows, to be written to the ledger and then given to `enqueue`.
  std::vector<batch_row> plan(const ranges_planned& ranges);
  void enqueue(const std::vector<batch_row>& rows);

  /// A batch that may run now, and when the next one becomes due if none may.
  bool has_due(time_point now);
  std::optional<time_point> next_due() const;

  /// The room that a batch's response bodies take: a little more than the largest seen so far.
  std::uint64_t expected_bytes() const noexcept { return expected_bytes_; }

  /// Picks up the first due batch. Only after `has_due`.
  batch_row pick_up();

  /// The end of a running batch's pick-up; nothing for a batch that is not running.
  std::optional<ended_pick_up> end(const pick_up_ended& ended, time_point now);

  /// Nothing of this type is left to do.
  bool finished() const noexcept { return !held_ && row_.planned && unwritten_ == 0 && live_.empty(); }

  /// The state that follows from how the batches ended.
  type_state verdict() const noexcept;
  const std::string& last_error() const noexcept { return last_error_; }

private:
  struct live_batch {
    batch_life_cycle life;
    std::shared_ptr<const projection> asked_for; ///< in the present pick-up
  };

  consequence judge(const live_batch& batch, const pick_up_ended& ended);
  bool drop(const std::string& column);
  type_state present_state() const noexcept;
  void requeue(const batch_life_cycle& batch, time_point now);

  type_row row_;
  const record_type* type_;
  retry_options retry_;
  std::uint32_t remaining_path_;
  std::uint64_t next_number_;
  column_names dropped_;
  std::shared_ptr<const projection> what_;
  bool held_;
  std::optional<std::int64_t> planned_up_to_;
  std::uint64_t planned_weight_ = 0;
  std::size_t unwritten_ = 0;                ///< planned, but not in the ledger yet
  std::map<std::uint64_t, live_batch> live_; ///< pending and running ones
  std::set<std::uint64_t> due_;
  std::multimap<time_point, std::uint64_t> delayed_;
  std::uint64_t completed_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t rejected_ = 0;
  // Before the first page is seen: a thousand rows of a few hundred bytes.
  std::uint64_t expected_bytes_ = 1U << 20U;
  std::string last_error_;
  std::mt19937_64 random_;
};

} // namespace tidemark
