/// The text of every SuiteQL query that tidemark sends. Keyset paging only: the offset stays 0 except in a
/// walk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/words.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

/// Which rows of the table count at all.
struct row_scope {
  /// Only records changed since this moment, minus a day: NetSuite compares in the session's time zone, which
  /// is not known. Of a set every row of a parent with a changed row. Ignored without a change column.
  std::optional<unix_ms> changed_since = {};

  friend bool operator==(const row_scope&, const row_scope&) = default;
};

/// The records of one page, in the order of (parent,) key.
std::string page_query(const projection& what, const page_request& page, const row_scope& scope = {});

/// The key at each `stride`-th row above `after` and at the last one, as rows of boundary, position and
/// total.
std::string boundary_query(const projection& what, std::optional<std::int64_t> after, std::uint32_t stride,
                           const row_scope& scope = {});

/// The keys above `after` one per row, as boundary; ask for one row at offset 999.
std::string walk_query(const projection& what, std::optional<std::int64_t> after,
                       const row_scope& scope = {});

/// One row: total, the number of rows above `after`, and last, the greatest key among them (absent if there
/// are none).
std::string count_query(const projection& what, std::optional<std::int64_t> after,
                        const row_scope& scope = {});

/// Records by key whatever else the scope says, for those that were rejected before: at most 1000 keys. Of a
/// set, whole parents.
std::string keys_query(const projection& what, const std::vector<std::int64_t>& keys);

/// One row with the column alone, to find out whether it is the one that makes a query fail.
std::string probe_query(const projection& what, const field& column);

} // namespace tidemark
