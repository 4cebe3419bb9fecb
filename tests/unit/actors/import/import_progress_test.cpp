#include "actors/import/import_progress.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <random>

#include <doctest/doctest.h>

#include "actors/wave/batch_life_cycle.hpp"
#include "netsuite/projection.hpp"

namespace import_progress_test {

using namespace tidemark;

import_row running_import() {
  import_row row;
  row.id = "demo.1";
  row.tenant = "demo";
  row.record_type = "invoice";
  row.state = import_state::running;
  return row;
}

type_row type(const std::string& name, type_state state, bool planned = true, std::uint64_t records = 0) {
  type_row row;
  row.name = name;
  row.state = state;
  row.planned = planned;
  row.estimated = !planned;
  row.records_planned = records;
  return row;
}

batch_row batch(std::uint64_t number, batch_state state, std::uint64_t weight = 100,
                const std::string& record_type = "customer") {
  batch_row row;
  row.number = number;
  row.record_type = record_type;
  row.weight = weight;
  row.state = state;
  if (state == batch_state::running) row.counters.picked_up = 1;
  if (state == batch_state::completed) {
    row.counters.picked_up = row.counters.completed = 1;
    row.stored = weight;
  }
  return row;
}

import_progress with_one_type(std::initializer_list<batch_row> batches) {
  import_progress progress{running_import()};
  progress.apply(type("customer", type_state::running));
  for (auto& row : batches) progress.apply(row);
  return progress;
}

import_row ended(import_state state) {
  auto row = running_import();
  row.state = state;
  return row;
}

TEST_CASE("of an import that has begun, figures are not known before its ledger was read") {
  CHECK(import_progress{running_import()}.status(0).unseen);
  auto queued = running_import();
  queued.state = import_state::queued;
  CHECK_FALSE(import_progress{queued}.status(0).unseen);
  import_progress read{running_import()};
  read.apply(running_import());
  CHECK_FALSE(read.status(0).unseen);
  import_progress at_rest{running_import()};
  at_rest.cut_off();
  CHECK_FALSE(at_rest.status(0).unseen);
}

TEST_CASE("progress is the weight of finished batches") {
  auto progress = with_one_type({batch(1, batch_state::completed, 300), batch(2, batch_state::running, 500),
                                 batch(3, batch_state::pending, 200)});
  auto status = progress.status(0);
  CHECK(status.progress == 3000);
  CHECK(status.batches == batch_counts{3, 1, 0, 0, 1, 1});
  CHECK(status.records == record_counts{1000, 300, 0, false});
  REQUIRE(status.types.size() == 1);
  CHECK(status.types[0].progress == 3000);
  CHECK(status.types[0].batches == status.batches);
}

TEST_CASE("an import that was cancelled before anything was done shows nothing done") {
  auto progress = with_one_type({batch(1, batch_state::pending, 300), batch(2, batch_state::pending, 700)});
  progress.apply(type("customer", type_state::cancelled));
  progress.apply(ended(import_state::cancelled));
  CHECK(progress.status(0).progress == 0);
  CHECK(progress.status(0).batches.completed == 0);
}

TEST_CASE("a failed batch is done, since nothing more will come of it") {
  auto progress = with_one_type({batch(1, batch_state::failed, 300), batch(2, batch_state::pending, 700)});
  CHECK(progress.status(0).progress == 3000);
  CHECK(progress.status(0).batches.failed == 1);
}

TEST_CASE("a batch that runs while its type ends without it counts as interrupted, as in the ledger") {
  auto progress = with_one_type({batch(1, batch_state::running), batch(2, batch_state::pending)});
  progress.apply(type("customer", type_state::failed));
  auto status = progress.status(0);
  CHECK(status.batches.cancelled == 2);
  CHECK(status.batches.running == 0);
  CHECK(status.pick_ups.picked_up == 1);
  CHECK(status.pick_ups.interrupted == 1);
}

TEST_CASE("what the ledger has as running of an import that nobody runs is pending, interrupted") {
  auto import = with_one_type({batch(1, batch_state::completed), batch(2, batch_state::running),
                               batch(3, batch_state::running), batch(4, batch_state::pending)});
  auto before = import.status(0);
  REQUIRE(before.batches.running > 0);
  import.cut_off();
  auto after = import.status(0);
  CHECK(after.batches.running == 0);
  CHECK(after.batches.pending == before.batches.pending + before.batches.running);
  CHECK(after.pick_ups.interrupted == before.pick_ups.interrupted + before.batches.running);
  CHECK(after.progress == before.progress);
}

TEST_CASE("the ledger's row of a batch takes the place of what was told of it") {
  auto progress = with_one_type({batch(1, batch_state::running)});
  progress.correct(batch(1, batch_state::pending)); // its pick-up never came to the ledger
  CHECK(progress.status(0).batches.pending == 1);
  CHECK(progress.status(0).pick_ups.picked_up == 0);
  progress.apply(batch(1, batch_state::running));
  CHECK(progress.status(0).batches.running == 1);
}

TEST_CASE("a batch of a record type that the import does not have counts for nothing") {
  auto progress = with_one_type({batch(1, batch_state::completed, 100, "stranger")});
  progress.correct(batch(2, batch_state::pending, 100, "stranger"));
  CHECK(progress.status(0).batches.planned == 0);
  CHECK(progress.status(0).types.size() == 1);
  CHECK(progress.find("stranger") == nullptr);
  CHECK(progress.type("stranger").name == "");
}

TEST_CASE("an event that comes twice changes nothing") {
  auto progress = with_one_type({batch(1, batch_state::completed), batch(2, batch_state::running)});
  auto before = progress.status(0);
  progress.apply(batch(1, batch_state::completed));
  progress.apply(batch(2, batch_state::running));
  auto after = progress.status(0);
  CHECK(after.batches == before.batches);
  CHECK(after.records == before.records);
  CHECK(after.progress == before.progress);
}

TEST_CASE("an event that comes late changes nothing") {
  auto released = batch(1, batch_state::pending);
  released.counters.picked_up = released.counters.released = 1;
  auto progress = with_one_type({released, batch(2, batch_state::completed)});
  progress.apply(batch(1, batch_state::running));
  progress.apply(batch(1, batch_state::pending));
  progress.apply(batch(2, batch_state::running));
  CHECK(progress.status(0).batches == batch_counts{2, 1, 0, 0, 0, 1});
  CHECK(progress.status(0).pick_ups.released == 1);
}

TEST_CASE("the whole is told only when the import has ended well") {
  auto progress = with_one_type({batch(1, batch_state::completed)});
  CHECK(progress.status(0).progress == 9999);
  CHECK(progress.type("customer").progress == 9999);
  progress.apply(type("customer", type_state::completed));
  CHECK(progress.type("customer").progress == 10'000);
  CHECK(progress.status(0).progress == 9999);
  progress.apply(ended(import_state::completed));
  CHECK(progress.status(0).progress == 10'000);
}

TEST_CASE("a cancelled or failed import stays where it was") {
  for (auto state : {import_state::cancelled, import_state::failed}) {
    auto progress = with_one_type({batch(1, batch_state::completed), batch(2, batch_state::pending)});
    CHECK(progress.status(0).progress == 5000);
    progress.apply(ended(state));
    CHECK(progress.status(0).progress == 5000);
  }
}

TEST_CASE("an import whose main record type never began does not claim its work") {
  for (auto state : {type_state::failed, type_state::cancelled}) {
    auto progress = with_one_type({batch(1, batch_state::completed)});
    progress.apply(type("invoice", type_state::waiting, false));
    progress.apply(type("customer", type_state::completed));
    progress.apply(type("invoice", state, false));
    progress.apply(ended(state == type_state::failed ? import_state::failed : import_state::cancelled));
    CHECK(progress.status(0).progress == 1000); // one type of two, on the first fifth of the bar
    CHECK(progress.type("invoice").progress == 0);
  }
}

TEST_CASE("a record type whose total nobody knows claims nothing") {
  import_progress progress{running_import()};
  progress.apply(type("customer", type_state::running, false));
  progress.apply(batch(1, batch_state::completed));
  CHECK(progress.type("customer").progress == 0);
}

TEST_CASE("what is given up shows what was done, also if more had been told before its plan grew") {
  auto progress = with_one_type({batch(1, batch_state::completed), batch(2, batch_state::pending)});
  CHECK(progress.status(0).progress == 5000);
  progress.apply(batch(3, batch_state::pending, 800));
  CHECK(progress.status(0).progress == 5000);
  progress.apply(type("customer", type_state::cancelled));
  progress.apply(ended(import_state::cancelled));
  CHECK(progress.status(0).progress == 1000);
  CHECK(progress.type("customer").progress == 1000);
}

TEST_CASE("a plan that turns out larger does not move progress back") {
  auto progress = with_one_type({batch(1, batch_state::completed), batch(2, batch_state::pending)});
  CHECK(progress.status(0).progress == 5000);
  progress.apply(batch(3, batch_state::pending, 800));
  CHECK(progress.status(0).progress == 5000);
  CHECK(progress.type("customer").progress == 5000);
}

TEST_CASE("while a plan is not whole the larger of estimate and plan counts") {
  import_progress progress{running_import()};
  progress.apply(type("customer", type_state::running, false, 1000));
  progress.apply(batch(1, batch_state::completed, 400));
  CHECK(progress.type("customer").progress == 4000);
  CHECK(progress.status(0).records == record_counts{1000, 400, 0, true});
  progress.apply(batch(2, batch_state::pending, 900));
  CHECK(progress.status(0).records.planned == 1300);
  progress.apply(type("customer", type_state::running, true, 1000));
  CHECK(progress.status(0).records == record_counts{1300, 400, 0, false});
}

TEST_CASE("record types without a plan keep the import's progress from running ahead") {
  import_progress progress{running_import()};
  progress.apply(type("customer", type_state::running));
  progress.apply(type("invoice", type_state::waiting, false));
  progress.apply(batch(1, batch_state::completed));
  CHECK(progress.status(0).progress == 0);
  progress.apply(type("customer", type_state::completed));
  CHECK(progress.status(0).progress == 1000); // one type of two, on the first fifth of the bar
}

TEST_CASE("the bar does not go back when the last type is planned, in another process either") {
  auto small = type("currency", type_state::completed);
  small.planned = true;
  auto large = type("customer", type_state::planning);
  large.planned = false;
  import_progress before{running_import()};
  before.apply(small);
  before.apply(large);
  large.planned = true;
  large.state = type_state::running;
  import_progress after{running_import()};
  after.apply(small);
  after.apply(large);
  for (std::uint64_t number = 1; number <= 20; ++number) {
    auto row = batch(number, batch_state::pending, 100);
    row.record_type = "customer";
    after.apply(row);
  }
  CHECK(after.status(0).progress >= before.status(0).progress);
}

TEST_CASE("a split batch lives on in its parts") {
  auto progress = with_one_type({batch(1, batch_state::running, 100)});
  auto parent = batch(1, batch_state::split, 100);
  parent.counters.picked_up = parent.counters.split = 1;
  progress.apply(parent);
  progress.apply(batch(2, batch_state::completed, 50));
  progress.apply(batch(3, batch_state::pending, 50));
  auto status = progress.status(0);
  CHECK(status.progress == 5000);
  CHECK(status.batches == batch_counts{2, 1, 0, 0, 0, 1});
  CHECK(status.records.planned == 100);
  CHECK(status.pick_ups.split == 1);
  CHECK(status.pick_ups.picked_up == 2);
}

TEST_CASE("a record type without records is whole") {
  import_progress progress{running_import()};
  progress.apply(type("customer", type_state::completed));
  CHECK(progress.type("customer").progress == 10'000);
  CHECK(progress.verdict() == import_state::completed);
}

TEST_CASE("batches of a skipped, failed or cancelled type that did not end count as cancelled") {
  for (auto state : {type_state::skipped, type_state::failed, type_state::cancelled}) {
    auto progress = with_one_type({batch(1, batch_state::completed), batch(2, batch_state::running)});
    progress.apply(type("customer", state));
    CHECK(progress.status(0).batches == batch_counts{2, 1, 0, 1, 0, 0});
  }
}

TEST_CASE("the end of a record type is not taken back") {
  auto progress = with_one_type({});
  progress.apply(type("customer", type_state::completed));
  progress.apply(type("customer", type_state::running));
  CHECK(progress.type("customer").state == type_state::completed);
}

TEST_CASE("a failed type fails the import; a failed batch or a rejected record is an error") {
  CHECK(with_one_type({batch(1, batch_state::completed)}).verdict() == import_state::completed);
  CHECK(with_one_type({batch(1, batch_state::failed)}).verdict() == import_state::completed_with_errors);
  auto rejecting = batch(1, batch_state::completed);
  rejecting.rejected = 1;
  CHECK(with_one_type({rejecting}).verdict() == import_state::completed_with_errors);
  auto progress = with_one_type({rejecting});
  progress.apply(type("item", type_state::skipped));
  CHECK(progress.verdict() == import_state::completed_with_errors);
  progress.apply(type("invoice", type_state::failed));
  CHECK(progress.verdict() == import_state::failed);
}

TEST_CASE("a group of which the account lacks all is an error, one of which it has some is not") {
  auto row = running_import();
  row.record_type = "sales";
  import_progress progress{row};
  progress.apply(type("customer", type_state::skipped));
  progress.apply(type("item", type_state::skipped));
  progress.apply(type("term", type_state::completed)); // that another one depends on
  CHECK(progress.verdict({"customer", "item"}) == import_state::completed_with_errors);
  progress.apply(type("vendor", type_state::completed));
  CHECK(progress.verdict({"customer", "item", "vendor"}) == import_state::completed);
}

TEST_CASE("a type that is newly skipped is an error, one that is known to be lacking is not") {
  import_progress progress{running_import()};
  progress.apply(type("invoice", type_state::completed));
  progress.apply(type("customer", type_state::skipped));
  CHECK(progress.verdict() == import_state::completed);
  progress.apply(import_note{"customer", std::string{newly_skipped_note}, "", "it was there before", 0});
  CHECK(progress.verdict() == import_state::completed_with_errors);
}

TEST_CASE("a type whose key was not found is an error, though its records are only skipped") {
  import_progress progress{running_import()};
  progress.apply(type("invoice", type_state::completed));
  progress.apply(type("customer", type_state::skipped));
  CHECK(progress.verdict() == import_state::completed);
  progress.apply(import_note{"customer", std::string{key_unknown_note}, "id", "no such key", 0});
  CHECK(progress.verdict() == import_state::completed_with_errors);
}

TEST_CASE("record types are listed in wave order, then by name") {
  import_progress progress{running_import()};
  for (auto [name, wave] : {std::pair{"invoice", 1U}, {"item", 0U}, {"customer", 0U}}) {
    auto row = type(name, type_state::waiting);
    row.wave = wave;
    progress.apply(row);
  }
  auto types = progress.status(0).types;
  REQUIRE(types.size() == 3);
  CHECK(types[0].name == "customer");
  CHECK(types[1].name == "item");
  CHECK(types[2].name == "invoice");
}

TEST_CASE("a steady import is told to end when it will") {
  import_progress progress{running_import()};
  progress.apply(type("customer", type_state::running));
  for (std::uint64_t i = 1; i <= 100; ++i) progress.apply(batch(i, batch_state::pending, 100));
  for (std::uint64_t i = 1; i <= 40; ++i) {
    progress.apply(batch(i, batch_state::completed, 100));
    progress.sample(static_cast<unix_ms>(i) * 1000);
  }
  auto status = progress.status(40'000);
  CHECK(status.eta_earliest == 100'000);
  CHECK(status.eta_latest >= status.eta_earliest);
  CHECK(status.eta_latest <= 107'000);
}

TEST_CASE("nothing is said about the end before there is something to judge by") {
  auto progress = with_one_type({batch(1, batch_state::completed), batch(2, batch_state::pending)});
  progress.sample(1000);
  progress.sample(2000);
  CHECK(progress.status(2000).eta_latest == 0);
}

/// Three record types of ten batches, each driven through a random life; every row that it had, in order.
std::vector<batch_row> random_life(std::mt19937_64& random, std::uint64_t number,
                                   const std::string& record_type) {
  auto pick = [&](int n) { return std::uniform_int_distribution<int>{0, n - 1}(random); };
  auto row = batch(number, batch_state::pending, static_cast<std::uint64_t>(pick(1000)), record_type);
  std::vector<batch_row> rows{row};
  batch_life_cycle life{row, {.max_attempts = 2}};
  while (!is_final(life.row().state)) {
    switch (pick(5)) {
    case 0: life.release(1); break;
    case 1: life.interrupt(0); break;
    case 2: life.fail_attempt({ec::server, "x"}, "", 0, {}, 0); break;
    case 3: life.complete({life.row().weight, 0}, 0); break;
    default: life.pick_up();
    }
    rows.push_back(life.row());
  }
  return rows;
}

TEST_CASE("in any history, repeated and late events change nothing and progress never goes back") {
  std::mt19937_64 random{99};
  auto pick = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random); };
  for (int round = 0; round < 1500; ++round) {
    import_progress orderly{running_import()};
    import_progress messy{running_import()};
    const std::array<std::string, 3> names{"customer", "item", "invoice"};
    std::vector<std::vector<batch_row>> lives;
    for (std::size_t i = 0; i < 9; ++i) lives.push_back(random_life(random, i + 1, names[i % 3]));
    for (auto& name : names) {
      orderly.apply(type(name, type_state::running, false, 2000));
      messy.apply(type(name, type_state::running, false, 2000));
    }
    std::vector<batch_row> told;
    std::vector<std::size_t> next(lives.size(), 0);
    std::uint32_t shown = 0;
    unix_ms now = 0;
    for (std::size_t left = lives.size(); left > 0;) {
      auto which = pick(lives.size());
      if (next[which] == lives[which].size()) continue;
      auto& row = lives[which][next[which]];
      if (++next[which] == lives[which].size()) --left;
      orderly.apply(row);
      messy.apply(row);
      told.push_back(row);
      messy.apply(told[pick(told.size())]);
      messy.sample(now += 100);
      auto status = messy.status(now);
      REQUIRE(status.progress >= shown);
      REQUIRE(status.progress < 10'000);
      REQUIRE((status.eta_latest == 0
               || (status.eta_earliest >= now && status.eta_latest >= status.eta_earliest)));
      REQUIRE(status.batches.planned
              == status.batches.completed + status.batches.failed + status.batches.running
                     + status.batches.pending);
      shown = status.progress;
    }
    for (auto& name : names) {
      orderly.apply(type(name, type_state::completed));
      messy.apply(type(name, type_state::completed));
    }
    REQUIRE(messy.status(now).progress == 9999);
    messy.apply(ended(import_state::completed_with_errors));
    REQUIRE(messy.status(now).progress == 10'000);
    REQUIRE(messy.status(now).batches == orderly.status(now).batches);
    REQUIRE(messy.status(now).records == orderly.status(now).records);
    REQUIRE(messy.status(now).pick_ups == orderly.status(now).pick_ups);
  }
}

/// An import of three record types that are planned late or never and end in any way, at random.
class abandoned_history {
public:
  explicit abandoned_history(std::uint64_t seed) : random_(seed) {
    for (auto name : {"customer", "invoice", "item"}) tell(type(name, type_state::waiting, false));
  }

  void run() {
    for (auto steps = pick(60); steps > 0; --steps) {
      step();
      auto shown = progress_.status(0).progress;
      REQUIRE(shown >= shown_);
      REQUIRE(shown < 10'000);
      shown_ = shown;
    }
    give_up();
    check();
  }

private:
  std::uint64_t pick(std::uint64_t n) {
    return std::uniform_int_distribution<std::uint64_t>{0, n - 1}(random_);
  }

  void tell(const type_row& row) {
    types_.insert_or_assign(row.name, row);
    progress_.apply(row);
  }

  void tell(const batch_row& row) {
    batches_.insert_or_assign(row.number, row);
    progress_.apply(row);
  }

  void step() {
    auto& row = std::next(types_.begin(), static_cast<std::ptrdiff_t>(pick(3)))->second;
    if (is_final(row.state)) return;
    if (!row.planned) return plan(row);
    for (auto& [number, batch] : batches_) {
      if (batch.record_type != row.name || batch.state != batch_state::pending) continue;
      return tell(import_progress_test::batch(number, batch_state::completed, batch.weight, row.name));
    }
    if (pick(3) == 0) tell(type(row.name, type_state::completed));
  }

  /// The rest of its ranges, or some of them under an estimate, or none yet.
  void plan(const type_row& row) {
    if (pick(3) == 0) return;
    bool whole = pick(2) == 0;
    auto estimate = pick(2) * 1000;
    tell(type(row.name, type_state::running, whole, whole ? 0 : estimate));
    for (auto more = pick(4); more > 0; --more)
      tell(import_progress_test::batch(batches_.size() + 1, batch_state::pending, 1 + pick(500), row.name));
  }

  void give_up() {
    auto all = types_;
    for (auto& [name, row] : all) {
      if (is_final(row.state)) continue;
      row.state = pick(2) == 0 ? type_state::failed : type_state::cancelled;
      tell(row);
    }
    progress_.apply(ended(pick(2) == 0 ? import_state::failed : import_state::cancelled));
  }

  /// What it shows is what its rows say, to anybody and without what was told before.
  void check() {
    auto status = progress_.status(0);
    import_progress again{ended(status.state)};
    for (auto& [name, row] : types_) again.apply(row);
    for (auto& [number, row] : batches_) again.apply(row);
    std::uint64_t done = 0;
    std::uint64_t all = 0;
    bool is_known = true;
    for (auto& [name, row] : types_) {
      bool is_in = row.state == type_state::completed;
      if (!is_in) CHECK(progress_.type(name).progress == again.type(name).progress);
      if (!is_in && !row.planned && row.records_planned == 0) {
        is_known = false;
        CHECK(progress_.type(name).progress == 0);
      }
      std::uint64_t planned = 0;
      for (auto& [number, batch] : batches_) {
        if (batch.record_type != name) continue;
        planned += batch.weight;
        if (batch.state == batch_state::completed) done += batch.weight;
      }
      all += row.planned ? planned : std::max(planned, row.records_planned);
    }
    CHECK(status.progress < 10'000);
    constexpr std::uint64_t first_fifth = 2'000;
    if (!is_known) CHECK(status.progress <= first_fifth);
    if (is_known)
      CHECK(status.progress <= std::max(first_fifth, all == 0 ? std::uint64_t{0} : done * 10'000 / all));
  }

  std::mt19937_64 random_;
  import_progress progress_{running_import()};
  std::map<std::string, type_row> types_;
  std::map<std::uint64_t, batch_row> batches_;
  std::uint32_t shown_ = 0;
};

TEST_CASE("in any history, what was cancelled or has failed shows what was done and claims nothing else") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    INFO("seed ", seed);
    abandoned_history{seed}.run();
  }
}

} // namespace import_progress_test
