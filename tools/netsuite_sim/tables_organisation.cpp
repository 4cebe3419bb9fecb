#include "tools/netsuite_sim/generators.hpp"
#include "tools/netsuite_sim/tables.hpp"

namespace tidemark::netsuite_sim {

using enum column_kind;

namespace {

/// department and classification are alike.
table group_table(std::string_view name, std::int64_t count, std::string_view feature) {
  return {.name = std::string(name),
          .default_count = count,
          .feature = std::string(feature),
          .change_column = "lastmodifieddate",
          .columns = {
              {"id", integer, make::id()},
              {"name", text, make::phrase()},
              {"fullname", text, make::phrase()},
              {"parent", reference, make::parent(), std::string(name)},
              {"subsidiary", multi_select, make::sometimes_null(8, make::ids()), "subsidiary", "one_world"},
              {"includechildren", boolean, make::flag(50)},
              {"isinactive", boolean, make::flag(10)},
              {"externalid", text, make::sometimes_null(2, make::external_id())},
              {"lastmodifieddate", datetime, make::datetime()}}};
}

} // namespace

void add_organisation_tables(std::vector<table>& out) {
  out.push_back({.name = "subsidiary",
                 .default_count = 25,
                 .feature = "one_world",
                 .change_column = "lastmodifieddate",
                 .record_type_id = -117,
                 .columns = {{"id", integer, make::id()},
                             {"name", text, make::company_name()},
                             {"fullname", text, make::company_name()},
                             {"legalname", text, make::sometimes_null(3, make::company_name())},
                             {"parent", reference, make::parent(), "subsidiary"},
                             {"currency", reference, make::reference(), "currency", "multi_currency"},
                             {"fiscalcalendar", integer, make::integer(1, 3)},
                             {"country", text, make::one_of({"US", "DE", "GB", "NP", "JP"})},
                             {"state", text, make::sometimes_null(2, make::one_of({"CA", "NY", "BE", "TX"}))},
                             {"iselimination", boolean, make::flag(10)},
                             {"isinactive", boolean, make::flag(10)},
                             {"mainaddress", integer, make::sometimes_null(4, make::integer(1, 90000))},
                             {"shippingaddress", integer, make::sometimes_null(4, make::integer(1, 90000))},
                             {"returnaddress", integer, make::sometimes_null(4, make::integer(1, 90000))},
                             {"tranprefix", text, make::sometimes_null(2, make::numbered("P"))},
                             {"externalid", text, make::sometimes_null(2, make::external_id())},
                             {"lastmodifieddate", datetime, make::datetime()}}});
  out.push_back(group_table("department", 40, "departments"));
  out.push_back(group_table("classification", 60, "classes"));
  out.push_back({.name = "location",
                 .default_count = 50,
                 .feature = "locations",
                 .change_column = "lastmodifieddate",
                 .columns = {{"id", integer, make::id()},
                             {"name", text, make::phrase()},
                             {"fullname", text, make::phrase()},
                             {"parent", reference, make::parent(), "location"},
                             {"subsidiary", multi_select, make::ids(), "subsidiary", "one_world"},
                             {"mainaddress", integer, make::sometimes_null(4, make::integer(1, 90000))},
                             {"returnaddress", integer, make::sometimes_null(4, make::integer(1, 90000))},
                             {"locationtype", text, make::one_of({"1", "2", "3", "4"})},
                             {"usebins", boolean, make::flag(30)},
                             {"makeinventoryavailable", boolean, make::flag(80)},
                             {"isinactive", boolean, make::flag(10)},
                             {"lastmodifieddate", datetime, make::datetime()}}});
  out.push_back(
      {.name = "account",
       .default_count = 400,
       .first_id = -20,
       .change_column = "lastmodifieddate",
       .record_type_id = -112,
       .columns = {
           {"id", integer, make::id()},
           {"acctnumber", text, make::sometimes_null(8, make::numbered("4"))},
           {"accttype", text,
            make::one_of({"AcctRec", "AcctPay", "Bank", "COGS", "Expense", "Income", "OthAsset"})},
           {"fullname", text, make::phrase()},
           {"accountsearchdisplayname", text, make::phrase()},
           {"displaynamewithhierarchy", text, make::phrase()},
           {"parent", reference, make::parent(), "account"},
           {"currency", reference, make::sometimes_null(2, make::reference()), "currency", "multi_currency"},
           {"class", reference, make::sometimes_null(2, make::reference()), "classification", "classes"},
           {"department", reference, make::sometimes_null(2, make::reference()), "department", "departments"},
           {"location", reference, make::sometimes_null(2, make::reference()), "location", "locations"},
           {"subsidiary", multi_select, make::sometimes_null(16, make::ids()), "subsidiary", "one_world"},
           {"deferralacct", reference, make::sometimes_null(2, make::reference()), "account"},
           {"generalrate", text, make::one_of({"AVERAGE", "CURRENT", "HISTORICAL"})},
           {"cashflowrate", text, make::one_of({"AVERAGE", "CURRENT", "HISTORICAL"})},
           {"issummary", boolean, make::flag(10)},
           {"isinactive", boolean, make::flag(10)},
           {"eliminate", boolean, make::flag(5)},
           {"inventory", boolean, make::flag(5)},
           {"revalue", boolean, make::flag(5)},
           {"externalid", text, make::sometimes_null(2, make::external_id())},
           {"lastmodifieddate", datetime, make::datetime()}}});
  out.push_back(
      {.name = "employee",
       .default_count = 600,
       .first_id = -5,
       .change_column = "lastmodifieddate",
       .record_type_id = -4,
       .columns = {
           {"id", integer, make::id()},
           {"entityid", text, make::numbered("EMP")},
           {"firstname", text, make::first_name()},
           {"lastname", text, make::last_name()},
           {"email", text, make::sometimes_null(6, make::email())},
           {"phone", text, make::sometimes_null(6, make::phone())},
           {"title", text, make::sometimes_null(3, make::phrase())},
           {"supervisor", reference, make::parent(), "employee"},
           {"department", reference, make::sometimes_null(4, make::reference()), "department", "departments"},
           {"subsidiary", reference, make::reference(), "subsidiary", "one_world"},
           {"location", reference, make::sometimes_null(4, make::reference()), "location", "locations"},
           {"class", reference, make::sometimes_null(4, make::reference()), "classification", "classes"},
           {"currency", reference, make::reference(), "currency", "multi_currency"},
           {"issalesrep", boolean, make::flag(40)},
           {"isinactive", boolean, make::flag(15)},
           {"hiredate", date, make::sometimes_null(5, make::date())},
           {"datecreated", datetime, make::datetime()},
           {"lastmodifieddate", datetime, make::datetime()}}});
}

} // namespace tidemark::netsuite_sim
