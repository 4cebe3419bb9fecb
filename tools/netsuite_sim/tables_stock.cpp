#include "tools/netsuite_sim/generators.hpp"
#include "tools/netsuite_sim/tables.hpp"

namespace tidemark::netsuite_sim {

using enum column_kind;

// Of those that NetSuite has no single key for, `ordinal` is what rows are kept by here.

void add_stock_tables(std::vector<table>& out) {
  out.push_back({.name = "unitstypeuom",
                 .default_count = 27,
                 .columns = {{"internalid", integer, make::id()},
                             {"unitstype", reference, make::owner_of(3), "unitstype"},
                             {"unitname", text, make::numbered("Unit ")},
                             {"pluralname", text, make::numbered("Units ")},
                             {"abbreviation", text, make::numbered("u")},
                             {"conversionrate", decimal, make::decimal()},
                             {"baseunit", boolean, make::flag(30)}}});
  out.push_back({.name = "bin",
                 .default_count = 120,
                 .columns = {{"id", integer, make::id()},
                             {"binnumber", text, make::numbered("B-")},
                             {"location", reference, make::reference(), "location", "locations"},
                             {"memo", text, make::sometimes_null(3, make::phrase())},
                             {"isinactive", boolean, make::flag(5)}}});
  out.push_back({.name = "aggregateitemlocation",
                 .default_count = 3000,
                 .feature = "locations",
                 .columns = {{"ordinal", integer, make::id()},
                             {"item", reference, make::owner_of(3), "item"},
                             {"location", reference, make::one_of_first(3), "location"},
                             {"quantityonhand", decimal, make::sometimes_null(4, make::decimal())},
                             {"quantityavailable", decimal, make::sometimes_null(4, make::decimal())},
                             {"averagecostmli", decimal, make::sometimes_null(3, make::money())},
                             {"lastquantityavailablechange", datetime, make::datetime()}}});
  out.push_back({.name = "itemvendor",
                 .default_count = 2000,
                 .columns = {{"ordinal", integer, make::id()},
                             {"item", reference, make::owner_of(2), "item"},
                             {"vendor", reference, make::one_of_first(2), "vendor"},
                             {"subsidiary", reference, make::sometimes_null(5, make::reference()),
                              "subsidiary", "one_world"},
                             {"vendorcode", text, make::sometimes_null(3, make::phrase())},
                             {"purchaseprice", decimal, make::money()},
                             {"preferredvendor", boolean, make::flag(50)}}});
  out.push_back(
      {.name = "customeraddressbook",
       .default_count = 1500,
       .columns = {{"internalid", integer, make::id()},
                   {"entity", reference, make::reference(), "customer"},
                   {"label", text, make::sometimes_null(4, make::phrase())},
                   {"addressbookaddress", reference, make::owner_of(1), "customeraddressbookentityaddress"},
                   {"defaultbilling", boolean, make::flag(40)},
                   {"defaultshipping", boolean, make::flag(40)}}});
  out.push_back({.name = "customeraddressbookentityaddress",
                 .default_count = 1500,
                 .columns = {{"nkey", integer, make::id()},
                             {"addressee", text, make::company_name()},
                             {"addr1", text, make::phrase()},
                             {"city", text, make::one_of({"Aarhus", "Osaka", "Recife", "Turin"})},
                             {"zip", text, make::sometimes_null(5, make::numbered("Z"))},
                             {"country", text, make::one_of({"DK", "JP", "BR", "IT"})}}});
}

} // namespace tidemark::netsuite_sim
