/// The criteria file: which record types there are, where they are read from and what they refer to.
#pragma once

#include "messages/error.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// How a value is read from the wire and kept in the database.
enum class field_type : std::uint8_t {
  /// The record's own internal id: an integer, possibly negative, that arrives as text.
  id,
  /// The internal id of a record of another type (or of the same one).
  reference,
  text,
  integer,
  /// A number of which every digit is kept.
  decimal,
  boolean,
  /// A calendar day without a time.
  date,
  /// A moment, kept in UTC.
  datetime,
  /// Several internal ids in one value.
  multi_select,
};

std::string_view to_string(field_type type) noexcept;

/// The reverse of `to_string`; nothing for an unknown name.
std::optional<field_type> field_type_from_string(std::string_view name) noexcept;

/// One column of a record type.
struct field {
  /// The column's name in the tenant's database.
  std::string name;
  field_type type = field_type::text;
  /// The record types that the value may point at. Only `reference` (at least one) and `multi_select` have
  /// any.
  std::vector<std::string> references;
  /// The reference says nothing about order: its target may be imported later, or not at all.
  bool weak = false;
  /// The reference points at record types that the file does not describe, so nothing has to come first.
  bool external = false;
  /// The SuiteQL column; equals `name` unless the file says otherwise.
  std::string column;
  /// Of a field that was made for "display": the SuiteQL column whose value is shown in NetSuite's words.
  /// `column` is then what is asked for, as it is told to people: "builtin.df(entity)".
  std::string display_of = {};

  friend bool operator==(const field&, const field&) = default;
};

/// Marks a record type whose rows belong to a parent as a set: ranged by the parent's key, replaced together.
struct set_of {
  std::string parent;
  /// The name of the field that holds the parent's key.
  std::string column;

  friend bool operator==(const set_of&, const set_of&) = default;
};

/// How the account's log of deletions (`deletedrecord`) names a record type: by one of its columns.
struct deleted_record_name {
  /// "recordtypeid", "type" or "scriptid".
  std::string column;
  /// An integer for recordtypeid.
  std::string value;

  friend bool operator==(const deleted_record_name&, const deleted_record_name&) = default;
};

/// One set of records as SuiteQL names it, with everything that is needed to read and to keep it.
struct record_type {
  /// The name in commands, in dependencies, and of the table in the tenant's database.
  std::string name;
  /// The SuiteQL table; queries alias it as `t`.
  std::string table;
  /// A SuiteQL condition on `t`, or empty for every row.
  std::string filter;
  /// The name of the field that identifies a record; within its parent if this is a set. Empty if the key is
  /// wide.
  std::string key;
  /// Of a wide key, one that is not a single integer: the names of the fields that identify a record
  /// together. Its table has a column `key_number_column` with a number made of them.
  std::vector<std::string> wide_key;
  std::optional<set_of> set;
  /// The SuiteQL column that tells when a record changed, or empty if there is none; always a declared
  /// field's column.
  std::string change_column;
  /// Nothing if the log does not cover the type.
  std::optional<deleted_record_name> deleted_as;
  std::vector<field> fields;
  /// The record types that must be complete before this one starts: listed ones, referenced ones and a set's
  /// parent, without the type itself. Sorted, each once.
  std::vector<std::string> depends_on;
  /// A name for others, which are its `depends_on`: it has no table, no key and no fields.
  bool is_group = false;
  /// How many of the type's live records may be found gone at once, in percent (see `may_go`); 100:
  /// all of them.
  std::uint32_t deletion_guard = 2;
  /// A value that does not fit its field rejects the whole record; otherwise the record is stored without it.
  bool strict = false;

  /// The column that tells records apart in the tenant's database: the key, or the number of a wide one.
  [[nodiscard]] std::string_view key_column() const noexcept;

  /// The first field of a wide key whose values, or their lengths, both sides of a comparison can add up; or
  /// null.
  [[nodiscard]] const field* summed_key() const noexcept;

  /// The field of this name, or null.
  [[nodiscard]] const field* find_field(std::string_view field_name) const noexcept;

  friend bool operator==(const record_type&, const record_type&) = default;
};

/// The column of a table whose records have a wide key: a number that is made of its values
/// (`netsuite/key_number.hpp`).
inline constexpr std::string_view key_number_column = "_key";

/// The most fields that a wide key may have.
inline constexpr std::size_t most_key_fields = 8;

/// What the name of a field's display name ends with.
inline constexpr std::string_view display_suffix = "_display";

/// NetSuite may answer a query for more columns than this with no rows and no error.
inline constexpr std::size_t max_columns = 100;

/// The checked content of one criteria file. Immutable: share it as `std::shared_ptr<const criteria>`.
class criteria {
public:
  /// Takes record types that are already checked; `parse_criteria` is the way in for everything else.
  explicit criteria(std::vector<record_type> types);

  /// The record type of this name, or null. Valid as long as this object lives.
  [[nodiscard]] const record_type* find(std::string_view name) const noexcept;

  /// Every record type in the order of the file, groups among them.
  [[nodiscard]] const std::vector<record_type>& record_types() const noexcept { return types_; }

  /// The known names that look most like `name`, best first, for "did you mean"; empty if none is close.
  [[nodiscard]] std::vector<std::string> nearest(std::string_view name) const;

private:
  std::vector<record_type> types_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

/// Reads a criteria file's text. Every problem that can be found is reported in one `ec::bad_config`, a line
/// each, with `file_name`, the JSON path and the remedy; text that is not JSON is reported with line and
/// column.
outcome<criteria> parse_criteria(std::string_view text, std::string_view file_name);

/// Two criteria files laid over each other: a record type of the overlay takes the place of the members that
/// it names, and its fields are added to the known ones or replace those of their names; a record type that
/// the base lacks is added. Checked as a whole as `parse_criteria` does.
outcome<criteria> parse_criteria(std::string_view text, std::string_view file_name, std::string_view overlay,
                                 std::string_view overlay_name);

/// Reads the file and parses it; `ec::bad_config` as well if it cannot be read, is unreasonably large, or has
/// record types that wait for each other.
outcome<criteria> load_criteria(const std::filesystem::path& file);

/// The same with an overlay on it.
outcome<criteria> load_criteria(const std::filesystem::path& file, const std::filesystem::path& overlay);

} // namespace tidemark
