#include "netsuite/deleted_records.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "netsuite/projection.hpp"
#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

namespace {

std::string text_or_empty(const small_row& row, std::string_view name) {
  const auto* text = row.text(name);
  return text == nullptr ? std::string{} : *text;
}

unix_ms with_margin(unix_ms since) {
  return since - std::chrono::milliseconds{std::chrono::days{log_margin_days}}.count();
}

} // namespace

std::string kind_of(const deletion_entry& entry) {
  std::string kind;
  auto add = [&](std::string_view column, const std::string& text) {
    if (!text.empty()) kind += fmt::format("{}{} {}", kind.empty() ? "" : ", ", column, text);
  };
  add("recordtypeid", entry.type_id);
  if (!entry.type.empty()) add("type", '"' + entry.type + '"');
  if (!entry.script.empty()) add("scriptid", '"' + entry.script + '"');
  return kind.empty() ? "no type at all" : kind;
}

std::string first_day_of(unix_ms since) { return day_text(with_margin(since)); }

std::string deletions_query(const log_way& way, unix_ms since, std::optional<std::int64_t> from) {
  std::string fields = "t.recordid AS recordid";
  for (const auto* column : {"recordtypeid", "type", "scriptid"})
    if (way.has(column)) fields += fmt::format(", t.{0} AS {0}", column);
  if (way.has("deleteddate")) fields += ", TO_CHAR(t.deleteddate,'YYYY-MM-DD HH24:MI:SS') AS deletedat";
  auto where = fmt::format("t.deleteddate >= {}",
                           way.by_clock ? time_literal(with_margin(since)) : day_literal(with_margin(since)));
  if (from) where += fmt::format(" AND t.recordid >= {}", *from);
  return fmt::format("SELECT {} FROM deletedrecord t WHERE {} ORDER BY t.recordid ASC", fields, where);
}

outcome<deletions_page> decode_deletions(std::string_view body) {
  const auto page = decode_rows(body);
  if (!page) return std::unexpected(page.error());
  deletions_page out;
  // Whatever is said, a full page may have been cut.
  out.has_more = page->has_more || page->rows.size() >= max_page_rows;
  for (const auto& row : page->rows) {
    const auto record = row.required_integer("recordid");
    if (!record) return std::unexpected(record.error());
    out.entries.push_back({*record, text_or_empty(row, "recordtypeid"), text_or_empty(row, "type"),
                           text_or_empty(row, "scriptid"), text_or_empty(row, "deletedat")});
  }
  return out;
}

outcome<std::optional<std::int64_t>> next_page(const deletions_page& page, std::optional<std::int64_t> from) {
  if (!page.has_more) return std::nullopt;
  if (page.entries.empty()) return fail(ec::server, "a page of deletedrecord is empty, and more are to come");
  if (!std::ranges::is_sorted(page.entries, {}, &deletion_entry::record))
    return fail(ec::server, "a page of deletedrecord is not in the order that was asked for");
  const auto last = page.entries.back().record;
  if (from && last <= *from)
    return fail(ec::server, fmt::format("a whole page of deletedrecord is about record {}", last));
  return last;
}

} // namespace tidemark
