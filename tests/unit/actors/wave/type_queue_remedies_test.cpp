/// What becomes of batches that fail again and again: the column, the record, the size, the end.
#include "actors/wave/type_queue.hpp"

#include <doctest/doctest.h>

#include "wave/type_queue_steps.hpp"
namespace type_queue_remedies_test {

using namespace tidemark;
using namespace tidemark::run_steps;

using enum pick_up_ended::finding;

const failure broken{ec::server, "HTTP 500"};

/// When every delay of the first failures is over.
constexpr auto later = now + 1h;

/// Fails the batch that is due first, with whatever delay there is.
type_queue::ended_pick_up fail_next(type_queue& run, failure what = broken) {
  auto at = run.next_due().value_or(now);
  auto effect = run.end(end_of(next(run, at), how::failed, std::move(what)), at);
  REQUIRE(effect);
  return *effect;
}

type_queue::ended_pick_up complete_next(type_queue& run, batch_stored stored = {100, 0}) {
  auto ended = end_of(next(run, run.next_due().value_or(now)), how::completed);
  ended.stored = stored;
  auto effect = run.end(ended, now);
  REQUIRE(effect);
  return *effect;
}

type_queue::ended_pick_up end_search(type_queue& run, pick_up_ended::finding found,
                                     std::vector<std::string> columns = {}) {
  auto batch = next(run, later);
  REQUIRE(run.purpose_of(batch.number) == purpose::search);
  auto ended = end_of(batch, how::failed, broken);
  ended.found = found;
  ended.columns = std::move(columns);
  auto effect = run.end(ended, later);
  REQUIRE(effect);
  return *effect;
}

/// A run whose first batch has answered 500 twice and is about to search.
type_queue searching_run(std::size_t batches) {
  auto run = planned_run("customer", batches);
  fail_next(run);
  fail_next(run);
  return run;
}

/// A run with one batch of a thousand records that came through with all columns, and others left.
type_queue proven_run(std::size_t batches) {
  auto run = planned_run("customer", batches);
  complete_next(run);
  return run;
}

type_queue run_with(std::vector<batch_row> batches, type_queue::options options = {}) {
  return {beginning("customer", std::move(batches)), *demo_types()->find("customer"), options};
}

batch_row died(std::uint32_t deaths, std::int64_t after, std::int64_t up_to, std::uint32_t blamed = 0) {
  auto x = row(1001, batch_state::pending, after, up_to);
  x.deaths = deaths;
  x.blamed = blamed;
  x.counters.picked_up = x.counters.interrupted = deaths;
  return x;
}

/// Fails the batch again and again until it is split, and returns its parts.
std::vector<batch_row> split_next(type_queue& run, failure what) {
  for (int i = 0; i < 3; ++i) {
    auto effect = fail_next(run, what);
    if (effect.row.state == batch_state::split) return effect.parts;
  }
  REQUIRE(false);
  return {};
}

// -- the column

TEST_CASE("after a first 500 the batch that had it runs by itself until it is known why") {
  auto run = planned_run("customer", 3);
  auto first = next(run);
  run.end(end_of(first, how::failed, broken), now);
  CHECK_FALSE(run.has_due(now));
  REQUIRE(run.next_due());
  CHECK(next(run, *run.next_due()).number == first.number);
  CHECK_FALSE(run.has_due(now));
}

TEST_CASE("a 500 that has passed lets the others go on") {
  auto run = planned_run("customer", 3);
  fail_next(run);
  complete_next(run);
  CHECK(run.has_due(now));
}

TEST_CASE("a 500 that repeats leads to a search by that batch alone") {
  auto run = searching_run(3);
  auto batch = next(run);
  CHECK(batch.number == 1001);
  CHECK(run.purpose_of(batch.number) == purpose::search);
  CHECK_FALSE(run.has_due(now));
}

TEST_CASE("a broken column is left out from then on and named once, and costs no attempt") {
  auto run = searching_run(3);
  auto effect = end_search(run, columns_broken, {"Email"});
  CHECK(effect.then == consequence::columns_changed);
  CHECK(effect.dropped == std::vector<std::string>{"email"});
  CHECK_FALSE(effect.failed_attempt);
  CHECK(effect.row.counters.failed_attempts == 2);
  CHECK_FALSE(asks_for(run, "email"));
  for (std::uint64_t number = 1001; number <= 1003; ++number) {
    auto batch = next(run, later);
    CHECK(batch.number == number);
    CHECK(run.purpose_of(number) == purpose::fetch);
  }
}

TEST_CASE("a time that is refused is asked for in other ways first, and each way for itself") {
  auto type = *demo_types()->find("customer");
  field time;
  time.name = time.column = "datecreated";
  time.type = field_type::datetime;
  type.fields.push_back(time);
  type_queue run{beginning("customer"), type, {}};
  run.enqueue(run.plan(ranges("customer", {100, 200})));
  failure refusal{ec::unsupported_query, "Invalid or unsupported search"};
  // Whoever asked in an older way learns nothing new.
  auto other = next(run);
  for (auto way : {column_way::by_text, column_way::by_clock, column_way::left_out}) {
    auto batch = next(run, later);
    run.end(end_of(batch, how::failed, refusal), later);
    batch = next(run, later);
    REQUIRE(run.purpose_of(batch.number) == purpose::search);
    auto ended = end_of(batch, how::failed, refusal);
    ended.found = columns_broken;
    ended.columns = {"datecreated"};
    auto effect = run.end(ended, later);
    REQUIRE(effect);
    CHECK(effect->then == consequence::columns_changed);
    bool is_left = way == column_way::left_out;
    CHECK(effect->otherwise == (is_left ? column_ways{} : column_ways{{"datecreated", way}}));
    CHECK(effect->dropped.size() == (is_left ? 1 : 0));
    CHECK(asks_for(run, "datecreated") != is_left);
  }
  auto late = end_of(other, how::failed, refusal);
  late.found = columns_broken;
  late.columns = {"datecreated"};
  CHECK(run.end(late, later)->then == consequence::columns_changed);
  CHECK_FALSE(asks_for(run, "datecreated"));
}

TEST_CASE("a refusal that names no column leads to a search at once") {
  failure refusal{ec::unsupported_query, "Invalid or unsupported search"};
  auto run = planned_run("customer", 2);
  CHECK(fail_next(run, refusal).row.state == batch_state::pending);
  auto batch = next(run, later);
  REQUIRE(run.purpose_of(batch.number) == purpose::search);
  auto ended = end_of(batch, how::failed, refusal);
  SUBCASE("which finds it") {
    ended.found = columns_broken;
    ended.columns = {"email"};
    CHECK(run.end(ended, later)->then == consequence::columns_changed);
    CHECK_FALSE(asks_for(run, "email"));
    CHECK(run.purpose_of(next(run, later).number) == purpose::fetch);
  }
  SUBCASE("which clears the columns: asked once more, then it has failed") {
    ended.found = columns_fine;
    CHECK(run.end(ended, later)->row.state == batch_state::pending);
    auto again = next(run, later);
    REQUIRE(again.number == batch.number);
    CHECK(run.purpose_of(again.number) == purpose::fetch);
    CHECK(run.end(end_of(again, how::failed, refusal), later)->row.state == batch_state::failed);
  }
  SUBCASE("which finds that not even the keys can be had") {
    ended.found = table_broken;
    CHECK(run.end(ended, later)->then == consequence::type_failed);
  }
}

TEST_CASE("a search that was interrupted is begun anew") {
  auto run = searching_run(2);
  run.end(end_of(next(run, later), how::interrupted), later);
  CHECK(run.purpose_of(next(run, later).number) == purpose::search);
}

TEST_CASE("of several batches that fail at once one searches") {
  auto run = planned_run("customer", 3);
  std::vector<batch_row> running{next(run), next(run), next(run)};
  for (auto& batch : running) run.end(end_of(batch, how::failed, broken), now);
  auto batch = next(run, later);
  CHECK_FALSE(run.has_due(later));
  run.end(end_of(batch, how::failed, broken), later);
  CHECK(run.purpose_of(next(run, later).number) == purpose::search);
  CHECK_FALSE(run.has_due(later));
}

TEST_CASE("once a batch came through with every column a 500 that repeats is not about a column") {
  auto run = proven_run(2);
  auto parts = split_next(run, broken);
  CHECK(parts.size() == 2);
}

TEST_CASE("a 500 that was part of an outage lets one batch at a time find out") {
  auto run = planned_run("customer", 2);
  auto first = next(run);
  run.end(end_of(first, how::released, broken), now);
  CHECK(next(run).number == first.number);
  CHECK_FALSE(run.has_due(now));
}

TEST_CASE("a table that answers nothing fails its type with the reason") {
  auto run = searching_run(2);
  auto effect = end_search(run, table_broken);
  CHECK(effect.then == consequence::type_failed);
  CHECK(effect.why.message == "NetSuite answers no query of the table customer; the last error: HTTP 500");
  CHECK(effect.row.state == batch_state::failed);
}

// -- the record

TEST_CASE("a batch whose columns are cleared is split, in the same breath") {
  auto run = searching_run(1);
  auto effect = end_search(run, columns_fine);
  CHECK(effect.row.state == batch_state::split);
  CHECK(effect.row.counters.split == 1);
  CHECK(effect.row.counters.failed_attempts == 2);
  CHECK(effect.row.error_text == "HTTP 500");
  REQUIRE(effect.parts.size() == 2);
  CHECK(effect.parts[0].range == key_range{std::nullopt, 50});
  CHECK(effect.parts[1].range == key_range{50, 100});
  CHECK(effect.parts[0].weight + effect.parts[1].weight == effect.row.weight);
  CHECK(effect.parts[0].number != effect.parts[1].number);
}

TEST_CASE("the parts of a split batch wait until they are written down") {
  auto run = proven_run(2);
  auto parts = split_next(run, broken);
  CHECK_FALSE(run.has_due(now));
  CHECK_FALSE(run.finished());
  run.enqueue(parts);
  complete_next(run);
  complete_next(run);
  CHECK(run.finished());
  CHECK(run.verdict() == type_state::completed);
}

TEST_CASE("a broken record is narrowed down by halves until it is alone, and then read with care") {
  auto run = searching_run(1);
  auto parts = end_search(run, columns_fine).parts;
  std::uint64_t covered = 0;
  std::uint64_t rejected = 0;
  int failures = 0;
  run.enqueue(parts);
  while (!run.finished()) {
    REQUIRE(run.has_due(now));
    auto batch = run.pick_up();
    CHECK(run.planned_weight() == 100);
    bool holds_it = batch.range.up_to >= 42 && batch.range.after.value_or(0) < 42;
    auto ended = end_of(batch, holds_it ? how::failed : how::completed, holds_it ? broken : failure{});
    if (run.purpose_of(batch.number) == purpose::careful) {
      CHECK(batch.range == key_range{41, 42});
      CHECK(run.why(batch.number) == "HTTP 500");
      ended.ended = how::completed;
      ended.what = {};
      ended.stored.rejected = rejected = 1;
    }
    auto effect = run.end(ended, now);
    REQUIRE(effect);
    REQUIRE(effect->then == consequence::none);
    failures += ended.ended == how::failed ? 1 : 0;
    if (effect->row.state == batch_state::completed) covered += effect->row.weight;
    run.enqueue(effect->parts);
  }
  CHECK(rejected == 1);
  CHECK(covered == 100);
  CHECK(failures <= 8);
  CHECK(run.verdict() == type_state::completed_with_errors);
}

TEST_CASE("the failures of the last try are the ones that a batch of a single record fails with") {
  auto run = run_with({row(1001, batch_state::pending, 41, 42)}, {.retry = {.max_attempts = 3}});
  fail_next(run);
  fail_next(run);
  CHECK(end_search(run, columns_fine).row.state == batch_state::pending);
  REQUIRE(run.purpose_of(next(run, later).number) == purpose::careful);
  auto effect =
      run.end(end_of(row(1001, batch_state::running, 41, 42), how::failed, {ec::transport, "reset"}), later);
  CHECK(effect->row.state == batch_state::failed);
  CHECK(effect->row.counters.failed_attempts == 3);
}

TEST_CASE("totals stay the same however often batches are split") {
  auto run = proven_run(3);
  std::uint64_t done = 100;
  int splits = 0;
  auto at = now;
  while (!run.finished()) {
    at += 1h;
    REQUIRE(run.has_due(at));
    auto batch = run.pick_up();
    bool splits_it = batch.weight > 13;
    auto effect =
        run.end(end_of(batch, splits_it ? how::failed : how::completed, splits_it ? broken : failure{}), at);
    REQUIRE(effect);
    run.enqueue(effect->parts);
    splits += effect->parts.empty() ? 0 : 1;
    if (effect->row.state == batch_state::completed) done += batch.weight;
    REQUIRE(run.planned_weight() == 300);
    REQUIRE(run.row().records_planned == 300);
    REQUIRE(conserved(effect->row));
  }
  CHECK(splits >= 14);
  CHECK(done == 300);
}

TEST_CASE("a split costs a try of the type but no attempt of the batch beyond those that it had") {
  auto run = proven_run(2);
  fail_next(run);
  auto effect = fail_next(run);
  REQUIRE(effect.row.state == batch_state::split);
  CHECK_FALSE(effect.failed_attempt);
  CHECK(effect.row.counters.failed_attempts == 1);
}

TEST_CASE("a type with too many rejected records fails with their number and the allowed one") {
  auto run = run_with({row(1001, batch_state::pending, 0, 100), row(1002, batch_state::pending, 100, 200)},
                      {.retry = {}, .max_rejected = 10});
  CHECK(complete_next(run, {90, 10}).then == consequence::none);
  auto effect = complete_next(run, {99, 1});
  CHECK(effect.then == consequence::type_failed);
  CHECK(effect.why.code == ec::rejected);
  CHECK(effect.why.message
        == "11 records were rejected, more than the 10 that are allowed (max_rejected_records)");
}

TEST_CASE("rejected records count across a restart") {
  auto before = row(1001, batch_state::completed, 0, 100);
  before.rejected = 10;
  auto run = run_with({before, row(1002, batch_state::pending, 100, 200)}, {.retry = {}, .max_rejected = 10});
  CHECK(complete_next(run, {99, 1}).then == consequence::type_failed);
}

TEST_CASE("a type that fails for its rejected records tells the commonest reason and how many had it") {
  auto run = run_with({row(1001, batch_state::pending, 0, 100)}, {.retry = {}, .max_rejected = 10});
  auto ended = end_of(next(run), how::completed);
  ended.stored = {89, 11};
  ended.rejections = {{"a", "column 'a' holds x", 3}, {"b", "column 'b' holds y", 8}};
  auto effect = run.end(ended, now);
  REQUIRE(effect);
  CHECK(
      effect->why.message
      == "11 records were rejected, more than the 10 that are allowed (max_rejected_records); the commonest "
         "reason, of 8 of them: column 'b' holds y");
}

// -- columns that hold something else

column_evidence misfits_of(std::string column, std::uint64_t misfits, std::uint64_t values) {
  return {std::move(column), values, misfits, "[1]", "a single value"};
}

TEST_CASE("a column whose misfits repeat in a batch is left out, and the batch runs again at no attempt") {
  auto run = planned_run("customer", 2);
  auto ended = end_of(next(run), how::failed, {ec::rejected, "column email of customer is left out"});
  ended.found = columns_misfit;
  ended.misfits = {misfits_of("email", 900, 1000)};
  auto effect = run.end(ended, now);
  REQUIRE(effect);
  CHECK(effect->then == consequence::columns_changed);
  REQUIRE(effect->misfits.size() == 1);
  CHECK(effect->misfits[0].column == "email");
  CHECK(effect->dropped.empty());
  CHECK(effect->row.state == batch_state::pending);
  CHECK(effect->row.counters.failed_attempts == 0);
  CHECK_FALSE(asks_for(run, "email"));
  auto again = next(run);
  CHECK(again.number == 1001);
  CHECK(run.purpose_of(again.number) == purpose::fetch);
}

TEST_CASE("a column whose misfits are few in each batch is left out once they are many in all of them") {
  auto run = planned_run("customer", 6);
  for (int batch = 1; batch <= 5; ++batch) {
    CHECK(asks_for(run, "email"));
    auto ended = end_of(next(run), how::completed);
    ended.stored = {96, 4};
    ended.seen = {misfits_of("email", 4, 50)};
    auto effect = run.end(ended, now);
    REQUIRE(effect);
    CHECK(effect->row.state == batch_state::completed);
    CHECK(effect->then == (batch < 5 ? consequence::none : consequence::columns_changed));
    if (batch == 5) CHECK(effect->misfits.at(0).misfits == 20);
  }
  CHECK_FALSE(asks_for(run, "email"));
  CHECK(complete_next(run).then == consequence::none);
  CHECK(run.verdict() == type_state::completed_with_errors);
}

TEST_CASE("rare misfits of a long table stay errors of their records") {
  auto run = planned_run("customer", 60);
  for (int batch = 0; batch < 60; ++batch) {
    auto ended = end_of(next(run), how::completed);
    ended.stored = {99, 1};
    ended.seen = {misfits_of("email", 1, 100)};
    CHECK(run.end(ended, now)->then == consequence::none);
  }
  CHECK(asks_for(run, "email"));
}

TEST_CASE("a batch that leaves a column out still counts its rejected records") {
  auto run = run_with({row(1001, batch_state::pending, 0, 100)}, {.retry = {}, .max_rejected = 10});
  auto ended = end_of(next(run), how::completed);
  ended.stored = {75, 25};
  ended.seen = {misfits_of("email", 25, 100)};
  ended.rejections = {{"a", "column 'email' holds [1]", 25}};
  CHECK(run.end(ended, now)->then == consequence::type_failed);
}

// -- the size

TEST_CASE("a first time-out is tried again with smaller pages, a second one splits the batch") {
  auto run = proven_run(2);
  REQUIRE(run.page_rows() == 1000);
  CHECK(fail_next(run, {ec::timeout, "no answer"}).row.state == batch_state::pending);
  CHECK(run.page_rows() == 500);
  CHECK(fail_next(run, {ec::timeout, "no answer"}).row.state == batch_state::split);
  CHECK(run.page_rows() == 250);
}

TEST_CASE("time-outs of pages that were asked for at once shrink the pages once") {
  auto run = planned_run("customer", 4);
  std::vector<batch_row> running{next(run), next(run), next(run), next(run)};
  for (auto& batch : running) run.end(end_of(batch, how::failed, {ec::timeout, "no answer"}), now);
  CHECK(run.page_rows() == 500);
}

TEST_CASE(
    "a half of a batch that was too slow gets a try of its own, unlike one that holds a broken record") {
  auto run = proven_run(2);
  run.enqueue(split_next(run, {ec::timeout, "no answer"}));
  CHECK(fail_next(run, {ec::timeout, "no answer"}).row.state == batch_state::pending);
  auto other = proven_run(2);
  other.enqueue(split_next(other, broken));
  CHECK(fail_next(other).row.state == batch_state::split);
}

TEST_CASE("a range whose answers are too large is split at once") {
  auto run = proven_run(2);
  auto effect = fail_next(run, {ec::body_too_large, "more than 64 MiB"});
  CHECK(effect.row.state == batch_state::split);
  CHECK(run.page_rows() == 500);
}

TEST_CASE("pages that took long make the next ones smaller") {
  auto run = planned_run("customer", 2);
  auto ended = end_of(next(run), how::completed);
  ended.pages = {{1000, 100'000, 100s}};
  run.end(ended, now);
  CHECK(run.page_rows() == 500);
}

// -- the end

TEST_CASE("a type that gets nothing through fails after twenty tries, with the last error") {
  auto run = planned_run("customer", 50);
  type_queue::ended_pick_up effect;
  int failures = 0;
  auto at = now;
  while (effect.then == consequence::none) {
    REQUIRE(++failures < 100);
    at += 1h;
    REQUIRE(run.has_due(at));
    effect = *run.end(end_of(run.pick_up(), how::failed, {ec::transport, "connection reset"}), at);
  }
  CHECK(effect.then == consequence::type_failed);
  CHECK(effect.why.message == "no batch came through in 20 tries; the last error: connection reset");
  CHECK(failures <= 31);
}

TEST_CASE("a type that got something through fails batch by batch, not as a whole") {
  auto run = planned_run("customer", 30);
  complete_next(run);
  auto at = now;
  int ends = 0;
  while (!run.finished()) {
    at += 1h;
    REQUIRE(run.has_due(at));
    auto effect = run.end(end_of(run.pick_up(), how::failed, {ec::transport, "connection reset"}), at);
    REQUIRE(effect->then == consequence::none);
    REQUIRE(++ends < 100);
  }
  // Three attempts for each as long as there are tries, then one for each.
  CHECK(ends < 29 * 3);
  CHECK(run.verdict() == type_state::completed_with_errors);
}

TEST_CASE("a type all of whose first twenty batches fail for good is given up") {
  auto run = planned_run("customer", 30);
  for (int i = 1; i < 20; ++i)
    REQUIRE(fail_next(run, {ec::unknown_column, "no", "nosuch"}).then == consequence::none);
  auto effect = fail_next(run, {ec::unknown_column, "no", "nosuch"});
  CHECK(effect.then == consequence::type_failed);
  CHECK(effect.why.message == "its first 20 batches have failed; the last error: no");
}

TEST_CASE("a batch that was retried by command has its attempts again") {
  auto retried = row(1001, batch_state::pending, 0, 100);
  retried.counters.picked_up = retried.counters.failed_attempts = 3;
  retried.forgiven = 3;
  auto run = run_with({retried}, {.retry = {.max_attempts = 3}});
  CHECK(fail_next(run, {ec::transport, "reset"}).row.state == batch_state::pending);
  CHECK(fail_next(run, {ec::transport, "reset"}).row.state == batch_state::pending);
  CHECK(fail_next(run, {ec::transport, "reset"}).row.state == batch_state::failed);
}

// -- deaths

TEST_CASE("a batch that was running at one or two deaths runs like any other") {
  for (auto deaths : {1U, 2U}) {
    auto run = run_with({died(deaths, 0, 100)});
    CHECK(run.has_due(now));
    CHECK_FALSE(run.wants_solitude(now));
  }
}

TEST_CASE("after three deaths a batch runs with nothing beside it") {
  auto run = run_with({died(3, 0, 100), row(1002, batch_state::pending, 100, 200)});
  CHECK(next(run).number == 1002);
  CHECK_FALSE(run.has_due(now));
  REQUIRE(run.wants_solitude(now));
  auto batch = run.pick_up_alone();
  CHECK(batch.number == 1001);
  CHECK(run.purpose_of(1001) == purpose::fetch);
  run.end(end_of(batch, how::completed), now);
  CHECK_FALSE(run.wants_solitude(now));
}

TEST_CASE("a batch that has to be alone is so again after a failed attempt") {
  auto run = run_with({died(3, 0, 100)});
  REQUIRE(run.wants_solitude(now));
  run.end(end_of(run.pick_up_alone(), how::failed, {ec::transport, "reset"}), now);
  CHECK_FALSE(run.wants_solitude(now));
  REQUIRE(run.next_due());
  auto at = *run.next_due();
  CHECK(run.wants_solitude(at));
  CHECK_FALSE(run.has_due(at));
}

TEST_CASE("a type whose batches wait for others to end does not begin one alone either") {
  auto begin = beginning("customer", {died(3, 0, 100)});
  begin.hold = true;
  type_queue run{begin, *demo_types()->find("customer"), {}};
  CHECK_FALSE(run.wants_solitude(now));
  run.release_hold();
  CHECK(run.wants_solitude(now));
}

TEST_CASE("whoever dies of something else does not get a batch split or a record kept aside, however often") {
  for (auto& row : {died(50, 0, 100), died(50, 41, 42), died(50, 41, 42, blames_to_reject - 1)}) {
    auto run = run_with({row});
    REQUIRE(run.wants_solitude(now));
    CHECK(run.purpose_of(run.pick_up_alone().number) == purpose::fetch);
  }
}

TEST_CASE("a batch that has died alone with its answer in hand is split without being read") {
  auto run = run_with({died(4, 0, 100, blames_to_split)});
  CHECK_FALSE(run.wants_solitude(now));
  auto batch = next(run);
  REQUIRE(run.purpose_of(batch.number) == purpose::split);
  auto effect = run.end(end_of(batch, how::failed, {ec::internal, "whoever reads it dies"}), now);
  CHECK(effect->row.state == batch_state::split);
  REQUIRE(effect->parts.size() == 2);
  CHECK(effect->parts[0].deaths == 0);
  CHECK_FALSE(effect->failed_attempt);
}

TEST_CASE("a single record that kills whoever reads it is rejected without being read") {
  auto run = run_with({died(6, 41, 42, blames_to_reject)});
  auto batch = next(run);
  CHECK(run.purpose_of(batch.number) == purpose::reject_unread);
  auto ended = end_of(batch, how::completed);
  ended.stored = {0, 1};
  run.end(ended, now);
  CHECK(run.verdict() == type_state::completed_with_errors);
}

// -- what batches wait for

TEST_CASE("a run tells what its batches wait for") {
  auto run = planned_run("customer", 4);
  using enum batch_wait::reason;
  REQUIRE(run.waits(now).size() == 1);
  CHECK(run.waits(now)[0].why == queue);
  CHECK(run.waits(now)[0].batches == 4);
  CHECK(run.waits(now)[0].batch == 1001);
  run.end(end_of(next(run), how::failed, broken), now);
  auto waits = run.waits(now);
  REQUIRE(waits.size() == 2);
  CHECK(waits[0].why == suspicion);
  CHECK(waits[0].batches == 3);
  CHECK(waits[1].why == back_off);
  CHECK(waits[1].batch == 1001);
  CHECK(waits[1].left >= 500ms);
  CHECK(waits[1].left <= 1s);
}

TEST_CASE("a run that is held or has a batch that must be alone says so") {
  using enum batch_wait::reason;
  auto begin = beginning("customer", {died(3, 0, 100)});
  begin.hold = true;
  type_queue run{begin, *demo_types()->find("customer"), {}};
  REQUIRE(run.waits(now).size() == 1);
  CHECK(run.waits(now)[0].why == hold);
  run.release_hold();
  REQUIRE(run.waits(now).size() == 1);
  CHECK(run.waits(now)[0].why == solitude);
}

} // namespace type_queue_remedies_test
