/// Pure core: whether values that do not fit are a trouble of their records or of their column.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages/record_set.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

/// The code of the note that a column is left out for its misfits.
inline constexpr std::string_view misfit_note = "column_misfit";

/// Single misfits are errors of their records. So many of them, and more than this share of the values that
/// are there, say that the column holds something else than its declaration says.
inline constexpr std::uint64_t least_misfits = 20;
inline constexpr std::uint64_t most_misfit_percent = 5;

/// What was seen in the columns of a record type, over any number of pages.
class misfit_tally {
public:
  /// Columns of the page that `what` does not ask for are not counted.
  void add(const record_set& page, const projection& what);
  void add(std::span<const column_evidence> seen);
  void add(const misfit_tally& other);

  std::vector<column_evidence> seen() const;

  /// The columns of `what` whose misfits repeat, and that can be left out: the keys cannot, nor can the
  /// column that tells changes.
  std::vector<column_evidence> repeated(const projection& what) const;

private:
  std::map<std::string, column_evidence, std::less<>> columns_; ///< by SuiteQL column
};

/// That the column is left out, what it holds, and how to declare it; a sentence for people.
std::string misfit_text(std::string_view record_type, const column_evidence& found);

} // namespace tidemark
