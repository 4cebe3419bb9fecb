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
  record_type rate; // a set
  rate.name = "rate";
  rate.set = set_of{"currency", "currency"};
  return criteria{{customer, currency, rate}};
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
  steps.verified("customer", proof::complete);
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

TEST_CASE("of a type that another import has run the deletions are read, and nothing is verified") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {.verify = true}, known};
  steps.taken(row("customer"));
  CHECK_FALSE(steps.is_open("customer"));
  CHECK(steps.take_deletions() == names{"customer"});
  CHECK_FALSE(steps.over());
  SUBCASE("it can be told what is gone") {
    steps.deletions_over(true);
    CHECK(steps.lacking_deletions().empty());
  }
  SUBCASE("it cannot") {
    steps.deletions_over(true, {"customer"});
    CHECK_FALSE(steps.lacking_deletions().empty());
  }
  SUBCASE("the log cannot be read") {
    steps.deletions_over(false);
    CHECK_FALSE(steps.lacking_deletions().empty());
  }
  CHECK(steps.take_to_verify().empty());
  CHECK(steps.over());
}

TEST_CASE("a type that another import has read whole has nothing left to do") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {}, known};
  steps.taken(row("customer", 0));
  CHECK(steps.take_deletions().empty());
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
  steps.verified("customer", proof::complete);
  steps.verified("gone", proof::complete);
  CHECK(steps.over());
}

TEST_CASE("an incremental import reads the deletions of what was not read whole") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {}, known};
  steps.ended(row("customer"));
  steps.ended(row("currency"));
  steps.ended(row("rate"));
  CHECK(steps.take_deletions() == names{"currency", "customer", "rate"});
  CHECK_FALSE(steps.over());
  CHECK(steps.take_deletions().empty());
  CHECK_FALSE(steps.over());
  steps.deletions_over(true);
  CHECK(steps.take_to_verify().empty());
  CHECK(steps.over());
  CHECK(steps.lacking_deletions().empty());
}

TEST_CASE("an incremental import of types that were read whole reads no deletions") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {}, known};
  steps.ended(row("customer", 0));
  CHECK(steps.take_deletions().empty());
  CHECK(steps.over());
}

TEST_CASE("to reconcile compares everything that was not read whole, once the log is read") {
  auto known = types();
  for (bool readable : {true, false}) {
    finishing_steps steps{import_mode::incremental, {.reconcile = true}, known};
    steps.ended(row("customer"));
    steps.ended(row("currency"));
    CHECK(steps.is_open("currency"));
    CHECK(steps.is_open("customer"));
    CHECK(steps.take_to_verify().empty());
    CHECK(steps.take_deletions() == names{"currency", "customer"});
    steps.deletions_over(readable);
    CHECK(steps.take_to_verify() == names{"currency", "customer"});
    CHECK_FALSE(steps.over());
  }
}

TEST_CASE("a log that cannot be read leaves what it covers without its deletions, unless that is compared") {
  auto known = types();
  for (auto result : {proof::none, proof::complete, proof::differs, proof::failed}) {
    finishing_steps steps{import_mode::incremental, {.reconcile = result != proof::none}, known};
    steps.ended(row("customer"));
    steps.ended(row("currency"));
    steps.take_deletions();
    CHECK(steps.lacking_deletions().empty());
    steps.deletions_over(false);
    CHECK_FALSE(steps.lacking_deletions().empty());
    if (result != proof::none) steps.verified("customer", result);
    CHECK(steps.lacking_deletions().empty() == (result == proof::complete));
  }
}

TEST_CASE("what the log does not cover, or was read whole, lacks no deletions without it") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {}, known};
  steps.ended(row("customer", 0));
  steps.ended(row("currency"));
  CHECK(steps.take_deletions() == names{"currency"});
  steps.deletions_over(false);
  CHECK(steps.lacking_deletions().empty());
}

TEST_CASE("a type that was to be reconciled and could not be compared lacks its deletions, and one that "
          "differs does not") {
  auto known = types();
  for (auto reconcile : {true, false}) {
    for (auto result : {proof::complete, proof::differs, proof::failed}) {
      finishing_steps steps{import_mode::incremental, {.reconcile = reconcile, .verify = true}, known};
      steps.ended(row("customer"));
      steps.take_deletions();
      steps.deletions_over(true);
      steps.take_to_verify();
      steps.verified("customer", result);
      CHECK(steps.lacking_deletions().empty() == (!reconcile || result != proof::failed));
    }
  }
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

TEST_CASE("a type whose deletions cannot be told from what is hidden lacks them until it is compared") {
  auto known = types();
  finishing_steps steps{import_mode::incremental, {.reconcile = true}, known};
  steps.ended(row("customer"));
  steps.ended(row("currency"));
  steps.take_deletions();
  steps.deletions_over(true, {"customer"});
  CHECK(steps.lacking_deletions().find("deletions_unsure") != std::string_view::npos);
  steps.take_to_verify();
  steps.verified("currency", proof::complete);
  CHECK_FALSE(steps.lacking_deletions().empty());
  steps.verified("customer", proof::complete);
  CHECK(steps.lacking_deletions().empty());
}

} // namespace finishing_steps_test
