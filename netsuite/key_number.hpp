/// The number that stands for a wide key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark {

/// Makes one integer of the values of a wide key, so that everything that works by keys works by it: the
/// first 62 bits of the SHA-256 of the values, in the order of the criteria file. Tables hold the numbers, so
/// what goes in must never change: each value as a letter for its kind, its length, a colon and its bytes.
///
/// Of 100 000 records, which is the most that one reading of such a type can reach, two have the same number
/// with a probability of 1 in 900 million; of the thousand rows of one parent, 1 in 9 million million.
class key_number {
public:
  void clear() noexcept { bytes_.clear(); }
  void add_null() { bytes_ += "n:"; }
  void add(std::int64_t value);
  void add(std::string_view text);

  /// Never negative.
  [[nodiscard]] std::int64_t value() const;

private:
  std::string bytes_;
};

} // namespace tidemark
