#include "netsuite/misfits.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sample_types.hpp"

namespace misfits_test {

using namespace tidemark;
using namespace tidemark::test;

column_evidence evidence(std::string column, std::uint64_t misfits, std::uint64_t values) {
  return {std::move(column), values, misfits, "\"Retail\"", "a whole number of 64 bits"};
}

std::vector<std::string> repeated(const std::vector<column_evidence>& seen,
                                  const projection& what = project(customer())) {
  misfit_tally tally;
  tally.add(seen);
  std::vector<std::string> names;
  for (auto& x : tally.repeated(what)) names.push_back(x.column);
  return names;
}

TEST_CASE("single misfits are a trouble of their records, repeated ones of their column") {
  CHECK(repeated({evidence("parent", 19, 19)}).empty());
  CHECK(repeated({evidence("parent", 20, 20)}) == std::vector<std::string>{"parent"});
  CHECK(repeated({evidence("parent", 20, 400)}).empty());
  CHECK(repeated({evidence("parent", 21, 400)}) == std::vector<std::string>{"parent"});
}

TEST_CASE("what is too little in each range may be much in all of them") {
  misfit_tally all;
  for (int range = 0; range < 4; ++range) {
    CHECK(all.repeated(project(customer())).empty());
    misfit_tally one;
    one.add(std::vector{evidence("parent", 5, 6)});
    CHECK(one.repeated(project(customer())).empty());
    all.add(one);
  }
  REQUIRE(all.repeated(project(customer())).size() == 1);
  CHECK(all.repeated(project(customer()))[0].misfits == 20);
  CHECK(all.repeated(project(customer()))[0].values == 24);
}

TEST_CASE("keys and the column that tells changes are never left out") {
  CHECK(repeated(
            {evidence("id", 50, 50), evidence("lastmodifieddate", 50, 50), evidence("creditlimit", 50, 50)})
        == std::vector<std::string>{"creditlimit"});
  CHECK(repeated({evidence("transaction", 50, 50), evidence("id", 50, 50), evidence("memo", 50, 50)},
                 project(transaction_line()))
        == std::vector<std::string>{"memo"});
}

TEST_CASE("a column that is not asked for any more is no matter") {
  CHECK(repeated({evidence("parent", 50, 50)}, project(customer(), without({"parent"}))).empty());
}

TEST_CASE("values are counted by the column's name in NetSuite, nulls and unknown columns not") {
  auto type = customer();
  type.fields[2].column = "parentcompany";
  record_set page{{"id", "parent", "of_yesterday"}};
  page.count_fitting(0);
  page.count_fitting(0);
  page.count_fitting(1);
  page.count_misfit(1, [] { return "\"Retail\""; }, "a whole number of 64 bits");
  page.count_misfit(1, [] { return "\"Other\""; }, "a whole number of 64 bits");
  misfit_tally tally;
  tally.add(page, project(type));
  auto seen = tally.seen();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].column == "id");
  CHECK(seen[0].values == 2);
  CHECK(seen[1].column == "parentcompany");
  CHECK(seen[1].values == 3);
  CHECK(seen[1].misfits == 2);
  CHECK(seen[1].example == "\"Retail\"");
}

TEST_CASE("people are told the column, its share of misfits, an example and how to declare it") {
  CHECK(misfit_text("customer", evidence("category", 1937, 1943))
        == "column category of customer is left out: 1937 of 1943 values looked at are not a whole number of "
           "64 "
           "bits, for example \"Retail\"; the records are stored without it. To have it, if that is what the "
           "account keeps there, declare the field as text in the criteria file (\"type\": \"text\"), and "
           "import "
           "customer in full");
  column_evidence nested{"parts", 30, 30, "[1,2]", "a single value"};
  CHECK(misfit_text("customer", nested).find("take the field out of the criteria file") != std::string::npos);
}

} // namespace misfits_test
