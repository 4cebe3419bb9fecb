/// The account's log of deletions: `deletedrecord`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/error.hpp"
#include "messages/words.hpp"
#include "netsuite/log_way.hpp"

namespace tidemark {

/// One entry. Everything but the record may be missing.
struct deletion_entry {
  std::int64_t record = 0;
  std::string type_id = {}; ///< a number, as NetSuite wrote it
  std::string type = {};
  std::string script = {};
  std::string deleted_at = {}; ///< by the session's clock, "2024-03-21 12:00:00"

  friend bool operator==(const deletion_entry&, const deletion_entry&) = default;
};

/// What the log calls the type of the entry, for people and for the ledger: `recordtypeid -9, type
/// "Customer"`.
std::string kind_of(const deletion_entry& entry);

/// The days before `since` of which entries are asked for as well: the log's dates have no zone that is
/// known, and may tell the day alone.
inline constexpr int log_margin_days = 2;

/// The day from which on `deletions_query` asks, "2024-03-21".
std::string first_day_of(unix_ms since);

/// The entries since a moment, in the order of their records, from the record `from` on: at most 1000 per
/// page. Of all types, since what the log calls a type is not certain.
std::string deletions_query(const log_way& way, unix_ms since, std::optional<std::int64_t> from);

struct deletions_page {
  std::vector<deletion_entry> entries;
  bool has_more = false;
};

outcome<deletions_page> decode_deletions(std::string_view body);

/// Where the page after this one begins: at its last record, which may have more entries. Nothing if it is
/// the last page; `ec::server` if the log has a page of entries of one record, which none has.
outcome<std::optional<std::int64_t>> next_page(const deletions_page& page, std::optional<std::int64_t> from);

} // namespace tidemark
