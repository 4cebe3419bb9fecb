#include "tools/netsuite_sim/generators.hpp"
#include "tools/netsuite_sim/tables.hpp"

namespace tidemark::netsuite_sim {

using enum column_kind;

void add_list_tables(std::vector<table>& out) {
  out.push_back({.name = "currency",
                 .default_count = 12,
                 .feature = "multi_currency",
                 .change_column = "lastmodifieddate",
                 .columns = {{"id", integer, make::id()},
                             {"name", text,
                              make::one_of({"US Dollar", "Euro", "British pound", "Nepalese Rupee", "Yen"})},
                             {"symbol", text, make::parallel_to("name", {"USD", "EUR", "GBP", "NPR", "JPY"})},
                             {"displaysymbol", text, make::parallel_to("name", {"$", "€", "£", "रू", "¥"})},
                             {"exchangerate", decimal, make::decimal()},
                             {"currencyprecision", integer, make::integer(0, 3)},
                             {"isbasecurrency", boolean, make::flag(10)},
                             {"isinactive", boolean, make::flag(10)},
                             {"lastmodifieddate", datetime, make::datetime()}}});
  out.push_back({.name = "term",
                 .default_count = 15,
                 .change_column = "lastmodifieddate",
                 .columns = {{"id", integer, make::id()},
                             {"name", text,
                              make::one_of({"Net 15", "Net 30", "Net 60", "Due on receipt", "2% 10 Net 30"})},
                             {"daysuntilnetdue", integer, make::sometimes_null(5, make::integer(0, 90))},
                             {"discountpercent", decimal, make::sometimes_null(2, make::money())},
                             {"isinactive", boolean, make::flag(10)},
                             {"lastmodifieddate", datetime, make::datetime()}}});
  out.push_back({.name = "accountingperiod",
                 .default_count = 160,
                 .change_column = "lastmodifieddate",
                 .columns = {{"id", integer, make::id()},
                             {"periodname", text, make::month_name()},
                             {"startdate", date, make::month_start()},
                             {"enddate", date, make::month_end()},
                             {"parent", reference, make::parent(), "accountingperiod"},
                             {"isquarter", boolean, make::flag(20)},
                             {"isyear", boolean, make::flag(5)},
                             {"isadjust", boolean, make::flag(3)},
                             {"closed", boolean, make::flag(70)},
                             {"closedondate", date, make::sometimes_null(3, make::date())},
                             {"aplocked", boolean, make::flag(60)},
                             {"arlocked", boolean, make::flag(60)},
                             {"alllocked", boolean, make::flag(50)},
                             {"lastmodifieddate", datetime, make::datetime()}}});
  out.push_back(
      {.name = "accountingbook",
       .default_count = 2,
       .columns = {{"id", integer, make::id()},
                   {"name", text, make::numbered("Book ")},
                   {"isprimary", boolean, make::flag(50)},
                   {"basebook", reference, make::sometimes_null(2, make::reference()), "accountingbook"},
                   {"lastmodifieddate", datetime, make::datetime()}}});
  // Its id is text; `ordinal` is what its rows are kept by here.
  out.push_back({.name = "accounttype",
                 .default_count = 22,
                 .columns = {{"ordinal", integer, make::id()},
                             {"id", text, make::numbered("Type ")},
                             {"longname", text, make::phrase()},
                             {"balancesheet", boolean, make::flag(60)},
                             {"left", boolean, make::flag(50)}}});
  for (auto [name, count] :
       {std::pair{"customercategory", 10}, {"vendorcategory", 8}, {"pricelevel", 6}, {"unitstype", 9}})
    out.push_back({.name = name,
                   .default_count = count,
                   .change_column = "lastmodifieddate",
                   .columns = {{"id", integer, make::id()},
                               {"name", text, make::phrase()},
                               {"isinactive", boolean, make::flag(10)},
                               {"lastmodifieddate", datetime, make::datetime()}}});
}

} // namespace tidemark::netsuite_sim
