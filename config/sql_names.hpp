/// Which names and filters of the criteria file may become part of a query or a table. Internal to the part.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// What is wrong with a name that stands in SuiteQL, as the end of a sentence that begins with the name; or
/// nothing.
std::optional<std::string> fault_of_identifier(std::string_view name);

/// As above for a name that becomes a table of the tenant's database, where tidemark has tables of its own.
std::optional<std::string> fault_of_table_name(std::string_view name);

/// As above for a name that becomes a column of such a table.
std::optional<std::string> fault_of_column_name(std::string_view name);

/// What would let a filter reach beyond the parentheses that a query puts around it, as a sentence; or
/// nothing.
std::optional<std::string> fault_of_filter(std::string_view filter);

} // namespace tidemark
