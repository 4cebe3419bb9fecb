/// Whatever happens to an import, in whatever order, the ledger adds up and agrees with the records.
#include "conformance/fixture.hpp"

#include "store/import_transitions.hpp"
#include "store/pick_up_rules.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include <fmt/format.h>
namespace random_history_test {

using namespace tidemark;
using namespace tidemark::test;

constexpr std::int64_t records_per_batch = 4;

/// One import whose batches meet random fates. It expects from the store exactly what it has seen succeed.
class history : store_fixture {
public:
  explicit history(unsigned seed) : chance_(seed) {
    for (int i = 0; i < 6; ++i) add_batch();
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      auto stored_before = stored_.size();
      step();
      check_ledger();
      if (stored_.size() != stored_before) check_records();
    }
    if (!cancelled_) cancel();
    check_ledger();
    check_records();
    CHECK(state(import_) == import_state::cancelled);
  }

private:
  std::uint32_t draw(std::uint32_t below) {
    return std::uniform_int_distribution<std::uint32_t>{0, below - 1}(chance_);
  }

  void add_batch() {
    auto first = next_key_;
    next_key_ += records_per_batch;
    numbers_.push_back(plan(import_, "customer", {first - 1, next_key_ - 1}));
  }

  std::uint64_t any_batch() { return numbers_[draw(static_cast<std::uint32_t>(numbers_.size()))]; }

  void step() {
    switch (draw(16)) {
    case 0:
    case 1:
    case 2:
    case 3: return pick(any_batch());
    case 4:
    case 5:
    case 6: return store_one(any_batch());
    case 7: return end(any_batch(), &batch_counters::released, batch_state::pending);
    case 8: return end(any_batch(), &batch_counters::interrupted, batch_state::pending);
    case 9: return end(any_batch(), &batch_counters::failed_attempts, batch_state::pending);
    case 10:
      if (draw(4) == 0) end(any_batch(), &batch_counters::failed_attempts, batch_state::failed);
      return;
    case 11: return split(any_batch());
    case 12: return die();
    case 13: return pause_or_resume();
    case 14:
      if (!cancelled_ && !paused_) add_batch();
      return;
    default:
      if (draw(60) == 0 && !cancelled_) cancel();
    }
  }

  void pick(std::uint64_t number) {
    auto may = !cancelled_ && !paused_ && batch(import_, number).state == batch_state::pending;
    auto picked = store->pick_up(import_, number);
    CHECK(picked.has_value() == may);
    if (!picked) return;
    batch_write write;
    auto row = batch(import_, number);
    write.import_id = import_;
    write.record_type = "customer";
    write.batch = number;
    write.range = row.range;
    write.pick_up = *picked;
    write.refusals = draw(3);
    auto set = page({"id"}, {});
    for (auto key = *row.range.after + 1; key <= row.range.up_to; ++key)
      set->add_row()[0] = record_set::make_integer(key);
    write.pages = {set};
    fetched_.push_back(write);
  }

  /// Stores what any pick-up of the batch has fetched, also one that ended long ago.
  void store_one(std::uint64_t number) {
    std::vector<batch_write> of_batch;
    std::ranges::copy_if(fetched_, std::back_inserter(of_batch),
                         [&](const batch_write& x) { return x.batch == number; });
    if (of_batch.empty()) return;
    const auto& write = of_batch[draw(static_cast<std::uint32_t>(of_batch.size()))];
    auto row = batch(import_, number);
    auto may = !cancelled_ && !paused_ && row.state == batch_state::running
               && row.counters.picked_up == write.pick_up;
    CHECK(store->store_batch(write).has_value() == may);
    if (may) stored_.insert(number);
  }

  void end(std::uint64_t number, std::uint32_t batch_counters::* by, batch_state state) {
    pick_up_end end;
    end.batch = batch(import_, number);
    auto may = end.batch.state == batch_state::running;
    end.batch.state = state;
    ++(end.batch.counters.*by);
    if (by == &batch_counters::failed_attempts)
      end.attempt = failed_attempt{"server", "500", "oops", "", now};
    CHECK(store->end_pick_up(import_, end).has_value() == may);
  }

  void split(std::uint64_t number) {
    auto row = batch(import_, number);
    if (row.state != batch_state::running || row.range.up_to - *row.range.after < 2 || cancelled_) return;
    auto middle = *row.range.after + 1;
    pick_up_end end;
    end.batch = row;
    end.batch.state = batch_state::split;
    end.batch.counters.split = 1;
    for (auto range : {key_range{row.range.after, middle}, key_range{middle, row.range.up_to}})
      end.children.push_back(batch_of(1000 + ++children_, range, row.weight / 2));
    must(store->end_pick_up(import_, end));
    for (const auto& x : end.children) numbers_.push_back(x.number);
  }

  void die() {
    restart();
    must(store->reset_running(import_, {}));
  }

  void pause_or_resume() {
    if (cancelled_) return;
    paused_ = !paused_;
    auto to = paused_ ? import_state::paused : import_state::running;
    CHECK(legal(state(import_), to));
    import_change change;
    change.state = to;
    must(store->set_import_state(import_, change));
  }

  void cancel() {
    cancelled_ = true;
    auto begun = must(store->begin_cancel(import_, "ann", now));
    for (auto number : numbers_) {
      if (draw(2) == 0) end(number, &batch_counters::interrupted, batch_state::pending);
      if (draw(4) == 0) die();
    }
    for (const auto& write : fetched_) CHECK_FALSE(store->store_batch(write).has_value());
    auto done = must(store->finish_cancel(import_, now));
    CHECK(done.batches_completed == begun.batches_completed);
    CHECK(done.batches_interrupted == begun.batches_interrupted);
    CHECK(done.batches_completed == stored_.size());
  }

  void check_ledger() {
    for (const auto& x : must(store->load_import(import_)).batches) {
      CHECK(adds_up(x));
      CHECK((x.state == batch_state::completed) == stored_.contains(x.number));
    }
  }

  void check_records() {
    std::set<std::int64_t> keys;
    for (const auto& x : must(store->load_import(import_)).batches)
      if (stored_.contains(x.number))
        for (auto key = *x.range.after + 1; key <= x.range.up_to; ++key) keys.insert(key);
    std::vector<std::string> expected;
    for (auto key : keys) expected.push_back(std::to_string(key));
    CHECK(sql("SELECT id FROM customer ORDER BY id") == expected);
  }

  std::mt19937 chance_;
  std::string import_ = start();
  std::vector<std::uint64_t> numbers_;
  std::uint64_t children_ = 0;
  std::int64_t next_key_ = 1;
  std::vector<batch_write> fetched_;
  std::set<std::uint64_t> stored_;
  bool paused_ = false;
  bool cancelled_ = false;
};

TEST_SUITE_BEGIN("tenant store: random histories");

TEST_CASE("in every history the counters add up and records and ledger agree") {
  for (auto seed = 1U; seed <= 12; ++seed) {
    CAPTURE(seed);
    history{seed}.run(150);
  }
}

TEST_SUITE_END();

} // namespace random_history_test
