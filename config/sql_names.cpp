#include "config/sql_names.hpp"

#include <algorithm>
#include <array>

namespace tidemark {

namespace {

// The longest identifier that every supported database keeps whole.
constexpr std::size_t max_length = 63;

constexpr std::array<std::string_view, 19> ledger_tables{
    "imports",        "import_types",     "import_notes",     "cancel_receipts", "type_totals",
    "batches",        "watermarks",       "batch_attempts",   "schema_notes",    "owner",
    "record_tables",  "record_columns",   "rejected_records", "missing_records", "deletion_log",
    "deletion_names", "deletion_entries", "kept_values",      "undated_types"};

// What databases keep for themselves.
constexpr std::array<std::string_view, 2> foreign_prefixes{"sqlite_", "pg_"};

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The position after the literal that starts at `at`, or npos if it never ends. A doubled quote stands for
/// itself, which reads the same as two literals side by side.
std::size_t skip_literal(std::string_view text, std::size_t at) {
  const auto end = text.find(text[at], at + 1);
  return end == std::string_view::npos ? end : end + 1;
}

} // namespace

std::optional<std::string> fault_of_identifier(std::string_view name) {
  if (name.size() > max_length) return "is longer than 63 characters, more than a database takes; shorten it";
  const bool plain = !name.empty() && is_lower(name.front()) && std::ranges::all_of(name, [](char c) {
    return is_lower(c) || is_digit(c) || c == '_';
  });
  if (!plain) return "is no plain SQL name; use a lower-case letter followed by a-z, 0-9 and _";
  return std::nullopt;
}

std::optional<std::string> fault_of_table_name(std::string_view name) {
  if (name.starts_with('_'))
    return "starts with _, which is kept for tidemark's own columns and tables; rename it";
  if (std::ranges::find(ledger_tables, name) != ledger_tables.end())
    return "is the name of one of tidemark's own tables; rename the record type and give the SuiteQL name as "
           "\"table\"";
  for (auto prefix : foreign_prefixes)
    if (name.starts_with(prefix)) return "starts with a prefix that databases keep for themselves; rename it";
  return fault_of_identifier(name);
}

std::optional<std::string> fault_of_column_name(std::string_view name) {
  if (name.starts_with('_'))
    return "starts with _, which is kept for tidemark's own columns; rename the field and give the SuiteQL "
           "name as \"column\"";
  return fault_of_identifier(name);
}

std::optional<std::string> fault_of_filter(std::string_view filter) {
  int open = 0;
  for (std::size_t at = 0; at < filter.size();) {
    const auto rest = filter.substr(at);
    if (rest.front() == '\'' || rest.front() == '"') {
      at = skip_literal(filter, at);
      if (at == std::string_view::npos) return "has a quote that is never closed; close it";
      continue;
    }
    if (rest.starts_with("--") || rest.starts_with("/*") || rest.front() == ';')
      return "has a comment or a semicolon; write one plain condition on t";
    if (rest.front() == '(') ++open;
    if (rest.front() == ')' && --open < 0) return "closes a parenthesis that it did not open; balance them";
    ++at;
  }
  if (open > 0) return "has a parenthesis that is never closed; close it";
  return std::nullopt;
}

} // namespace tidemark
