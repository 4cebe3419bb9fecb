/// A decoded page on its way from the response buffer to the database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// One value. Ids, references, integers and booleans (0 or 1) are integers; everything else is text exactly
/// as it has to be stored: decimals with every digit, dates as YYYY-MM-DD, datetimes as YYYY-MM-DDTHH:MM:SSZ
/// in UTC.
struct cell {
  enum class kind : std::uint8_t { null, integer, text };

  std::int64_t number = 0;  ///< the value of an integer; of a text, its offset in the set's arena
  std::uint32_t length = 0; ///< bytes of a text
  kind is = kind::null;
};

/// A record that cannot be stored: its key as NetSuite sent it (empty if that was the trouble), the reason as
/// a sentence, and the record's raw JSON.
struct rejected_record {
  std::string key;
  std::string reason;
  std::string raw;
};

/// Records of one record type, row by row in one arena: `columns()` names the fields in the order of each
/// row's cells. A field of the record type that is not among the columns was not asked for; its stored value
/// stays as it is.
class record_set {
public:
  record_set() = default;
  explicit record_set(std::vector<std::string> columns) : columns_(std::move(columns)) {}

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

  /// Empty again, for rows of these columns; keeps its memory.
  void reset(const std::vector<std::string>& columns) {
    clear();
    columns_ = columns;
  }
  void clear() noexcept {
    columns_.clear();
    cells_.clear();
    arena_.clear();
    rejected_.clear();
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
};

inline std::size_t capacity_bytes(const record_set& records) noexcept { return records.capacity_bytes(); }

} // namespace tidemark
