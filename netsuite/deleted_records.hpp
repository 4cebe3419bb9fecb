/// The account's log of deletions: `deletedrecord`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/criteria.hpp"
#include "messages/error.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// The place of one entry in the order of reading.
struct deletion_cursor {
  std::int64_t record = 0;
  std::int64_t type = 0;
};

/// The entries of these types since a moment, behind `after`: at most 1000 per page. Asks for each name by
/// its column; an entry may be of several of the types.
std::string deletions_query(const std::vector<deleted_record_name>& names, unix_ms since,
                            std::optional<deletion_cursor> after);

struct deletions_page {
  /// For each name, by its index, the keys of its deleted records.
  std::map<std::size_t, std::vector<std::int64_t>> keys;
  std::optional<deletion_cursor> last; ///< of the page
  bool has_more = false;
};

outcome<deletions_page> decode_deletions(std::string_view body,
                                         const std::vector<deleted_record_name>& names);

} // namespace tidemark
