/// The account's data: generated rows, each a pure function of (seed, table, key), under a thin layer of
/// changes made at run time. Ten million rows cost no memory until they are changed.
#pragma once

#include "messages/error.hpp"
#include "tools/netsuite_sim/id_layout.hpp"
#include "tools/netsuite_sim/table.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::netsuite_sim {

struct world_options {
  std::uint64_t seed = 1;
  /// Multiplies every default row count.
  double scale = 1;
  /// Row counts by table, as they are (not scaled).
  std::map<std::string, std::int64_t, std::less<>> counts = {};
  bool id_gaps = true;
  bool negative_ids = true;
  bool dangling_references = true;
  bool self_reference_cycles = true;
  bool odd_decimals = false;
  std::int64_t lines_per_transaction = 5;
  std::set<std::string, std::less<>> columns_as_text = {}; ///< "table.column"
  double columns_as_text_percent = 100;                    ///< of their values
  std::set<std::string, std::less<>> columns_null = {};    ///< "table.column"
  double columns_null_percent = 100;                       ///< of their values
  double visible_percent = 100;                            ///< of the records, to whoever queries
  std::string visible_table = {};                          ///< the one that it is about; empty: all
  std::vector<std::string> deleted_type_ids = {};          ///< "table=number"
  std::string deleted_type = "table";
};

/// The number of "table=number"; nothing if that is none.
std::optional<std::int64_t> logged_number(std::string_view entry);

/// The line ids of one transaction: 0 to `count - 1`, with one number left out from `skipped` on.
struct line_ids {
  std::int64_t count = 0;
  std::int64_t skipped = 0;

  std::int64_t at(std::int64_t index) const noexcept { return index < skipped ? index : index + 1; }
};

/// Values by column name, for inserts and updates.
using named_values = std::map<std::string, cell, std::less<>>;

class world {
public:
  explicit world(world_options options);
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  // -- what there is
  // -----------------------------------------------------------------------------------------

  const world_options& options() const noexcept { return options_; }
  const std::vector<table>& tables() const noexcept { return tables_; }
  /// By its lower-case name; null if there is none.
  const table* find_table(std::string_view name) const;
  /// The table whose rows have the lines.
  const table& transactions() const noexcept { return *transactions_; }
  /// Grows with each change in the table.
  std::uint64_t version(const table& t) const { return state(t).version; }
  /// How many rows are generated (for `lines`: transactions that have lines).
  std::int64_t generated(const table& t) const { return state(t).count; }
  const id_layout& layout(const table& t) const { return state(t).layout; }

  // -- rows
  // --------------------------------------------------------------------------------------------------

  /// The row with this key, or nothing if there is none or it was deleted.
  std::optional<row> find_row(const table& t, row_key key) const;
  /// Puts the value of a column into `out`.
  void read(const table& t, const row& r, std::size_t column_index, cell& out) const;
  /// The rows in the range. Cheap where it can be computed without walking them.
  std::int64_t count(const table& t, const key_range& range) const;
  /// Whether the role sees every row of the table; if not, which ones. Queries go by it, administration does
  /// not.
  bool shows_all(const table& t) const noexcept;
  bool shows(const table& t, row_key key) const noexcept;
  line_ids lines_of(std::uint64_t transaction_hash) const noexcept;
  /// The text that stands for a row where people read it (BUILTIN.DF); empty if there is no such row.
  std::string display_name(const table& t, std::int64_t id) const;

  // -- changes
  // -----------------------------------------------------------------------------------------------

  /// Adds a row; values that are not given are generated. Refuses a key that exists. The change column is set
  /// to `now` unless given.
  outcome<void> insert(const table& t, row_key key, const named_values& values, std::int64_t now);
  /// Refuses a key that does not exist.
  outcome<void> update(const table& t, row_key key, const named_values& values, std::int64_t now);
  /// Deletes a row, a transaction with its lines, and logs it in `deletedrecord` where NetSuite does.
  outcome<void> erase(const table& t, row_key key, std::int64_t now);
  /// Generates with other switches; changes made so far stay.
  void reconfigure(world_options options);

  using patches = std::map<row_key, row_patch>;
  const patches& changes(const table& t) const { return state(t).overlay; }
  /// Whether the key is one of the generated rows, deleted or not.
  std::optional<row> generated_row(const table& t, row_key key) const;
  std::uint64_t row_hash(const table& t, row_key key) const noexcept;
  /// Whether the log has shown numbers that its rows are not kept by.
  bool has_odd_log() const noexcept { return odd_log_; }

private:
  struct table_state {
    std::int64_t count = 0;
    id_layout layout{1, 0, true};
    patches overlay = {};
    std::uint64_t version = 1;
  };

  table_state& state(const table& t) { return states_[static_cast<std::size_t>(&t - tables_.data())]; }
  const table_state& state(const table& t) const {
    return states_[static_cast<std::size_t>(&t - tables_.data())];
  }
  void set_up();
  void fill_deleted_records();
  /// What `deletedrecord` calls the type of a record that is deleted now.
  std::int64_t logged_type_id(const table& t) const;
  cell logged_type(const std::string& record_type) const;
  void touch(const table& t);
  outcome<void> apply(const table& t, row_patch& patch, const named_values& values, std::int64_t now);

  world_options options_;
  std::vector<table> tables_;
  std::vector<table_state> states_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  const table* transactions_ = nullptr;
  bool odd_log_ = false;
};

} // namespace tidemark::netsuite_sim
