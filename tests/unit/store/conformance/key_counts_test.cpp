/// Claims about comparing a record type with the account, and putting ranges right.
#include "conformance/fixture.hpp"

TEST_SUITE_BEGIN("tenant store: key counts");

namespace tidemark::test {

namespace key_counts_test {

using rows = std::vector<std::string>;

const key_range everything{std::nullopt, std::numeric_limits<std::int64_t>::max()};

std::vector<std::string> texts(const key_totals& of) {
  std::vector<std::string> all;
  for (auto& x : of.buckets)
    all.push_back(std::to_string(x.bucket) + ": " + std::to_string(x.count) + " " + std::to_string(x.keys)
                  + " " + std::to_string(x.parents));
  return all;
}

TEST_CASE_FIXTURE(store_fixture, "live records are counted by buckets that are rounded down") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 30},
               {page({"id"}, {{-11}, {-10}, {-1}, {0}, {9}, {10}, {25}})});
  must(store->delete_records(import, "customer", std::vector<std::int64_t>{9}));
  CHECK(texts(must(store->count_keys("customer", 10, everything)))
        == rows{"-2: 1 -11 0", "-1: 2 -11 0", "0: 1 0 0", "1: 1 10 0", "2: 1 25 0"});
  CHECK(texts(must(store->count_keys("customer", 10, {-1, 19}))) == rows{"0: 1 0 0", "1: 1 10 0"});
}

TEST_CASE_FIXTURE(store_fixture, "the first and the last bucket that there can be are counted") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  import_batch(start(), "customer", everything, {page({"id"}, {{least}, {0}, {most}})});
  CHECK(texts(must(store->count_keys("customer", 10, everything)))
        == rows{"-922337203685477581: 1 -9223372036854775808 0", "0: 1 0 0",
                "922337203685477580: 1 9223372036854775807 0"});
  CHECK(texts(must(store->count_keys("customer", 10, {-1, most - 1}))) == rows{"0: 1 0 0"});
}

TEST_CASE_FIXTURE(store_fixture, "rows of sets are counted by their parents, with both keys summed up") {
  import_batch(start(), "transactionline", {std::nullopt, 30},
               {page({"transaction", "id"}, {{3, 0}, {3, 7}, {12, 1}})});
  CHECK(texts(must(store->count_keys("transactionline", 10, everything))) == rows{"0: 2 7 6", "1: 1 1 12"});
}

TEST_CASE_FIXTURE(store_fixture, "a record that is kept aside has arrived") {
  auto some = page({"id"}, {{4}});
  some->reject({"17", "bad", "{}"});
  some->reject({"", "no key", "{}"});
  import_batch(start(), "customer", {std::nullopt, 30}, {some});
  CHECK(texts(must(store->count_keys("customer", 10, everything))) == rows{"0: 1 4 0", "1: 1 17 0"});
}

TEST_CASE_FIXTURE(store_fixture,
                  "a record that was rejected later stands as it was, and is counted as that") {
  import_batch(start(), "customer", {std::nullopt, 30}, {page({"id"}, {{4}, {5}})});
  auto some = page({"id"}, {{5}});
  some->reject({"4", "bad", "{}"});
  some->reject({"17", "bad", "{}"});
  import_batch(start(), "customer", {std::nullopt, 30}, {some});
  auto all = must(store->count_keys("customer", 10, everything));
  CHECK(texts(all) == rows{"0: 2 9 0", "1: 1 17 0"});
  CHECK(all.kept_aside == 1);
  CHECK(all.kept_older == 1);
}

std::vector<std::string> sums_of(const key_totals& of) {
  std::vector<std::string> all;
  for (auto& x : of.buckets) {
    auto text = std::to_string(x.bucket) + ":";
    for (auto& sum : x.values) text += " " + (sum.empty() ? "?" : sum);
    all.push_back(text);
  }
  return all;
}

TEST_CASE_FIXTURE(store_fixture, "values are added up by buckets, of live records alone and without loss") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 30},
               {page({"id", "name", "balance", "active", "parent"}, {{1, "Ann", "0.1", 1, {}},
                                                                     {2, "\u00c4nn\u20ac", "0.20", 0, 7},
                                                                     {9, "gone", "100", 1, 7},
                                                                     {12, "", "-5.5", {}, 8},
                                                                     {25, {}, {}, {}, {}}})});
  must(store->delete_records(import, "customer", std::vector<std::int64_t>{9}));
  const std::vector<value_sum> sums{{"name", sum_kind::lengths},
                                    {"balance", sum_kind::numbers},
                                    {"active", sum_kind::trues},
                                    {"parent", sum_kind::numbers},
                                    {"unheard_of", sum_kind::numbers}};
  CHECK(sums_of(must(store->count_keys("customer", 10, everything, sums)))
        == rows{"0: 7 0.3 1 7 0", "1: 0 -5.5 0 8 0", "2: 0 0 0 0 0"});
  CHECK(sums_of(must(store->count_keys("customer", 10, {9, 19}, sums))) == rows{"1: 0 -5.5 0 8 0"});
}

