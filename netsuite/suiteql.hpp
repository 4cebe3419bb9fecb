/// The text of every SuiteQL query that tidemark sends. Keyset paging: the offset stays 0 except in a walk
/// and in pages of records with a wide key.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages/value_sums.hpp"
#include "messages/words.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

/// Which rows of the table count at all.
struct row_scope {
  /// Only records changed since this moment; of a set every row of a parent that has changed or of which a
  /// row has. Ignored without a change column.
  std::optional<unix_ms> changed_since = {};
  /// And records with these keys, of a set with these parents, changed or not. At most 1000.
  std::vector<std::int64_t> keys = {};
  /// And records without a change date; of a set, all rows of such parents, or, if parents have no change
  /// column, of parents with such rows.
  bool undated = false;

  friend bool operator==(const row_scope&, const row_scope&) = default;
};

/// Whether the scope leaves out rows of this type.
bool is_partial(const projection& what, const row_scope& scope) noexcept;

/// A condition on a column of changes, "c.lastmodifieddate": at or after the moment.
///
/// NetSuite reads a time without a zone in the session's zone (contract 1.6), which is not known. So the
/// column is compared in UTC, and once more as it is, with a day two days earlier: that is the comparison
/// that an index can be used for. It is a `TO_DATE`, since columns are DATEs underneath in some accounts, and
/// compared with a `TO_TIMESTAMP` Oracle converts each row's value, which scans the whole table (contract,
/// amendments). A column that tells the day alone, or the session's time alone, is only compared with a day,
/// half a day earlier.
std::string changed_condition(const std::string& column, const change_source& from, unix_ms since);

/// The day of a time in UTC, "2024-03-21"; a day or a time as SuiteQL writes it, without a zone.
std::string day_text(unix_ms when);
std::string day_literal(unix_ms when);
/// In quotes.
std::string text_literal(std::string_view text);
std::string time_literal(unix_ms when);

/// The records of one page, in the order of (parent,) key.
std::string page_query(const projection& what, const page_request& page, const row_scope& scope = {});

/// Any one record: the cheapest question that names every column. Without an order, which a large table would
/// be sorted for.
std::string sample_query(const projection& what);

/// One row: the time in the session's zone, as here, and in UTC, as utc; both "2024-02-29T23:59:59".
std::string clock_query();

// What is computed is read through TO_CHAR, which gives whole numbers digit by digit; without it an account
// may send 1.0E7 (contract, amendments).

/// The key at each `stride`-th row above `after` and at the last one, as rows of boundary, position and
/// total; of what lies at or below `up_to`, if anything bounds it.
std::string boundary_query(const projection& what, std::optional<std::int64_t> after,
                           std::optional<std::int64_t> up_to, std::uint32_t stride,
                           const row_scope& scope = {});

/// The keys above `after` one per row, as boundary; ask for one row at offset 999.
std::string walk_query(const projection& what, std::optional<std::int64_t> after,
                       const row_scope& scope = {});

/// One row: total, the number of rows above `after`, and last, the greatest key among them (absent if there
/// are none).
std::string count_query(const projection& what, std::optional<std::int64_t> after,
                        const row_scope& scope = {});

/// The same of the rows of a range; of all, where there are no ranges.
std::string count_query(const projection& what, const key_range& range, const row_scope& scope = {});

/// Those of the keys that there are, one per row, as boundary: at most 1000.
std::string present_query(const projection& what, const std::vector<std::int64_t>& keys);

/// Those of a set's parents that have rows in it, one per row, as boundary, in order: at most 1000.
std::string parents_query(const projection& what, const std::vector<std::int64_t>& parents);

/// How it is found out which rows lie outside a filter. One for which the filter is neither true nor false
/// does, which a NOT would miss.
enum class outside_way : std::uint8_t {
  by_case,
  by_keys, ///< all changed rows count as such, until `present_query` has told which lie inside
};

/// Noted where an account does not take the first way.
inline constexpr std::string_view by_keys_note = "departures_by_key";
std::string by_keys_text(std::string_view record_type);

/// The keys of rows that have changed and lie outside the type's filter, from above `after` on; of a set, of
/// its own rows, their parents. One per row, as boundary, in order.
std::string outside_query(const projection& what, unix_ms since, outside_way how,
                          std::optional<std::int64_t> after);

/// The keys of rows that have changed, from above `after` on, as boundary, in order, and whether they lie in
/// the type's filter: inside is T or F. Not of a set.
std::string sorted_query(const projection& what, unix_ms since, std::optional<std::int64_t> after);

/// The records of the range by buckets of `width` keys: bucket, total and the sum of the keys, of a set also
/// that of the parents' keys, and the sums of values as v0, v1 and so on, in order. A sum of a field that the
/// type does not have is zero.
std::string bucket_query(const projection& what, std::int64_t width, const key_range& range,
                         std::span<const value_sum> sums = {});

/// The sum alone, of any one record: the cheapest question that tells whether the account makes it.
std::string sum_sample_query(const projection& what, const value_sum& sum);

} // namespace tidemark
