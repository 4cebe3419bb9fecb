#include "netsuite/deleted_records.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "messages/ascii.hpp"
#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

namespace {

/// The condition for all names of one column; empty if there is none. Which case NetSuite writes types in is
/// not told, so they are compared without regard to it.
std::string condition(const std::vector<deleted_record_name>& names, std::string_view column) {
  std::vector<std::string> values;
  const auto is_number = column == "recordtypeid";
  for (const auto& name : names)
    if (name.column == column)
      values.push_back(is_number ? name.value : fmt::format("'{}'", lower_case(name.value)));
  if (values.empty()) return {};
  std::ranges::sort(values);
  const auto [first, last] = std::ranges::unique(values);
  values.erase(first, last);
  return is_number ? fmt::format("t.{} IN ({})", column, fmt::join(values, ","))
                   : fmt::format("LOWER(t.{}) IN ({})", column, fmt::join(values, ","));
}

} // namespace

std::string deletions_query(const std::vector<deleted_record_name>& names, unix_ms since,
                            std::optional<deletion_cursor> after) {
  std::string where = changed_condition("t.deleteddate", false, since);
  if (after)
    // The first term is implied by the second, but an index can be used for it.
    where += fmt::format(" AND t.recordid >= {0} AND (t.recordid > {0} OR t.recordtypeid > {1})",
                         after->record, after->type);
  std::vector<std::string> kinds;
  for (const auto* column : {"recordtypeid", "type", "scriptid"})
    if (auto one = condition(names, column); !one.empty()) kinds.push_back(std::move(one));
  return fmt::format("SELECT t.recordid AS recordid, t.recordtypeid AS recordtypeid, t.type AS type, "
                     "t.scriptid AS scriptid FROM deletedrecord t WHERE {} AND ({}) "
                     "ORDER BY t.recordid ASC, t.recordtypeid ASC",
                     where, fmt::join(kinds, " OR "));
}

outcome<deletions_page> decode_deletions(std::string_view body,
                                         const std::vector<deleted_record_name>& names) {
  const auto page = decode_rows(body);
  if (!page) return std::unexpected(page.error());
  deletions_page out;
  out.has_more = page->has_more;
  for (const auto& row : page->rows) {
    const auto record = row.required_integer("recordid");
    if (!record) return std::unexpected(record.error());
    const auto type = row.integer("recordtypeid");
    if (!type) return std::unexpected(type.error());
    out.last = deletion_cursor{*record, type->value_or(0)};
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto* value = row.text(names[i].column);
      if (value != nullptr && lower_case(*value) == lower_case(names[i].value))
        out.keys[i].push_back(*record);
    }
  }
  return out;
}

} // namespace tidemark
