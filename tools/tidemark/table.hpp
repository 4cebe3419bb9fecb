/// A table of aligned columns that fits a width.
#pragma once

#include "tools/tidemark/line.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tidemark::cli {

struct column {
  std::string title;
  enum class side : std::uint8_t { left, right } aligned = side::left;
  /// May be cut to this many columns where the table is too wide; zero: not before everything else.
  std::size_t least = 0;
  /// Columns with a greater number go first where cutting is not enough; zero: never.
  int drop_order = 0;
};

inline constexpr std::size_t any_width = std::numeric_limits<std::size_t>::max();

class table {
public:
  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// One cell for each column. A cell's text may be anything: it is made printable.
  void add(std::vector<span> row);

  bool empty() const noexcept { return rows_.empty(); }

  /// The titles and the rows in at most `width` columns. Columns whose cells are all empty are left out.
  /// Where that is not enough, every column but the first, by which people call things, is cut to a few
  /// letters; then lines are wider than asked for. Columns that were left out for want of room are named in a
  /// line below.
  std::vector<line> layout(std::size_t width = any_width) const;
  /// The same without that line: for a picture that is drawn again and again.
  std::vector<line> layout_rows(std::size_t width) const;

  /// The width below which columns are cut that should not be.
  std::size_t least_width() const;

private:
  struct placed {
    std::size_t index;
    std::size_t width;
  };

  std::vector<placed> used_columns() const;
  std::size_t least(const placed& column) const;
  void shrink(std::vector<placed>& used, std::size_t width) const;
  std::vector<line> layout_of(const std::vector<placed>& used) const;
  line layout_row(const std::vector<placed>& used, const std::vector<span>& cells) const;

  std::vector<column> columns_;
  std::vector<std::vector<span>> rows_;
};

} // namespace tidemark::cli
