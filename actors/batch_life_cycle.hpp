/// Pure core of a batch: what each outcome of a pick-up does to it.
#pragma once

#include <chrono>
#include <cstdint>

#include "messages/error.hpp"
#include "messages/ledger.hpp"

namespace tidemark {

struct retry_options {
  /// Failed attempts after which a batch has failed for good.
  std::uint32_t max_attempts = 5;
  /// Wait before the second attempt; doubles with each further one, up to the longest.
  std::chrono::milliseconds first_delay{1'000};
  std::chrono::milliseconds longest_delay{60'000};
};

/// True for failures that may pass by themselves; the others fail the same way every time.
bool is_worth_retrying(ec code) noexcept;

/// The law that every batch obeys at every moment.
bool conserved(const batch_row& row) noexcept;

/// One batch between its planning and its end. Every function expects the state it names; a call in another
/// state is a programmer's error and changes nothing (returns false).
class batch_life_cycle {
public:
  using time_point = std::chrono::steady_clock::time_point;

  batch_life_cycle(batch_row row, retry_options options) : row_(std::move(row)), options_(options) {}

  const batch_row& row() const noexcept { return row_; }

  /// Pending, and any delay is over.
  bool due(time_point now) const noexcept { return row_.state == batch_state::pending && now >= not_before_; }
  time_point not_before() const noexcept { return not_before_; }

  /// pending → running.
  bool pick_up();

  /// running → completed.
  bool complete(const batch_stored& stored, std::uint32_t refusals);

  /// running → pending, attempts untouched: gave up waiting, or what stood in its way was not its fault.
  bool release(std::uint32_t refusals);

  /// running → pending, attempts untouched: stopped from outside. Not due before `not_before`.
  bool interrupt(std::uint32_t refusals, time_point not_before = {});

  /// running → pending after a delay, or → failed when the failure is permanent or the last attempt is used
  /// up. `jitter` in [0, 1) spreads the delay over the upper half of its range.
  bool fail_attempt(const failure& what, std::string operation_id, std::uint32_t refusals, time_point now,
                    double jitter);

  /// pending → cancelled.
  bool cancel();

private:
  bool end_pick_up(batch_state next, std::uint32_t refusals);

  batch_row row_;
  retry_options options_;
  time_point not_before_{};
};

} // namespace tidemark
