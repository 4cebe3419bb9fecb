/// The answers of small queries: boundaries, counts, keys. Not for pages of records.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/error.hpp"
#include "messages/ledger.hpp"

namespace tidemark {

/// One row: values as text under lower-case names; nulls are absent.
class small_row {
public:
  /// Null if absent.
  [[nodiscard]] const std::string* text(std::string_view name) const;

  /// `ec::server` if the value is not a whole number; nothing if it is absent.
  [[nodiscard]] outcome<std::optional<std::int64_t>> integer(std::string_view name) const;

  /// The same, where the value has to be there.
  [[nodiscard]] outcome<std::int64_t> required_integer(std::string_view name) const;

  /// All of them, by name.
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& values() const { return values_; }

  void set(std::string name, std::string value) {
    values_.insert_or_assign(std::move(name), std::move(value));
  }

private:
  std::map<std::string, std::string, std::less<>> values_;
};

struct small_page {
  std::vector<small_row> rows;
  bool has_more = false;
};

/// `ec::server` if the body is not a whole page of rows; never throws for what it holds. Without `hasMore`, a
/// page of `limit` rows counts as one with more to come.
outcome<small_page> decode_rows(std::string_view body, std::uint32_t limit = 1000);

/// One row of a boundary query: the row at `position` of `total` has this key.
struct boundary {
  std::int64_t key = 0;
  std::uint64_t position = 0;
};

struct boundary_page {
  std::vector<boundary> rows;
  std::uint64_t total = 0; ///< rows above the query's `after`
  bool has_more = false;
};

/// The answer of `boundary_query`.
outcome<boundary_page> decode_boundaries(std::string_view body);

struct row_count {
  std::uint64_t total = 0;
  std::optional<std::int64_t> last; ///< the greatest key; nothing if there are no rows
};

/// The answer of `count_query`.
outcome<row_count> decode_count(std::string_view body);

struct key_page {
  std::vector<std::int64_t> keys;
  bool has_more = false; ///< then the keys are in order
};

/// The answer of `present_query` and its like.
outcome<key_page> decode_keys(std::string_view body);

/// Those of the keys that were asked for which the page says nothing about: others may follow it.
std::vector<std::int64_t> left_open(const key_page& page, std::vector<std::int64_t> asked);

struct sorted_page {
  std::vector<std::int64_t> inside;
  std::vector<std::int64_t> outside;
  std::optional<std::int64_t> last; ///< the greatest key
  bool has_more = false;
};

/// The answer of `sorted_query`, or, if nothing is told of a side, of `outside_query`: all of it is outside
/// then. `ec::server` if the keys do not lie above `after` in order.
outcome<sorted_page> decode_sorted(std::string_view body, bool tells_side, std::optional<std::int64_t> after);

struct bucket_page {
  struct odd_sum {
    std::size_t index = 0;
    std::string text; ///< of one that is no number, the beginning
  };

  std::vector<key_bucket> buckets;
  bool has_more = false;
  std::vector<odd_sum> unreadable; ///< sums of values that are no numbers, each once
};

/// The answer of `bucket_query` with so many sums of values. A decimal comma is understood where it cannot be
/// anything else. A sum of values that is no number is not known, which is no reason to believe nothing else
/// of the answer.
outcome<bucket_page> decode_buckets(std::string_view body, std::size_t sums = 0);

/// The answer of `walk_query`: the key, or nothing if there are not that many rows.
outcome<std::optional<std::int64_t>> decode_walk(std::string_view body);

} // namespace tidemark
