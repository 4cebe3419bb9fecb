/// Pure core: which columns make every query of a table fail.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "netsuite/page_query.hpp"

namespace tidemark {

/// NetSuite answers 500 to every query that names a broken column (contract section 3.2), and to a page with
/// a broken record. Asks for the table's first and its last record with all columns: if one of them comes
/// through, no column is broken. Otherwise halves the columns, on the last record, until the broken ones
/// stand alone: about two questions per halving for each of them, and one more, on the first record, to be
/// sure. If not even a key comes through, asked for twice, it is the table.
class column_search {
public:
  enum class verdict : std::uint8_t { open, columns_broken, columns_fine, table_broken };

  explicit column_search(std::shared_ptr<const projection> what);

  verdict result() const noexcept { return verdict_; }

  /// SuiteQL columns, for `columns_broken`.
  const std::vector<std::string>& broken() const noexcept { return broken_; }

  /// The next question; only while the verdict is open.
  wanted_page next() const;

  /// Whether it was answered with a page.
  void answered(bool passed);

private:
  enum class step : std::uint8_t { first_record, last_record, key, key_again, groups };

  struct group {
    std::vector<std::size_t> fields;
    bool surely_broken = false; ///< the whole failed, and its other half came through
    bool halved = false;        ///< one of two halves; the other lies below it
    bool asked_before = false;  ///< a single column that has failed once
  };

  void group_answered(bool passed);
  void settle();

  std::shared_ptr<const projection> what_;
  step step_ = step::first_record;
  std::vector<group> open_; ///< the last one is asked next
  std::vector<std::string> broken_;
  verdict verdict_ = verdict::open;
};

} // namespace tidemark
