/// Pure core of a batch: what each outcome of a pick-up does to it.
#pragma once

#include <chrono>
#include <cstdint>

#include "messages/error.hpp"
#include "messages/ledger.hpp"

namespace tidemark {

/// What a pick-up is for.
enum class purpose : std::uint8_t {
  fetch,         ///< read the range and store it
  search,        ///< find the columns that make it fail
  careful,       ///< read a range that cannot be split around the record that breaks its page
  split,         ///< nothing but to be split
  reject_unread, ///< nothing but to reject the one record: whoever reads it dies
};

struct retry_options {
  /// Failed attempts after which a batch has failed for good.
  std::uint32_t max_attempts = 5;
  /// Wait before the second attempt after an answer of the 5xx kind; other categories wait a multiple of it
  /// (`first_delay_of`). Doubles with each further one, up to the longest.
  std::chrono::milliseconds first_delay{1'000};
  std::chrono::milliseconds longest_delay{60'000};
};

/// The wait before the second attempt after a failure of this category: a broken connection is tried again
/// sooner than a server that failed, and an account in maintenance later.
std::chrono::milliseconds first_delay_of(ec code, const retry_options& options) noexcept;

/// The wait before the next attempt after so many failed ones in a row, at least one, the last of this
/// category.
std::chrono::milliseconds retry_delay(ec code, std::uint32_t attempts, const retry_options& options) noexcept;

/// True for failures that may pass by themselves; the others fail the same way every time.
bool is_worth_retrying(ec code) noexcept;

/// What becomes of a batch after a failed attempt: as its attempts and the category say, failed whatever they
/// say, or due again at once whatever they say.
enum class fate : std::uint8_t { by_attempts, for_good, again };

/// A batch that was running at so many deaths runs alone. That proves nothing: somebody may kill the process.
inline constexpr std::uint32_t deaths_to_run_alone = 3;
/// Deaths that came while it ran alone and had its answer in hand: after so many it is split; a
/// single record is kept aside unread after the larger number, the first ones included.
inline constexpr std::uint32_t blames_to_split = 1;
inline constexpr std::uint32_t blames_to_reject = 3;

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

  /// Failed attempts that count: those since it was last retried by command.
  std::uint32_t attempts() const noexcept { return row_.counters.failed_attempts - row_.forgiven; }

  /// Whether it would be tried again after this failure, as far as the batch itself goes.
  bool may_try_again(ec code) const noexcept;

  /// running → pending after a delay, or → failed when the failure is permanent or the last attempt is used
  /// up. `jitter` in [0, 1) spreads the delay over the upper half of its range.
  bool fail_attempt(const failure& what, std::string operation_id, std::uint32_t refusals, time_point now,
                    double jitter, fate then = fate::by_attempts);

  /// running → split: its range lives on in its parts. The failure that has led to it is kept in the row.
  bool split(const failure& what, std::string operation_id, std::uint32_t refusals);

  /// pending → cancelled.
  bool cancel();

private:
  bool end_pick_up(batch_state next, std::uint32_t refusals);
  void keep(const failure& what, std::string operation_id);

  batch_row row_;
  retry_options options_;
  time_point not_before_{};
};

} // namespace tidemark
