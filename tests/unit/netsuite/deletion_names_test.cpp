#include "netsuite/deletion_names.hpp"

#include <doctest/doctest.h>
namespace deletion_names_test {

using namespace tidemark;

criteria types() {
  return parse_criteria(R"({"version":1,"record_types":[
    {"name":"customer","key":"id","deleted_as":{"recordtypeid":-2},"fields":[{"name":"id","type":"id"}]},
    {"name":"vendor","key":"id","deleted_as":{"recordtypeid":-3},"fields":[{"name":"id","type":"id"}]},
    {"name":"currency","key":"id","fields":[{"name":"id","type":"id"}]},
    {"name":"transaction","key":"id","deleted_as":{"recordtypeid":-30},"fields":[{"name":"id","type":"id"}]},
    {"name":"sales_order","key":"id","table":"transaction","deleted_as":{"type":"salesorder"},
     "fields":[{"name":"id","type":"id"}]},
    {"name":"customrecord_x","key":"id","deleted_as":{"scriptid":"customrecord_x"},
     "fields":[{"name":"id","type":"id"}]},
    {"name":"line","key":"id","set_of":{"parent":"transaction","column":"transaction"},"fields":[
      {"name":"id","type":"id"},{"name":"transaction","type":"reference","to":"transaction"}]}]})",
                        "criteria.json")
      .value();
}

/// "yes customer, perhaps vendor": what the entry says of which types.
std::string said(const deletion_names& names, const criteria& known, const deletion_entry& entry) {
  std::string text;
  for (auto& type : known.record_types()) {
    auto what = names.of(entry, type);
    if (what == named::no) continue;
    text += (text.empty() ? "" : ", ") + std::string(what == named::yes ? "yes " : "perhaps ") + type.name;
  }
  return text;
}

struct account {
  criteria known = types();
  deletion_names names{known};
  std::string of(std::string type_id, std::string type, std::string script = {}) const {
    return said(names, known, {7, std::move(type_id), std::move(type), std::move(script), {}});
  }
};

TEST_CASE("an entry whose number and name agree is about types of that table alone") {
  account it;
  for (auto* name : {"customer", "Customer", "CUSTOMER"}) CHECK(it.of("-2", name) == "yes customer");
  CHECK(it.of("-30", "Transaction") == "yes transaction, yes sales_order");
  CHECK(it.of("-30", "Sales Order") == "yes transaction, yes sales_order");
  CHECK(it.of("-2", "", "customer") == "yes customer");
}

TEST_CASE("an entry that is named as the criteria say, and has no number that is known, is about that type") {
  account it;
  CHECK(it.of("912", "", "CUSTOMRECORD_X") == "yes customrecord_x");
  CHECK(it.of("", "SalesOrder") == "perhaps transaction, yes sales_order");
}

TEST_CASE("an entry whose number or name is not known may be about every type but sets") {
  account it;
  auto others = ", perhaps currency, perhaps transaction, perhaps sales_order, perhaps customrecord_x";
  CHECK(it.of("-9", "Customer") == std::string("yes customer, perhaps vendor") + others);
  CHECK(it.of("-2", "Kunde") == std::string("yes customer, perhaps vendor") + others);
  CHECK(it.of("-2", "") == std::string("yes customer, perhaps vendor") + others);
  CHECK(it.of("-9", "Entity") == std::string("perhaps customer, perhaps vendor") + others);
  CHECK(it.of("", "") == std::string("perhaps customer, perhaps vendor") + others);
}

TEST_CASE("of an entry whose number, name and script id contradict each other nothing is certain") {
  account it;
  auto all = std::string("perhaps customer, perhaps vendor, perhaps currency, perhaps transaction, "
                         "perhaps sales_order, perhaps customrecord_x");
  CHECK(it.of("-2", "Vendor") == all);
  CHECK(it.of("-2", "", "vendor") == all);
  CHECK(it.of("", "Customer", "vendor") == all);
  CHECK(it.of("-2", "Sales Order") == all);
  CHECK(it.of("-2", "Customer", "vendor") == all);
}

TEST_CASE(
    "what was learned is known, and makes nothing certain, since one kind may stand for several types") {
  account it;
  auto* customer = it.known.find("customer");
  REQUIRE(customer != nullptr);
  CHECK_FALSE(it.names.is_known({7, "-9", "Entity"}, *customer));
  it.names.learn(R"(recordtypeid -9, type "Entity")", "customer");
  CHECK(it.names.is_known({7, "-9", "Entity"}, *customer));
  CHECK(it.of("-9", "Entity").starts_with("perhaps customer, perhaps vendor"));
  CHECK(it.names.is_known({7, "-2", "Kunde"}, *customer));
}

} // namespace deletion_names_test
