/// What somebody was told is true after a power cut; what nobody was told costs nothing.
#include "conformance/fixture.hpp"
#include "sqlite/lossy_disk.hpp"
#include "sqlite/sqlite_file.hpp"

#include <functional>
#include <utility>

namespace power_cut_test {

using namespace tidemark;
using namespace tidemark::test;

struct on_a_disk {
  lossy_disk disk;
};

/// The disk is there before the database.
struct power_fixture : on_a_disk, store_fixture {
  std::string path() { return dynamic_cast<sqlite_file&>(*database).path().string(); }
  std::string log() { return path() + "-wal"; }

  /// The database as the power cut has left it, with another owner.
  std::unique_ptr<tenant_store> cut() {
    auto left = must(open_tenant_store("sqlite:" + disk.after_power_cut(path())));
    must(left->take_ownership("after the cut"));
    return left;
  }
};

TEST_CASE_FIXTURE(power_fixture, "a start, a pause, a resume and an end outlive a power cut") {
  auto import = start();
  CHECK(must(cut()->load_import(import)).import.state == import_state::running);
  for (auto state : {import_state::paused, import_state::running, import_state::completed}) {
    must(store->set_import_state(import, {.state = state, .error = "", .paused_by = pause_cause::none}));
    CHECK(must(cut()->load_import(import)).import.state == state);
  }
}

TEST_CASE_FIXTURE(power_fixture,
                  "a cancel outlives a power cut, with its receipt and with what was stored before") {
  auto import = start();
  import_batch(import, "customer", {std::nullopt, 10}, {page({"id"}, {{1}, {2}})});
  must(store->begin_cancel(import, "ada", now));
  CHECK(must(cut()->load_import(import)).import.state == import_state::cancelling);
  auto receipt = must(store->finish_cancel(import, now + 5));
  auto left = cut();
  CHECK(must(left->load_import(import)).import.state == import_state::cancelled);
  CHECK(must(left->receipt(import)).finished_at == receipt.finished_at);
  must(left->prepare_table(customer()));
  CHECK(must(left->count_keys("customer", 0, {})).total == 2);
}

TEST_CASE_FIXTURE(power_fixture, "a suspension and its end outlive a power cut") {
  must(store->set_suspension({"suspended by ada", now, true}));
  CHECK(must(cut()->present_suspension()).reason == "suspended by ada");
  must(store->set_suspension({}));
  CHECK_FALSE(must(cut()->present_suspension()).active());
}

TEST_CASE_FIXTURE(power_fixture, "a retry outlives a power cut") {
  auto import = start();
  auto batch = plan(import, "customer", {std::nullopt, 10});
  must(store->pick_up(import, batch));
  must(store->end_pick_up(import, failed(import, batch, batch_state::failed)));
  must(store->set_import_state(import, {.state = import_state::completed_with_errors, .error = ""}));
  must(store->retry(import, 0));
  CHECK(must(cut()->load_import(import)).import.state == import_state::running);
}

TEST_CASE_FIXTURE(power_fixture, "batches are not waited for, one by one") {
  auto import = start();
  auto before = disk.syncs(log());
  CHECK(before > 0);
  for (std::int64_t i = 0; i < 50; ++i)
    import_batch(import, "customer", {i * 10, i * 10 + 10}, {page({"id"}, {{i * 10 + 1}})});
  CHECK(disk.syncs(log()) == before);
}

} // namespace power_cut_test
