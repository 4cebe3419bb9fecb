/// Pure core of the deletion run: whether the account shows its records at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark {

/// NetSuite takes at most so many values in a list.
inline constexpr std::size_t most_listed_keys = 1000;

/// The most controls that are asked for in one query.
inline constexpr std::size_t most_controls = 200;

/// Live records that nobody says to be deleted, asked for together with those that may be. A role that sees
/// less than before does not see the same share of them either: then a record that is not shown may be there.
class control_sample {
public:
  control_sample() = default;

  /// At most `most_controls` of these keys, spread evenly, which are sorted.
  explicit control_sample(const std::vector<std::int64_t>& keys);

  [[nodiscard]] const std::vector<std::int64_t>& keys() const noexcept { return keys_; }

  /// Whether all but a few of the controls are among the keys that the account shows: one in fifty may have
  /// been deleted just now, of a few none. False without any control.
  [[nodiscard]] bool shown_in(std::vector<std::int64_t> present) const;

private:
  std::vector<std::int64_t> keys_;
};

} // namespace tidemark
