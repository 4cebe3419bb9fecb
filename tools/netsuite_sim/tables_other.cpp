#include "tools/netsuite_sim/generators.hpp"
#include "tools/netsuite_sim/tables.hpp"

namespace tidemark::netsuite_sim {

using enum column_kind;

void add_other_tables(std::vector<table>& out) {
  out.push_back({.name = "deletedrecord",
                 .shape = table_shape::log,
                 .default_count = 300,
                 .columns = {{"recordid", integer, make::id()},
                             {"recordtypeid", integer, make::line_id()},
                             {"name", text, make::phrase()},
                             {"type", text, make::phrase()},
                             {"context", text, make::one_of({"UIF", "WBS", "CSV", "SCH"})},
                             {"deletedby", reference, make::reference(), "employee"},
                             {"deleteddate", datetime, make::datetime()},
                             {"scriptid", text, make::sometimes_null(1, make::phrase())},
                             {"iscustomlist", boolean, make::flag(0)},
                             {"iscustomrecord", boolean, make::flag(0)},
                             {"iscustomtransaction", boolean, make::flag(0)}}});
  out.push_back({.name = "customlist_colour",
                 .default_count = 9,
                 .change_column = "lastmodified",
                 .columns = {{"id", integer, make::id()},
                             {"name", text, make::one_of({"red", "teal", "ochre", "plum"})},
                             {"isinactive", boolean, make::flag(10)},
                             {"lastmodified", datetime, make::datetime()}}});
  out.push_back(
      {.name = "customrecord_warranty",
       .default_count = 2500,
       .change_column = "lastmodified",
       .columns = {
           {"id", integer, make::id()},
           {"name", text, make::numbered("Warranty ")},
           {"custrecord_customer", reference, make::reference(), "customer"},
           {"custrecord_item", reference, make::sometimes_null(8, make::reference()), "item"},
           {"custrecord_expires", date, make::sometimes_null(4, make::date())},
           {"custrecord_terms", text, make::sometimes_null(3, make::phrase())},
           {"custrecord_colours", multi_select, make::sometimes_null(3, make::ids()), "customlist_colour"},
           {"isinactive", boolean, make::flag(10)},
           {"created", datetime, make::datetime()},
           {"lastmodified", datetime, make::datetime()}}});
}

} // namespace tidemark::netsuite_sim
