#include "netsuite/permissions.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tidemark {

namespace {

// Permissions by the names that Setup > Users/Roles > Manage Roles lists (contract, section 6), features as
// Setup > Company > Enable Features does.
constexpr std::array<std::pair<std::string_view, table_access>, 32> known{{
    {"account", {"Accounts", ""}},
    {"accountingbook", {"Accounting Book", "Multi-Book Accounting"}},
    {"accountingperiod", {"Manage Accounting Periods", "Accounting Periods"}},
    {"bin", {"Bins", "Bin Management"}},
    {"classification", {"Classes", "Classes"}},
    {"contact", {"Contacts", ""}},
    {"currency", {"Currency", "Multiple Currencies"}},
    {"customer", {"Customers", ""}},
    {"customercategory", {"Accounting Lists", ""}},
    {"customersubsidiaryrelationship", {"Customers", "OneWorld"}},
    {"deletedrecord", {"Deleted Records", ""}},
    {"department", {"Departments", "Departments"}},
    {"employee", {"Employees", ""}},
    {"inventorybalance", {"Items", "Inventory"}},
    {"inventorynumber", {"Items", "Lot Tracking or Serialized Inventory"}},
    {"item", {"Items", ""}},
    {"job", {"Projects", "Projects"}},
    {"location", {"Locations", "Locations"}},
    {"opportunity", {"Opportunity", "Opportunities"}},
    {"partner", {"Partners", "Partner Relationship Management"}},
    {"pricelevel", {"Accounting Lists", ""}},
    {"projecttask", {"Project Tasks", "Project Management"}},
    {"subsidiary", {"Subsidiaries", "OneWorld"}},
    {"supportcase", {"Cases", "Customer Support and Service"}},
    {"term", {"Accounting Lists", ""}},
    {"timebill", {"Track Time", "Time Tracking"}},
    {"transaction", {"Find Transaction", ""}},
    {"transactionaccountingline", {"Find Transaction", ""}},
    {"transactionline", {"Find Transaction", ""}},
    {"unitstype", {"Units", "Multiple Units of Measure"}},
    {"vendor", {"Vendors", ""}},
    {"vendorcategory", {"Accounting Lists", ""}},
}};

} // namespace

table_access access_to(std::string_view table) noexcept {
  const auto found = std::ranges::find(known, table, [](const auto& x) { return x.first; });
  if (found != known.end()) return found->second;
  if (table.starts_with("customrecord")) return {"Custom Record Entries", "Custom Records"};
  if (table.starts_with("customlist")) return {"Custom Lists", ""};
  return {};
}

} // namespace tidemark
