/// What stands behind a SuiteQL table in NetSuite's user interface.
#pragma once

#include <string_view>

namespace tidemark {

/// The permission that a role needs to see the table, and the feature that it belongs to, in NetSuite's own
/// words; empty where it is not known, or where there is none.
struct table_access {
  std::string_view permission;
  std::string_view feature;
};

/// `table` in lower case.
table_access access_to(std::string_view table) noexcept;

} // namespace tidemark
