/// A decoded page on its way from the response buffer to the database.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// One value. Ids, references, integers and booleans (0 or 1) are integers; everything else is text exactly
/// as it has to be stored: decimals with every digit, dates as YYYY-MM-DD, datetimes as YYYY-MM-DDTHH:MM:SSZ
/// in UTC, or without the Z by a clock whose zone is not known.
struct cell {
  enum class kind : std::uint8_t { null, integer, text };

  std::int64_t number = 0;  ///< the value of an integer; of a text, its offset in the set's arena
  std::uint32_t length = 0; ///< bytes of a text
  kind is = kind::null;
};

/// A record that cannot be stored: its key as NetSuite sent it (empty if that was the trouble), the reason as
/// a sentence, and the record's raw JSON. Records of one `kind` share their trouble; of none, if they have
/// the same reason.
struct rejected_record {
  std::string key;
  std::string reason;
  std::string raw;
  std::string kind = {};
};

/// A value that cannot be of its column's type, of a record that is stored without it.
struct kept_value {
  std::size_t row = 0; ///< of the set
  std::string column;  ///< as in `columns()`
  std::string reason;  ///< a sentence
  std::string raw;     ///< the value as it came, of a long one its beginning
};

/// Records that were rejected for one trouble.
struct rejection_count {
  std::string kind;
  std::string reason; ///< of one of them
  std::uint64_t records = 0;
};

/// What was seen in one column: values of records that were rejected count too, nulls do not.
struct column_evidence {
  std::string column;        ///< SuiteQL's
  std::uint64_t values = 0;  ///< that were there
  std::uint64_t misfits = 0; ///< of these, that cannot be of the column's declared type
  std::string example;       ///< a misfit as it came, shortened
  std::string expected;      ///< what it should have been: "a whole number of 64 bits"
};

/// Records of one record type, row by row in one arena: `columns()` names the fields in the order of each
/// row's cells. A field of the record type that is not among the columns was not asked for; its stored value
/// stays as it is.
class record_set {
public:
  record_set() = default;
  explicit record_set(std::vector<std::string> columns)
      : columns_(std::move(columns)), values_(columns_.size()) {}

  const std::vector<std::string>& columns() const noexcept { return columns_; }
  std::size_t width() const noexcept { return columns_.size(); }
  std::size_t size() const noexcept { return columns_.empty() ? 0 : cells_.size() / columns_.size(); }
  bool empty() const noexcept { return cells_.empty(); }

  std::span<const cell> row(std::size_t index) const noexcept {
    return std::span{cells_}.subspan(index * width(), width());
  }

  /// The bytes of a text cell of this set, valid as long as the set is neither changed nor destroyed.
  std::string_view text(const cell& x) const noexcept {
    return std::string_view{arena_}.substr(static_cast<std::size_t>(x.number), x.length);
  }

  const std::vector<rejected_record>& rejected() const noexcept { return rejected_; }

  /// Appends a row, to be filled in the order of the columns; its cells start as null.
  std::span<cell> add_row() {
    cells_.resize(cells_.size() + width());
    return std::span{cells_}.last(width());
  }

  /// Takes the last row back. Its text stays in the arena until the set goes.
  void drop_row() { cells_.resize(cells_.size() - width()); }

  /// Copies the bytes into the arena.
  cell make_text(std::string_view bytes) {
    auto offset = arena_.size();
    arena_.append(bytes);
    return {static_cast<std::int64_t>(offset), static_cast<std::uint32_t>(bytes.size()), cell::kind::text};
  }

  static cell make_integer(std::int64_t value) noexcept { return {value, 0, cell::kind::integer}; }

  void reject(rejected_record what) { rejected_.push_back(std::move(what)); }

  /// Values that were left out of their rows, whose cells are null, in the order of the rows.
  const std::vector<kept_value>& kept() const noexcept { return kept_; }
  void keep_aside(kept_value what) { kept_.push_back(std::move(what)); }

  /// Values of a column that can be of its type, in all records that were read; whoever decodes counts them.
  std::uint64_t fitting(std::size_t column) const noexcept { return values_[column]; }
  void count_fitting(std::size_t column) noexcept { ++values_[column]; }

  /// Those that cannot, of the columns that have any: `column` is the name as in `columns()`, `values` counts
  /// the misfits alone.
  const std::vector<column_evidence>& misfits() const noexcept { return misfits_; }

  /// Counts one. `example` is called for the first of its column.
  template <class Example>
  void count_misfit(std::size_t column, Example&& example, std::string_view expected) {
    const auto& name = columns_[column];
    auto known = std::ranges::find(misfits_, name, &column_evidence::column);
    if (known == misfits_.end()) {
      misfits_.push_back({name, 0, 0, example(), std::string{expected}});
      known = std::prev(misfits_.end());
    }
    ++known->values;
    ++known->misfits;
  }

  /// Empty again, for rows of these columns; keeps its memory.
  void reset(const std::vector<std::string>& columns) {
    clear();
    columns_ = columns;
    values_.assign(columns.size(), 0);
  }
  void clear() noexcept {
    columns_.clear();
    cells_.clear();
    arena_.clear();
    rejected_.clear();
    kept_.clear();
    values_.clear();
    misfits_.clear();
  }

  /// The memory that it holds for rows, used or not.
  std::size_t capacity_bytes() const noexcept { return cells_.capacity() * sizeof(cell) + arena_.capacity(); }

  /// Room for `rows` rows and `bytes` bytes of text.
  void reserve(std::size_t rows, std::size_t bytes) {
    cells_.reserve(rows * width());
    arena_.reserve(bytes);
  }

private:
  std::vector<std::string> columns_;
  std::vector<cell> cells_;
  std::string arena_;
  std::vector<rejected_record> rejected_;
  std::vector<kept_value> kept_;
  std::vector<std::uint32_t> values_; ///< by column, those that fit
  std::vector<column_evidence> misfits_;
};

inline std::size_t capacity_bytes(const record_set& records) noexcept { return records.capacity_bytes(); }

} // namespace tidemark
