/// The handful of query shapes that importers send all day, answered without the SQL engine: pages by key
/// range, boundaries of batches, counts. The answers are the engine's, byte for byte (the unit tests compare
/// them).
#pragma once

#include "tools/netsuite_sim/count_memo.hpp"
#include "tools/netsuite_sim/database.hpp"
#include "tools/netsuite_sim/sql_tokens.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tidemark::netsuite_sim {

/// One condition on one column: the value is compared with each of `texts` or `numbers`.
struct fast_condition {
  enum class operation : std::uint8_t { equal, not_equal, less, less_or_equal, greater, greater_or_equal };

  std::size_t column = 0;
  operation op = operation::equal;
  /// For text and boolean columns: equal to one of them (or to none, for `not_equal`).
  std::vector<std::string> texts = {};
  /// For integers and references: one of them; for datetimes: a single instant.
  std::vector<std::int64_t> numbers = {};
};

/// Which rows.
struct fast_selection {
  const table* source = nullptr;
  key_range range = {};
  std::vector<fast_condition> conditions = {};
  /// Not empty: a row counts only if some row with the same id fulfils all of these. That is how the sets of
  /// lines are chosen in which a line has changed.
  std::vector<fast_condition> some_line = {};
};

struct fast_projection {
  enum class format : std::uint8_t { plain, iso_date, iso_utc };

  std::size_t column = 0;
  format as = format::plain;
  std::string label = {};
};

struct fast_query {
  enum class shape : std::uint8_t {
    /// Columns of rows in key order.
    page,
    /// Each n-th key, and the last one.
    boundaries,
    /// One row with aggregates.
    aggregate,
    /// Counts and sums of keys, by buckets of the first key.
    buckets,
  };

  shape what = shape::page;
  fast_selection rows = {};
  /// page: the columns. boundaries: the labels of key, position and total, in order.
  /// buckets: those of the bucket and the count, then columns that are summed up.
  std::vector<fast_projection> columns = {};
  /// aggregate: label and what it holds.
  enum class aggregate : std::uint8_t { count, least, greatest };
  std::vector<std::pair<std::string, aggregate>> aggregates = {};
  std::int64_t modulus = 0; ///< of boundaries; the width of a bucket
};

/// The query as one of the shapes, or nothing if it is another.
std::optional<fast_query> recognise(const std::vector<token>& tokens, const schema& visible,
                                    const sql_session& session);

result_page run(const fast_query& query, const world& data, const page_request& page, count_memo& memo);

} // namespace tidemark::netsuite_sim
