/// Which fields of a record type are asked for: shared by the query's text and the decoder of its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/criteria.hpp"
#include "messages/words.hpp"
#include "netsuite/column_ways.hpp"

namespace tidemark {

/// SuiteQL columns, lower-case.
using column_names = std::set<std::string, std::less<>>;

/// A table with a column that tells when a row changed.
struct change_source {
  std::string table;
  std::string key;    ///< the column with the key that changes are told by
  std::string column; ///< empty if there is none
  /// The column tells the day alone, or a time by the session's clock.
  bool by_day = false;
  bool by_text = false; ///< its zone is known by `column_way::by_text` only
};

/// A record type with the fields that the account still answers, in the order of the criteria file.
struct projection {
  std::string record_type;
  std::string table;
  std::string filter;
  change_source changes;                       ///< without a column if there is none, or if it was dropped
  std::optional<change_source> parent_changes; ///< of a set whose parent has one
  std::vector<field> fields;
  std::size_t key = 0;               ///< the key's index in `fields`; of a wide key, that of its number
  std::vector<std::size_t> wide_key; ///< the indexes of the fields that the key's number is made of
  std::optional<std::size_t> summed; ///< of a wide key: the field that comparisons add up
  std::optional<std::size_t> parent; ///< of a set: the index of the parent's key
  bool strict = false;               ///< a value that does not fit rejects its record
  column_ways ways;                  ///< of the fields that are asked for otherwise than in most accounts

  [[nodiscard]] bool is_wide() const noexcept { return !wide_key.empty(); }

  /// Whether there is a column that ranges can be made of. Where there is none, one range holds everything.
  [[nodiscard]] bool has_ranges() const noexcept { return parent || !is_wide(); }

  /// Many rows can have one value of what ranges are made of.
  [[nodiscard]] bool has_sets() const noexcept { return parent || is_wide(); }

  /// How the column is asked for, if otherwise than in most accounts.
  [[nodiscard]] std::optional<column_way> way_of(std::string_view column) const noexcept;

  /// Whether the field, by its index, is needed to tell records apart.
  [[nodiscard]] bool identifies(std::size_t index) const noexcept;

  /// The SuiteQL column that ranges are made of: the parent's key of a set, else the record's own. Only if it
  /// has ranges.
  [[nodiscard]] const std::string& range_column() const { return fields[parent.value_or(key)].column; }

  /// The names of the fields: the columns of a `record_set`.
  [[nodiscard]] std::vector<std::string> names() const;
};

/// True if a record is worth having without this field: neither a key nor the column that tells changes.
bool can_lack(const projection& what, std::size_t index) noexcept;

/// True if the type can be imported without this SuiteQL column: it is one of its fields, and neither the key
/// nor the parent's key. A wide key can go without fields behind its first.
bool can_drop(const record_type& type, std::string_view column) noexcept;

/// True if it is one of the type's columns that it cannot be imported without.
bool is_key_column(const record_type& type, std::string_view column) noexcept;

/// Noted where the account lacks such a column: the type is skipped.
inline constexpr std::string_view key_unknown_note = "key_unknown";
std::string key_unknown_text(const record_type& type, std::string_view column, std::string_view said);

/// Noted where the account lacks a type that it was not known to lack: an error of this import alone.
inline constexpr std::string_view newly_skipped_note = "newly_skipped";
std::string newly_skipped_text(std::string_view record_type);

/// The same of a column that the account had when the stored records were read.
std::string key_lost_text(const record_type& type, std::string_view column, std::string_view said);

/// The columns of a query that the account complains about when it names this one, in lower case; none if the
/// complaint is about something else, as the filter.
std::vector<std::string> columns_meant(const projection& what, std::string_view complaint);

/// The type as it is asked for by these ways. Columns that cannot be left out stay. `parent`: the parent's
/// type, for a set whose changes are asked for, and how its columns are asked for.
projection project(const record_type& type, const column_ways& ways = {}, const record_type* parent = nullptr,
                   const column_ways& parent_ways = {});

/// The place of one record in the order in which pages are read. `parent` counts only in sets.
///
/// Rows with a wide key come in the order of its fields, which the number says nothing about: their place is
/// the position among those of their parent.
struct row_cursor {
  std::int64_t parent = 0;
  std::int64_t key = 0;
  std::uint32_t position = 0; ///< from 1, with a wide key only

  friend auto operator<=>(const row_cursor&, const row_cursor&) = default;
};

/// The most rows that NetSuite gives per page.
inline constexpr std::uint32_t max_page_rows = 1000;

/// One page of a batch: what its query asks for, and what the answer is held against.
struct page_request {
  key_range range;
  std::optional<row_cursor> after = {}; ///< the last record of the page before
  std::uint32_t limit = max_page_rows;
  bool from_the_end = false; ///< the last rows, in descending order; for a single row
  /// Of what has no ranges: where the first field of the key begins, as a literal; empty: at the start. The
  /// position of `after` counts from there.
  std::string from = {};
};

/// Which rows of what a query asks for make a page.
struct page_window {
  std::uint32_t offset = 0; ///< a multiple of `limit`, as NetSuite wants it
  std::uint32_t limit = max_page_rows;
  std::uint32_t known = 0; ///< so many rows of its start have come with the page before

  friend bool operator==(const page_window&, const page_window&) = default;
};

/// Keyset pages begin at the start of what their query asks for. Those of a wide key begin with the last row
/// of the page before, or a little earlier: if that is not where it was, rows came or went in front of it,
/// and others would be missed. Only a page of a single row goes without that.
page_window window_of(const projection& what, const page_request& page) noexcept;

} // namespace tidemark
