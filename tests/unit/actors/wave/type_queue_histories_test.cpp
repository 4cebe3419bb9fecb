/// Random accounts with broken columns and records, columns of words where numbers are declared, failures
/// that pass, and processes that die: a record type's run and its readers against all of it, held against
/// what the account holds.
#include "actors/wave/type_queue.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "netsuite/careful_reading.hpp"
#include "netsuite/column_search.hpp"
#include "netsuite/range_reading.hpp"
namespace type_queue_histories_test {

using namespace tidemark;
using namespace std::chrono_literals;

using how = pick_up_ended::how;

constexpr std::int64_t records_per_batch = 50;
constexpr std::size_t columns = 12;

record_type wide_type() {
  record_type type;
  type.name = type.table = "wide";
  type.key = "id";
  auto add = [&](std::string name, field_type is) {
    field x;
    x.name = x.column = std::move(name);
    x.type = is;
    type.fields.push_back(std::move(x));
  };
  add("id", field_type::id);
  for (std::size_t i = 0; i < columns; ++i) add(fmt::format("c{}", i), field_type::text);
  return type;
}

using names = std::set<std::string>;

class history {
public:
  explicit history(std::uint64_t seed) : random_(seed), type_(wide_type()) {
    records_ = 1 + static_cast<std::int64_t>(below(400));
    fault_percent_ = below(4) * 2;
    auto column = [&] { return fmt::format("c{}", below(columns)); };
    for (auto i = below(3); i > 0; --i) broken_columns_.insert(column());
    for (auto i = below(3); i > 0; --i) words_[column()] = below(2) == 0 ? 100 : 2;
    // The first record is sound, or nothing could tell a broken record from a broken column.
    if (records_ > 1)
      for (auto i = below(4); i > 0; --i)
        broken_records_[2 + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(records_ - 1)))] = {
            column()};
    begin();
    plan();
  }

  /// Everything, to the end. An empty text if all is as it should be.
  std::string run() {
    for (int steps = 0; !run_->finished() || !running_.empty(); ++steps) {
      if (steps == 20'000) return "no end";
      step();
      if (!wrong_.empty()) return wrong_;
    }
    return judge();
  }

  /// To a verdict from outside, at a random moment, and the ends of what runs then. An empty text if all is
  /// as it should be.
  std::string run_to_verdict() {
    for (auto steps = below(150); steps > 0 && !(run_->finished() && running_.empty()); --steps) {
      step();
      if (!wrong_.empty()) return wrong_;
    }
    run_->end_as(type_state::skipped, "told");
    run_->end_as(type_state::failed, "told again");
    ended_while_running += running_.empty() ? 0 : 1;
    while (!running_.empty()) {
      if (run_->finished()) return "it is finished before its batches have ended";
      if (run_->has_due(now_ + 1h) || run_->wants_solitude(now_ + 1h) || run_->next_due())
        return "something of it begins";
      end(below(running_.size()));
      if (!wrong_.empty()) return wrong_;
    }
    if (!run_->finished()) return "it is not finished";
    if (run_->verdict() != type_state::skipped || run_->error() != "told") return "it has another verdict";
    bool lawful = std::ranges::all_of(ledger_, [](auto& entry) { return conserved(entry.second); });
    return lawful ? "" : "a batch's counters do not add up";
  }

  int ended_while_running = 0;
  int questions = 0;
  int deaths = 0;
  int retries = 0;

private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  void begin() {
    begin_type what;
    what.row.name = "wide";
    what.row.planned = !ledger_.empty();
    what.first_number = 1;
    for (auto& [number, row] : ledger_) what.batches.push_back(row);
    for (auto& column : dropped_) what.ways.push_back({"wide", "column_dropped", column, {}});
    run_.emplace(what, type_, type_queue::options{.retry = {.max_attempts = 4}});
  }

  void plan() {
    ranges_planned ranges;
    ranges.record_type = "wide";
    ranges.whole = true;
    std::optional<std::int64_t> after;
    for (std::int64_t at = 0; at < records_; at += records_per_batch) {
      auto up_to = std::min(records_, at + records_per_batch);
      ranges.ranges.push_back({after, up_to});
      ranges.weights.push_back(static_cast<std::uint64_t>(up_to - at));
      after = up_to;
    }
    ranges.total = static_cast<std::uint64_t>(records_);
    write(run_->plan(ranges));
  }

  void write(const std::vector<batch_row>& rows) {
    for (auto& row : rows) ledger_[row.number] = row;
    run_->enqueue(rows);
  }

  void step() {
    if (below(400) == 0) return die();
    bool may_begin = running_.size() < 4 && alone_ == 0;
    if (may_begin && run_->has_due(now_) && below(3) != 0) return pick_up(run_->pick_up());
    if (running_.empty() && run_->wants_solitude(now_)) {
      auto row = run_->pick_up_alone();
      alone_ = row.number;
      return pick_up(std::move(row));
    }
    if (!running_.empty()) return end(below(running_.size()));
    if (run_->has_due(now_)) return;
    if (auto due = run_->next_due())
      now_ = std::max(now_, *due);
    else
      wrong_ = "nothing runs and nothing becomes due";
  }

  void pick_up(batch_row row) {
    auto& known = ledger_.at(row.number);
    ++known.counters.picked_up;
    known.state = batch_state::running;
    if (known.counters != row.counters) wrong_ = "the ledger does not know this pick-up";
    running_.push_back({std::move(row), run_->what(), run_->page_rows()});
  }

  struct pick_up_under_way {
    batch_row row;
    std::shared_ptr<const projection> what;
    std::uint32_t page_rows = 0;
  };

  void end(std::size_t index) {
    auto current = running_[index];
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(index));
    auto number = current.row.number;
    auto ended = outcome_of(current, run_->purpose_of(number), run_->why(number));
    auto effect = run_->end(ended, now_);
    if (alone_ == number) alone_ = 0;
    if (!effect) return void(wrong_ = "an end was not expected");
    if (!conserved(effect->row)) wrong_ = "a batch's counters do not add up";
    // It may by chance, as when a key was asked for twice in vain; then somebody retries it.
    if (effect->then == type_queue::consequence::type_failed && fault_percent_ == 0)
      wrong_ = "the type failed: " + effect->why.message;
    dropped_.insert(effect->dropped.begin(), effect->dropped.end());
    for (auto& x : effect->misfits) dropped_.insert(x.column);
    ledger_[number] = effect->row;
    if (effect->row.state == batch_state::completed) store(number);
    write(effect->parts);
    if (run_->planned_weight() != static_cast<std::uint64_t>(records_)) wrong_ = "the total has changed";
    if (effect->row.state == batch_state::failed && !run_->ending()) retry(number);
  }

  /// By command, when it has failed too often by chance.
  void retry(std::uint64_t number) {
    ++retries;
    die();
    auto& row = ledger_.at(number);
    row.state = batch_state::pending;
    row.forgiven = row.counters.failed_attempts;
    begin();
  }

  /// What runs is pending again and has died with it.
  void die() {
    ++deaths;
    for (auto& each : running_) {
      auto& row = ledger_.at(each.row.number);
      row.state = batch_state::pending;
      ++row.counters.interrupted;
      // Only as often as it takes to run alone: nothing here kills whoever reads it.
      if (row.deaths < deaths_to_run_alone) ++row.deaths;
    }
    running_.clear();
    alone_ = 0;
    begin();
  }

  // -- the account and the batch

  /// A page, or the failure that the account answers with.
  std::variant<data_page, failure> answer(const wanted_page& asked) {
    ++questions;
    if (below(100) < fault_percent_) {
      constexpr std::array passing{ec::server, ec::server, ec::timeout, ec::transport};
      return failure{passing[below(passing.size())], "it will pass"};
    }
    for (auto& field : asked.what->fields)
      if (broken_columns_.contains(field.column)) return failure{ec::server, "HTTP 500"};
    auto first = asked.page.range.after ? *asked.page.range.after + 1 : 1;
    if (asked.page.after) first = std::max(first, asked.page.after->key + 1);
    auto last = std::min(asked.page.range.up_to, records_);
    if (asked.page.from_the_end) first = last;
    auto page_last = std::min(last, first + static_cast<std::int64_t>(asked.page.limit) - 1);
    auto records = std::make_shared<record_set>(asked.what->names());
    data_page page;
    for (auto key = first; key <= page_last; ++key) {
      if (auto found = broken_records_.find(key); found != broken_records_.end())
        for (auto& field : asked.what->fields)
          if (found->second.contains(field.column)) return failure{ec::server, "HTTP 500"};
      records->add_row()[asked.what->key] = record_set::make_integer(key);
      page.last = row_cursor{0, key};
      ++page.count;
      bool fits = true;
      for (std::size_t i = 0; i < asked.what->fields.size(); ++i) {
        if (!holds_word(key, asked.what->fields[i].column)) {
          records->count_fitting(i);
          continue;
        }
        records->count_misfit(i, [] { return "word"; }, "a number");
        fits = false;
      }
      if (fits) continue;
      records->drop_row();
      records->reject({std::to_string(key), "it holds a word", {}});
    }
    page.fresh = page.count;
    page.has_more = page_last < last;
    page.records = std::move(records);
    return page;
  }

  bool holds_word(std::int64_t key, const std::string& column) const {
    auto found = words_.find(column);
    return found != words_.end() && key * 37 % 100 < found->second;
  }

  /// What a batch's actor would report.
  pick_up_ended outcome_of(const pick_up_under_way& current, purpose wanted, const std::string& why) {
    pick_up_ended ended;
    ended.batch = current.row.number;
    fetched_.clear();
    rejected_.clear();
    if (below(50) == 0) {
      ended.ended = below(2) == 0 ? how::released : how::interrupted;
      return ended;
    }
    if (wanted == purpose::search) return search(current, std::move(ended));
    if (wanted == purpose::careful) {
      careful_reading reading{current.what, current.row.range, why, current.row.weight};
      return read(reading, current, std::move(ended));
    }
    range_reading reading{current.what, current.row.range, current.page_rows,
                          certain_rows(*current.what, current.row.weight)};
    return read(reading, current, std::move(ended));
  }

  template <class Reading>
  pick_up_ended read(Reading& reading, const pick_up_under_way& current, pick_up_ended ended) {
    while (!reading.finished()) {
      if (reading.must_count()) {
        auto first = current.row.range.after.value_or(0);
        auto rows = std::min(current.row.range.up_to, records_) - std::max<std::int64_t>(first, 0);
        if (reading.counted(static_cast<std::uint64_t>(std::max<std::int64_t>(rows, 0)))) continue;
        ended.ended = how::failed;
        ended.what = {ec::server, "it counts more than it gives"};
        return ended;
      }
      auto result = answer(reading.next());
      if (auto* page = std::get_if<data_page>(&result)) {
        if constexpr (std::is_same_v<Reading, careful_reading>)
          reading.passed(std::move(*page), "{}");
        else
          reading.passed(std::move(*page));
        continue;
      }
      auto& what = std::get<failure>(result);
      if constexpr (std::is_same_v<Reading, careful_reading>) {
        if (may_lie_in_content(what.code)) {
          reading.failed(what);
          continue;
        }
      }
      ended.ended = how::failed;
      ended.what = what;
      return ended;
    }
    auto pages = reading.take_pages();
    misfit_tally values;
    for (auto& page : pages) values.add(*page, *current.what);
    ended.misfits = values.repeated(*current.what);
    if (std::is_same_v<Reading, range_reading> && !ended.misfits.empty()) {
      ended.ended = how::failed;
      ended.what = {ec::rejected, "it holds words"};
      ended.found = pick_up_ended::finding::columns_misfit;
      return ended;
    }
    ended.seen = values.seen();
    for (auto& page : pages) {
      auto key = std::ranges::find(page->columns(), "id") - page->columns().begin();
      for (std::size_t i = 0; i < page->size(); ++i)
        fetched_.push_back(page->row(i)[static_cast<std::size_t>(key)].number);
      for (auto& each : page->rejected()) rejected_.push_back(std::stoll(each.key));
    }
    ended.ended = how::completed;
    ended.stored = {fetched_.size(), rejected_.size()};
    return ended;
  }

  pick_up_ended search(const pick_up_under_way& current, pick_up_ended ended) {
    using enum column_search::verdict;
    column_search searching{current.what};
    ended.ended = how::failed;
    ended.what = {ec::server, "HTTP 500"};
    while (searching.result() == open) {
      auto result = answer(searching.next());
      auto* what = std::get_if<failure>(&result);
      if (what && !may_lie_in_content(what->code)) {
        ended.what = *what;
        return ended;
      }
      searching.answered(what == nullptr);
    }
    ended.columns = searching.broken();
    ended.found = searching.result() == columns_broken ? pick_up_ended::finding::columns_broken
                  : searching.result() == columns_fine ? pick_up_ended::finding::columns_fine
                                                       : pick_up_ended::finding::table_broken;
    return ended;
  }

  void store(std::uint64_t number) {
    auto& range = ledger_.at(number).range;
    auto outside = [&](std::int64_t key) {
      return key > range.up_to || (range.after && key <= *range.after);
    };
    for (auto key : fetched_) {
      if (!stored_.insert(key).second) wrong_ = fmt::format("record {} was stored twice", key);
      if (outside(key)) wrong_ = "a record was stored by a batch of another range";
    }
    for (auto key : rejected_)
      if (!kept_aside_.insert(key).second) wrong_ = fmt::format("record {} was rejected twice", key);
  }

  bool has_many_words(const std::string& column) const {
    auto found = words_.find(column);
    return found != words_.end() && found->second == 100;
  }

  std::string judge() const {
    for (std::int64_t key = 1; key <= records_; ++key) {
      bool is_stored = stored_.contains(key);
      bool is_rejected = kept_aside_.contains(key);
      if (is_stored == is_rejected)
        return fmt::format("record {} is {} stored and rejected", key, is_stored ? "" : "not");
      auto found = broken_records_.find(key);
      bool must_break = found != broken_records_.end()
                        && std::ranges::none_of(found->second, [&](auto& x) { return dropped_.contains(x); });
      if (must_break && is_stored) return fmt::format("record {} cannot have been stored", key);
      bool has_word = std::ranges::any_of(words_, [&](auto& x) { return holds_word(key, x.first); });
      if (!must_break && is_rejected && !has_word && fault_percent_ == 0)
        return fmt::format("record {} is not broken", key);
    }
    for (auto& column : broken_columns_)
      if (!dropped_.contains(column)) return "a broken column was not dropped: " + column;
    if (fault_percent_ == 0)
      for (auto& column : dropped_)
        if (!broken_columns_.contains(column) && !has_many_words(column))
          return "a sound column was dropped: " + column;
    if (deaths == 0 && retries == 0 && records_ >= 200)
      for (auto& [column, percent] : words_)
        if (has_many_words(column) && !dropped_.contains(column)) return "words were not noticed: " + column;
    std::uint64_t weight = 0;
    for (auto& [number, row] : ledger_)
      if (row.state == batch_state::completed) weight += row.weight;
    if (weight != static_cast<std::uint64_t>(records_)) return "the batches do not weigh what was planned";
    return {};
  }

  std::mt19937_64 random_;
  record_type type_;
  std::int64_t records_ = 0;
  std::uint64_t fault_percent_ = 0;
  names broken_columns_;
  std::map<std::int64_t, names> broken_records_;
  std::map<std::string, int> words_; ///< how many percent of a column's values are words instead of numbers

  std::optional<type_queue> run_;
  type_queue::time_point now_{1h};
  std::vector<pick_up_under_way> running_;
  std::uint64_t alone_ = 0;
  std::vector<std::int64_t> fetched_;
  std::vector<std::int64_t> rejected_;

  // What the database holds.
  std::map<std::uint64_t, batch_row> ledger_;
  names dropped_;
  std::set<std::int64_t> stored_;
  std::set<std::int64_t> kept_aside_;

  std::string wrong_;
};

TEST_CASE("a type that is told its end is finished when what runs of it has ended, and begins nothing more") {
  int while_running = 0;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    history account{seed};
    auto wrong = account.run_to_verdict();
    if (!wrong.empty()) {
      CAPTURE(seed);
      REQUIRE(wrong == "");
    }
    while_running += account.ended_while_running;
  }
  CHECK(while_running > 200);
}

TEST_CASE(
    "of random accounts every sound record is stored once, every broken one rejected once, and no more") {
  int deaths = 0;
  int retries = 0;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    history account{seed};
    auto wrong = account.run();
    if (!wrong.empty()) {
      CAPTURE(seed);
      REQUIRE(wrong == "");
    }
    deaths += account.deaths;
    retries += account.retries;
  }
  // What was to be withstood has happened.
  CHECK(deaths > 100);
  CHECK(retries > 10);
}

} // namespace type_queue_histories_test
