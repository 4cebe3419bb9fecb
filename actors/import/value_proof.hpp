/// Pure core of a verifier: ranges that hold the right records, and other values than the account.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "messages/ledger.hpp"
#include "messages/value_sums.hpp"

namespace tidemark {

/// A bucket of keys and the sums, by their index, in which it differs.
struct differing_values {
  std::int64_t bucket = 0;
  std::vector<std::size_t> sums;

  friend bool operator==(const differing_values&, const differing_values&) = default;
};

/// In how many buckets a sum was compared, and in how many one side did not know it.
struct sum_coverage {
  std::uint64_t compared = 0;
  std::uint64_t unknown = 0;
};

/// Of two buckets with the same keys, by the sums' index.
void add_coverage(std::vector<sum_coverage>& to, const key_bucket& theirs, const key_bucket& ours);

/// Of two buckets with the same keys: the sums that both know, and that differ.
std::vector<std::size_t> differing_sums(const key_bucket& theirs, const key_bucket& ours);

/// Each such range is read again and compared at once. Where it agrees then, its values were stale. Where it
/// does not, three times in a row, the records change all the time, or the account adds up something else
/// than it answers (computed columns, lengths in bytes): a sum that does so in two ranges says nothing, and
/// is left out from then on.
class value_proof {
public:
  value_proof() = default;
  explicit value_proof(std::vector<value_sum> sums);

  /// What is asked for, also where some of it is left out since.
  const std::vector<value_sum>& sums() const noexcept { return sums_; }

  void add(std::vector<differing_values> found, const std::vector<sum_coverage>& coverage);

  /// These sums, by their index, say nothing: returns those of them that were not left out before.
  std::vector<value_sum> leave_out(const std::vector<std::size_t>& which);

  /// None is compared from now on. Returns those that were.
  std::vector<value_sum> leave_out_all();

  /// The bucket to be read again; nothing once there is none. The same one until `compared` has settled it.
  std::optional<std::int64_t> next();

  /// `next` was read again, which has changed so many records, and differs in these sums still. Returns what
  /// is left out from now on.
  std::vector<value_sum> compared(std::uint64_t changed, const std::vector<std::size_t>& differing);

  /// Ranges that held other values, and agree now.
  std::uint64_t ranges_renewed() const noexcept { return ranges_renewed_; }
  std::uint64_t records_renewed() const noexcept { return records_renewed_; }

  /// Of the last range that differs although it was just read, in a sum that is not left out: the field.
  /// Empty if there is none.
  std::string restless_field() const;

  /// The sums that have been compared wherever records are expected to agree, and stand.
  std::vector<value_sum> standing() const;

private:
  struct state {
    std::uint32_t restless = 0; ///< ranges in which it differs although they were just read
    bool is_out = false;
    sum_coverage seen = {};
  };

  bool is_settled(const differing_values& x) const;

  std::vector<value_sum> sums_;
  std::vector<state> states_;
  std::deque<differing_values> open_;
  std::uint32_t times_read_ = 0; ///< of the first open one
  std::uint64_t changed_ = 0;    ///< records of it
  std::uint64_t ranges_renewed_ = 0;
  std::uint64_t records_renewed_ = 0;
};

/// What it has come to, for people; empty if every range held the account's values.
std::string describe(const value_proof& x);

} // namespace tidemark
