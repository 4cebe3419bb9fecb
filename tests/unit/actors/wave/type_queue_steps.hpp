/// Short words for what tests do with the run of a record type.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "actors/wave/type_queue.hpp"
#include "demo_types.hpp"

namespace tidemark::run_steps {

using how = pick_up_ended::how;
using consequence = type_queue::consequence;
using namespace std::chrono_literals;

inline constexpr type_queue::time_point now{1h};

inline batch_row row(std::uint64_t number, batch_state state, std::int64_t after, std::int64_t up_to) {
  batch_row x;
  x.number = number;
  x.record_type = "customer";
  x.range = {after, up_to};
  x.weight = static_cast<std::uint64_t>(up_to - after);
  x.state = state;
  if (state == batch_state::completed) x.counters.picked_up = x.counters.completed = 1;
  return x;
}

inline begin_type beginning(const std::string& name, std::vector<batch_row> batches = {}) {
  begin_type begin;
  begin.row.name = name;
  begin.batches = std::move(batches);
  begin.first_number = 1001;
  return begin;
}

inline type_queue run_of(const std::string& name, std::vector<batch_row> batches = {}) {
  return {beginning(name, std::move(batches)), *demo_types()->find(name), {{.max_attempts = 3}}};
}

inline ranges_planned ranges(const std::string& name, std::vector<std::int64_t> ends, bool whole = true) {
  ranges_planned planned;
  planned.record_type = name;
  planned.whole = whole;
  std::optional<std::int64_t> after;
  for (auto end : ends) {
    planned.ranges.push_back({after, end});
    planned.weights.push_back(100);
    planned.total += 100;
    after = end;
  }
  return planned;
}

/// A run with this many batches planned and written down.
inline type_queue planned_run(const std::string& name, std::size_t batches) {
  auto run = run_of(name);
  std::vector<std::int64_t> ends;
  for (std::size_t i = 1; i <= batches; ++i) ends.push_back(static_cast<std::int64_t>(100 * i));
  run.enqueue(run.plan(ranges(name, ends)));
  return run;
}

inline pick_up_ended end_of(const batch_row& batch, how ended, failure what = {}) {
  pick_up_ended message;
  message.batch = batch.number;
  message.ended = ended;
  message.what = std::move(what);
  return message;
}

inline batch_row next(type_queue& run, type_queue::time_point at = now) {
  REQUIRE(run.has_due(at));
  return run.pick_up();
}

inline bool asks_for(const type_queue& run, std::string_view column) {
  return std::ranges::find(run.what()->fields, column, &field::column) != run.what()->fields.end();
}

} // namespace tidemark::run_steps