TEST_CASE_FIXTURE(store_fixture,
                  "where a record is not stored as it came, values are not expected to agree") {
  auto some = page({"id", "balance"}, {{4, "1"}, {14, "2"}, {24, "3"}});
  some->reject({"17", "bad", "{}"});
  some->keep_aside({2, "parent", "no number", "x"});
  import_batch(start(), "customer", {std::nullopt, 30}, {some});
  const std::vector<value_sum> sums{{"balance", sum_kind::numbers}};
  CHECK(sums_of(must(store->count_keys("customer", 10, everything, sums))) == rows{"0: 1", "1:", "2:"});
}

TEST_CASE_FIXTURE(store_fixture, "a value that cannot be added up leaves its bucket's sum unknown") {
  import_batch(start(), "customer", {std::nullopt, 30},
               {page({"id", "balance"}, {{4, "1E200"}, {5, "1"}, {14, "2"}})});
  const std::vector<value_sum> sums{{"balance", sum_kind::numbers}};
  CHECK(sums_of(must(store->count_keys("customer", 10, everything, sums))) == rows{"0: ?", "1: 2"});
}

TEST_CASE_FIXTURE(store_fixture, "sums that say nothing stay left out until all are made again") {
  const std::vector<value_sum> sums{{"balance", sum_kind::numbers}, {"name", sum_kind::lengths}};
  must(store->leave_out_value_sums("customer", sums, "they differ"));
  must(store->leave_out_value_sums("customer", {&sums[0], 1}, "again"));
  must(store->leave_out_value_sums("transactionline", {&sums[1], 1}, "another type"));
  restart();
  CHECK(must(store->count_keys("customer", 0, everything)).sums_left_out == sums);
  must(store->leave_out_value_sums("customer", {}, ""));
  CHECK(must(store->count_keys("customer", 0, everything)).sums_left_out.empty());
  CHECK(must(store->count_keys("transactionline", 0, everything)).sums_left_out.size() == 1);
}

TEST_CASE_FIXTURE(store_fixture, "what was read whole has its sums made again") {
  const std::vector<value_sum> sums{{"balance", sum_kind::numbers}};
  must(store->leave_out_value_sums("customer", sums, "they differ"));
  auto type = type_of("customer", type_state::completed);
  type.planned = true;
  type.server_time = now;
  for (bool whole : {false, true}) {
    auto import = start(whole ? import_mode::full : import_mode::incremental);
    import_batch(import, "customer", {std::nullopt, 30}, {page({"id"}, {{4}})});
    type.changed_since = whole ? 0 : now - 1000;
    must(store->finish_type(import, type));
    CHECK(must(store->count_keys("customer", 0, everything)).sums_left_out.empty() == whole);
  }
}

TEST_CASE_FIXTURE(store_fixture, "the extent of a table is that of its live records") {
  CHECK_FALSE(must(store->count_keys("customer", 0, everything)).extent);
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 30}, {page({"id"}, {{-3}, {8}, {20}})});
  must(store->delete_records(import, "customer", std::vector<std::int64_t>{20}));
  auto all = must(store->count_keys("customer", 0, everything));
  CHECK(all.total == 2);
  CHECK(*all.extent == key_range{-4, 8});
  CHECK(code_of(store->count_keys("unheard_of", 0, everything)) == ec::unknown_record_type);
}

TEST_CASE_FIXTURE(store_fixture, "a range that is repaired holds what the account has, and nothing else") {
  import_batch(start(), "customer", {std::nullopt, 30},
               {page({"id", "name"}, {{1, "Ann"}, {2, "Bob"}, {15, "Cid"}})});
  batch_write what;
  what.import_id = start(import_mode::verify);
  what.record_type = "customer";
  what.range = {-1, 9};
  what.pages = {page({"id", "name"}, {{1, "Ann"}, {3, "Dan"}})};
  must(store->save_type(what.import_id, type_of("customer")));
  auto stored = must(store->repair_range(what, true));
  CHECK(stored.stored == 2);
  CHECK(stored.unchanged == 1);
  CHECK(stored.missing == 1);
  CHECK(must(store->settle_missing(what.import_id, "customer", true)).deleted == 1);
  CHECK(sql("SELECT id FROM customer WHERE _deleted_at IS NULL ORDER BY id") == rows{"1", "3", "15"});
  must(store->begin_cancel(what.import_id, "ann", now));
  CHECK(code_of(store->repair_range(what, false)) == ec::stale);
}

} // namespace key_counts_test

TEST_SUITE_END();

} // namespace tidemark::test
