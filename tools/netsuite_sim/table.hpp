/// What a table is: its columns, how each value is made, and which rows it has.
#pragma once

#include "tools/netsuite_sim/cell.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::netsuite_sim {

class world;

/// The key of a row. `line` is 0 in tables whose key is the id alone.
struct row_key {
  std::int64_t id = 0;
  std::int64_t line = 0;

  friend auto operator<=>(const row_key&, const row_key&) = default;
};

/// Below and above every number of a key.
inline constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
inline constexpr auto highest = std::numeric_limits<std::int64_t>::max();

/// Keys from `lower` to `upper`, both included.
struct key_range {
  row_key lower{lowest, lowest};
  row_key upper{highest, highest};
};

/// What was changed in a row at run time: nothing generated shows through a deletion, a value given replaces
/// the generated one.
struct row_patch {
  bool deleted = false;
  /// By index of the column.
  std::map<std::size_t, cell> values;
};

/// A row as the generators see it.
struct row {
  row_key key;
  /// Position among the generated rows, or -1 for one that was inserted at run time.
  std::int64_t ordinal = -1;
  /// Everything generated in the row follows from this.
  std::uint64_t hash = 0;
  const row_patch* patch = nullptr;
};

struct column;
struct table;

/// Makes one value. `hash` is the cell's own chance.
using generator = std::function<void(const world&, const row&, const column&, std::uint64_t hash, cell&)>;

struct column {
  std::string name;
  column_kind kind;
  generator make;
  /// For references: the table that is meant.
  std::string references = {};
  /// The knob of the feature that the column belongs to ("one_world"), or empty.
  std::string feature = {};
  // Filled in by the world.
  std::string_view owner = {};
  std::uint64_t salt = 0;
  const table* target = nullptr;
  /// It holds words, whatever its kind.
  bool as_text = false;
  bool is_null = false; ///< of the share of rows that the knob says
};

/// How the rows of a table come about.
enum class table_shape : std::uint8_t {
  /// `count` rows with an id each.
  records,
  /// Lines of the transactions: key (transaction, id).
  lines,
  /// Only rows that were put in at run time: key (recordid, recordtypeid).
  log,
};

struct table {
  std::string name;
  table_shape shape = table_shape::records;
  std::int64_t default_count = 0;
  std::int64_t first_id = 1;
  /// As many rows as `default_count` says at any scale, with ids that have no gaps.
  bool is_whole = false;
  std::string feature = {};
  /// Column that holds the time of the last change; empty if there is none.
  std::string change_column = {};
  /// NetSuite's number for the record type, in `deletedrecord`; 0: deletions are not logged.
  std::int64_t record_type_id = 0;
  std::vector<column> columns = {};
  std::uint64_t salt = 0;

  /// The column's index, or -1.
  int column_index(std::string_view column_name) const;
  /// Names of the key columns, in order.
  std::vector<std::string_view> key_columns() const;
};

/// All tables of the account. The first columns of each are its key.
std::vector<table> make_tables();

} // namespace tidemark::netsuite_sim
