#include "actors/import/finishing_steps.hpp"

#include <doctest/doctest.h>
namespace finishing_steps_test {

using namespace tidemark;

using names = std::vector<std::string>;

criteria types() {
  record_type customer;
  customer.name = "customer";
  customer.deleted_as = deleted_record_name{"recordtypeid", "-2"};
  record_type currency;
  currency.name = "currency";
  return criteria{{customer, currency}};
}

type_row row(std::string name, unix_ms changed_since = 1) {
  type_row x;
  x.name = std::move(name);
  x.changed_since = changed_since;
  return x;
}

TEST_CASE("a full import verifies each type when it is in, and reads no deletions") {
  auto known = types();
  finishing_steps steps{import_mode::full, {.verify = true}, known};
  steps.ended(row("customer", 0));
  CHECK(steps.is_open("customer"));
  CHECK(steps.take_to_verify() == names{"customer"});
  CHECK(steps.take_to_verify().empty());
  CHECK_FALSE(steps.over());
  CHECK(steps.take_deletions().empty());
  steps.verified("customer");
  CHECK(steps.over());
}

TEST_CASE("a full import that is told not to verify has nothing left to do") {
  auto known = types();
  finishing_steps steps{import_mode::full, {}, known};
  steps.ended(row("customer", 0));
  CHECK_FALSE(steps.is_open("customer"));
  CHECK(steps.take_to_verify().empty());
  CHECK(steps.over());
}

TEST_CASE(
    "a type that the criteria do not describe any more, or not as it was run, has no deletions to be read") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {.reconcile = true}, known};
  steps.ended(row("gone"));
  steps.ended(row("customer"), false);
  CHECK(steps.is_open("gone"));
  CHECK(steps.take_deletions().empty());
  CHECK(steps.take_to_verify() == names{"customer", "gone"});
  steps.verified("customer");
  steps.verified("gone");
  CHECK(steps.over());
}

TEST_CASE("an incremental import reads the deletions of what the log covers and what was not read whole") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {}, known};
  steps.ended(row("customer"));
  steps.ended(row("currency"));
  CHECK(steps.take_deletions() == names{"customer"});
  CHECK_FALSE(steps.over());
  CHECK(steps.take_deletions().empty());
  CHECK_FALSE(steps.over());
  steps.deletions_over(true);
  CHECK(steps.take_to_verify().empty());
  CHECK(steps.over());
}

TEST_CASE("an incremental import of types that were read whole reads no deletions") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {}, known};
  steps.ended(row("customer", 0));
  CHECK(steps.take_deletions().empty());
  CHECK(steps.over());
}

TEST_CASE("to reconcile compares what the log does not cover, once the log is read") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {.reconcile = true}, known};
  steps.ended(row("customer"));
  steps.ended(row("currency"));
  CHECK(steps.is_open("currency"));
  CHECK_FALSE(steps.is_open("customer"));
  CHECK(steps.take_to_verify().empty());
  CHECK(steps.take_deletions() == names{"customer"});
  steps.deletions_over(true);
  CHECK(steps.take_to_verify() == names{"currency"});
  CHECK_FALSE(steps.over());
}

TEST_CASE("to reconcile without a log that can be read compares everything") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {.reconcile = true}, known};
  steps.ended(row("customer"));
  steps.ended(row("currency"));
  CHECK(steps.take_deletions() == names{"customer"});
  steps.deletions_over(false);
  CHECK(steps.take_to_verify() == names{"currency", "customer"});
}

TEST_CASE("what was verified before a restart is not verified again") {
  auto known = types();
  finishing_steps steps{import_mode::full, {.verify = true}, known};
  auto before = row("customer", 0);
  before.verified.result = proof::complete;
  steps.ended(before);
  CHECK(steps.take_to_verify().empty());
  CHECK(steps.over());
}

} // namespace finishing_steps_test
