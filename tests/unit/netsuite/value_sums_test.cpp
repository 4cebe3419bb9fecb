#include "netsuite/value_sums.hpp"

#include <doctest/doctest.h>

#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"
#include "sample_types.hpp"
namespace value_sums_test {

using namespace tidemark;

field a_field(std::string name, field_type type) {
  field x;
  x.name = x.column = std::move(name);
  x.type = type;
  return x;
}

record_type broad() {
  record_type type;
  type.name = type.table = "broad";
  type.key = "id";
  type.change_column = "changed";
  type.fields = {a_field("id", field_type::id)};
  for (int i = 0; i < 3; ++i) {
    type.fields.push_back(a_field("text" + std::to_string(i), field_type::text));
    type.fields.push_back(a_field("amount" + std::to_string(i), field_type::decimal));
    type.fields.push_back(a_field("flag" + std::to_string(i), field_type::boolean));
  }
  type.fields.push_back(a_field("changed", field_type::datetime));
  type.fields.push_back(a_field("day", field_type::date));
  auto shown = a_field("shown", field_type::text);
  shown.display_of = "flag0";
  type.fields.push_back(shown);
  return type;
}

std::vector<std::string> names(const std::vector<value_sum>& sums) {
  std::vector<std::string> out;
  for (const auto& x : sums) out.push_back(x.name);
  return out;
}

TEST_CASE("the change column comes first, then amounts, then some of each other kind") {
  const auto sums = choose_value_sums(project(broad()));
  CHECK(names(sums)
        == std::vector<std::string>{"changed", "amount0", "amount1", "amount2", "flag0", "day", "text0",
                                    "flag1", "text1", "flag2"});
  CHECK(describe(sums)
        == "sums of changed, amount0, amount1, amount2, flag0, day, flag1, flag2; lengths of text0, text1");
}

TEST_CASE(
    "what is left out gives its place to no other, and counts if it is added up in another way by now") {
  const std::vector<value_sum> left_out{{"changed", sum_kind::moments}, {"amount0", sum_kind::lengths}};
  CHECK(names(choose_value_sums(project(broad()), left_out))
        == std::vector<std::string>{"amount0", "amount1", "amount2", "flag0", "day", "text0", "flag1",
                                    "text1", "flag2"});
}

TEST_CASE("each kind of sum is asked for in a form that does not depend on the account's settings") {
  const auto what = project(broad());
  const std::vector<value_sum> sums{{"amount0", sum_kind::numbers}, {"flag0", sum_kind::trues},
                                    {"day", sum_kind::days},        {"changed", sum_kind::moments},
                                    {"text0", sum_kind::lengths},   {"gone", sum_kind::numbers}};
  CHECK(bucket_query(what, 1000, {-1, 999}, sums)
        == "SELECT TO_CHAR(FLOOR(t.id / 1000)) AS bucket, TO_CHAR(COUNT(*)) AS total, TO_CHAR(SUM(t.id)) AS "
           "keys, TO_CHAR(COALESCE(SUM(t.amount0), 0)) AS v0, TO_CHAR(COALESCE(SUM(CASE WHEN t.flag0 = 'T' "
           "THEN 1 ELSE 0 END), 0)) AS v1, TO_CHAR(COALESCE(SUM(TO_NUMBER(TO_CHAR(t.day,'YYYYMMDD'))), 0)) "
           "AS v2, TO_CHAR(COALESCE(SUM(TO_NUMBER(TO_CHAR(SYS_EXTRACT_UTC(t.changed),'YYYYMMDDHH24MISS'))), "
           "0)) AS v3, TO_CHAR(COALESCE(SUM(LENGTH(t.text0)), 0)) AS v4, TO_CHAR(0) AS v5 FROM broad t WHERE "
           "t.id > -1 AND t.id <= 999 GROUP BY FLOOR(t.id / 1000) ORDER BY FLOOR(t.id / 1000) ASC");
  CHECK(sum_sample_query(what, sums[4])
        == "SELECT TO_CHAR(COALESCE(SUM(LENGTH(t.text0)), 0)) AS v0 FROM broad t WHERE ROWNUM <= 1");
}

TEST_CASE("sums come in one form, and one that makes no sense is not known") {
  const auto page = decode_buckets(
      R"({"items":[{"bucket":"1","total":"2","keys":"3","v0":"1.0E7","v1":".50","v2":"-0","v3":"many"}]})",
      5);
  REQUIRE(page);
  REQUIRE(page->buckets.size() == 1);
  CHECK(page->buckets[0].values == std::vector<std::string>{"10000000", "0.5", "0", "", ""});
}

} // namespace value_sums_test
