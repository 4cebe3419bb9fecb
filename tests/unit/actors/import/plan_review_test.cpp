#include "actors/import/plan_review.hpp"

#include <doctest/doctest.h>

#include "config/type_description.hpp"
#include "demo_types.hpp"
namespace plan_review_test {

using namespace tidemark;

using names = std::vector<std::string>;

/// The demo's types, changed.
criteria changed(const std::function<void(record_type& customer)>& how) {
  auto types = demo_types()->record_types();
  how(*std::ranges::find(types, "customer", &record_type::name));
  return criteria{types};
}

type_row planned(type_state state = type_state::running) {
  type_row row;
  row.name = "customer";
  row.state = state;
  row.description = describe(*demo_types()->find("customer"), *demo_types());
  return row;
}

void add_phone(record_type& customer) {
  customer.fields.push_back({"phone", field_type::text, {}, false, false, "phone"});
}

TEST_CASE("a record type that is described alike goes on") {
  auto found = review(planned(), true, *demo_types());
  CHECK(found.broken.empty());
  CHECK(found.left_out.empty());
  CHECK(found.description == planned().description);
}

TEST_CASE("a record type that is gone, or is described differently, is broken by a sentence that names the "
          "change") {
  criteria none{{}};
  CHECK(review(planned(), true, none).broken
        == "customer is no longer in the criteria that this import began with: put it back and retry the "
           "import, "
           "or start another one");
  auto other_key = changed([](auto& customer) { customer.key = "email"; });
  CHECK(review(planned(), false, other_key).broken
        == "customer is not described any more as when this import began: its key was 'id' and is 'email' "
           "now; put "
           "it back and retry the import, or start another one");
}

TEST_CASE("a field that comes in is left out once something of the type was planned, and is read otherwise") {
  auto now = changed(add_phone);
  CHECK(review(planned(), true, now).left_out == names{"phone"});
  CHECK(review(planned(), false, now).left_out.empty());
  CHECK(review(planned(), false, now).description == describe(*now.find("customer"), now));
}

TEST_CASE("a field that goes and comes back is one that comes in: in between it was not read") {
  auto without = changed([](auto& customer) { customer.fields.pop_back(); });
  auto row = planned();
  row.description = review(row, true, without).description;
  CHECK(review(row, true, *demo_types()).left_out == names{"email"});
}

TEST_CASE("another change column breaks a type of which changes were read by the old one, and no other") {
  auto now = changed([](auto& customer) { customer.change_column = "email"; });
  auto row = planned();
  CHECK(review(row, true, now).broken.empty());
  row.changed_since = 1;
  CHECK(review(row, false, now).broken.empty());
  CHECK_FALSE(review(row, true, now).broken.empty());
  row.state = type_state::completed;
  CHECK(review(row, true, now).broken.empty());
}

TEST_CASE("a row of an older ledger counts as described as it is now") {
  auto row = planned();
  row.description.clear();
  auto now = changed([](auto& customer) { customer.key = "email"; });
  auto found = review(row, true, now);
  CHECK(found.broken.empty());
  CHECK(found.description == describe(*now.find("customer"), now));
}

TEST_CASE("of all types, those that have ended are broken too, but nothing of them is described anew") {
  import_progress progress{import_row{}};
  progress.apply(planned(type_state::completed));
  auto gained = changed(add_phone);
  auto found = review_all(progress, [](auto&) { return true; }, gained, 7);
  CHECK(found.broken.empty());
  CHECK(found.changed.empty());
  CHECK(found.left_out.empty());
  found = review_all(progress, [](auto&) { return true; }, criteria{{}}, 7);
  CHECK(found.broken.contains("customer"));
}

TEST_CASE("a column that is left out is told with its type") {
  import_progress progress{import_row{}};
  progress.apply(planned());
  auto gained = changed(add_phone);
  auto found = review_all(progress, [](auto&) { return true; }, gained, 7);
  REQUIRE(found.left_out.size() == 1);
  CHECK(found.left_out[0].code == "column_dropped");
  CHECK(found.left_out[0].subject == "phone");
  CHECK(found.left_out[0].record_type == "customer");
  CHECK(found.left_out[0].at == 7);
  // What it has read lacks the column, which is new to the import after it.
  CHECK(found.changed.empty());
}

TEST_CASE("a column that is lost and comes back under the import is new to the one after it") {
  import_progress progress{import_row{}};
  progress.apply(planned());
  auto lost = changed([](auto& customer) { customer.fields.pop_back(); });
  auto found = review_all(progress, [](auto&) { return true; }, lost, 7);
  CHECK(found.left_out.empty());
  REQUIRE(found.changed.size() == 1);
  CHECK(found.changed[0].description == describe(*lost.find("customer"), lost));
  progress.apply(found.changed[0]);
  found = review_all(progress, [](auto&) { return true; }, changed([](auto&) {}), 8);
  CHECK(found.left_out.size() == 1);
  CHECK(found.changed.empty());
}

} // namespace plan_review_test
