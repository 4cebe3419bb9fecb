/// A page of SuiteQL rows becomes a record set, straight from the response buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "messages/error.hpp"
#include "messages/record_set.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

struct data_page {
  std::shared_ptr<const record_set> records;
  std::size_t count = 0; ///< rows of the page, rejected ones included
  std::size_t fresh = 0; ///< of these, that did not come with the page before
  bool has_more = false; ///< there is a next page, after `last`
  /// Rows that `totalResults` tells of beyond this page, whatever else is said.
  std::uint64_t promised = 0;
  /// No rows at all, not even the one that the page before ended with: paging does not reach so far, or rows
  /// have gone. It is no end.
  bool beyond = false;
  std::optional<row_cursor> last; ///< the last row with a readable key
};

/// Decodes pages of one projection. Values may be strings or numbers, absent and null are null, keys are
/// compared without regard to case, unknown ones are ignored. Values:
/// - id, reference, integer: a whole 64-bit number; boolean: T, F, true or false, becomes 1 or 0;
/// - decimal: with every digit, in one form (`plain_decimal`); date, datetime: checked for their form, kept
///   byte for byte; text and multi-select: as received;
/// - an empty string is null except in text (NetSuite's database does not know the difference).
/// A value that cannot be of its type is left out of its record and goes to `kept()`; where that is a key or
/// the change column, or the record type is strict, the record goes to `rejected()`, with the key as sent (of
/// a set "parent/key"), the reason and its raw JSON; the others stay.
///
/// Not thread-safe; cheap to keep and to use again.
class page_decoder {
public:
  explicit page_decoder(projection what);
  ~page_decoder();
  page_decoder(page_decoder&&) noexcept;
  page_decoder& operator=(page_decoder&&) noexcept;

  /// Never throws for what the body holds. `ec::server` if it is not a whole page of rows, or if its rows
  /// are out of order or outside of what was asked; `ec::rejected` if a key is there twice, or no row has
  /// one. Parses in place if the body's capacity exceeds its size by simdjson's padding, else copies it.
  outcome<data_page> decode(const std::string& body, const page_request& asked);

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace tidemark
